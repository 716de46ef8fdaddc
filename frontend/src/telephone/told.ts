/** What the center answers about calls: the list, one call's surroundings, samples of a strip. Never throws at a bad field. */

import { isFields, Reader } from "../desk/reader";
import { readTelephone, type Telephone } from "./entity";

/** The page that an address means: the list, a call, or neither. */
export function callAt(path: string): "list" | number | null {
  if (/^\/telephone\/?$/.test(path)) return "list";
  const found = /^\/telephone\/([1-9]\d{0,8})\/?$/.exec(path)?.[1];
  return found === undefined ? null : Number(found);
}

/** Somebody who may telephone: enrolled without a transmitter. */
export interface Known {
  readonly stream: string;
  readonly patient: string;
  readonly born: string;
  readonly code: string;
  readonly numbers: readonly string[];
  /** When the last strip came; null before the first. */
  readonly last_ms: number | null;
}

/** What is read aloud to the patient, step by step. */
export interface Instruction {
  readonly id: string;
  readonly title: string;
  /** When it is what is to be said; "" where that is not told. */
  readonly when: string;
  readonly lines: readonly string[];
}

export interface RecorderKind {
  readonly name: string;
  readonly title: string;
  readonly speeds: readonly number[];
}

/** Nobody was there to answer: since when, why, and what a supervisor said of it. */
export interface Lapse {
  readonly lapse: number;
  readonly cause: string;
  readonly since_ms: number | null;
  readonly until_ms: number | null;
  readonly explained_by: string;
  readonly note: string;
}

export interface Told {
  readonly now_ms: number;
  readonly calls: readonly Telephone[];
  readonly patients: readonly Known[];
  readonly instructions: readonly Instruction[];
  /** Kinds of recorders that a strip may be read by. */
  readonly recorders: readonly RecorderKind[];
  /** Nobody is there to answer, since then; null where somebody is. */
  readonly nobody_since_ms: number | null;
  readonly nobody_why: string;
  readonly lapses: readonly Lapse[];
  /** Closed calls of which somebody was told what does not count, and does not know better yet. */
  readonly to_follow: readonly number[];
  /** Closed calls below this number can be asked for; null where there are none. */
  readonly more: number | null;
  readonly faults: readonly string[];
}

const some = (from: Reader, key: string): string => (from.has(key) ? String(from.raw(key)) : "");

/** Each number once, however it is written: that of the form stands among those of the service as a rule. */
export function eachOnce(numbers: readonly string[]): readonly string[] {
  const key = (one: string) => one.replace(/\D/g, "").replace(/^1(?=\d{10}$)/, "") || one.trim();
  const found = new Map<string, string>();
  for (const one of numbers) if (key(one) !== "" && !found.has(key(one))) found.set(key(one), one);
  return [...found.values()];
}

const readKnown = (from: Reader): Known => ({
  stream: from.stream("stream"),
  patient: some(from, "patient"),
  born: some(from, "born"),
  code: some(from, "code"),
  numbers: eachOnce([...from.texts("numbers"), some(from, "telephone")]),
  last_ms: from.numberOrNull("last_ms"),
});

/** Read `GET /api/desk/telephone`, or of one call `…/telephone/N`. */
export function readTold(value: unknown): Told {
  const from = new Reader("telephone", value);
  const one = from.innerOrNull("call", readTelephone);
  const attended = from.innerOrNull("attended", (told) => told);
  return {
    now_ms: from.has("now_ms") ? from.number("now_ms", 0) : 0,
    calls: one === null ? from.list("calls", readTelephone) : [one],
    patients: from.list("patients", readKnown),
    instructions: from.list("instructions", (one) => ({ id: some(one, "id"), title: some(one, "title"), when: some(one, "when"), lines: one.texts("lines") })),
    recorders: from.has("recorders") ? from.list("recorders", (one) => ({ name: some(one, "name"), title: some(one, "title"), speeds: one.numbers("speeds") })) : [],
    nobody_since_ms: attended?.numberOrNull("nobody_since_ms") ?? null,
    nobody_why: attended === null ? "" : some(attended, "cause"),
    lapses: attended?.list("lapses", readLapse) ?? [],
    to_follow: from.numbers("to_follow"),
    more: from.numberOrNull("more"),
    faults: from.faults,
  };
}

const readLapse = (from: Reader): Lapse => ({
  lapse: from.number("lapse", -1),
  cause: some(from, "cause"),
  since_ms: from.numberOrNull("since_ms"),
  until_ms: from.numberOrNull("until_ms"),
  explained_by: some(from, "explained_by"),
  note: some(from, "note"),
});

/** Those found by every word: name, birth date, code, number (with or without its spaces), stream. */
export function found(patients: readonly Known[], query: string): readonly Known[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const text = ({ stream, patient, born, code, numbers }: Known) => [stream, patient, born, code, ...numbers].join(" ").toLowerCase();
  const digits = query.replace(/\D/g, "");
  const byNumber = (one: Known) => digits.length >= 4 && [one.code, ...one.numbers].some((number) => number.replace(/\D/g, "").includes(digits));
  return patients.filter((one) => words.every((word) => text(one).includes(word)) || byNumber(one));
}

// ---- samples of a strip --------------------------------------------------------------------------------

export const OK = 0;
export const LOST = 1;
export const DROPPED = 2;

/** What the quick look at a closed strip found. */
export interface FoundTold {
  readonly kind: string;
  readonly words: string;
  readonly start_s: number | null;
  readonly stop_s: number | null;
  readonly tier: string;
}

export interface SecondTold {
  readonly at: number;
  readonly snr_db: number | null;
  /** Share that was not received. */
  readonly gap: number;
  readonly lost: number;
  readonly clipped: boolean;
}

export interface Quality {
  readonly millivolts: boolean;
  readonly hz_per_mv: number | null;
  readonly polarity: string | null;
  readonly speed: number | null;
  readonly snr_db: number | null;
  readonly gap: number | null;
  readonly complete: boolean;
  readonly band_hz: readonly (number | null)[];
  readonly notes: readonly string[];
  readonly seconds: readonly SecondTold[];
}

export interface StripAnswer {
  readonly strip: number;
  /** Sample of the first value. */
  readonly from: number;
  /** Samples there are by now. */
  readonly total: number;
  readonly open: boolean;
  /** "uV", or "mHz" where the size is not known: no millivolts may be drawn. */
  readonly unit: "uV" | "mHz";
  /** Changes where values that were told before would read differently now. */
  readonly scale: number;
  readonly values: readonly (number | null)[];
  readonly flags: readonly number[];
  readonly centre_hz: number | null;
  readonly speed: number | null;
  readonly quality: Quality | null;
  /** False: the sound could not be stored. */
  readonly stored: boolean;
  readonly found: readonly FoundTold[];
  /** False: it cannot be analysed, and `why`. */
  readonly analysed: boolean | null;
  readonly why: string;
  readonly opened_ms: number | null;
}

const readSecond = (from: Reader): SecondTold => ({
  at: from.number("at", 0),
  snr_db: from.numberOrNull("snr_db"),
  gap: from.has("gap") ? from.number("gap", 1) : 0,
  lost: from.has("lost") ? from.number("lost", 0) : 0,
  clipped: from.raw("clipped") === true,
});

const readQuality = (from: Reader): Quality => {
  const band = from.raw("band_hz");
  return {
    millivolts: from.raw("millivolts") === true,
    hz_per_mv: from.numberOrNull("hz_per_mv"),
    polarity: from.textOrNull("polarity"),
    speed: from.numberOrNull("speed"),
    snr_db: from.numberOrNull("snr_db"),
    gap: from.numberOrNull("gap"),
    complete: from.has("complete") ? from.flag("complete", false) : true,
    band_hz: Array.isArray(band) ? band.map((one) => (typeof one === "number" ? one : null)) : [],
    notes: from.texts("notes"),
    seconds: from.list("seconds", readSecond),
  };
};

const readFound = (from: Reader): FoundTold => ({
  kind: some(from, "kind"),
  words: from.has("words") ? some(from, "words") : some(from, "kind"),
  start_s: from.numberOrNull("start_s"),
  stop_s: from.numberOrNull("stop_s"),
  tier: some(from, "tier"),
});

/** Read `GET /api/telephone/N/strip/K?from=S`; what is no number among the values is a gap. */
export function readStripAnswer(value: unknown): StripAnswer {
  const from = new Reader("strip", value);
  const given = from.raw("values");
  const values = (Array.isArray(given) ? given : []).map((one) => (typeof one === "number" && Number.isFinite(one) ? one : null));
  const told = from.raw("flags");
  const flags = Array.isArray(told) ? told.map((one) => (one === LOST || one === DROPPED ? one : OK)) : [];
  const start = from.has("from") ? from.number("from", 0) : 0;
  return {
    strip: from.has("strip") ? from.number("strip", 0) : 0,
    from: start,
    total: from.has("total") ? from.number("total", 0) : start + values.length,
    open: from.raw("open") === true,
    // Where it is not said to be millivolts, it is none.
    unit: from.raw("unit") === "uV" ? "uV" : "mHz",
    scale: from.has("scale") ? from.number("scale", 0) : 0,
    values,
    flags,
    centre_hz: from.numberOrNull("centre_hz"),
    speed: from.numberOrNull("speed"),
    quality: isFields(from.raw("quality")) ? readQuality(from.inner("quality")) : null,
    stored: from.raw("stored") !== false,
    found: from.list("found", readFound),
    analysed: typeof from.raw("analysed") === "boolean" ? (from.raw("analysed") as boolean) : null,
    why: some(from, "why"),
    opened_ms: from.numberOrNull("opened_ms"),
  };
}
