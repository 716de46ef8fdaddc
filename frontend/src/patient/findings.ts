/** The findings of one stream, fetched from the newest back and kept up with what the live socket tells. */

import { WireError } from "../protocol/binary";
import { type FindingState, PRIORITIES, type Priority, STATES } from "../protocol/messages";

export interface Finding {
  readonly id: string;
  readonly kind: string;
  readonly words: string;
  readonly priority: Priority;
  readonly start: number;
  /** Null while it is open. */
  readonly end: number | null;
  readonly state: FindingState["state"];
  /** The kinds it was told under before, in words. */
  readonly toldAs: readonly string[];
  /** Why it does not hold and when that was known; null where it holds. */
  readonly withdrawn: { readonly words: string; readonly at_ms: number | null } | null;
  readonly values: Readonly<Record<string, number | string | null>>;
  readonly units: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, number>>;
  readonly strip: readonly [number, number];
  readonly rule: string;
  readonly version: string;
}

/** Where a finding ends: an open one for now at `now`; of an interrupted one no more is known than its onset. */
export const endOf = (finding: Pick<Finding, "start" | "end" | "state">, now: number): number =>
  finding.end ?? (finding.state === "open" ? now : finding.start);

export interface FindingsPage {
  readonly findings: readonly Finding[];
  /** Where to go on; null where this is all. */
  readonly next: number | null;
}

const whole = (value: unknown, what: string): number => {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new WireError(`${what} of a finding is not a number`);
  return value;
};

const words = (value: unknown, what: string): string => {
  if (typeof value !== "string") throw new WireError(`${what} of a finding is not a text`);
  return value;
};

function readWithdrawn(value: unknown): Finding["withdrawn"] {
  if (value === null || value === undefined) return null;
  const from = value as { words?: unknown; at_ms?: unknown };
  return { words: words(from.words, "reason"), at_ms: typeof from.at_ms === "number" ? from.at_ms : null };
}

function readFinding(value: unknown): Finding {
  if (typeof value !== "object" || value === null) throw new WireError("finding is not an object");
  const from = value as Record<string, unknown>;
  const [first, last] = Array.isArray(from.strip) ? from.strip : [];
  const priority = PRIORITIES.find((one) => one === from.priority);
  const state = STATES.find((one) => one === from.state);
  if (priority === undefined || state === undefined) throw new WireError("priority or state of a finding is not known");
  return {
    id: words(from.id, "id"),
    kind: words(from.kind, "kind"),
    words: words(from.words, "words"),
    priority,
    start: whole(from.start, "start"),
    end: from.end === null ? null : whole(from.end, "end"),
    state,
    toldAs: Array.isArray(from.told_as) ? from.told_as.map((one) => words(one, "earlier kind")) : [],
    withdrawn: readWithdrawn(from.withdrawn),
    values: (from.values ?? {}) as Finding["values"],
    units: (from.units ?? {}) as Finding["units"],
    limits: (from.limits ?? {}) as Finding["limits"],
    strip: [whole(first, "strip"), whole(last, "strip")],
    rule: words(from.rule, "rule"),
    version: words(from.version, "version"),
  };
}

/** Read the answer of `…/findings`; throws WireError where it cannot be used. */
export function readFindings(value: unknown): FindingsPage {
  const from = (value ?? {}) as { findings?: unknown; truncated?: unknown; next?: unknown };
  if (!Array.isArray(from.findings)) throw new WireError("findings are not a list");
  const next = from.truncated === true ? whole(from.next, "next") : null;
  return { findings: from.findings.map(readFinding), next };
}

/** The list begins with so much of the past; more is asked for. */
const STEP_S = 86_400;
const AT_ONCE = 1000;
/** Requests of one load, so that it ends whatever the center answers. */
const MOST_PAGES = 100;
const AGAIN_MS = 30_000;
const SOON_MS = 1_500;
const FAILED_MS = 5_000;
/** What ended this long ago may still be withdrawn or change its kind. */
const UNSETTLED_S = 120;

export class Findings {
  /** Why the last request failed; null while none did. */
  failure: string | null = null;
  /** The findings are on hand from this sample on; null before the first answer. */
  from: number | null = null;
  /** Counts the changes. */
  edition = 0;
  private readonly byId = new Map<string, Finding>();
  private ordered: readonly Finding[] | null = null;
  private busy = false;
  private askedAt = Number.NEGATIVE_INFINITY;
  private told = "";
  private due = true;
  private renewing = false;

  constructor(
    private readonly stream: string,
    private readonly rate: number,
    private readonly changed: () => void,
    private readonly now: () => number = () => performance.now(),
    private readonly get: typeof fetch = (input, init) => fetch(input, init),
  ) {}

  /** Newest first. */
  get list(): readonly Finding[] {
    this.ordered ??= [...this.byId.values()].sort((a, b) => b.start - a.start || (a.id < b.id ? 1 : -1));
    return this.ordered;
  }

  /** Findings that touch `[start, stop)`, by start. */
  over(start: number, stop: number): readonly Finding[] {
    const found = this.list.filter((one) => one.start < stop && endOf(one, Number.POSITIVE_INFINITY) >= start);
    return [...found].reverse();
  }

  get loading(): boolean {
    return this.busy && this.from === null;
  }

  /** Keep up with a stream that ends at sample `end`; `live` is what the live socket says is open or has just ended. */
  want(end: number, live: readonly FindingState[]): void {
    const told = JSON.stringify(live.map(({ id, kind, end: stop, state }) => [id, kind, stop, state]));
    if (told !== this.told) this.due = true;
    this.told = told;
    const waited = this.now() - this.askedAt;
    const least = this.failure !== null ? FAILED_MS : this.renewing ? 0 : this.due ? SOON_MS : AGAIN_MS;
    if (this.busy || end <= 0 || waited < least) return;
    this.due = false;
    const recent = end - UNSETTLED_S * this.rate;
    const open = this.list.filter((one) => one.state === "open").map(({ start }) => start);
    const start = this.from === null ? end - STEP_S * this.rate : this.renewing ? this.from : Math.min(recent, ...open);
    this.renewing = false;
    void this.load(Math.max(0, Math.floor(start)), Math.ceil(end) + 1);
  }

  /** Beats were given another class: all that is on hand is asked for again. */
  again(): void {
    this.renewing = true;
    this.changed();
  }

  /** Fetch another day of the past. */
  earlier(): void {
    if (this.busy || this.from === null || this.from === 0) return;
    void this.load(Math.max(0, Math.floor(this.from - STEP_S * this.rate)), this.from);
  }

  private async load(start: number, stop: number): Promise<void> {
    this.busy = true;
    this.askedAt = this.now();
    try {
      const { found, until } = await this.fetch(start, stop);
      const ids = new Set(found.map(({ id }) => id));
      // What is not said of this stretch any more is not so.
      for (const [id, one] of this.byId)
        if (one.start >= start && one.start < until && !ids.has(id)) this.byId.delete(id);
      for (const one of found) this.byId.set(one.id, one);
      this.from = Math.min(this.from ?? start, start);
      this.failure = null;
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
    this.ordered = null;
    this.edition++;
    this.busy = false;
    this.changed();
  }

  /** What is found in a stretch, and up to where that is all there is. */
  private async fetch(start: number, stop: number): Promise<{ found: Finding[]; until: number }> {
    const found: Finding[] = [];
    let at = start;
    for (let page = 0; page < MOST_PAGES; page++) {
      const url = `/api/streams/${this.stream}/findings?start=${at}&stop=${stop}&limit=${AT_ONCE}`;
      const answer = await this.get(url);
      if (!answer.ok) throw new Error(`the center answered ${answer.status}`);
      const { findings, next } = readFindings(await answer.json());
      found.push(...findings);
      if (next === null || next <= at) return { found, until: stop };
      at = next;
    }
    return { found, until: at };
  }
}

/** "rate_bpm" with its unit taken off: "rate". */
export function valueName(name: string, unit: string): string {
  const endings: Readonly<Record<string, string>> = {
    bpm: "_bpm",
    ms: "_ms",
    s: "_s",
    "%": "_pct",
    "µV": "_uv",
    "µV/s": "_uv_per_s",
    Hz: "_hz",
    "1/min": "_per_min",
  };
  const ending = endings[unit] ?? "";
  const bare = ending !== "" && name.endsWith(ending) ? name.slice(0, -ending.length) : name;
  return bare.replaceAll("_", " ");
}

export interface ValueRow {
  readonly name: string;
  readonly value: string;
  /** What it was compared with; empty where there is nothing. */
  readonly limit: string;
}

/** Values that are 1 or 0. */
const FLAGS: ReadonlySet<string> = new Set(["polymorphic", "provisional", "in_atrial_fibrillation"]);

/** The evidence as rows of a table: name, value with unit, limit. */
export function valueRows({ values, units, limits }: Pick<Finding, "values" | "units" | "limits">): ValueRow[] {
  return Object.entries(values).map(([name, value]) => {
    const unit = units[name] ?? "";
    const shown = (one: number) =>
      FLAGS.has(name) ? (one === 0 ? "no" : "yes") : `${Number.isInteger(one) ? one : Math.round(one * 100) / 100}${bareUnit(unit)}`;
    const limit = limits[name];
    return {
      name: valueName(name, unit),
      value: value === null ? "not known" : typeof value === "number" ? shown(value) : value,
      limit: limit === undefined ? "" : shown(limit),
    };
  });
}

/** What is counted carries its unit in its name. */
const bareUnit = (unit: string): string => (unit === "" || unit === "beats" ? "" : ` ${unit}`);
