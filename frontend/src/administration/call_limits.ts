/** How long a call of a patient may wait: what is in force, what is typed, what would change. */

import type { Commands } from "../desk/commands";
import type { Reader } from "../desk/reader";
import { type LimitsPart, span, typedSeconds } from "./limits";

export interface CallLimit {
  readonly name: string;
  readonly shipped: number;
  /** The center's own; null where it has none. */
  readonly own: number | null;
  readonly least: number;
  readonly most: number;
}

/** What each is, for whoever sets it; `TIMES` are no seconds. */
export const CALL_WORDS: Readonly<Record<string, string>> = {
  answer: "rings, waits, or is left alone on the line: escalates first after",
  step: "escalates again, up to the fifth time, after",
  again: "from then on, without an end, after",
  call_back: "missed or not finished: escalates first after",
  finish: "ended and not closed: goes back to everybody after",
  tries: "calls back without an answer, before it may be closed as not reached",
};
const TIMES: readonly string[] = ["tries"];

export const readCallLimit = (one: Reader): CallLimit => ({
  name: one.text("name", "?"),
  shipped: one.number("shipped", 0),
  own: one.numberOrNull("own"),
  least: one.number("least", 0),
  most: one.number("most", 0),
});

/** A value as it is shown and typed: "20 s", "5 min", "3 times". */
export const callSpan = ({ name }: Pick<CallLimit, "name">, value: number): string => (!TIMES.includes(name) ? span(value) : value === 1 ? "once" : `${value} times`);

/** What is typed: null where nothing is, and the shipped one counts; else a number, or the text that is none. */
export function typedCall({ name }: Pick<CallLimit, "name">, typed: string): number | string | null {
  if (!TIMES.includes(name)) return typedSeconds(typed);
  const text = typed.trim();
  if (text === "") return null;
  if (text === "once") return 1;
  const found = /^(\d{1,3})(?:\s*times?)?$/.exec(text)?.[1];
  return found === undefined ? text : Number(found);
}

export class CallLimitsPart {
  readonly edits = new Map<string, string>();
  why = "";
  problem: string | null = null;
  busy = false;

  constructor(
    private readonly commands: Commands,
    private readonly limits: LimitsPart,
    private readonly changed: () => void,
    private readonly done: (words: string) => void,
  ) {}

  private get all(): readonly CallLimit[] {
    const { told } = this.limits;
    return typeof told === "object" && told !== null ? told.calls : [];
  }

  /** What would be the center's own: what is typed, else what it is now. */
  private own(one: CallLimit): number | string | null {
    const typed = this.edits.get(one.name);
    return typed === undefined ? one.own : typedCall(one, typed);
  }

  /** Why a field cannot be set so; null where it can. */
  fault(one: CallLimit): string | null {
    const value = this.own(one);
    const fits = value === null || (typeof value === "number" && Number.isInteger(value) && value >= one.least && value <= one.most);
    return fits ? null : `from ${callSpan(one, one.least)} to ${callSpan(one, one.most)}`;
  }

  get wrong(): boolean {
    return this.all.some((one) => this.fault(one) !== null);
  }

  /** Limits that would be others than now, with what they are and what they would be. */
  get changes(): readonly (readonly [CallLimit, number, number])[] {
    return this.all.flatMap((one) => {
      const [was, value] = [one.own ?? one.shipped, this.own(one) ?? one.shipped];
      return typeof value === "number" && value !== was ? [[one, was, value] as const] : [];
    });
  }

  edit(name: string, typed: string): void {
    this.edits.set(name, typed);
    this.problem = null;
    this.changed();
  }

  write(why: string): void {
    this.why = why;
    this.changed();
  }

  startOver(): void {
    this.edits.clear();
    [this.why, this.problem] = ["", null];
    this.changed();
  }

  /** True where they are on record. */
  async set(): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.changed();
    const own = this.all.map((one) => [one.name, this.own(one)] as const).filter(([, value]) => value !== null);
    const answer = await this.commands.ask("telephone.limits", { limits: Object.fromEntries(own), why: this.why.trim() });
    this.busy = false;
    if (answer.ok) {
      this.startOver();
      this.done("Done: the limits of calls are on record. What waits already keeps its time; the next step of each goes by them.");
    } else this.problem = answer.words;
    await this.limits.load();
    return answer.ok;
  }
}
