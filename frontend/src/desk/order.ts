/** The list of cases: which are shown, in what order, how old each is. */

import { coarse, duration } from "../chrome/format";
import { type Case, type Me, TIERS, type Tier, type VerdictKind } from "./entities";

export const FILTERS = ["open", "mine", "again", "all"] as const;
export type Filter = (typeof FILTERS)[number];

const READS_AGAIN = "case.overread";

/** The lists there are for whoever sits here: second readings are for those who may give them. */
export const filtersOf = (me: Me | undefined): readonly Filter[] =>
  FILTERS.filter((filter) => filter !== "again" || me?.permissions.includes(READS_AGAIN) === true);

/** To be read a second time by who sits here: never by whoever gave the verdict. */
export const toReadAgain = (one: Pick<Case, "overread" | "first_reader">, me: Me | undefined): boolean =>
  one.overread === "due" && one.first_reader?.id !== meId(me) && filtersOf(me).includes("again");

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

/** Still to be done: to be looked at, somebody to be told, or judged so long ago that it should have closed. */
export const isOpen = ({ state, escalated }: Pick<Case, "state" | "escalated">): boolean =>
  state !== "closed" && (state !== "decided" || escalated);

/** A verdict is given, and it is not closed yet. */
export const judged = ({ state }: Pick<Case, "state">): boolean => state === "decided" || state === "notifying";

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
  const of: Readonly<Record<Filter, (one: Case) => boolean>> = {
    open: isOpen,
    mine: (one) => heldByMe(one, me) || (one.state === "notifying" && told(one, me)),
    again: (one) => toReadAgain(one, me),
    all: () => true,
  };
  return cases.filter(of[filter]).sort(filter === "again" ? byReading : byUrgency);
}

/** Second readings by when they are due. */
const byReading = (a: Case, b: Case): number => (a.overread_due_ms ?? 0) - (b.overread_due_ms ?? 0) || a.id - b.id;

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

/** Why a second reading cannot be given here and now; null where it can. */
export function whyNotAgain(one: Case, me: Me | undefined): string | null {
  if (me?.session.locked === true) return "This station is locked.";
  if (one.overread === "done") return "It was read again.";
  if (one.overread !== "due") return "No second reading is due.";
  return one.first_reader?.id === meId(me) ? "You read it first: another reads it again." : null;
}

/** Why a verdict cannot be given here and now; null where it can. */
export function whyNot(one: Case, me: Me | undefined): string | null {
  if (me?.session.locked === true) return "This station is locked.";
  if (one.state === "closed") return "The case is closed.";
  if (one.verdict !== null && !undecided(one)) return "The verdict is given.";
  if (heldByMe(one, me)) return null;
  return one.held_by === null ? "Take it first: Enter." : `${one.held_by.name} has it.`;
}
