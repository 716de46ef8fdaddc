/** What the desk tells the pages: one type for each kind of entity. Instants are milliseconds since 1970. */

import type { Telephone } from "../telephone/entity";

export interface Who {
  readonly id: number;
  readonly name: string;
}

interface Entity {
  /** Fields that could not be read, each named; what stands in their place is the answer that does not reassure. */
  readonly faults: readonly string[];
}

export const SIGN_IN = ["off", "needed", "in"] as const;

export interface Me extends Entity {
  readonly sign_in: (typeof SIGN_IN)[number];
  readonly staff: (Who & { readonly roles: readonly string[]; readonly practice: string | null }) | null;
  readonly permissions: readonly string[];
  readonly csrf: string;
  readonly session: { readonly until_ms: number | null; readonly locked: boolean };
  readonly station: { readonly id: number; readonly name: string; readonly site: string } | null;
  readonly qualified: { readonly ok: boolean; readonly reasons: readonly string[] };
  readonly demo: boolean;
  readonly audio: { readonly paused_until_ms: number | null };
  readonly watches: { readonly held: number; readonly limit: number; readonly warn: number };
}

export interface Person extends Entity {
  readonly id: number;
  readonly name: string;
  readonly roles: readonly string[];
  /** Name of the station. */
  readonly station: string | null;
  readonly site: string | null;
  readonly held: number;
  readonly limit: number;
  readonly warn: number;
  readonly since_ms: number | null;
  readonly alive: boolean;
}

export const WATCH_STATES = ["offered", "accepted", "held", "offered_on"] as const;

export interface Watch extends Entity {
  readonly id: number;
  readonly stream: string;
  readonly patient: string;
  /** Null where the center says a state that this page does not know. */
  readonly state: (typeof WATCH_STATES)[number] | null;
  readonly by: Who | null;
  readonly station: number | null;
  readonly offered_to: Who | "all" | null;
  readonly from: Who | null;
  readonly since_ms: number | null;
  /** The last proof of the picture, where it is not displayed now; null while it is. */
  readonly proof_ms: number | null;
  readonly overdue: boolean;
  readonly why: string;
}

export interface PatientFacts extends Entity {
  readonly stream: string;
  readonly patient: string;
  readonly watched: boolean;
  readonly displayed: boolean;
  readonly unwatched_since_ms: number | null;
  readonly known_af: boolean;
  /** When the name was put right, for some hours; null where it was not, or longer ago. */
  readonly corrected_ms: number | null;
  readonly alarm_paused_until_ms: number | null;
  readonly criteria: { readonly version: string; readonly effective_ms: number | null } | null;
}

/** A service that ends by itself within a day, or did so and nobody has put it on record. */
export interface Ending extends Entity {
  readonly stream: string;
  readonly patient: string;
  readonly limit_ms: number | null;
  readonly over: boolean;
  /** Whether the practice was asked if it goes on. */
  readonly asked: boolean;
  /** Cases that were open at the end and still are. */
  readonly cases: readonly number[];
}

/** Most pressing first. */
export const TIERS = ["emergent", "urgent", "daily", "technical"] as const;
export type Tier = (typeof TIERS)[number];
export const CASE_PRIORITIES = ["high", "medium", "low"] as const;
export type CasePriority = (typeof CASE_PRIORITIES)[number];
export const CASE_STATES = ["open", "held", "decided", "notifying", "closed"] as const;
export type CaseState = (typeof CASE_STATES)[number];
export const VERDICTS = ["true", "artefact", "not_meeting", "relabel"] as const;
export type VerdictKind = (typeof VERDICTS)[number];
export const ALARM_STATES = ["active", "latched", "acknowledged"] as const;

export interface CaseFinding {
  readonly key: string;
  readonly kind: string;
  readonly title: string;
  /** Samples; no stop while it goes on. */
  readonly start: number | null;
  readonly stop: number | null;
  readonly state: string;
}

export interface Met {
  readonly criterion: string;
  readonly tier: Tier;
  readonly value: number | null;
  readonly limit: number | null;
  readonly unit: string;
  readonly words: string;
}

export interface Symptom {
  readonly text: string;
  readonly severity: number | null;
  readonly at_ms: number | null;
}

export interface Verdict {
  readonly verdict: VerdictKind | null;
  readonly by: string;
  readonly at_ms: number | null;
  readonly note: string;
}

export interface Case extends Entity {
  readonly id: number;
  readonly stream: string;
  readonly patient: string;
  readonly group: string;
  readonly title: string;
  readonly tier: Tier;
  readonly priority: CasePriority;
  readonly state: CaseState;
  readonly onset_ms: number | null;
  readonly opened_ms: number | null;
  readonly due_ms: number | null;
  readonly escalated: boolean;
  readonly held_by: Who | null;
  readonly held_ms: number | null;
  readonly findings: readonly CaseFinding[];
  readonly met: readonly Met[];
  readonly symptom: Symptom | null;
  readonly alarm: {
    readonly state: (typeof ALARM_STATES)[number];
    readonly since_ms: number | null;
    readonly acknowledged_by: string | null;
    readonly acknowledged_ms: number | null;
  };
  readonly verdict: Verdict | null;
  readonly overread: "due" | "done" | null;
  /** Whose verdict is, or was, read again. */
  readonly first_reader: Who | null;
  readonly overread_due_ms: number | null;
  /** When it closes by itself; null while something is left to be done. */
  readonly closes_ms: number | null;
  readonly notification: number | null;
}

export const OUTCOMES = ["reached", "voicemail", "answering_service", "no_answer", "wrong_number", "busy"] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface Rung {
  readonly contact: string;
  readonly name: string;
  readonly role: string;
  readonly number: string;
  readonly due_ms: number | null;
  readonly why: string;
}

export interface Call {
  readonly id: number;
  readonly contact: string;
  readonly name: string;
  readonly number: string;
  readonly by: string;
  readonly started_ms: number | null;
  readonly ended_ms: number | null;
  readonly outcome: Outcome | null;
  readonly person: string;
  readonly person_role: string;
  readonly readback: boolean;
  readonly said: string;
  readonly action: string;
}

export const NOTICE_STATES = ["queued", "failed", "sent", "given_up"] as const;

/** An additional notice by e-mail or webhook; never instead of a call. */
export interface Notice {
  readonly channel: string;
  readonly to: string;
  readonly what: string;
  readonly state: (typeof NOTICE_STATES)[number];
  /** Of the last try. */
  readonly at_ms: number | null;
  readonly next_ms: number | null;
  readonly receipt: string;
  /** False where it may have arrived without a receipt. */
  readonly known: boolean;
}

export const NOTIFICATION_STATES = ["calling", "reached", "closed"] as const;

export interface Notification extends Entity {
  readonly id: number;
  readonly case: number | null;
  readonly stream: string;
  readonly patient: string;
  readonly tier: Tier;
  readonly state: (typeof NOTIFICATION_STATES)[number];
  readonly opened_ms: number | null;
  readonly due_ms: number | null;
  readonly next: readonly Rung[];
  readonly calls: readonly Call[];
  readonly notices: readonly Notice[];
}

export interface EmergencyStep {
  readonly id: string;
  readonly title: string;
  readonly detail: string;
  readonly done_ms: number | null;
  readonly by: string;
  readonly note: string;
}

export interface Contact {
  readonly name: string;
  readonly role: string;
  readonly number: string;
}

export interface Emergency extends Entity {
  readonly id: number;
  readonly stream: string;
  readonly patient: string;
  readonly opened_ms: number | null;
  readonly by: string;
  readonly steps: readonly EmergencyStep[];
  readonly address: string;
  readonly place: string;
  readonly local_number: string;
  readonly contacts: readonly Contact[];
}

export interface Incident extends Entity {
  readonly id: number;
  readonly stream: string | null;
  readonly patient: string | null;
  readonly kind: string;
  readonly cause: string;
  readonly since_ms: number | null;
  readonly until_ms: number | null;
  readonly closed_by: string | null;
  readonly note: string;
}

/** From criterion met to action: one leg of one tier, over a window. */
export interface Leg {
  readonly tier: Tier;
  readonly name: string;
  readonly limit_s: number | null;
  readonly p50_s: number | null;
  readonly p90_s: number | null;
  readonly p99_s: number | null;
  readonly n: number;
  readonly missed: number;
  readonly within_pct: number | null;
}

export interface LegWindow {
  readonly name: string;
  readonly since_ms: number | null;
  readonly legs: readonly Leg[];
}

/** Of an open case the leg that has the least time left. */
export interface RunningLeg {
  readonly case: number;
  readonly stream: string;
  readonly patient: string;
  readonly tier: Tier;
  readonly leg: string;
  readonly since_ms: number | null;
  readonly due_ms: number | null;
  /** A quarter of its limit or less is left. */
  readonly about: boolean;
}

export interface Legs extends Entity {
  readonly windows: readonly LegWindow[];
  /** The least time left first. */
  readonly running: readonly RunningLeg[];
  /** Open cases, whether told here or not. */
  readonly open: number;
}

/** Another center that is trusted: patients are handed to it and taken back. */
export interface Peer extends Entity {
  readonly id: number;
  readonly name: string;
  readonly alive: boolean;
  readonly silent_since_ms: number | null;
  /** Patients of ours that it has; those of them that it watches. */
  readonly lent: number;
  readonly watching: number;
  /** Patients of its own whom it lent us. */
  readonly guests: number;
}

export interface CenterFacts extends Entity {
  readonly name: string;
  /** Whether anybody is expected to watch here: from the first registered station on. */
  readonly attended: boolean;
  /** Share of the time in service in which patients were watched and displayed. */
  readonly continuity: {
    readonly shift_pct: number | null;
    readonly since_ms: number | null;
    readonly today_pct: number | null;
    readonly today_since_ms: number | null;
    readonly incidents: number | null;
  } | null;
  /** As the center says it: which sounds belong to which priority. */
  readonly sound: Readonly<Record<string, unknown>>;
  readonly standby_alarm: boolean;
  /** Since when what people decide waits to be written, and how much of it; null while it is written. */
  readonly unsaved: { readonly since_ms: number; readonly count: number } | null;
  /** A defect of the desk that was met within the last minute. */
  readonly defect: { readonly what: string; readonly since_ms: number | null } | null;
  /** Lines of the telephone that are down: nobody who calls by them is heard. */
  readonly lines: readonly { readonly line: string; readonly since_ms: number | null; readonly why: string }[];
  /** Patients may telephone here: a line is set up, or somebody is enrolled without a transmitter. */
  readonly telephone: boolean;
  /** True where the center is so big that this page is told only of what concerns its person. */
  readonly own: boolean;
}

export const ANSWERS = ["ringing", "answered", "voicemail"] as const;

/** In a demo: who is at the other end of a call, simulated, and what they have said so far. */
export interface Answering extends Entity {
  readonly call: number;
  readonly state: (typeof ANSWERS)[number];
  readonly name: string;
  readonly role: string;
  readonly lines: readonly string[];
}

/** In a demo: a simulated patient who telephones, and what they have said so far. */
export interface Calling extends Entity {
  readonly call: number;
  readonly stage: string;
  readonly lines: readonly string[];
}

/** Kind of an entity by the part of its key before the colon. */
export interface Entities {
  readonly me: Me;
  readonly person: Person;
  readonly watch: Watch;
  readonly patient: PatientFacts;
  readonly ending: Ending;
  readonly case: Case;
  readonly notification: Notification;
  readonly emergency: Emergency;
  readonly incident: Incident;
  readonly legs: Legs;
  readonly peer: Peer;
  readonly center: CenterFacts;
  readonly answer: Answering;
  readonly caller: Calling;
  readonly telephone: Telephone;
}

export type Kind = keyof Entities;
