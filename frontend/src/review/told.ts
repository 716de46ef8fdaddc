/** What the center tells a reviewer: templates, intervals, trends, changes, strips. */

import { WireError } from "../protocol/binary";

/** A curve by time; null where nothing was measured. */
export type Curve = readonly (number | null)[];

export interface Shape {
  readonly key: string;
  /** Class, as WFDB writes it. */
  readonly symbol: string;
  readonly count: number;
  /** Of how many shapes of the analysis it is made. */
  readonly families: number;
  readonly first: number;
  readonly last: number;
  readonly rrMs: number | null;
  /** Beats that were looked at. */
  readonly samples: readonly number[];
  /** The average by lead, in units of the samples; empty where none was looked at. */
  readonly mean: readonly Curve[];
  /** Single beats, by lead. */
  readonly members: readonly (readonly Curve[])[];
}

export interface Shapes {
  readonly start: number;
  readonly stop: number;
  readonly stepMs: number;
  readonly beforeMs: number;
  /** All beats by class, those of shapes that are left out too. */
  readonly counts: Readonly<Record<string, number>>;
  readonly groups: readonly Shape[];
  readonly leftOut: number;
}

export interface Intervals {
  readonly binMs: number;
  readonly lowMs: number;
  readonly counts: Readonly<Record<string, readonly number[]>>;
  readonly cellMs: number;
  readonly cells: number;
  /** Flat [x, y, intervals, of which end in an ectopic beat]. */
  readonly plot: readonly number[];
  readonly count: number;
  readonly meanMs: number | null;
  readonly longest: readonly [ms: number, sample: number] | null;
  readonly shortest: readonly [ms: number, sample: number] | null;
}

export interface Trend {
  readonly start: number;
  readonly size: number;
  readonly rate: Curve;
  readonly low: Curve;
  readonly high: Curve;
  readonly longestMs: Curve;
  readonly af: readonly number[];
  readonly beats: Readonly<Record<string, readonly number[]>>;
}

export interface Change {
  /** 0: of a verdict. */
  readonly change: number;
  readonly case: number | null;
  readonly atMs: number;
  readonly by: string;
  readonly to: readonly string[];
  readonly was: Readonly<Record<string, number>>;
  readonly count: number;
  readonly why: string;
  readonly added: boolean;
  readonly first: number;
  readonly undone: { readonly by: string; readonly at_ms: number } | null;
}

export interface CartStrip {
  readonly strip: number;
  readonly start: number;
  readonly stop: number;
  readonly leads: readonly string[];
  readonly caption: string;
  readonly by: string;
  readonly case: number | null;
}

export interface Said {
  readonly revision: number;
  readonly changes: readonly Change[];
  readonly strips: readonly CartStrip[];
  readonly more: boolean;
}

/** Onset, peak and end of P, QRS and T of one beat, as samples; null where one is not seen. */
export type Points = readonly [beat: number, ...borders: (number | null)[]];

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null) throw new WireError(`${what}: not what it should be`);
  return value as Fields;
}

function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new WireError(`${what}: no list`);
  return value as readonly unknown[];
}

const whole = (value: unknown): number => (typeof value === "number" && Number.isFinite(value) ? value : 0);
const numbers = (value: unknown): readonly number[] => list(value, "numbers").map(whole);
const curve = (value: unknown): Curve => list(value, "a curve").map((one) => (typeof one === "number" ? one : null));
const text = (value: unknown): string => (typeof value === "string" ? value : "");

export function readShapes(value: unknown): Shapes {
  const from = fields(value, "templates");
  return {
    start: whole(from.start),
    stop: whole(from.stop),
    stepMs: whole(from.step_ms),
    beforeMs: whole(from.before_ms),
    leftOut: whole(from.left_out),
    counts: Object.fromEntries(Object.entries(fields(from.counts, "templates")).map(([name, count]) => [name, whole(count)])),
    groups: list(from.groups, "templates").map((one) => {
      const group = fields(one, "a template");
      return {
        key: text(group.key),
        symbol: text(group.class),
        count: whole(group.count),
        families: whole(group.families),
        first: whole(group.first),
        last: whole(group.last),
        rrMs: typeof group.rr_ms === "number" ? group.rr_ms : null,
        samples: numbers(group.samples),
        mean: list(group.mean, "a template").map(curve),
        members: list(group.members, "a template").map((member) => list(member, "a beat").map(curve)),
      };
    }),
  };
}

const ends = (value: unknown): readonly [number, number] | null =>
  Array.isArray(value) && value.length === 2 ? [whole(value[0]), whole(value[1])] : null;

export function readIntervals(value: unknown): Intervals {
  const from = fields(value, "intervals");
  const counts = Object.entries(fields(from.counts, "intervals")).map(([name, bins]) => [name, numbers(bins)] as const);
  return {
    binMs: whole(from.bin_ms),
    lowMs: whole(from.low_ms),
    counts: Object.fromEntries(counts),
    cellMs: whole(from.cell_ms),
    cells: whole(from.cells),
    plot: numbers(from.plot),
    count: whole(from.count),
    meanMs: typeof from.mean_ms === "number" ? from.mean_ms : null,
    longest: ends(from.longest),
    shortest: ends(from.shortest),
  };
}

export function readTrend(value: unknown): Trend {
  const from = fields(value, "a trend");
  const beats = Object.entries(fields(from.beats, "a trend")).map(([name, bins]) => [name, numbers(bins)] as const);
  return {
    start: whole(from.start),
    size: whole(from.size),
    rate: curve(from.rate),
    low: curve(from.rate_low),
    high: curve(from.rate_high),
    longestMs: curve(from.longest_ms),
    af: numbers(from.af),
    beats: Object.fromEntries(beats),
  };
}

function readUndone(value: unknown): Change["undone"] {
  if (value === null || value === undefined) return null;
  const from = fields(value, "a change");
  return { by: text(from.by), at_ms: whole(from.at_ms) };
}

export function readSaid(value: unknown): Said {
  const from = fields(value, "the review");
  return {
    revision: whole(from.revision),
    more: from.more === true,
    changes: list(from.changes, "changes").map((one) => {
      const change = fields(one, "a change");
      const was = Object.entries(fields(change.was, "a change")).map(([name, count]) => [name, whole(count)] as const);
      return {
        change: whole(change.change),
        case: typeof change.case === "number" ? change.case : null,
        atMs: whole(change.at_ms),
        by: text(change.by),
        to: list(change.to, "a change").map(text),
        was: Object.fromEntries(was),
        count: whole(change.count),
        why: text(change.why),
        added: change.added === true,
        first: whole(change.first),
        undone: readUndone(change.undone),
      };
    }),
    strips: list(from.strips, "strips").map((one) => {
      const strip = fields(one, "a strip");
      return {
        strip: whole(strip.strip),
        start: whole(strip.start),
        stop: whole(strip.stop),
        leads: list(strip.leads, "a strip").map(text),
        caption: text(strip.caption),
        by: text(strip.by),
        case: typeof strip.case === "number" ? strip.case : null,
      };
    }),
  };
}

export function readPoints(value: unknown): readonly Points[] {
  const from = fields(value, "points");
  return list(from.points, "points").map((row) => {
    const [beat, ...borders] = curve(row);
    return [beat ?? 0, ...borders] as const;
  });
}
