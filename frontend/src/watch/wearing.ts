/** Hours worn and whom to call about them: the list, one patient's days, and the call written down. */

import { html, nothing, type TemplateResult } from "lit";
import { coarse, plural, when } from "../chrome/format";
import type { Commands } from "../desk/commands";
import { Reader } from "../desk/reader";
import { readSpoken, type Spoken } from "../desk/whole";
import { HOW } from "../patient/spoken";

export const REASONS = ["never", "silent", "few"] as const;
export type Reason = (typeof REASONS)[number];

export interface Wearer {
  readonly stream: string;
  readonly patient: string;
  readonly telephone: string;
  readonly lastMs: number | null;
  readonly worn: number;
  readonly of: number;
  readonly reasons: readonly Reason[];
  readonly sinceMs: number | null;
  /** Somebody spoke with them about it. */
  readonly settled: boolean;
  readonly contactedMs: number | null;
}

export interface WearingDay {
  readonly day: string;
  readonly worn: number;
  readonly of: number;
  readonly gaps: readonly { readonly cause: string; readonly h: number }[];
}

export interface WearingWhole {
  readonly zone: string;
  readonly days: readonly WearingDay[];
  readonly log: readonly Spoken[];
}

const isReason = (text: string): text is Reason => (REASONS as readonly string[]).includes(text);

export const readWearers = (told: unknown): readonly Wearer[] =>
  new Reader("compliance", told).list("patients", (one) => ({
    stream: one.stream("stream"),
    patient: one.text("patient", "?"),
    telephone: one.text("telephone"),
    lastMs: one.numberOrNull("last_ms"),
    worn: one.number("worn_h", 0),
    of: one.number("of_h", 0),
    reasons: one.texts("reasons").filter(isReason),
    sinceMs: one.numberOrNull("since_ms"),
    settled: one.flag("settled", false),
    contactedMs: one.numberOrNull("contacted_ms"),
  }));

export function readWearing(told: unknown): WearingWhole {
  const from = new Reader("compliance", told);
  return {
    zone: from.text("zone", "UTC"),
    days: from.list("days", (one) => ({
      day: one.text("day"),
      worn: one.number("worn_h", 0),
      of: one.number("of_h", 0),
      gaps: one.list("gaps", (gap) => ({ cause: gap.text("cause", "?"), h: gap.number("h", 0) })),
    })),
    log: from.list("log", readSpoken),
  };
}

/** Shorter gaps of a day are not named: what is under way from the patient is always a little behind. */
const NAMED_H = 1 / 60;

/** "7.5 h", "12 min". */
export const hours = (h: number): string => (h > 0 && h < 1 ? `${Math.max(1, Math.round(h * 60))} min` : `${Math.round(h * 10) / 10} h`);

/** Why somebody is to be called, in words. */
export function why(one: Wearer, now: number): string {
  const said = one.reasons.map((reason) => {
    if (reason === "never") return "nothing ever came";
    if (reason === "silent") return `no signal for ${one.lastMs === null ? "?" : coarse(now - one.lastMs)}`;
    return `${hours(one.worn)} of ${hours(one.of)} worn`;
  });
  return said.join(", ");
}

export class WearingPart {
  private wearers: readonly Wearer[] | string | null = null;
  private open: string | null = null;
  private whole: WearingWhole | string | null = null;
  private said: string | null = null;
  private busy = false;

  constructor(
    private readonly commands: Commands,
    private readonly changed: () => void,
    private readonly mayCall: () => boolean,
  ) {}

  async fetch(): Promise<void> {
    if (document.visibilityState !== "visible") return;
    try {
      this.wearers = readWearers(await this.commands.read("compliance"));
    } catch (error) {
      if (typeof this.wearers === "string" || this.wearers === null) this.wearers = error instanceof Error ? error.message : String(error);
    }
    if (this.open !== null) await this.look(this.open);
    this.changed();
  }

  private async look(stream: string): Promise<void> {
    try {
      const whole = readWearing(await this.commands.read(`compliance/${stream}`));
      if (this.open === stream) this.whole = whole;
    } catch (error) {
      if (this.open === stream) this.whole = error instanceof Error ? error.message : String(error);
    }
    this.changed();
  }

  private choose(stream: string): void {
    this.open = this.open === stream ? null : stream;
    this.whole = null;
    this.said = null;
    this.changed();
    if (this.open !== null) void this.look(this.open);
  }

  private async call(stream: string, form: HTMLFormElement): Promise<void> {
    if (this.busy) return;
    const given = new FormData(form);
    this.busy = true;
    this.said = null;
    this.changed();
    const answer = await this.commands.ask("patient.contact", { stream, how: String(given.get("how")), said: String(given.get("said") ?? "").trim() });
    this.busy = false;
    if (answer.ok) form.reset();
    else this.said = answer.words.replace(/^said: /, "");
    await this.fetch();
  }

  /** The part of the page; `now` is the center's time. */
  view(now: number): TemplateResult {
    const { wearers } = this;
    if (wearers === null) return this.part(null, html`<p class="none">Hours worn have not come yet.</p>`);
    if (typeof wearers === "string") return this.part(null, html`<p class="problem" role="alert">Hours worn could not be had: ${wearers}.</p>`);
    const due = wearers.filter(({ reasons, settled }) => reasons.length > 0 && !settled);
    const called = wearers.filter(({ reasons, settled }) => reasons.length > 0 && settled);
    const rest = wearers.filter(({ reasons }) => reasons.length === 0);
    const body = html`${
        due.length === 0 ? html`<p class="none">Nobody has dropped out: ${plural(wearers.length, "patient")} in service.</p>` : html`<table class="wearers"><tbody>${due.map((one) => this.row(one, now))}</tbody></table>`
      }
      ${called.length === 0 ? nothing : html`<h3>Called, and not back yet</h3><table class="wearers called"><tbody>${called.map((one) => this.row(one, now))}</tbody></table>`}
      ${rest.length === 0 ? nothing : html`<details><summary>everybody else <b>${rest.length}</b></summary><table class="wearers"><tbody>${rest.map((one) => this.row(one, now))}</tbody></table></details>`}`;
    return this.part(due.length, body);
  }

  private part(count: number | null, body: TemplateResult): TemplateResult {
    return html`<section class="part wearing"><h2>To call: dropped out${count === null ? nothing : html` <b>${count}</b>`}</h2>${body}</section>`;
  }

  private row(one: Wearer, now: number): TemplateResult {
    const open = this.open === one.stream;
    const tel = one.telephone.replace(/[^+\d]/g, "");
    return html`<tr>
        <th scope="row"><button class="quiet name" aria-expanded=${open} @click=${() => this.choose(one.stream)}>${one.patient}</button> <span class="faint">${one.stream}</span></th>
        <td>${one.reasons.length === 0 ? html`<span class="faint">${hours(one.worn)} of ${hours(one.of)}</span>` : why(one, now)}${one.contactedMs === null ? nothing : html`<span class="faint">, called ${coarse(now - one.contactedMs)} ago</span>`}</td>
        <td class="number">${tel === "" ? html`<span class="faint">no number</span>` : html`<a href=${`tel:${tel}`}>${one.telephone}</a>`}</td>
      </tr>
      ${open ? html`<tr class="opened"><td class="whole" colspan="3">${this.details(one, now)}</td></tr>` : nothing}`;
  }

  private details(one: Wearer, now: number): TemplateResult {
    const { whole } = this;
    if (whole === null) return html`<p class="none" role="status">Asking …</p>`;
    if (typeof whole === "string") return html`<p class="problem" role="alert">Could not be had: ${whole}.</p>`;
    return html`<ol class="days" aria-label=${`hours worn a day, ${whole.zone}`}>
        ${whole.days.slice(-14).map(
          (day) => html`<li title=${day.gaps.map(({ cause, h }) => `${hours(h)} ${cause}`).join(", ") || "worn all the time"}>
            <span class="faint">${day.day.slice(5)}</span>
            <meter min="0" max="24" value=${day.worn}></meter>
            <span class="number">${hours(day.worn)}</span>
            <span class="faint">${day.gaps.filter(({ h }) => h >= NAMED_H).slice(0, 2).map(({ cause, h }) => `${hours(h)} ${cause}`).join(", ")}</span>
          </li>`,
        )}
      </ol>
      ${whole.log.length === 0 ? html`<p class="none">Nobody has spoken with the patient yet.</p>` : html`<ul class="contact-log">${[...whole.log].reverse().slice(0, 8).map(({ at_ms, by, how, said }) => html`<li><span class="faint">${at_ms === null ? "" : when(at_ms, now)} ${how}, ${by}</span> ${said}</li>`)}</ul>`}
      ${this.mayCall() ? this.form(one) : nothing}`;
  }

  private form(one: Wearer): TemplateResult {
    const submit = (event: SubmitEvent) => {
      event.preventDefault();
      void this.call(one.stream, event.target as HTMLFormElement);
    };
    return html`<form @submit=${submit} aria-label=${`a call to ${one.patient}`}>
      <label>How <select name="how">${HOW.map((how) => html`<option>${how}</option>`)}</select></label>
      <label>What was said <input name="said" required maxlength="2000" autocomplete="off" /></label>
      <button class="strong" ?disabled=${this.busy}>write down</button>
      ${this.said === null ? nothing : html`<span class="problem" role="alert">${this.said}</span>`}
    </form>`;
  }
}
