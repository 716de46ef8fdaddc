/** A call of a patient as the desk tells it; never throws: what cannot be read is named in `faults`. */

import { isFields, type Reader } from "../desk/reader";

export const LINES = ["sip", "media", "file"] as const;
export const STATES = ["ringing", "waiting", "taken", "left", "missed", "unfinished", "ended", "closed"] as const;
export type State = (typeof STATES)[number];

/** Nobody is there: it sounds, and escalates. */
export const UNATTENDED: readonly State[] = ["ringing", "waiting", "left", "missed", "unfinished"];
/** The line is open. */
export const ON_LINE: readonly State[] = ["ringing", "waiting", "taken", "left"];

/** From this many escalations on a call that nobody has presses like an alarm of high priority. */
export const HIGH_FROM = 2;

export interface StripTold {
  readonly number: number;
  readonly opened_ms: number | null;
  /** Null while it comes. */
  readonly closed_ms: number | null;
  /** Samples, 250 a second. */
  readonly samples: number;
  /** Where it lies in the patient's ECG; null before it is placed. */
  readonly stream: string | null;
  readonly start: number | null;
  readonly stop: number | null;
  /** Why it does not count; "" where it does. */
  readonly struck: string;
  readonly snr_db: number | null;
  readonly gap_s: number | null;
  readonly speed: number | null;
  readonly scale_known: boolean;
  /** Why it cannot be read as an ECG and lies nowhere; "" where it can. */
  readonly unfit: string;
  /** Cases on its samples. */
  readonly cases: readonly number[];
  /** What went out because of it, though it does not count there. */
  readonly follow: readonly Followed[];
}

/** Somebody was told because of a strip that does not count; `how` they know better now, "" until then. */
export interface Followed {
  readonly item: number;
  readonly words: string;
  readonly tell: string;
  readonly how: string;
  readonly by: string;
}

export interface AskedTold {
  readonly symptom: string;
  readonly severity: number;
  readonly activity: string;
  readonly text: string;
  readonly symptom_ms: number | null;
  readonly memory: string;
  readonly medication: string;
}

/** Who the caller may be, and how that is known: by number, by code. */
export interface Guess {
  readonly stream: string;
  readonly patient: string;
  readonly born: string;
  readonly how: string;
}

export interface Whose {
  readonly id: number;
  readonly name: string;
}

/** Which recorder played, as a person said: its kind, how fast (0: as the sound tells), how that is known. */
export interface Played {
  readonly profile: string;
  readonly speed: number;
  readonly why: string;
  readonly by: string;
}

/** Somebody tried to call back. */
export interface Try {
  readonly at_ms: number | null;
  readonly by: string;
  readonly reached: boolean;
  readonly note: string;
}

export interface Telephone {
  readonly faults: readonly string[];
  readonly call: number;
  readonly line: (typeof LINES)[number];
  readonly caller: string;
  readonly called: string;
  readonly rang_ms: number | null;
  /** A state that this page does not know reads as one in which nobody has the call. */
  readonly state: State;
  /** When it escalates next; null while somebody has it. */
  readonly due_ms: number | null;
  readonly escalated: number;
  /** It sounds, and how; null while somebody has it, or where the desk does not say (then by `state`). */
  readonly alarm: { readonly priority: "medium" | "high"; readonly since_ms: number | null } | null;
  readonly taken_by: Whose | null;
  /** To whom whoever has it offers it. */
  readonly offered_to: Whose | null;
  readonly taken_ms: number | null;
  readonly station: string | null;
  /** Whose it is; null before it is tied. */
  readonly stream: string | null;
  readonly patient: string;
  readonly born: string;
  readonly tied: string;
  /** Keys that the patient pressed. */
  readonly digits: string;
  readonly asked: AskedTold;
  readonly strips: readonly StripTold[];
  readonly guesses: readonly Guess[];
  readonly ended_ms: number | null;
  readonly why: string;
  readonly outcome: string;
  readonly note: string;
  readonly closed_ms: number | null;
  /** The line went down while nobody had it: who called is to be called back. */
  readonly missed: boolean;
  /** Why nobody has it any more; "" where that is not so. */
  readonly left: string;
  /** By when it is to be closed. */
  readonly closes_ms: number | null;
  readonly tries: readonly Try[];
  /** So many calls back without an answer before it may be closed as not reached; 0 where nobody can be called back. */
  readonly tries_wanted: number;
  /** Which recorder played, where a person said so. */
  readonly played: Played | null;
  /** Open calls of the same caller. */
  readonly earlier: readonly number[];
}

const some = (from: Reader, key: string): string => (from.has(key) ? String(from.raw(key)) : "");

/** An instant, as `name_ms` or `name_at`, a number of milliseconds or ISO 8601; null where there is none. */
function instant(from: Reader, name: string): number | null {
  const key = from.has(`${name}_ms`) ? `${name}_ms` : `${name}_at`;
  const value = from.raw(key);
  if (typeof value !== "string") return from.numberOrNull(key);
  const read = Date.parse(value);
  if (Number.isFinite(read)) return read;
  from.fault(key, "is no instant");
  return null;
}

function whose(from: Reader, key: string): Whose | null {
  if (!from.has(key)) return null;
  if (!isFields(from.raw(key))) return { id: from.number(key, -1), name: "somebody" };
  const who = from.inner(key);
  return { id: who.number(who.has("person") ? "person" : "id", -1), name: who.text("name", "somebody") };
}

const streamOrNull = (from: Reader): string | null => (from.has("stream") ? from.stream("stream") || null : null);

const readStrip = (from: Reader): StripTold => ({
  number: from.number("number", 0),
  opened_ms: instant(from, "opened"),
  closed_ms: instant(from, "closed"),
  samples: from.has("samples") ? from.number("samples", 0) : 0,
  stream: streamOrNull(from),
  start: from.numberOrNull("start"),
  stop: from.numberOrNull("stop"),
  struck: some(from, "struck"),
  snr_db: from.numberOrNull("snr_db"),
  gap_s: from.numberOrNull("gap_s"),
  speed: from.numberOrNull("speed"),
  scale_known: from.has("scale_known") ? from.flag("scale_known", false) : false,
  unfit: some(from, "unfit"),
  cases: from.numbers("cases"),
  follow: from.list("follow", (one) => ({ item: one.number("item", -1), words: some(one, "words"), tell: some(one, "tell"), how: some(one, "how"), by: some(one, "by") })),
});

const readAsked = (from: Reader): AskedTold => ({
  symptom: some(from, "symptom"),
  severity: from.has("severity") ? from.number("severity", 0) : 0,
  activity: some(from, "activity"),
  text: some(from, "text"),
  symptom_ms: instant(from, "symptom"),
  memory: some(from, "memory"),
  medication: some(from, "medication"),
});

const NOTHING: AskedTold = { symptom: "", severity: 0, activity: "", text: "", symptom_ms: null, memory: "", medication: "" };

const readGuess = (from: Reader): Guess => ({
  stream: from.stream("stream"),
  patient: some(from, "patient"),
  born: some(from, "born"),
  how: some(from, "how"),
});

export const readTelephone = (from: Reader): Telephone => ({
  faults: from.faults,
  call: from.number("call", -1),
  line: from.oneOf("line", LINES, "sip"),
  caller: some(from, "caller"),
  called: some(from, "called"),
  rang_ms: instant(from, "rang"),
  state: from.oneOf("state", STATES, "waiting"),
  due_ms: instant(from, "due"),
  escalated: from.has("escalated") ? Number(from.raw("escalated")) || 0 : 0,
  alarm: from.innerOrNull("alarm", (one) => ({ priority: one.oneOf("priority", ["medium", "high"] as const, "high"), since_ms: one.numberOrNull("since_ms") })),
  taken_by: whose(from, "taken_by"),
  offered_to: whose(from, "offered_to"),
  taken_ms: instant(from, "taken"),
  station: from.has("station") ? String(from.raw("station")) : null,
  stream: streamOrNull(from),
  patient: some(from, "patient"),
  born: some(from, "born"),
  tied: some(from, "tied"),
  digits: some(from, "digits"),
  asked: from.innerOrNull("asked", readAsked) ?? NOTHING,
  strips: from.list("strips", readStrip),
  guesses: from.list("guesses", readGuess),
  ended_ms: instant(from, "ended"),
  why: some(from, "why"),
  outcome: some(from, "outcome"),
  note: some(from, "note"),
  closed_ms: instant(from, "closed"),
  missed: Boolean(from.raw("missed")) || from.raw("state") === "missed",
  left: some(from, "left"),
  closes_ms: from.numberOrNull("closes_ms"),
  tries: from.list("tries", (one) => ({ at_ms: instant(one, "at"), by: typeof one.raw("by") === "string" ? one.text("by") : (whose(one, "by")?.name ?? ""), reached: one.raw("reached") === true, note: some(one, "note") })),
  tries_wanted: from.has("tries_wanted") ? from.number("tries_wanted", 0) : 0,
  played: from.innerOrNull("played", (one) => ({ profile: some(one, "profile"), speed: one.number("speed", 0), why: some(one, "why"), by: some(one, "by") })),
  earlier: from.numbers("earlier"),
});

/** Nobody has it. */
export const isUnattended = ({ state, alarm }: Pick<Telephone, "state" | "alarm">): boolean => alarm !== null || UNATTENDED.includes(state);

/** Of a strip that does not count somebody was told who does not know better yet. */
export const toFollow = ({ strips }: Pick<Telephone, "strips">): boolean => strips.some(({ follow }) => follow.some(({ how }) => how === ""));

export const isOnLine = ({ state }: Pick<Telephone, "state">): boolean => ON_LINE.includes(state);

/** How a call presses that nobody has: as the desk says, else medium, and high once it escalated twice. */
export const pressingOf = ({ alarm, escalated }: Pick<Telephone, "alarm" | "escalated">): "high" | "medium" => alarm?.priority ?? (escalated >= HIGH_FROM ? "high" : "medium");

/** Those whom nobody has: on the line before those that were missed, longest first. */
export function waitingOf(calls: readonly Telephone[]): readonly Telephone[] {
  const rank = (one: Telephone) => (isOnLine(one) ? 0 : 1);
  return calls.filter(isUnattended).sort((a, b) => rank(a) - rank(b) || (a.rang_ms ?? 0) - (b.rang_ms ?? 0) || a.call - b.call);
}
