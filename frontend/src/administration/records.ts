/** What the desk says of people, places and the audit, read field by field. */

import { Reader } from "../desk/reader";

export const PAPER_STATES = ["ahead", "current", "expiring", "renewed", "expired", "withdrawn"] as const;
export type PaperState = (typeof PAPER_STATES)[number];

/** A credential or a training. */
export interface Paper {
  readonly what: "credential" | "training";
  /** Kind of a credential, topic of a training. */
  readonly title: string;
  readonly number: string;
  /** Who issued it, or trained. */
  readonly by: string;
  readonly fromMs: number;
  /** It counts up to, not including, then. */
  readonly untilMs: number;
  readonly why: string;
  readonly document: string;
  readonly state: PaperState;
  /** Whether this center asks for it. */
  readonly counts: boolean;
}

export interface Somebody {
  readonly id: number;
  readonly name: string;
  readonly login: string;
  readonly roles: readonly string[];
  readonly practice: number | null;
  readonly active: boolean;
  readonly changedMs: number;
  /** Has a role that watches. */
  readonly watches: boolean;
  readonly qualified: boolean;
  readonly reasons: readonly string[];
  /** When they stop being qualified, where that is within the warning. */
  readonly runsOutMs: number | null;
  readonly station: string;
  /** Name of the site that they work from; empty where none is on record. */
  readonly worksFrom: string;
  readonly papers: readonly Paper[];
}

export interface Practice {
  readonly id: number;
  readonly name: string;
}

export interface People {
  readonly people: readonly Somebody[];
  readonly practices: readonly Practice[];
  /** Sites that are open. */
  readonly sites: readonly Practice[];
  readonly roles: readonly string[];
  readonly kinds: readonly string[];
  readonly topics: readonly string[];
  readonly warnDays: number;
}

export interface StationRecord {
  readonly id: number;
  readonly name: string;
  readonly kind: string;
  readonly active: boolean;
  readonly changedMs: number;
  readonly key: string;
  readonly alive: boolean;
  readonly seenMs: number | null;
  readonly people: readonly string[];
  readonly watches: number;
}

export interface SiteRecord {
  readonly id: number;
  readonly name: string;
  readonly address: string;
  readonly territory: string;
  readonly networks: readonly string[];
  readonly active: boolean;
  readonly stations: readonly StationRecord[];
  /** Links that wait for the screen of a station. */
  readonly waiting: readonly { readonly station: number; readonly name: string; readonly expiresMs: number }[];
}

export interface Places {
  readonly sites: readonly SiteRecord[];
  readonly territories: readonly (readonly [string, string])[];
  readonly kinds: readonly string[];
}

export interface AuditRow {
  readonly seq: number;
  readonly atMs: number;
  readonly who: string;
  readonly action: string;
  readonly words: string;
  readonly subject: string;
  readonly about: string;
  readonly detail: Readonly<Record<string, unknown>>;
  /** There are details, and they are not for this role. */
  readonly hidden: boolean;
  readonly hash: string;
}

export interface AuditPage {
  readonly lines: readonly AuditRow[];
  /** Where older lines go on; null where there are none. */
  readonly next: number | null;
  readonly kinds: readonly string[];
}

const credential = (from: Reader): Paper => ({
  what: "credential",
  title: from.text("kind"),
  number: from.text("number"),
  by: from.text("issuer"),
  fromMs: from.number("since_ms", 0),
  untilMs: from.number("expires_ms", 0),
  why: from.text("why"),
  document: from.text("document"),
  state: from.oneOf("state", PAPER_STATES, "expired"),
  counts: from.flag("recognised", false),
});

const training = (from: Reader): Paper => ({
  what: "training",
  title: from.text("topic"),
  number: "",
  by: from.text("by"),
  fromMs: from.number("on_ms", 0),
  untilMs: from.number("expires_ms", 0),
  why: "",
  document: from.text("document"),
  state: from.oneOf("state", PAPER_STATES, "expired"),
  counts: from.flag("required", false),
});

const somebody = (from: Reader): Somebody => ({
  id: from.number("id", 0),
  name: from.text("name", "?"),
  login: from.text("login"),
  roles: from.texts("roles"),
  practice: from.numberOrNull("practice"),
  active: from.flag("active", false),
  changedMs: from.number("changed_ms", 0),
  watches: from.flag("watches", false),
  qualified: from.flag("qualified", false),
  reasons: from.texts("reasons"),
  runsOutMs: from.numberOrNull("runs_out_ms"),
  station: from.text("station"),
  worksFrom: from.text("works_from"),
  papers: [...from.list("credentials", credential), ...from.list("trainings", training)],
});

const named = (one: Reader): Practice => ({ id: one.number("id", 0), name: one.text("name", "?") });

export function readPeople(told: unknown): People {
  const from = new Reader("staff", told);
  const recognised = from.inner("recognised");
  return {
    people: from.list("people", somebody),
    practices: from.list("practices", named),
    sites: from.list("sites", named),
    roles: from.texts("roles"),
    kinds: recognised.texts("kinds"),
    topics: recognised.texts("topics"),
    warnDays: from.number("warn_days", 30),
  };
}

const station = (from: Reader): StationRecord => ({
  id: from.number("id", 0),
  name: from.text("name", "?"),
  kind: from.text("kind"),
  active: from.flag("active", false),
  changedMs: from.number("changed_ms", 0),
  key: from.text("key"),
  alive: from.flag("alive", false),
  seenMs: from.numberOrNull("seen_ms"),
  people: from.texts("people"),
  watches: from.number("watches", 0),
});

export function readPlaces(told: unknown): Places {
  const from = new Reader("sites", told);
  const territories = from.raw("territories");
  return {
    sites: from.list("sites", (one) => ({
      id: one.number("id", 0),
      name: one.text("name", "?"),
      address: one.text("address"),
      territory: one.text("territory"),
      networks: one.texts("networks"),
      active: one.flag("active", false),
      stations: one.list("stations", station),
      waiting: one.list("waiting", (link) => ({
        station: link.number("station", 0),
        name: link.text("name", "?"),
        expiresMs: link.number("expires_ms", 0),
      })),
    })),
    territories: Object.entries(typeof territories === "object" && territories !== null ? territories : {}).map(
      ([code, name]) => [code, String(name)] as const,
    ),
    kinds: from.texts("kinds"),
  };
}

export function readAudit(told: unknown): AuditPage {
  const from = new Reader("audit", told);
  return {
    lines: from.list("lines", (one) => {
      const detail = one.raw("detail");
      return {
        seq: one.number("seq", 0),
        atMs: one.number("at_ms", 0),
        who: one.text("who", "?"),
        action: one.text("action", "?"),
        words: one.text("words", "?"),
        subject: one.text("subject"),
        about: one.text("about"),
        detail: typeof detail === "object" && detail !== null ? (detail as Record<string, unknown>) : {},
        hidden: one.flag("hidden", false),
        hash: one.text("hash"),
      };
    }),
    next: from.numberOrNull("next"),
    kinds: from.texts("kinds"),
  };
}

/** Those whose papers run out soon or do not let them watch, the nearest first; who left asks for nothing. */
export function needsAttention({ people }: People): readonly Somebody[] {
  const pressing = people.filter((one) => one.active && one.watches && (!one.qualified || one.runsOutMs !== null));
  const at = (one: Somebody) => (one.qualified ? (one.runsOutMs ?? Infinity) : 0);
  return [...pressing].sort((a, b) => at(a) - at(b) || (a.name < b.name ? -1 : 1));
}
