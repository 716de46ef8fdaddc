/** Choosing a free transmitter for an order, and beginning the service. */

import { wordsOf } from "../prescribe/requests";
import { isFields } from "./order";
import type { OrderPage } from "./page";

export interface Kit {
  readonly transmitter: string;
  readonly words: string;
}

/** The reason of a refusal that a supervisor can allow. */
const RULED = "period_rule";

/** Transmitters that nobody wears, of what the center tells of its kits. */
export function freeKits(told: unknown): readonly Kit[] {
  const list = isFields(told) && Array.isArray(told.kits) ? told.kits.filter(isFields) : [];
  return list
    .filter(({ state }) => state === "in stock")
    .map((one) => ({ transmitter: typeof one.transmitter === "string" ? one.transmitter : "", words: [one.model, one.serial].filter((part) => typeof part === "string" && part !== "").join(" ") }))
    .filter(({ transmitter }) => transmitter !== "")
    .sort((a, b) => a.transmitter.localeCompare(b.transmitter, "en", { numeric: true }));
}

/** Kinds of recorders whose strips come by telephone. */
export function recordersOf(told: unknown): readonly Kit[] {
  const list = isFields(told) && Array.isArray(told.recorders) ? told.recorders.filter(isFields) : [];
  return list.flatMap(({ name, title }) => (typeof name === "string" && typeof title === "string" ? [{ transmitter: name, words: title }] : []));
}

export class Enrolling {
  recorders: readonly Kit[] = [];
  kits: readonly Kit[] | null = null;
  failure: string | null = null;
  chosen = "";
  /** A rule about coverage refuses it: a supervisor may allow it, on this page. */
  ruled = false;

  constructor(private readonly page: OrderPage) {}

  async begin(): Promise<void> {
    this.kits = null;
    this.failure = null;
    this.ruled = false;
    this.page.askOn(this.page.on); // the rules as they are now, before the click
    try {
      const told = await this.page.requests.read("kits");
      this.recorders = recordersOf(told);
      this.kits = freeKits(told);
      if (!this.kits.some(({ transmitter }) => transmitter === this.chosen)) this.chosen = this.kits[0]?.transmitter ?? "";
    } catch (error) {
      this.failure = wordsOf(error);
      this.kits = [];
    }
    this.page.draw();
  }

  choose(transmitter: string): void {
    this.chosen = transmitter;
    this.page.draw();
  }

  /** The order is for strips by telephone: no kit is given out. */
  get byTelephone(): boolean {
    return this.page.order.test === "post-symptom";
  }

  /** Begin the service of strips by telephone. */
  enrollTelephone(endPrevious: boolean, profile: string, numbers: readonly string[]): void {
    const { page } = this;
    void page.doing("panel", async () => {
      const asked = { order: page.number, telephone: { profile, numbers }, ...(endPrevious ? { end_previous: true } : {}) };
      const answer = await page.requests.ask("order.enroll", asked);
      this.ruled = !answer.ok && answer.reason === RULED;
      if (!answer.ok) throw new Error(answer.words);
      page.decided("Enrolled: strips come by telephone. The patient's code stands on the sheet of instructions.");
    });
  }

  /** Begin the service. */
  enroll(endPrevious: boolean, shipping: string): void {
    const { page } = this;
    const transmitter = this.chosen.trim();
    void page.doing("panel", async () => {
      const asked = { order: page.number, transmitter, ...(endPrevious ? { end_previous: true } : {}), ...(shipping === "" ? {} : { shipping }) };
      const answer = await page.requests.ask("order.enroll", asked);
      this.ruled = !answer.ok && answer.reason === RULED;
      if (!answer.ok) throw new Error(answer.words);
      page.decided(`Enrolled with transmitter ${transmitter}.`);
    });
  }
}
