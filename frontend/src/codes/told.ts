/** The billing codes as the center tells them, and what of them a reader looks for. */

export interface Said {
  readonly words: string;
  readonly mark: string;
  readonly sources: readonly string[];
}

/** A first or last day: it lies from `first` to `last`; null: nothing is known on that side. */
export interface Edge extends Said {
  readonly first: string | null;
  readonly last: string | null;
  readonly exact: boolean;
}

export interface Rule extends Said {
  readonly kind: string;
  readonly from: string | null;
  readonly to: string | null;
}

export interface Exclusion extends Said {
  readonly with: readonly string[];
  readonly kind: string;
  readonly scope: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly indicator: string;
}

export interface Valid extends Said {
  readonly answer: Answer;
  readonly instead: readonly string[];
}

export type Answer = "valid" | "not valid" | "not known";
export type Part = "global" | "technical" | "professional" | "hook-up" | "scan" | "unlisted";

export interface Code {
  readonly code: string;
  readonly system: string;
  readonly family: string;
  readonly set: string;
  readonly part: Part;
  readonly words: string;
  readonly descriptor: string;
  readonly medicare: boolean;
  readonly start: Edge;
  readonly end: Edge | null;
  readonly replaced: (Said & { readonly codes: readonly string[] }) | null;
  readonly units: Said | null;
  readonly service_date: Said | null;
  readonly rules: readonly Rule[];
  readonly notes: readonly Said[];
  readonly exclusions: readonly Exclusion[];
}

export interface Family {
  readonly id: string;
  readonly name: string;
  readonly words: string;
  readonly notes: readonly Said[];
}

export interface LoadedFile {
  readonly name: string;
  readonly kind?: string;
  readonly rows?: number;
  readonly of_our_codes?: number;
  readonly year?: number;
  readonly through?: string;
  readonly trouble?: string;
}

export interface Book {
  readonly today: string;
  readonly gathered: string;
  readonly marks: Readonly<Record<string, string>>;
  readonly sources: Readonly<Record<string, string>>;
  readonly families: readonly Family[];
  readonly codes: readonly Code[];
  readonly files: readonly LoadedFile[];
}

export interface Pair {
  readonly a: string;
  readonly b: string;
  readonly on: string;
  readonly answer: string;
  readonly words: string;
}

/** Letters of the parts, for the picture. */
export const LETTERS: Readonly<Record<Part, string>> = {
  global: "G",
  technical: "T",
  professional: "P",
  "hook-up": "H",
  scan: "S",
  unlisted: "U",
};

/** Whether a code is valid on a day; the same three answers as the center's. Days are `YYYY-MM-DD`. */
export function validOn(code: Code, on: string): Answer {
  const { start, end } = code;
  const begun = start.last !== null && on >= start.last ? true : start.first !== null && on < start.first ? false : null;
  let ended: boolean | null = null;
  if (end === null || (end.first !== null && on <= end.first)) ended = false;
  else if (end.last !== null && on > end.last) ended = true;
  else if (start.first !== null && on <= start.first) ended = false;
  if (begun === null || ended === null) return "not known";
  return begun && !ended ? "valid" : "not valid";
}

/** The codes that hold every word typed, in number, part, family or words; all of them where nothing is typed. */
export function found(book: Book, typed: string): readonly Code[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const names = new Map(book.families.map((family) => [family.id, family.name.toLowerCase()]));
  return book.codes.filter((code) => {
    const text = `${code.code} ${code.part} ${code.system} ${names.get(code.family) ?? ""} ${code.family} ${code.words} ${code.descriptor}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Whether what is typed looks like a diagnosis (`I48.1`, `R55`) rather than a billing code (`G0015`). */
export const isDiagnosis = (typed: string): boolean => {
  const asked = typed.trim().toUpperCase();
  return /^[A-Z]\d[0-9A-Z](\.?[0-9A-Z]{1,4})?$/.test(asked) && !/^[A-Z]\d{4}$/.test(asked);
};

/** From when to when, as a reader says it. */
export const spanWords = (code: Code): string => `${code.start.words} – ${code.end === null ? "open" : code.end.words}`;

/** `2010-12-31` as `31 Dec 2010`. */
export function dayWords(day: string): string {
  const [year, month, date] = day.split("-").map(Number);
  const names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  return `${date} ${names[(month ?? 1) - 1]} ${year}`;
}

/** When something holds, in brackets; "" where it always does. */
export const stretchWords = (from: string | null, to: string | null): string =>
  from === null && to === null ? "" : ` (${[from === null ? "" : `from ${from}`, to === null ? "" : `to ${to}`].filter(Boolean).join(" ")})`;

/** The day so many months later, within the month's length. */
export function monthsLater(day: string, months: number): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  const first = new Date(Date.UTC(year, month - 1 + months, 1));
  const length = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(date, length));
  return first.toISOString().slice(0, 10);
}

export const isDay = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text);
