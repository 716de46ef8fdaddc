/** What the center tells of criteria (`/api/desk/criteria…`), and what is asked of it. Instants in ms since 1970. */

export type Scope = { readonly stream: string } | { readonly practice: number };

export interface Named {
  readonly id: number;
  readonly name: string;
}

export interface About {
  readonly stream: string | null;
  readonly patient: string | null;
  readonly practice: Named | null;
}

export interface Holds {
  readonly layer: "shipped" | "practice" | "patient";
  readonly version: number;
  readonly words: string;
  readonly effective_ms: number | null;
  readonly signed_by: string;
  readonly signed_ms: number | null;
}

export interface Change {
  readonly key: string;
  readonly before: number;
  readonly after: number;
  readonly unit: string;
  readonly stricter: boolean;
}

export interface May {
  readonly propose: boolean;
  readonly sign: boolean;
  readonly why_not: string;
}

export interface Row {
  readonly key: string;
  readonly event: string;
  readonly tier: "emergent" | "urgent" | "daily";
  readonly words: string;
  readonly unit: string;
  readonly low: number;
  readonly high: number;
  readonly only: "" | "lower" | "higher";
  readonly stricter: "lower" | "higher";
  readonly shipped: number;
  readonly practice: number | null;
  readonly patient: number | null;
}

export interface Draft {
  readonly draft: number;
  readonly by: string;
  readonly at_ms: number;
  readonly why: string;
  readonly effective_ms: number | null;
  readonly overrides: Readonly<Record<string, number>>;
  readonly changes: readonly Change[];
  readonly late: readonly string[];
  /** SHA-256 of exactly what is signed. */
  readonly content: string;
  /** Why it must be made anew; "" where it need not. */
  readonly stale: string;
}

export interface Version {
  readonly version: number;
  readonly effective_ms: number;
  readonly holds: boolean;
  readonly why: string;
  readonly by: string;
  readonly at_ms: number;
  readonly changes: readonly Change[];
  readonly signature: {
    readonly name: string;
    readonly meaning: string;
    readonly at_ms: number;
    readonly components: readonly string[];
    readonly content: string;
    readonly ok: boolean;
    readonly reasons: readonly string[];
  };
}

/** Patients in service whom a practice's template judges, and those with criteria of their own, which it changes nothing of. */
export interface Touches {
  readonly follow: number;
  readonly own: number;
}

/** Whom a template would touch, in words. */
export function touchesWords({ follow, own }: Touches): string {
  const of = follow === 0 ? "no patient in service now" : follow === 1 ? "1 patient in service" : `${follow} patients in service`;
  const stay = own === 0 ? "" : `; ${own} with criteria of their own ${own === 1 ? "stays" : "stay"} as ${own === 1 ? "it is" : "they are"}`;
  return `Touches ${of}, and everybody of this practice who comes later${stay}.`;
}

export interface CriteriaTold extends About {
  /** Of a practice's template; null for a patient. */
  readonly touches: Touches | null;
  readonly holds: Holds;
  readonly may: May;
  readonly now_ms: number;
  readonly why_most: number;
  readonly meaning: string;
  readonly base: { readonly name: string; readonly version: string };
  readonly events: readonly { readonly event: string; readonly words: string }[];
  readonly rows: readonly Row[];
  readonly drafts: readonly Draft[];
  readonly versions: readonly Version[];
  readonly behind: readonly About[];
}

export interface Fault {
  readonly keys: readonly string[];
  readonly words: string;
}

export interface Checked {
  readonly faults: readonly Fault[];
  readonly changes: readonly Change[];
  readonly late: readonly string[];
}

export interface InboxTold {
  readonly drafts: readonly (About & Draft & { readonly may: May; readonly touches: Touches | null })[];
  readonly practices: readonly { readonly practice: Named; readonly holds: Holds }[];
  readonly patients: readonly (About & { readonly holds: Holds })[];
}

/** `s000001` or `practice/1` of an address; null where it is neither. */
export function scopeOf(rest: string): Scope | null {
  const stream = /^(s\d{6,})\/?$/.exec(rest)?.[1];
  if (stream !== undefined) return { stream };
  const practice = /^practice\/([1-9]\d{0,8})\/?$/.exec(rest)?.[1];
  return practice === undefined ? null : { practice: Number(practice) };
}

/** As the requests name it. */
export const idOf = (scope: Scope): string => ("stream" in scope ? scope.stream : `practice-${scope.practice}`);

/** As the pages' addresses name it. */
export const pathOf = (about: About): string =>
  about.stream ?? (about.practice === null ? "" : `practice/${about.practice.id}`);

/** What stands beneath a number of the form: the practice's template of a patient, else the center's table. */
export const beneath = (row: Row, scope: Scope): number =>
  "stream" in scope ? (row.practice ?? row.shipped) : row.shipped;

/** What holds of a number now. */
export const held = (row: Row, scope: Scope): number =>
  ("stream" in scope ? row.patient : row.practice) ?? beneath(row, scope);

/** The numbers that a form sends: those that differ from the layer beneath; what is no number goes as typed. */
export function overridesOf(rows: readonly Row[], scope: Scope, edits: ReadonlyMap<string, string>): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const row of rows) {
    const typed = edits.get(row.key);
    const value = typed === undefined ? held(row, scope) : numberOf(typed);
    if (value !== beneath(row, scope)) made[row.key] = value;
  }
  return made;
}

/** What was typed as a number; itself where it is none, so that the center says so at the field. */
export function numberOf(typed: string): number | string {
  const plain = typed.trim().replace(",", ".");
  return plain !== "" && Number.isFinite(Number(plain)) ? Number(plain) : typed.trim();
}

const UNITS: Readonly<Record<string, string>> = { bpm: "/min", "1/h": "/h", "": "" };
export const unitOf = (unit: string): string => UNITS[unit] ?? unit;

/** "3500 ms", "on", "4 beats". */
export const shown = (value: number, unit: string): string =>
  unit === "flag" ? (value >= 1 ? "on" : "off") : `${Number(value.toFixed(3))}${unit === "" ? "" : ` ${unitOf(unit)}`}`;

/** Where a number may be moved to, beside its field. */
export function rangeOf(row: Row, scope: Scope): string {
  const from = beneath(row, scope);
  if (row.low === row.high) return "always on";
  if (row.unit === "flag") return "";
  if (row.only === "lower") return `${row.low} to ${from}: only lower`;
  if (row.only === "higher") return `${from} to ${row.high}: only higher`;
  return `${row.low} to ${row.high}`;
}

/** Words of the version that holds: "version 3, signed by Dr A. Fib". */
export function holdsWords(holds: Holds): string {
  if (holds.version === 0) return "the shipped defaults, which nobody has signed";
  const of = holds.layer === "practice" ? "the practice's template" : "the patient's own";
  return `${of}, version ${holds.version}, signed by ${holds.signed_by}`;
}

/** A local date and time of a field as ms; null where it is none. */
export function momentOf(typed: string): number | null {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(typed) ? new Date(typed).getTime() : Number.NaN;
  return Number.isFinite(at) ? at : null;
}
