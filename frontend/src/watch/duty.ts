/** Who watches whom, as the wall tells it: marks of the tiles, and everything that the watch bar counts. */

import { type Facts, unwatchedOf, watchedBy } from "../alarm/here";
import { coarse } from "../chrome/format";
import { bound } from "../signin/glass_told";
import type { Peer, Person, Watch } from "../desk/entities";

/** A watch whose picture was not proven for so long stands for nobody watching, ms. */
export const PROOF_MS = 5_000;

/** The permission of whoever may hold a watch. */
export const WATCHES = "watch.hold";

export interface TileMark {
  /** "unknown": the desk has not told, or has not been heard of for seconds. "none": no center that watches. */
  readonly kind: "mine" | "other" | "nobody" | "unknown" | "none";
  readonly words: string;
  /** Of a watch that stands: what is wrong with it, or under way. */
  readonly note: string | null;
  /** When the patient's name was put right, lately. */
  readonly corrected?: number | null;
}

/** Said once in the watch bar, not on every tile. */
const NONE: TileMark = { kind: "none", words: "", note: null };
/** In a big center: whom nobody watches everybody is told of, so somebody else does. */
const ANOTHERS: TileMark = { kind: "other", words: "another's", note: null };
/** A practice is told whether its patients are watched, not by whom. */
const WATCHED: TileMark = { kind: "other", words: "watched", note: null };
const UNKNOWN: TileMark = { kind: "unknown", words: "watch not known", note: null };

const isStanding = ({ state }: Watch): boolean => state !== "offered";

/** The mark of a patient's tile. Only a watch that is held and displayed looks quiet. */
export function markOf(facts: Facts & { readonly n: number | null }, stream: string, now: number, dead: boolean): TileMark {
  const mark = watchOf(facts, stream, now, dead);
  const corrected = facts.get("patient", stream)?.corrected_ms ?? null;
  return corrected === null ? mark : { ...mark, corrected };
}

function watchOf(facts: Facts & { readonly n: number | null }, stream: string, now: number, dead: boolean): TileMark {
  if (facts.n === null || dead) return UNKNOWN;
  if (facts.get("center")?.attended === false) return NONE;
  const watches = facts.all("watch").filter((one) => one.stream === stream);
  const standing = watches.find((one) => one.state === "held" || one.state === "offered_on") ?? watches.find(isStanding);
  const patient = facts.get("patient", stream);
  if (standing === undefined || standing.by === null || patient?.watched === false) {
    if (patient === undefined && watches.length === 0) return facts.get("center")?.own === true ? ANOTHERS : UNKNOWN;
    const me = facts.get("me");
    if (patient?.watched === true && me !== undefined && bound(me)) return patient.displayed ? WATCHED : { ...WATCHED, note: "not displayed" };
    const since = patient?.unwatched_since_ms ?? null;
    return { kind: "nobody", words: since === null ? "nobody's" : `nobody's for ${coarse(now - since)}`, note: offered(watches) };
  }
  const me = facts.get("me")?.staff?.id;
  const mine = standing.by.id === me;
  const note = noteOf(standing, patient?.displayed, now, me);
  return { kind: mine ? "mine" : "other", words: mine ? "mine" : standing.by.name, note };
}

function noteOf(watch: Watch, displayed: boolean | undefined, now: number, me: number | undefined): string | null {
  if (watch.state === "accepted") return "accepted, not yet held";
  if (displayed === false || (watch.proof_ms !== null && now - watch.proof_ms > PROOF_MS)) return "not displayed";
  if (watch.state === "offered_on") {
    if (watch.offered_to === "all") return "offered to all";
    return `offered to ${watch.offered_to?.id === me ? "you" : (watch.offered_to?.name ?? "?")}`;
  }
  return watch.overdue ? "overdue" : null;
}

const offered = (watches: readonly Watch[]): string | null => (watches.some(({ state }) => state === "offered") ? "offered" : null);

export interface DutyModel {
  readonly name: string;
  readonly place: string | null;
  /** Null where nobody is signed in whose roles hold watches. */
  readonly count: { readonly held: number; readonly limit: number; readonly warn: number } | null;
  readonly unqualified: readonly string[];
  readonly offers: readonly Watch[];
  /** Watches of mine that I have offered and nobody has accepted yet. */
  readonly going: readonly Watch[];
  readonly mine: readonly Watch[];
  readonly nobodys: readonly { readonly stream: string; readonly patient: string; readonly watched: boolean; readonly sinceMs: number | null }[];
  readonly continuity: {
    readonly pct: number | null;
    readonly sinceMs: number | null;
    readonly todayPct: number | null;
    /** Incidents that nobody has closed. */
    readonly incidents: number | null;
  } | null;
  readonly others: readonly Person[];
  /** Other centers that patients can be handed to. */
  readonly centers: readonly Peer[];
  /** Watches that another center holds for us: whoever is here may take them back. */
  readonly away: readonly Watch[];
  /** False where no station is registered: nobody can watch, and nobody is expected to. */
  readonly attended: boolean;
  /** Sign-in is off: whoever opens the page may do everything, and nobody can watch. */
  readonly open: boolean;
}

/** What the watch bar tells, from the desk's entities. */
export function dutyOf(facts: Facts): DutyModel {
  const me = facts.get("me");
  const id = me?.staff?.id ?? null;
  const watcher = me !== undefined && me.staff !== null && me.permissions.includes(WATCHES);
  const watches = [...facts.all("watch")].sort((a, b) => (a.patient < b.patient ? -1 : 1));
  // An offer is a watch of its own, beside the one that is offered on.
  const toMe = ({ offered_to, from, state }: Watch) =>
    state === "offered" && from?.id !== id && (offered_to === "all" || (offered_to !== null && offered_to.id === id));
  const streams = id === null ? new Set<string>() : watchedBy(facts, id);
  const mine = watches.filter((one) => streams.has(one.stream) && one.by?.id === id && isStanding(one));
  const continuity = facts.get("center")?.continuity ?? null;
  return {
    name: me === undefined ? "desk not heard" : me.sign_in === "off" ? "console" : (me.staff?.name ?? "nobody signed in"),
    place: me?.station?.name ?? null,
    count: watcher ? me.watches : null,
    unqualified: !watcher || me.qualified.ok ? [] : me.qualified.reasons,
    offers: id === null ? [] : watches.filter(toMe),
    going: mine.filter(({ state }) => state === "offered_on"),
    mine,
    nobodys: unwatchedOf(facts),
    continuity: continuity === null ? null : {
      pct: continuity.shift_pct, sinceMs: continuity.since_ms, todayPct: continuity.today_pct, incidents: continuity.incidents,
    },
    others: [...facts.all("person")]
      .filter((one) => one.id !== id && one.alive && one.limit > 0)
      .sort((a, b) => a.limit - a.held - (b.limit - b.held) || a.id - b.id)
      .reverse(),
    centers: [...facts.all("peer")].sort((a, b) => a.id - b.id),
    away: watches.filter(({ by, state }) => by !== null && by.id < 0 && state === "held"),
    attended: facts.get("center")?.attended !== false,
    open: me?.sign_in === "off",
  };
}

/** "100 %" only where nothing is missing: rounded down, three places. */
export function percent(value: number): string {
  return value >= 100 ? "100.000" : (Math.floor(value * 1000) / 1000).toFixed(3);
}
