/** Findings as the wall shows them: the most pressing one on a tile, counts in the header, the next one by a key. */

import { coarse } from "../chrome/format";
import { viewOf } from "../protocol/kinds";
import { type FindingState, PRIORITIES, type Priority } from "../protocol/messages";

/** Priorities that are alarms; the rest is only listed. */
export const ALARMS = ["high", "medium", "low"] as const;
export type AlarmPriority = (typeof ALARMS)[number];

/** The rank in a sign beside the colour, as IEC 60601-1-8 writes it. */
export const SIGNS: Readonly<Record<AlarmPriority, string>> = { high: "!!!", medium: "!!", low: "!" };

/** How long one that ended stays on its tile: what presses more is to be seen by who looked away. */
const STAYS_MS: Readonly<Record<AlarmPriority, number>> = { high: 120_000, medium: 120_000, low: 30_000 };

export const rank = (priority: Priority): number => PRIORITIES.indexOf(priority);

const isAlarm = (finding: FindingState): finding is FindingState & { readonly priority: AlarmPriority } =>
  finding.priority !== "none";

export interface Alarm {
  readonly id: string;
  readonly priority: AlarmPriority;
  readonly sign: string;
  readonly words: string;
  readonly short: string;
  readonly rate: number | null;
  readonly open: boolean;
  /** "12 s", "40 s ago" where it ended, "withdrawn". */
  readonly when: string;
  /** Other alarms that are open. */
  readonly more: number;
}

/** What a tile says: the most pressing that is open, else the most pressing that ended a moment ago. */
export function foremost(findings: readonly FindingState[], centerNow: number): Alarm | null {
  const alarms = findings.filter(isAlarm).filter((one) => one.state === "open" || recent(one, centerNow));
  const pressing = (a: FindingState, b: FindingState) =>
    Number(b.state === "open") - Number(a.state === "open") || rank(a.priority) - rank(b.priority) || b.start - a.start;
  const first = [...alarms].sort(pressing)[0];
  if (first === undefined) return null;
  const open = first.state === "open";
  return {
    id: first.id,
    priority: first.priority,
    sign: SIGNS[first.priority],
    words: first.words,
    short: viewOf(first).short,
    rate: first.rate,
    open,
    when: whenWords(first, centerNow),
    more: alarms.filter((one) => one.state === "open" && one !== first).length,
  };
}

function recent(finding: FindingState & { readonly priority: AlarmPriority }, centerNow: number): boolean {
  const at = finding.ended_ms ?? finding.since_ms;
  return at === null || centerNow - at < STAYS_MS[finding.priority];
}

function whenWords({ state, since_ms, ended_ms }: FindingState, centerNow: number): string {
  if (state === "withdrawn") return "withdrawn";
  if (state === "open") return since_ms === null ? "" : coarse(centerNow - since_ms);
  if (state === "interrupted") return "end not known";
  return ended_ms === null ? "ended" : `${coarse(centerNow - ended_ms)} ago`;
}

export type Counts = Readonly<Record<AlarmPriority, number>>;

/** Open findings by priority. */
export function countOpen(patients: Iterable<{ readonly findings: readonly FindingState[] }>): Counts {
  const counts = { high: 0, medium: 0, low: 0 };
  for (const { findings } of patients)
    for (const one of findings) if (one.state === "open" && isAlarm(one)) counts[one.priority]++;
  return counts;
}

/** "1 high, 2 medium"; null where nothing is open. */
export function countWords(counts: Counts): string | null {
  const words = ALARMS.filter((priority) => counts[priority] > 0).map((priority) => `${counts[priority]} ${priority}`);
  return words.length === 0 ? null : words.join(", ");
}

/** Rank of the most pressing open alarm of a patient; beyond every alarm where there is none. */
export function pressingOf(findings: readonly FindingState[]): number {
  return Math.min(ALARMS.length, ...findings.filter((one) => one.state === "open").map((one) => rank(one.priority)));
}

/** The patient to look at after `from`: the most pressing first, of like ones in the order of the wall. */
export function nextPressing(
  patients: readonly { readonly id: string; readonly findings: readonly FindingState[] }[],
  from: string | null,
): string | null {
  const waiting = patients
    .map((patient, place) => ({ id: patient.id, place, pressing: pressingOf(patient.findings) }))
    .filter(({ pressing }) => pressing < ALARMS.length)
    .sort((a, b) => a.pressing - b.pressing || a.place - b.place);
  const at = waiting.findIndex(({ id }) => id === from);
  return waiting[(at + 1) % Math.max(1, waiting.length)]?.id ?? null;
}
