/** What the center tells of corrections of whose a period is (`docs/wrong-patient.md`). */

export interface Out {
  readonly kind: string;
  readonly what: string;
  readonly words: string;
  readonly tell: string;
}

export interface Item extends Out {
  readonly item: number;
  readonly stream: string;
  readonly due_ms: number;
  readonly state: "open" | "done";
  readonly overdue: boolean;
  readonly log: readonly { readonly at_ms: number; readonly by: string; readonly how: string; readonly opened: boolean }[];
}

export interface Line {
  readonly correction: number;
  readonly stream: string;
  readonly swap: string | null;
  readonly was: readonly string[];
  readonly now: readonly string[];
  readonly state: "proposed" | "confirmed" | "applied" | "dropped";
  readonly why: string;
  readonly by: string;
  readonly at_ms: number;
  readonly since_ms: number | null;
  readonly applied_ms: number | null;
  readonly items: number;
  readonly open: number;
  readonly overdue: number;
}

export interface Whose {
  readonly patient: number;
  readonly name: string;
  readonly birth_date: string;
  readonly practice: string;
  readonly physician: string;
}

export interface CorrectionsTold {
  readonly now_ms: number;
  readonly corrections: readonly Line[];
  readonly open: number;
  readonly overdue: number;
  readonly may_correct: boolean;
  readonly practices: readonly { readonly id: number; readonly name: string }[];
}

export interface CorrectionTold extends Line {
  readonly now_ms: number;
  readonly practice: string;
  readonly confirmed_by: string;
  readonly confirmed_ms: number | null;
  readonly dropped_why: string;
  readonly trouble: string;
  readonly parts: readonly { readonly stream: string; readonly was: Whose; readonly is: Whose }[];
  readonly list: readonly Item[];
  readonly ahead: readonly Out[];
  readonly may: { readonly confirm: boolean; readonly drop: boolean; readonly follow: boolean };
  readonly why_not: string;
}

export interface Checked {
  readonly faults: readonly string[];
  readonly was: Whose;
  readonly ahead: readonly Out[];
}

export interface Person {
  readonly patient: number;
  readonly name: string;
  readonly birth_date: string;
  readonly streams: readonly { readonly stream: string; readonly open: boolean }[];
}

/** What is being written: who it is, in the words of the form. */
export interface Form {
  stream: string;
  who: "known" | "swap" | "new";
  person: Person | null;
  swap: string;
  name: string;
  birth: string;
  practice: string;
  /** `datetime-local`, in the zone of the browser; empty: the whole period. */
  from: string;
  why: string;
}

export const emptyForm = (stream: string): Form => ({
  stream,
  who: "known",
  person: null,
  swap: "",
  name: "",
  birth: "",
  practice: "",
  from: "",
  why: "",
});

/** The form as the act takes it. */
export function fieldsOf(form: Form): Record<string, unknown> {
  const fields: Record<string, unknown> = { why: form.why };
  if (form.who === "known" && form.person !== null) fields.to = form.person.patient;
  if (form.who === "swap") fields.swap = form.swap.trim();
  if (form.who === "new") fields.to = { name: form.name, ...(form.birth === "" ? {} : { birth_date: form.birth }) };
  if (form.who !== "swap" && form.practice !== "") fields.practice = Number(form.practice);
  if (form.from !== "") fields.from_ms = new Date(form.from).getTime();
  return fields;
}

export type Place = { readonly is: "list" } | { readonly is: "new"; readonly stream: string } | { readonly is: "one"; readonly number: number };

/** Which page an address means. */
export function placeOf(path: string, search: string): Place {
  const number = /^\/corrections\/(\d{1,9})\/?$/.exec(path)?.[1];
  if (number !== undefined) return { is: "one", number: Number(number) };
  const stream = new URLSearchParams(search).get("stream");
  return stream !== null && /^s\d{6,}$/.test(stream) ? { is: "new", stream } : { is: "list" };
}

/** Those that are late first, then those that are due first; what is done at the end. */
export const inOrder = (list: readonly Item[]): Item[] =>
  [...list].sort((a, b) => Number(a.state === "done") - Number(b.state === "done") || Number(b.overdue) - Number(a.overdue) || a.due_ms - b.due_ms || a.item - b.item);

export const STATE_WORDS: Readonly<Record<Line["state"], string>> = {
  proposed: "a second person is to confirm it",
  confirmed: "being carried out",
  applied: "carried out",
  dropped: "dropped",
};
