/** What the center tells of orders (`/api/desk/orders`, `/api/desk/order/N`, the check while typing). Instants in ms since 1970. Never throws on an odd field. */

import { type Fields, get, isFields, put, rootOf } from "./order";
import { nameOf, orderWords } from "./words";

export interface At {
  /** Place in the message that it came in; "" for a form. */
  readonly origin?: string;
  /** Path of the order's JSON, or of what else was looked at. */
  readonly where: string;
  readonly words: string;
}

export type Outcome = "covered" | "not covered" | "incomplete" | "policy not held" | "";

export interface Policy {
  readonly id: string;
  readonly version: string;
  readonly title: string;
  readonly contractor: string;
  readonly jurisdiction: string;
  readonly from: string;
  readonly to: string;
  readonly partial: boolean;
  /** What of it is not here, where it is held in part. */
  readonly missing: string;
  /** What of it is not sure, each with its mark. */
  readonly marks: readonly string[];
}

export interface Fact extends At {
  readonly name: string;
  /** Its name in plain words. */
  readonly label: string;
  readonly value: string;
}

export type Met = "met" | "not met" | "not documented" | "not applicable";
/** Which way a clause tells: an exclusion that is not met tells for it. */
export type Stands = "against" | "open" | "for" | "aside";

export interface Clause {
  readonly id: string;
  /** Where it stands in the policy. */
  readonly line: string;
  readonly text: string;
  readonly note: string;
  readonly effect: string;
  readonly outcome: Met;
  readonly stands: Stands;
  readonly facts: readonly Fact[];
  readonly asks: readonly At[];
}

export interface Change extends At {
  readonly clause: string;
}

/** What should be looked at beside the answer: contradictions, another policy before the service ends. */
export interface Caution {
  readonly kind: string;
  readonly words: string;
  readonly looks: readonly At[];
}

export interface Determination {
  readonly date: string;
  readonly policy: Policy | null;
  readonly outcome: Outcome;
  readonly summary: string;
  readonly clauses: readonly Clause[];
  readonly change: readonly Change[];
  readonly cautions: readonly Caution[];
}

/** A rule of enrollment, said before the click. */
export interface Ground {
  readonly rule: string;
  readonly refused: boolean;
  readonly reason: string;
  readonly source: string;
  /** What would change it; "" where nothing is refused. */
  readonly change: string;
  readonly where: string;
  /** Whether a supervisor can allow it. */
  readonly allowable: boolean;
}

/** What enrollment would say if it were asked now. */
export interface Rules {
  readonly day: string;
  readonly grounds: readonly Ground[];
  readonly refused: boolean;
  /** Why a supervisor allows it; "" where nobody does. */
  readonly allowed: string;
}

/** A service of the same person that the center itself has on record. */
export interface Before {
  readonly stream: string;
  readonly test: string;
  readonly first_day: string;
  readonly last_day: string;
}

export interface Checked {
  readonly faults: readonly At[];
  readonly missing: readonly At[];
  readonly determination: Determination | null;
  readonly earlier: readonly Before[];
  /** Services of other practices are not looked up yet. */
  readonly limited: boolean;
  /** null once it is enrolled or ended. */
  readonly rules: Rules | null;
  /** Which policy of the payer is held; null where no policies are. */
  readonly payer: { readonly held: string; readonly words: string; readonly payers: readonly string[] } | null;
}

/** What whoever looks may do with an order. */
export interface May {
  readonly edit: boolean;
  readonly sign: boolean;
  readonly paper_signature: boolean;
  readonly return: boolean;
  readonly refuse: boolean;
  readonly withdraw: boolean;
  readonly note: boolean;
  readonly assign: boolean;
  readonly enroll: boolean;
  /** Why they do not sign; "" where they may. */
  readonly why_not: string;
}

export interface Row {
  readonly order: number;
  readonly state: string;
  readonly patient: string;
  readonly birth_date: string;
  readonly orderer: string;
  readonly practice: string;
  readonly test: string;
  readonly days: number;
  readonly source: string;
  readonly since_ms: number;
  /** What is to be done first, and how many things are. */
  readonly first: string;
  readonly lacks: number;
  /** The signature no longer holds. */
  readonly void: boolean;
  /** What the ordering system asks of a running service: `cancel` or `change`. */
  readonly wish: string;
  readonly ended: string;
  readonly outcome: Outcome;
  readonly stream: string;
}

export interface Named {
  readonly id: number;
  readonly name: string;
}

export interface ListTold {
  readonly now_ms: number;
  readonly rows: readonly Row[];
  /** The `below` of the next page; null where there is none. */
  readonly next: number | null;
  readonly counts: Readonly<Record<string, number>>;
  readonly practices: readonly Named[];
}

export interface Logged {
  readonly at_ms: number;
  readonly by: string;
  readonly words: string;
}

export interface Signed {
  readonly how: string;
  readonly name: string;
  readonly at: string;
  readonly document: string;
  readonly legible: boolean | null;
  readonly meaning: string;
  readonly components: readonly string[];
  readonly content: string;
  readonly ok: boolean;
  readonly reasons: readonly string[];
}

export interface OrderTold extends Checked {
  readonly now_ms: number;
  readonly number: number;
  readonly version: number;
  readonly state: string;
  readonly source: string;
  readonly since_ms: number;
  readonly received_ms: number;
  readonly practice: string;
  /** As it stands on record. */
  readonly plain: Fields;
  /** The same with what was typed, or came, where that could not be read. */
  readonly order: Fields;
  /** SHA-256 of exactly what is signed. */
  readonly content: string;
  readonly signature: Signed | null;
  /** Why a signature that was there no longer holds; "" where none was lost. */
  readonly void: string;
  /** Why the center gave it back, and who did; "" where it did not. */
  readonly returned: string;
  readonly returned_by: string;
  readonly wish: { readonly what: string; readonly words: string; readonly document: string } | null;
  readonly ended: string;
  /** Why a supervisor allows what a rule of enrollment refuses; "" where nobody does. */
  readonly allowed: string;
  readonly log: readonly Logged[];
  /** That the service which began by it is another patient's; "" where it is not. */
  readonly moved: string;
  /** Services that were corrected to its patient and have no order of theirs. */
  readonly place: readonly string[];
  /** Of the service that began by it; "" before. */
  readonly stream: string;
  readonly meaning: string;
  readonly practices: readonly Named[];
  readonly may: May;
}

const fields = (value: unknown): Fields => (isFields(value) ? value : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === "string" ? value : typeof value === "number" ? String(value) : typeof value === "boolean" ? (value ? "yes" : "no") : "");
const num = (value: unknown): number => (typeof value === "number" && Number.isFinite(value) ? value : 0);
const at = (value: unknown): At => {
  const { where, words, origin } = fields(value);
  return { where: text(where), words: text(words), ...(typeof origin === "string" && origin !== "" ? { origin } : {}) };
};
/** A name, or the name of a thing that has one. */
const named = (value: unknown): string => (isFields(value) ? text(value.name) : text(value));

const OUTCOMES: readonly string[] = ["covered", "not covered", "incomplete", "policy not held"];
const MET: readonly string[] = ["met", "not met", "not documented", "not applicable"];
/** An outcome that is not known is none: never taken for a good one. */
const outcome = (value: unknown): Outcome => (OUTCOMES.includes(text(value)) ? (value as Outcome) : "");

const policy = (value: unknown): Policy | null => {
  if (!isFields(value)) return null;
  const { id, version, title, contractor, jurisdiction, from, to } = value;
  const places = Array.isArray(jurisdiction) ? jurisdiction.map(text).join(", ") : text(jurisdiction);
  const dates = { from: text(from), to: text(to) };
  return { id: text(id), version: text(version), title: text(title), contractor: text(contractor), jurisdiction: places, ...dates, partial: value.partial === true, missing: text(value.missing), marks: list(value.marks).map(text) };
};

const STANDS: readonly string[] = ["against", "open", "for", "aside"];

/** Which way it tells, where the center does not say. */
function standsOf(met: Met, effect: string): Stands {
  if (met === "not documented") return "open";
  if (met === "not applicable") return "aside";
  return (met === "met") === (effect !== "excludes") ? "for" : "against";
}

/** The value of a fact; what nobody said is said to be so. */
const valueOf = (value: unknown): string => (value === null || value === undefined ? "not said" : Array.isArray(value) ? value.map(text).join(", ") : text(value));

const clause = (value: unknown): Clause => {
  const one = fields(value);
  const outcome = (MET.includes(text(one.outcome)) ? text(one.outcome) : "not documented") as Met;
  const effect = text(one.effect);
  return {
    id: text(one.id),
    line: text(one.line),
    text: text(one.text),
    note: text(one.note),
    effect,
    outcome,
    stands: STANDS.includes(text(one.stands)) ? (one.stands as Stands) : standsOf(outcome, effect),
    facts: list(one.facts).map((fact) => ({ ...at(fact), name: text(fields(fact).name), label: text(fields(fact).label), value: valueOf(fields(fact).value) })),
    asks: list(one.asks).map(at),
  };
};

export function determinationOf(value: unknown): Determination | null {
  if (!isFields(value)) return null;
  return {
    date: text(value.date),
    policy: policy(value.policy),
    outcome: outcome(value.outcome),
    summary: text(value.summary),
    clauses: list(value.clauses).map(clause),
    change: list(value.change).map((one) => ({ ...at(one), clause: text(fields(one).clause) })),
    cautions: list(value.cautions).map((one) => ({ kind: text(fields(one).kind), words: text(fields(one).words), looks: list(fields(one).looks).map(at) })),
  };
}

export const checkedOf = (value: unknown): Checked => {
  const one = fields(value);
  return {
    faults: list(one.faults).map(at),
    missing: list(one.missing).map(at),
    determination: determinationOf(one.determination),
    earlier: list(one.earlier).map(fields).map(({ stream, test, first_day, last_day }) => ({ stream: text(stream), test: text(test), first_day: text(first_day), last_day: text(last_day) })),
    limited: one.limited === true,
    rules: rules(one.rules),
    payer: payer(one.payer_policy),
  };
};

function rules(value: unknown): Rules | null {
  if (!isFields(value)) return null;
  const grounds = list(value.grounds).map(fields).map(({ rule, refused, reason, source, change, where, allowable }): Ground => ({ rule: text(rule), refused: refused === true, reason: text(reason), source: text(source), change: text(change), where: text(where), allowable: allowable === true })); // prettier-ignore
  return { day: text(value.day), grounds, refused: value.refused === true, allowed: text(value.allowed) };
}

const payer = (value: unknown): Checked["payer"] => (isFields(value) ? { held: text(value.held), words: text(value.words), payers: list(value.payers).map(text) } : null);

const names = (value: unknown): readonly Named[] => list(value).map(fields).map(({ id, name }) => ({ id: num(id), name: text(name) })).filter(({ id }) => id > 0); // prettier-ignore

const MAY: May = { edit: false, sign: false, paper_signature: false, return: false, refuse: false, withdraw: false, note: false, assign: false, enroll: false, why_not: "" };
/** What is not said to be allowed is not. */
const may = (value: unknown): May => {
  const one = fields(value);
  const told = Object.fromEntries(Object.keys(MAY).map((key) => [key, one[key] === true]));
  return { ...MAY, ...told, why_not: text(one.why_not) };
};

const signed = (value: unknown): Signed | null => {
  if (!isFields(value)) return null;
  const { how, name, at: day, at_ms, document, legible, meaning, components, content, ok, reasons } = value;
  return {
    how: text(how),
    name: text(name),
    at: text(day) || (num(at_ms) > 0 ? new Date(num(at_ms)).toISOString() : ""),
    document: text(document),
    legible: typeof legible === "boolean" ? legible : null,
    meaning: text(meaning),
    components: list(components).map(text),
    content: text(content),
    ok: ok === true,
    reasons: list(reasons).map(text),
  };
};

/** The order as it was typed: what could not be read stands in its place, so that it can be mended and is not lost. */
export function withGiven(order: Fields, given: unknown, faults: readonly At[]): Fields {
  if (!isFields(given)) return order;
  return faults.reduce((made, { where }) => {
    const path = rootOf(where);
    const typed = path === "" ? undefined : get(given, path);
    return typed === undefined ? made : put(made, path, typed);
  }, order);
}

export function orderOf(value: unknown): OrderTold {
  const one = fields(value);
  const checked = checkedOf(value);
  const [returned, wish] = [fields(one.returned), isFields(one.wish) ? one.wish : null];
  return {
    ...checked,
    now_ms: num(one.now_ms),
    plain: fields(one.order),
    number: num(one.number),
    version: num(one.version),
    state: text(one.state),
    source: text(one.source),
    since_ms: num(one.since_ms),
    received_ms: num(one.received_ms),
    practice: named(one.practice),
    order: withGiven(fields(one.order), one.given, checked.faults),
    content: text(one.content),
    signature: signed(one.signature),
    void: text(fields(one.void).words),
    returned: text(returned.why),
    returned_by: text(returned.by),
    wish: wish === null ? null : { what: text(wish.what), words: text(wish.words), document: text(wish.document) },
    ended: text(one.ended),
    allowed: text(one.allowed),
    log: list(one.log).map(fields).map(({ at_ms, by, words }) => ({ at_ms: num(at_ms), by: named(by), words: text(words) })),
    moved: text(one.moved),
    place: list(one.place).map(text),
    stream: text(one.stream),
    meaning: text(one.meaning),
    practices: names(one.practices),
    may: may(one.may),
  };
}

export const listOf = (value: unknown): ListTold => {
  const one = fields(value);
  const counts = Object.entries(fields(one.counts)).filter((each): each is [string, number] => typeof each[1] === "number");
  return { now_ms: num(one.now_ms), rows: list(one.orders).map(rowOf), next: typeof one.next === "number" ? one.next : null, counts: Object.fromEntries(counts), practices: names(one.practices) };
};

/** What an order lacks first: a fault says what is wrong with a value, so the list names the field. */
function firstOf(lack: Fields): string {
  const [where, words] = [text(lack.where), text(lack.words)];
  return where === "" || /^[A-Z]/.test(words) ? words : `${nameOf(where)}: ${words}`;
}

function rowOf(value: unknown): Row {
  const one = fields(value);
  return {
    order: num(one.order),
    state: text(one.state),
    patient: text(one.patient),
    birth_date: text(one.birth_date),
    orderer: text(one.orderer),
    practice: named(one.practice),
    test: text(one.test),
    days: num(one.days),
    source: text(one.source),
    since_ms: num(one.since_ms),
    first: firstOf(fields(one.first)),
    lacks: num(one.lacks),
    void: one.void === true,
    wish: text(one.wish),
    ended: text(one.ended),
    outcome: outcome(one.outcome),
    stream: text(one.stream),
  };
}

const STATES: Readonly<Record<string, string>> = {
  held: "held: something is missing",
  ready: "ready to enroll",
  enrolled: "enrolled",
  refused: "refused",
  withdrawn: "withdrawn",
};
export const stateWords = (state: string): string => STATES[state] ?? state;

/** The same in a table, where what is missing stands beside it. */
export const shortState = (state: string): string => stateWords(state).replace(/[:,].*$/, "");

/** "30 days of real-time telemetry". */
export const whatWords = ({ test, days }: Pick<Row, "test" | "days">): string => orderWords({ test, days });

/** An outcome as a sign and a word: never a colour alone. */
export const OUTCOME: Readonly<Record<Exclude<Outcome, "">, readonly [sign: string, words: string]>> = {
  covered: ["✓", "Covered"],
  "not covered": ["✕", "Not covered"],
  incomplete: ["◐", "Incomplete"],
  "policy not held": ["?", "Policy not held"],
};
export const outcomeWords = (one: Outcome): string => (one === "" ? "" : `${OUTCOME[one][0]} ${OUTCOME[one][1].toLowerCase()}`);

export const STANDS_SIGN: Readonly<Record<Stands, string>> = { for: "✓", against: "✕", open: "○", aside: "–" };

/** What became of a clause; of an exclusion, whether it holds. */
export function metWords({ outcome: met, effect }: Pick<Clause, "outcome" | "effect">): string {
  if (effect !== "excludes") return met;
  return met === "met" ? "the exclusion applies" : met === "not met" ? "the exclusion does not apply" : met;
}

export type Show = "held" | "ready" | "enrolled" | "ended" | "all";
export const SHOWS: readonly (readonly [Show, string])[] = [
  ["held", "held"],
  ["ready", "ready"],
  ["enrolled", "enrolled"],
  ["ended", "ended"],
  ["all", "all"],
];

/** Orders of a list that hold every word that is typed, the oldest or the newest first. */
export function found(rows: readonly Row[], typed: string, oldestFirst: boolean): readonly Row[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const kept = rows.filter((one) => {
    const held = `${one.patient} ${one.birth_date} ${one.orderer} ${one.practice} ${whatWords(one)} ${stateWords(one.state)} ${one.first} ${one.outcome} ${one.order}`.toLowerCase();
    return words.every((word) => held.includes(word));
  });
  return kept.sort((a, b) => (oldestFirst ? 1 : -1) * (a.since_ms - b.since_ms || a.order - b.order));
}

/** Which order an address is of: its number, a new one, or the list; null for an address of none. */
export function orderAt(path: string): number | "new" | "list" {
  const part = /^\/orders\/(new|[1-9]\d{0,8})\/?$/.exec(path)?.[1];
  return part === undefined ? "list" : part === "new" ? "new" : Number(part);
}
