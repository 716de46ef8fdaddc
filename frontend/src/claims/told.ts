/** What the center tells of claims (`/api/desk/claims`, `/api/desk/claim/N`), and how it is said. Amounts in cents, instants in ms since 1970. */

export type State = "checking" | "held" | "ready" | "released" | "filed" | "sent" | "rejected" | "paid" | "partly paid" | "denied" | "appealed" | "reversed" | "void" | "replaced" | "cancelled" | "refunded" | "carried out";
export type Kind = "original" | "replacement" | "void";
export type Tab = "held" | "ready" | "sent" | "denied" | "amend" | "paid" | "check" | "void";
export type Outcome = "met" | "not met" | "not documented" | "not applicable";
export type Weight = "stop" | "reason" | "note";

export const TABS: readonly (readonly [Tab, string])[] = [
  ["held", "held"],
  ["ready", "ready"],
  ["sent", "sent"],
  ["denied", "denied"],
  ["amend", "to put right"],
  ["paid", "paid"],
  ["check", "being checked"],
  ["void", "ended"],
];

export interface Row {
  readonly claim: number;
  readonly id: string;
  readonly part: "technical" | "professional";
  readonly stream: string;
  readonly patient: string;
  readonly payer: string;
  readonly codes: readonly string[];
  readonly modifiers: readonly string[];
  readonly day: string;
  readonly cents: number;
  readonly paid: number;
  readonly state: State;
  readonly since_ms: number;
  readonly held: number;
  readonly stops: number;
  readonly why: string;
  readonly over: number;
  readonly file: number;
  readonly accepted: boolean | null;
  readonly deadline: string;
  readonly days_left: number | null;
  readonly kind: Kind;
  readonly replaces: number;
  /** What people have to do to put it right, a line each. */
  readonly works: readonly string[];
  /** The day by which money of it goes back, "" for none. */
  readonly back_by: string;
  readonly back_left: number | null;
}

/** A claim of a chain: the first, what replaces it, what voids it. */
export interface Link {
  readonly claim: number;
  readonly id: string;
  readonly kind: Kind;
  readonly state: State;
  readonly replaces: number;
  readonly cents: number;
  readonly paid: number;
  /** The payer's number of the claim that it replaces or voids. */
  readonly original: string;
  readonly since_ms: number;
  readonly here: boolean;
}

export interface Due {
  readonly at_ms: number;
  readonly why: string;
  readonly person: boolean;
  readonly settled: string;
}

export interface Refund {
  readonly cents: number;
  readonly known: string;
  readonly by: string;
  readonly why: string;
  readonly at_ms: number;
  readonly who: string;
  readonly state: "owed" | "paid back" | "not owed";
  readonly day: string;
  readonly how: string;
}

export interface FileTold {
  readonly file: number;
  readonly claims: number;
  readonly made_ms: number;
  readonly sent_ms: number | null;
  readonly accepted: boolean | null;
  readonly said: string;
}

export interface Remit {
  readonly remit: number;
  readonly kind: string;
  readonly name: string;
  readonly payer: string;
  readonly trace: string;
  readonly day: string;
  readonly cents: number;
  readonly answers: number;
  /** So many of them are on record. */
  readonly posted: number;
  readonly at_ms: number;
  readonly by: string;
  readonly faults: readonly string[];
  readonly settled: readonly (readonly [string, number])[];
}

export interface Unmatched {
  readonly remit: number;
  readonly place: number;
  readonly why: string;
  readonly payer: string;
  readonly day: string;
  readonly number: string;
  readonly patient: string;
  readonly charged: number;
  readonly paid: number;
  readonly reasons: readonly string[];
  /** Whether it only says that a claim was taken or turned down (277CA): it is about no money. */
  readonly notice: boolean;
  readonly faults: readonly string[];
}

export interface ListTold {
  readonly now_ms: number;
  readonly tab: Tab;
  readonly counts: Readonly<Record<Tab, number>>;
  readonly claims: readonly Row[];
  readonly left_out: number;
  readonly files: readonly FileTold[];
  readonly remits: readonly Remit[];
  readonly unmatched: readonly Unmatched[];
  readonly lacks: readonly string[];
  readonly may: boolean;
}

export interface Check {
  readonly rule: string;
  readonly title: string;
  readonly outcome: Outcome;
  readonly weight: Weight;
  readonly words: string;
  readonly mend: string;
  readonly source: string;
  readonly sure: string;
}

export interface Adjusted {
  readonly group: string;
  readonly group_words: string;
  readonly code: string;
  readonly words: string;
  readonly cents: number;
}

export interface Answered {
  readonly remit: number;
  readonly at_ms: number;
  readonly day: string;
  readonly deadline: string;
  readonly outcome: string;
  /** Whether it decides nothing (277CA), and what it says, a line each. */
  readonly notice: boolean;
  readonly said: readonly string[];
  readonly charged: number;
  readonly paid: number;
  readonly patient_cents: number;
  readonly payer_number: string;
  readonly adjustments: readonly Adjusted[];
  readonly remarks: readonly { readonly code: string; readonly words: string }[];
  /** Rules of checks that answer what was taken off. */
  readonly answers: readonly string[];
}

/** The claim's own JSON; edited as it is and sent back whole. */
export type Content = { [name: string]: unknown };

export interface Condition {
  readonly asks: string;
  readonly outcome: string;
  readonly measured: string;
  readonly mark: string;
}

export interface Family {
  readonly kind: string;
  readonly words: string;
  readonly considered: readonly { readonly kind: string; readonly outcome: string; readonly conditions: readonly Condition[] }[];
}

export interface Determined {
  readonly outcome: string;
  readonly summary: string;
  readonly date: string;
  readonly policy: { readonly id: string; readonly version: string; readonly partial: boolean } | null;
  readonly clauses: readonly { readonly id: string; readonly text: string; readonly outcome: string; readonly stands?: string }[];
}

export interface ClaimTold extends Row {
  readonly now_ms: number;
  readonly version: number;
  readonly checked: number;
  readonly content: Content | null;
  readonly checks: readonly Check[];
  readonly proposed: readonly (readonly [string, string])[];
  readonly proof: { readonly family?: Family | null; readonly determination?: Determined | null; readonly order?: number | null; readonly first_day?: string; readonly last_day?: string };
  readonly reasons: readonly (readonly [string, string])[];
  readonly x12: string;
  readonly flaws: readonly string[];
  readonly answers: readonly Answered[];
  readonly appeal: { readonly at_ms: number; readonly how: string; readonly packet: string } | null;
  readonly deadline_sure: string;
  readonly log: readonly { readonly at_ms: number; readonly by: string; readonly words: string }[];
  readonly may: boolean;
  readonly next: number | null;
  readonly today: string;
  /** What of its checks was looked at; given back as it is released. */
  readonly stamp: string;
  readonly frequency: string;
  readonly amend_why: string;
  readonly chain: readonly Link[];
  /** Cents that the payer paid and that did not go back. */
  readonly net: number;
  readonly payer_number: string;
  /** Why it can be neither replaced nor voided, "" where it can. */
  readonly lacks_amend: string;
  readonly medicare: boolean;
  readonly can_finish: boolean;
  readonly wrong: boolean;
  readonly due: boolean;
  readonly dues: readonly Due[];
  readonly refunds: readonly Refund[];
  readonly owed: boolean;
  readonly refund_sure: string;
}

/** "650.00". */
export function dollars(cents: number): string {
  const whole = Math.abs(cents);
  return `${cents < 0 ? "−" : ""}${Math.floor(whole / 100).toLocaleString("en-US")}.${String(whole % 100).padStart(2, "0")}`;
}

/** Cents of "650", "650.5", "1,650.00"; null where it is no amount. */
export function centsOf(text: string): number | null {
  const plain = text.replaceAll(",", "").trim();
  if (!/^\d{1,8}(\.\d{1,2})?$/.test(plain)) return null;
  const [whole, part = ""] = plain.split(".");
  return Number(whole) * 100 + Number(part.padEnd(2, "0"));
}

export const fails = (one: Check): boolean => one.outcome === "not met" || one.outcome === "not documented";
export const stops = (one: Check): boolean => fails(one) && one.weight === "stop";
export const wantsReason = (one: Check): boolean => fails(one) && one.weight === "reason";

/** Checks as they are read: what stops first, then what wants a reason, what is told, what is met, what does not apply. */
export function inOrder(checks: readonly Check[]): readonly Check[] {
  const rank = (one: Check): number => (stops(one) ? 0 : wantsReason(one) ? 1 : fails(one) ? 2 : one.outcome === "met" ? 3 : 4);
  return [...checks].sort((a, b) => rank(a) - rank(b));
}

/** Which claim a path names; null: the list. */
export function claimOf(path: string): number | null {
  const found = /^\/claims\/(\d{1,9})\/?$/.exec(path)?.[1];
  return found === undefined ? null : Number(found);
}

/** "in 12 days", "today", "3 days ago". */
export function daysWords(days: number): string {
  if (days === 0) return "today";
  const words = `${Math.abs(days)} day${Math.abs(days) === 1 ? "" : "s"}`;
  return days > 0 ? `in ${words}` : `${words} ago`;
}

/** A value of the content by its path, "" where there is none. */
export function valueAt(content: Content, path: string): string {
  let at: unknown = content;
  for (const name of path.split(".")) at = (at as Record<string, unknown> | undefined)?.[name];
  return at === undefined || at === null ? "" : String(at);
}

/** The content with another value at a path. */
export function withValue(content: Content, path: string, value: unknown): Content {
  const [first = "", ...rest] = path.split(".");
  const held = content[first];
  if (rest.length === 0) return { ...content, [first]: value };
  if (Array.isArray(held)) {
    const [place = "0", ...inner] = rest;
    const made = held.map((one: unknown, at) => (at === Number(place) ? (inner.length === 0 ? value : withValue(one as Content, inner.join("."), value)) : one));
    return { ...content, [first]: made };
  }
  return { ...content, [first]: withValue((held ?? {}) as Content, rest.join("."), value) };
}
