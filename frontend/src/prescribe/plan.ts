/** A plan as its form holds it (hours and seconds as typed), read from and written to the center's JSON. */

import { type Hours, parseHours, writeHours } from "./hours";
import { type Fault, numberOf } from "./told";

export const LADDER_TIERS = ["emergent", "urgent", "daily"] as const;
export type LadderTier = (typeof LADDER_TIERS)[number];
export const NUMBER_KINDS = ["office", "mobile", "home", "answering-service"] as const;
export const ROLES = ["physician", "covering-physician", "nurse-practitioner", "physician-assistant", "nurse", "answering-service", "other"] as const;

export interface NumberForm { kind: string; number: string; hours: string }
export interface PersonForm { key: string; name: string; role: string; numbers: NumberForm[] }
export interface CoverForm { when: string; person: string }
export interface InsteadForm { from: string; to: string; person: string }
export interface RungForm { who: string; tries: string; retry_s: string; wait_s: string; hours: string }
export interface LadderForm { rungs: RungForm[]; again_s: string; at: string; rest: Record<string, unknown> }
export interface PlanForm {
  zone: string;
  persons: PersonForm[];
  cover: CoverForm[];
  holidays: string;
  exceptions: InsteadForm[];
  ladders: Record<LadderTier, LadderForm>;
} // prettier-ignore

export interface Usual {
  readonly tries: number;
  readonly retry_s: number;
  readonly wait_s: number;
  readonly again_s: number;
}

type Body = Readonly<Record<string, unknown>>;
const list = (value: unknown): readonly Body[] => (Array.isArray(value) ? (value as Body[]) : []);
const text = (value: unknown): string => (value === undefined || value === null ? "" : String(value));
const hoursOf = (value: unknown): string => writeHours(list(value) as unknown as Hours[]);

/** The form of a plan; of a tier that the plan leaves out, every person in order with the usual times. */
export function formOf(plan: Body, usual: Readonly<Record<string, Usual>>): PlanForm {
  const persons = list(plan.persons).map((one) => ({
    key: text(one.key),
    name: text(one.name),
    role: text(one.role),
    numbers: list(one.numbers).map(({ kind, number, hours }) => ({ kind: text(kind), number: text(number), hours: hoursOf(hours) })),
  }));
  const ladders = Object.fromEntries(
    LADDER_TIERS.map((tier) => {
      const given = ((plan.ladders ?? {}) as Record<string, Body>)[tier] ?? {};
      const { rungs, again_s, at, ...rest } = given;
      const made = rungs === undefined ? persons.map(({ key }) => rungOf({ who: key, ...times(usual[tier]) })) : list(rungs).map(rungOf);
      return [tier, { rungs: made, again_s: text(again_s), at: text(at), rest: { ...rest } }];
    }),
  ) as Record<LadderTier, LadderForm>;
  return {
    zone: text(plan.zone),
    persons,
    cover: list(plan.cover).map(({ days, from, to, person }) => ({ when: hoursOf([{ days, from, to }]), person: text(person) })),
    holidays: (Array.isArray(plan.holidays) ? plan.holidays : []).join(", "),
    exceptions: list(plan.exceptions).map(({ from, to, person }) => ({ from: text(from), to: text(to), person: text(person) })),
    ladders,
  };
}

const times = (usual: Usual | undefined): Body => ({ tries: usual?.tries ?? 1, retry_s: usual?.retry_s ?? 120, wait_s: usual?.wait_s ?? 0 });

const rungOf = (given: Body): RungForm => ({
  who: text(given.who),
  tries: text(given.tries ?? 1),
  retry_s: text(given.retry_s ?? 120),
  wait_s: text(given.wait_s ?? 0),
  hours: hoursOf(given.hours),
});

export const newRung = (who: string, usual: Usual | undefined): RungForm => rungOf({ who, ...times(usual) });

/** A key for somebody new: none that there is. */
export function newKey(persons: readonly PersonForm[]): string {
  for (let at = persons.length + 1; ; at += 1) if (!persons.some(({ key }) => key === `p${at}`)) return `p${at}`;
}

/** The plan that a form means, and what of it cannot even be written, by field. */
export function planOf(form: PlanForm): { readonly plan: Body; readonly faults: readonly Fault[] } {
  const faults: Fault[] = [];
  const hours = (where: string, typed: string): readonly Hours[] => {
    const found = parseHours(typed);
    if (typeof found !== "string") return found;
    faults.push({ keys: [where], words: found });
    return [];
  };
  const some = (where: string, typed: string) => (typed.trim() === "" ? {} : { hours: hours(where, typed) });
  const cover = form.cover.map(({ when, person }, at) => {
    const found = hours(`cover[${at}]`, when);
    if (found.length !== 1 && faults.every(({ keys }) => keys[0] !== `cover[${at}]`)) faults.push({ keys: [`cover[${at}]`], words: "want one stretch of hours, e.g. mon-fri 08:00-17:00" });
    return { ...(found[0] ?? { days: [], from: "", to: "" }), person };
  });
  const ladders = Object.fromEntries(LADDER_TIERS.map((tier) => [tier, ladderOf(form.ladders[tier], `ladders.${tier}`, some)]));
  const plan = {
    zone: form.zone.trim(),
    persons: form.persons.map(({ key, name, role, numbers }, i) => ({
      key,
      name: name.trim(),
      role,
      numbers: numbers.map(({ kind, number, hours: typed }, j) => ({ kind, number: number.trim(), ...some(`persons[${i}].numbers[${j}].hours`, typed) })),
    })),
    cover,
    holidays: form.holidays.split(/[\s,]+/).filter(Boolean),
    exceptions: form.exceptions.map(({ from, to, person }) => ({ from, to, person: person === "" ? null : person })),
    ladders,
  };
  return { plan, faults };
}

function ladderOf(form: LadderForm, where: string, some: (where: string, typed: string) => object): Body {
  const rungs = form.rungs.map(({ who, tries, retry_s, wait_s, hours }, at) => ({
    who,
    tries: numberOf(tries),
    retry_s: numberOf(retry_s),
    wait_s: numberOf(wait_s),
    ...some(`${where}.rungs[${at}].hours`, hours),
  }));
  return {
    rungs,
    ...form.rest,
    ...(form.again_s.trim() === "" ? {} : { again_s: numberOf(form.again_s) }),
    ...(form.at.trim() === "" ? {} : { at: form.at.trim() }),
  };
}

/** The faults of a field: those said of it; hours are one field, whichever of them is wrong. */
export const faultsAt = (faults: readonly Fault[], where: string): readonly string[] =>
  faults.filter(({ keys }) => keys.some((key) => key === where || (where.endsWith(".hours") && key.startsWith(`${where}[`)))).map(({ words }) => words);
