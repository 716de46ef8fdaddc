/** Which alarms concern this station, which of them sound, and which flash: from the desk's entities alone. */

import type { Case, Entities, Kind } from "../desk/entities";
import { ALARMS, type AlarmPriority } from "../wall/findings";
import { isUnattended, pressingOf } from "../telephone/entity";
import type { SoundName } from "./burst";

/** The permission of those who answer patients who telephone. */
export const ANSWERS = "telephone.answer";

/** The part of the desk's store that is read here. */
export interface Facts {
  get<K extends Kind>(kind: K, id?: number | string): Entities[K] | undefined;
  all<K extends Kind>(kind: K): readonly Entities[K][];
}

/** A patient whom nobody watches presses like a medium alarm at once, and like a high one after this long, ms. */
export const UNWATCHED_HIGH_MS = 30_000;

/** A patient without a watch, or with a watch and no picture. */
export interface Unwatched {
  readonly stream: string;
  readonly patient: string;
  readonly watched: boolean;
  readonly sinceMs: number | null;
}

export interface Here {
  /** Streams that this station answers for; null for all. */
  readonly streams: ReadonlySet<string> | null;
  /** Answers for the center: hears of patients whom nobody watches. */
  readonly supervises: boolean;
  /** This station is there for it: every lost watch is a banner over everything. */
  readonly standby: boolean;
  readonly unwatched: readonly Unwatched[];
  /** What is to be played; null for silence. */
  readonly sound: SoundName | null;
  /** Most pressing of what would sound, were it not paused. */
  readonly pressing: AlarmPriority | null;
  readonly pausedUntilMs: number | null;
  /** Patients whose alarms are paused here, and until when. */
  readonly pausedPatients: readonly { readonly stream: string; readonly patient: string; readonly untilMs: number }[];
}

/** Streams of the watches that a person holds or has accepted. */
export function watchedBy(facts: Facts, person: number): ReadonlySet<string> {
  const mine = facts.all("watch").filter(({ by, state }) => by?.id === person && state !== "offered");
  return new Set(mine.map(({ stream }) => stream));
}

function streamsHere(facts: Facts): ReadonlySet<string> | null {
  const me = facts.get("me");
  if (me === undefined || me.sign_in === "off" || me.staff === null) return null;
  if (me.staff.roles.includes("supervisor")) return null;
  return watchedBy(facts, me.staff.id);
}

/** Whether a pause of its patient's alarms holds an alarm: one of high priority is never held. */
export const isHeld = (facts: Facts, { stream, priority }: Pick<Case, "stream" | "priority">, now: number): boolean =>
  priority !== "high" && (facts.get("patient", stream)?.alarm_paused_until_ms ?? 0) > now;

const isLoud = ({ alarm }: Case): boolean => alarm.state !== "acknowledged";

/** Patients who are not watched, or not displayed, longest first. */
export function unwatchedOf(facts: Facts): readonly Unwatched[] {
  return facts
    .all("patient")
    .filter(({ watched, displayed }) => !watched || !displayed)
    .map(({ stream, patient, watched, unwatched_since_ms }) => ({ stream, patient, watched, sinceMs: unwatched_since_ms }))
    .sort((a, b) => (a.sinceMs ?? 0) - (b.sinceMs ?? 0));
}

const foremost = (pressing: readonly AlarmPriority[]): AlarmPriority | null =>
  ALARMS.find((priority) => pressing.includes(priority)) ?? null;

/** Whether whoever is here answers patients who telephone; where nobody signs in, whoever is there. */
export function answersCalls(facts: Facts): boolean {
  const me = facts.get("me");
  return me !== undefined && (me.sign_in === "off" || me.permissions.includes(ANSWERS));
}

/** How the calls press that nobody has: at every station where somebody answers them. */
export const callsPressing = (facts: Facts): readonly AlarmPriority[] => (answersCalls(facts) ? facts.all("telephone").filter(isUnattended).map(pressingOf) : []);

/** What is so at this station now; `now` is center time in ms. */
export function alarmsHere(facts: Facts, now: number): Here {
  const me = facts.get("me");
  const streams = streamsHere(facts);
  const standby = facts.get("center")?.standby_alarm === true;
  const supervises = streams === null || standby;
  const mine = facts.all("case").filter(({ stream }) => streams === null || streams.has(stream));
  const sounding = mine.filter((one) => isLoud(one) && one.state !== "closed" && !isHeld(facts, one, now));
  const unwatched = unwatchedOf(facts);
  const alone = supervises ? unwatched : [];
  const pressing = foremost([
    ...sounding.map(({ priority }) => priority),
    ...alone.map(({ sinceMs }) => (now - (sinceMs ?? 0) > UNWATCHED_HIGH_MS ? "high" : "medium")),
    ...callsPressing(facts),
  ] as AlarmPriority[]);
  const until = me?.audio.paused_until_ms ?? null;
  const paused = until !== null && until > now;
  return {
    streams,
    supervises,
    standby,
    unwatched,
    sound: paused ? (pressing === null ? null : "reminder") : pressing,
    pressing,
    pausedUntilMs: paused ? until : null,
    pausedPatients: facts
      .all("patient")
      .filter(({ stream, alarm_paused_until_ms }) => (alarm_paused_until_ms ?? 0) > now && (streams?.has(stream) ?? true))
      .map(({ stream, patient, alarm_paused_until_ms }) => ({ stream, patient, untilMs: alarm_paused_until_ms! })),
  };
}

/** The alarm that a tile shows: most pressing first, of like ones what nobody acknowledged. */
export interface TileAlarm {
  readonly id: number;
  readonly priority: AlarmPriority;
  readonly title: string;
  readonly flashing: boolean;
  readonly state: Case["alarm"]["state"];
}

/** What is lit of a patient; null where nothing is. */
export function tileAlarm(facts: Facts, stream: string, now: number): TileAlarm | null {
  const cases = facts.all("case").filter((one) => one.stream === stream && (isLoud(one) || one.state !== "closed"));
  const rank = (one: Case) => 2 * ALARMS.indexOf(one.priority) + (isLoud(one) ? 0 : 1);
  const first = [...cases].sort((a, b) => rank(a) - rank(b) || a.id - b.id)[0];
  if (first === undefined) return null;
  const flashing = isLoud(first) && !isHeld(facts, first, now);
  return { id: first.id, priority: first.priority, title: first.title, flashing, state: first.alarm.state };
}
