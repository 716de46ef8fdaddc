/** The text messages of the live socket, checked field by field where the pages rely on them. */

import { WireError } from "./binary";

/** Signal quality of a lead, as the analysis codes it. */
export const QUALITY = { good: 0, noisy: 1, unusable: 2, leadOff: 3, flat: 4, saturated: 5, unknown: 255 } as const;

export interface LeadState {
  readonly name: string;
  readonly gain: number;
  readonly baseline: number;
  readonly quality: number;
}

export interface Mark {
  readonly sample: number;
  readonly symptom: string;
  readonly at_ms: number | null;
}

/** How pressing a finding is, as IEC 60601-1-8 ranks alarms. */
export type Priority = "high" | "medium" | "low" | "none";

/** What the analysis found: open, or ended in the last minutes. */
export interface FindingState {
  /** Unique within its stream. */
  readonly id: string;
  readonly kind: string;
  readonly words: string;
  readonly priority: Priority;
  readonly start: number;
  readonly end: number | null;
  readonly since_ms: number | null;
  readonly ended_ms: number | null;
  /** withdrawn: told, and not so; interrupted: its end is not known. */
  readonly state: (typeof STATES)[number];
  /** Beats a minute where the kind has a rate. */
  readonly rate: number | null;
}

export interface RhythmState {
  readonly words: string;
  readonly aux: string;
  readonly since_ms: number | null;
}

export interface PatientState {
  readonly id: string;
  readonly patient: string;
  readonly transmitter: string;
  readonly rate_hz: number;
  readonly leads: readonly LeadState[];
  readonly hr: number | null;
  /** Null where it is not known now. */
  readonly rhythm: RhythmState | null;
  readonly findings: readonly FindingState[];
  readonly battery: number | null;
  readonly link: "connected" | "lost" | "never";
  readonly link_since_ms: number | null;
  readonly newest_ms: number | null;
  readonly backlog_s: number;
  readonly stored: boolean;
  readonly mark: Mark | null;
  readonly period: "open" | "ended";
}

export interface CenterState {
  readonly storing: "ok" | "full" | "failing";
  readonly since_ms: number | null;
  /** unsaved: what is found is shown and cannot be kept. */
  readonly findings: "ok" | "unsaved";
  readonly findings_since_ms: number | null;
  readonly findings_waiting: number;
  readonly clock: string;
  readonly patients: number;
  readonly connected: number;
  /** Patients in service that were heard and then brought nothing new for 3 s; null where the center does not say. */
  readonly silent: number | null;
  readonly behind_s: number;
}

export interface Snapshot {
  readonly type: "snapshot";
  readonly n: number;
  readonly server_ms: number;
  readonly boot: string;
  readonly center: CenterState;
  /** Patients there are; those not in this message follow as changes. */
  readonly total: number;
  readonly patients: readonly PatientState[];
}

export interface Change {
  readonly type: "change";
  readonly n: number;
  readonly server_ms: number;
  readonly patients: readonly (Partial<PatientState> & { readonly id: string })[];
  readonly removed: readonly string[];
  readonly center: Partial<CenterState>;
}

export interface Tick {
  readonly type: "tick";
  readonly n: number;
  readonly server_ms: number;
  /** Why the last request of this screen was not taken; null where nothing was refused. */
  readonly refused: string | null;
}

export type ServerMessage = Snapshot | Change | Tick;

/** What a screen asks to see: streams with their leads, how wide, and how many seconds of the past first. */
export interface ViewRequest {
  readonly type: "view";
  readonly epoch: number;
  readonly streams: readonly { readonly id: string; readonly leads: readonly number[] }[];
  readonly columns_per_second: number;
  readonly history: number;
}

export type ClientMessage =
  | ViewRequest
  | { readonly type: "visible"; readonly value: boolean }
  | { readonly type: "reload" };

type Fields = Record<string, unknown>;

function fields(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new WireError(`${what} is not an object`);
  return value as Fields;
}

function number(from: Fields, key: string): number {
  const value = from[key];
  if (typeof value !== "number" || !Number.isFinite(value)) throw new WireError(`${key} is not a number`);
  return value;
}

function orNull(from: Fields, key: string): number | null {
  return from[key] === null || from[key] === undefined ? null : number(from, key);
}

function text(from: Fields, key: string): string {
  const value = from[key];
  if (typeof value !== "string") throw new WireError(`${key} is not a text`);
  return value;
}

function list(from: Fields, key: string): readonly unknown[] {
  const value = from[key];
  if (!Array.isArray(value)) throw new WireError(`${key} is not a list`);
  return value;
}

function oneOf<T extends string>(from: Fields, key: string, allowed: readonly T[]): T {
  const value = text(from, key);
  if (!(allowed as readonly string[]).includes(value)) throw new WireError(`${key} "${value}" is not known`);
  return value as T;
}

function lead(value: unknown): LeadState {
  const from = fields(value, "lead");
  const gain = number(from, "gain");
  if (gain === 0) throw new WireError("gain of a lead is 0");
  return {
    name: text(from, "name"),
    gain,
    baseline: number(from, "baseline"),
    quality: orNull(from, "quality") ?? QUALITY.unknown,
  };
}

function mark(value: unknown): Mark | null {
  if (value === null || value === undefined) return null;
  const from = fields(value, "mark");
  return { sample: number(from, "sample"), symptom: text(from, "symptom"), at_ms: orNull(from, "at_ms") };
}

export const STATES = ["open", "closed", "withdrawn", "interrupted"] as const;
export const PRIORITIES = ["high", "medium", "low", "none"] as const;

function finding(value: unknown): FindingState {
  const from = fields(value, "finding");
  return {
    id: text(from, "id"),
    kind: text(from, "kind"),
    words: text(from, "words"),
    priority: oneOf(from, "priority", PRIORITIES),
    start: number(from, "start"),
    end: orNull(from, "end"),
    since_ms: orNull(from, "since_ms"),
    ended_ms: orNull(from, "ended_ms"),
    state: oneOf(from, "state", STATES),
    rate: orNull(from, "rate"),
  };
}

function rhythm(value: unknown): RhythmState | null {
  if (value === null || value === undefined) return null;
  const from = fields(value, "rhythm");
  return { words: text(from, "words"), aux: text(from, "aux"), since_ms: orNull(from, "since_ms") };
}

const READ: { readonly [K in keyof PatientState]: (from: Fields) => PatientState[K] } = {
  id: (f) => text(f, "id"),
  patient: (f) => text(f, "patient"),
  transmitter: (f) => text(f, "transmitter"),
  rate_hz: (f) => number(f, "rate_hz"),
  leads: (f) => list(f, "leads").map(lead),
  hr: (f) => orNull(f, "hr"),
  rhythm: (f) => rhythm(f.rhythm),
  findings: (f) => (f.findings === undefined ? [] : list(f, "findings").map(finding)),
  battery: (f) => orNull(f, "battery"),
  link: (f) => oneOf(f, "link", ["connected", "lost", "never"]),
  link_since_ms: (f) => orNull(f, "link_since_ms"),
  newest_ms: (f) => orNull(f, "newest_ms"),
  backlog_s: (f) => orNull(f, "backlog_s") ?? 0,
  stored: (f) => f.stored !== false,
  mark: (f) => mark(f.mark),
  period: (f) => oneOf(f, "period", ["open", "ended"]),
};

/** A whole patient state; throws WireError naming the field. */
export function parsePatient(value: unknown): PatientState {
  const from = fields(value, "patient");
  const entries = Object.entries(READ).map(([key, read]) => [key, read(from)] as const);
  return Object.fromEntries(entries) as unknown as PatientState;
}

function parsePatch(value: unknown): Partial<PatientState> & { readonly id: string } {
  const from = fields(value, "patient");
  const known = Object.entries(READ).filter(([key]) => key in from);
  const patch = Object.fromEntries(known.map(([key, read]) => [key, read(from)]));
  return { ...patch, id: text(from, "id") };
}

function parseCenter(value: unknown): Partial<CenterState> {
  const from = fields(value ?? {}, "center");
  return {
    ...("storing" in from ? { storing: oneOf(from, "storing", ["ok", "full", "failing"]) } : {}),
    ...("since_ms" in from ? { since_ms: orNull(from, "since_ms") } : {}),
    ...("findings" in from ? { findings: oneOf(from, "findings", ["ok", "unsaved"]) } : {}),
    ...("findings_since_ms" in from ? { findings_since_ms: orNull(from, "findings_since_ms") } : {}),
    ...("findings_waiting" in from ? { findings_waiting: number(from, "findings_waiting") } : {}),
    ...("clock" in from ? { clock: text(from, "clock") } : {}),
    ...("patients" in from ? { patients: number(from, "patients") } : {}),
    ...("connected" in from ? { connected: number(from, "connected") } : {}),
    ...("silent" in from ? { silent: orNull(from, "silent") } : {}),
    ...("behind_s" in from ? { behind_s: number(from, "behind_s") } : {}),
  };
}

const EMPTY_CENTER: CenterState = {
  storing: "ok",
  since_ms: null,
  findings: "ok",
  findings_since_ms: null,
  findings_waiting: 0,
  clock: "ok",
  patients: 0,
  connected: 0,
  silent: null,
  behind_s: 0,
};

/** Parse one text message of the server; throws WireError. Unknown fields are left alone. */
export function parseMessage(data: string): ServerMessage {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    throw new WireError("text message is not JSON");
  }
  const from = fields(value, "message");
  const type = oneOf(from, "type", ["snapshot", "change", "tick"]);
  const head = { n: number(from, "n"), server_ms: number(from, "server_ms") };
  if (type === "tick") return { type, ...head, refused: typeof from.refused === "string" ? from.refused : null };
  if (type === "snapshot") {
    const center = { ...EMPTY_CENTER, ...parseCenter(from.center) };
    const patients = list(from, "patients").map(parsePatient);
    const total = orNull(from, "total") ?? patients.length;
    return { type, ...head, boot: text(from, "boot"), center, total, patients };
  }
  const removed = (from.removed === undefined ? [] : list(from, "removed")).map(String);
  const patients = (from.patients === undefined ? [] : list(from, "patients")).map(parsePatch);
  return { type, ...head, patients, removed, center: parseCenter(from.center) };
}
