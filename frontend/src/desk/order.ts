/** The list of cases: which are shown, in what order, how old each is. */

import { coarse, duration } from "../chrome/format";
import { type Case, type Me, TIERS, type Tier, type VerdictKind } from "./entities";

export const FILTERS = ["open", "mine", "all"] as const;
export type Filter = (typeof FILTERS)[number];

/** Who nobody signed in is: a person of this number (sign-in is off). */
export const CONSOLE = 0;

/** The case that an address names (`?case=5`, as links of notices do); null for none. */
export function caseOf(search: string): number | null {
  const told = new URLSearchParams(search).get("case") ?? "";
  return /^\d{1,15}$/.test(told) ? Number(told) : null;
}

/** Number of who sits here; null where that is not known yet. */
export const meId = (me: Me | undefined): number | null =>
  me === undefined ? null : (me.staff?.id ?? (me.sign_in === "off" ? CONSOLE : null));

export const heldByMe = (one: Pick<Case, "held_by">, me: Me | undefined): boolean =>
  one.held_by !== null && one.held_by.id === meId(me);

/** Still to be done: to be looked at, or somebody to be told. */
export const isOpen = ({ state }: Pick<Case, "state">): boolean => state !== "closed" && state !== "decided";

/** Nobody has said yet what it is. */
export const undecided = ({ state }: Pick<Case, "state">): boolean => state === "open" || state === "held";

const since = (one: Case): number => one.opened_ms ?? one.onset_ms ?? 0;

/** What nobody has judged first; then by tier, what was passed on for being late, then the oldest. */
export function byUrgency(a: Case, b: Case): number {
  const stage = (one: Case) => (undecided(one) ? 0 : isOpen(one) ? 1 : 2);
  const past = stage(a) === 2 && stage(b) === 2;
  if (past) return since(b) - since(a) || b.id - a.id;
  return (
    stage(a) - stage(b) ||
    TIERS.indexOf(a.tier) - TIERS.indexOf(b.tier) ||
    Number(b.escalated) - Number(a.escalated) ||
    since(a) - since(b) ||
    a.id - b.id
  );
}

/** The cases of a filter, most urgent first. */
export function listed(cases: readonly Case[], filter: Filter, me: Me | undefined): readonly Case[] {
  const kept = cases.filter((one) =>
    filter === "all" ? true : filter === "mine" ? heldByMe(one, me) || (one.state === "notifying" && told(one, me)) : isOpen(one),
  );
  return [...kept].sort(byUrgency);
}

/** Judged by who sits here: whom to tell is theirs to see through. */
const told = (one: Case, me: Me | undefined): boolean =>
  one.verdict !== null && me?.staff != null && one.verdict.by === me.staff.name;

/** How many are open, by tier. */
export function countTiers(cases: readonly Case[]): Readonly<Record<Tier, number>> {
  const counts = { emergent: 0, urgent: 0, daily: 0, technical: 0 };
  for (const one of cases) if (isOpen(one)) counts[one.tier]++;
  return counts;
}

export interface Age {
  /** Share of the time there is that has gone by, 0 to 1; null where no limit is known. */
  readonly share: number | null;
  readonly late: boolean;
  /** "2 min 5 s". */
  readonly age: string;
  /** "due in 40 s", "late by 3 min". */
  readonly due: string;
}

/** How old a case is and how that stands to its limit. */
export function ageOf(one: Case, now: number): Age {
  const from = one.opened_ms ?? one.onset_ms;
  if (from === null) return { share: null, late: false, age: "age not known", due: "" };
  const age = duration(now - from);
  if (one.due_ms === null || !isOpen(one)) return { share: null, late: false, age, due: "" };
  const left = one.due_ms - now;
  const whole = Math.max(1, one.due_ms - from);
  const share = Math.max(0, Math.min(1, (now - from) / whole));
  return left >= 0
    ? { share, late: false, age, due: `due in ${coarse(left)}` }
    : { share: 1, late: true, age, due: `late by ${coarse(-left)}` };
}

/** The case after another in a list that has changed since: the same where it is still there, else what took its place. */
export function stepped(ids: readonly number[], selected: number | null, by: number): number | null {
  if (ids.length === 0) return null;
  const at = selected === null ? -1 : ids.indexOf(selected);
  if (at < 0) return ids[0]!;
  return ids[Math.max(0, Math.min(ids.length - 1, at + by))]!;
}

export const TIER_WORDS: Readonly<Record<Tier, string>> = {
  emergent: "Emergent",
  urgent: "Urgent",
  daily: "Daily",
  technical: "Technical",
};

/** Verdicts in the order of their keys. */
export const VERDICT_WORDS: Readonly<Record<VerdictKind, string>> = {
  true: "True",
  artefact: "Artefact",
  not_meeting: "True, criteria not met",
  relabel: "Relabelled",
};

/** Why a verdict cannot be given here and now; null where it can. */
export function whyNot(one: Case, me: Me | undefined): string | null {
  if (me?.session.locked === true) return "This station is locked.";
  if (one.state === "closed") return "The case is closed.";
  if (one.verdict !== null && !undecided(one)) return "The verdict is given.";
  if (heldByMe(one, me)) return null;
  return one.held_by === null ? "Take it first: Enter." : `${one.held_by.name} has it.`;
}
