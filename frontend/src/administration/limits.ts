/** The limits from criterion met to action: what is in force, what is typed, what would change. */

import { type CallLimit, readCallLimit } from "./call_limits";
import type { Commands } from "../desk/commands";
import { Reader } from "../desk/reader";

/** After the last key, before it is looked at. */
const CHECK_MS = 250;

type ByTier = Readonly<Record<string, number | null>>;

export interface LegLimits {
  readonly name: string;
  readonly shipped: ByTier;
  /** The center's own, where it has one. */
  readonly own: ByTier;
}

export interface Limits {
  readonly tiers: readonly string[];
  readonly legs: readonly LegLimits[];
  /** Of patients who telephone. */
  readonly calls: readonly CallLimit[];
  readonly maySet: boolean;
}

export interface LimitChange {
  readonly key: string;
  readonly wasS: number;
  readonly limitS: number;
  /** Of the last day: how many ended, longer than the limit of now, longer than the new one. */
  readonly ended: number;
  readonly missed: number;
  readonly wouldMiss: number;
  /** Open cases that would be over it at once. */
  readonly over: number;
}

export interface Looked {
  readonly faults: ReadonlyMap<string, string>;
  readonly changes: readonly LimitChange[];
}

export function readLimits(told: unknown): Limits {
  const from = new Reader("limits", told);
  const tiers = from.texts("tiers");
  const byTier = (one: Reader): ByTier => Object.fromEntries(tiers.map((tier) => [tier, one.numberOrNull(tier)]));
  return {
    tiers,
    legs: from.list("legs", (one) => ({ name: one.text("name", "?"), shipped: byTier(one.inner("shipped")), own: byTier(one.inner("own")) })),
    calls: from.has("telephone") ? from.list("telephone", readCallLimit) : [],
    maySet: from.flag("may_set", false),
  };
}

export function readLooked(told: unknown): Looked {
  const from = new Reader("limits", told);
  return {
    faults: new Map(from.list("faults", (one) => [one.text("key"), one.text("words")] as const)),
    changes: from.list("changes", (one) => ({
      key: one.text("key"),
      wasS: one.number("was_s", 0),
      limitS: one.number("limit_s", 0),
      ended: one.number("ended", 0),
      missed: one.number("missed", 0),
      wouldMiss: one.number("would_miss", 0),
      over: one.number("over", 0),
    })),
  };
}

/** Seconds as they are typed: "90 s", "2 min", "8 h". */
export function span(seconds: number): string {
  if (seconds >= 3600 && seconds % 3600 === 0) return `${seconds / 3600} h`;
  if (seconds >= 60 && seconds % 60 === 0 && seconds !== 90) return `${seconds / 60} min`;
  return `${seconds} s`;
}

const UNITS: Readonly<Record<string, number>> = { "": 1, s: 1, sec: 1, m: 60, min: 60, h: 3600, d: 86_400 };

/** What is typed in seconds; null where nothing is; the text itself where it is no time, for the center to refuse. */
export function typedSeconds(typed: string): number | string | null {
  const text = typed.trim();
  if (text === "") return null;
  const found = /^(\d+(?:[.,]\d+)?)\s*([a-z]*)$/i.exec(text);
  const unit = UNITS[found?.[2]?.toLowerCase() ?? "?"];
  return found === null || unit === undefined ? text : Number(found[1]!.replace(",", ".")) * unit;
}

/** Every limit that would be the center's own, by `tier.leg`. */
export function wanted({ tiers, legs }: Limits, edits: ReadonlyMap<string, string>): Record<string, number | string> {
  const found: Record<string, number | string> = {};
  for (const leg of legs)
    for (const tier of tiers) {
      const key = `${tier}.${leg.name}`;
      const typed = edits.get(key);
      const value = typed === undefined ? (leg.own[tier] ?? null) : typedSeconds(typed);
      if (value !== null) found[key] = value;
    }
  return found;
}

export class LimitsPart {
  told: Limits | string | null = null;
  readonly edits = new Map<string, string>();
  why = "";
  looked: Looked | null = null;
  problem: string | null = null;
  busy = false;
  private timer = 0;
  private asked = 0;

  constructor(
    private readonly commands: Commands,
    private readonly changed: () => void,
    private readonly done: (words: string) => void,
  ) {}

  async load(): Promise<void> {
    try {
      this.told = readLimits(await this.commands.read("limits"));
    } catch (error) {
      if (typeof this.told !== "object" || this.told === null) this.told = error instanceof Error ? error.message : String(error);
    }
    this.changed();
  }

  edit(key: string, typed: string): void {
    this.edits.set(key, typed);
    this.problem = null;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.look(), CHECK_MS) as unknown as number;
    this.changed();
  }

  write(why: string): void {
    this.why = why;
    this.changed();
  }

  startOver(): void {
    clearTimeout(this.timer);
    this.asked += 1;
    this.edits.clear();
    this.why = "";
    this.looked = this.problem = null;
    this.changed();
  }

  async look(): Promise<void> {
    if (typeof this.told !== "object" || this.told === null) return;
    this.asked += 1;
    const mine = this.asked;
    const answer = await this.commands.ask("check/limits/center", { limits: wanted(this.told, this.edits) });
    if (mine !== this.asked) return;
    if (answer.ok) this.looked = readLooked(answer.body);
    else this.problem = answer.words;
    this.changed();
  }

  /** True where they are on record. */
  async set(): Promise<boolean> {
    if (this.busy || typeof this.told !== "object" || this.told === null) return false;
    clearTimeout(this.timer);
    this.busy = true;
    await this.look();
    let said: string | null = null;
    if (this.looked === null || this.looked.faults.size > 0) said = "Not set: see what is marked in the table.";
    else {
      const answer = await this.commands.ask("legs.set", { limits: wanted(this.told, this.edits), why: this.why.trim() });
      if (!answer.ok) said = answer.words;
    }
    this.busy = false;
    if (said === null) {
      this.startOver();
      this.done("Done: the limits are on record and count for every leg from now on.");
    } else this.problem = said;
    await this.load();
    return said === null;
  }
}
