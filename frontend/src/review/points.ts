/** What calipers snap to, and calipers laid on a beat by one key. */

import type { CaliperModel } from "../patient/caliper";
import type { Points } from "./told";

/** Where the borders stand in a row of points, behind the beat itself. */
const P_ON = 1;
const QRS_ON = 4;
const QRS_OFF = 6;
const T_OFF = 9;
/** ST is read so long behind the end of the QRS complex, s. */
const ST_S = 0.06;

/** What is measured of a beat, by the digit that lays it. */
export const MEASURES = [
  { key: "1", name: "RR" },
  { key: "2", name: "PR" },
  { key: "3", name: "QRS" },
  { key: "4", name: "QT" },
  { key: "5", name: "ST" },
  { key: "6", name: "amplitude" },
] as const;
export type MeasureName = (typeof MEASURES)[number]["name"];

/** Every measured point of these beats, in order. */
export const allPoints = (points: readonly Points[]): number[] =>
  points.flatMap((row) => row.filter((at): at is number => at !== null)).sort((a, b) => a - b);

/** The measured point within reach of a sample; the sample itself where there is none. */
export function snapped(sample: number, points: readonly number[], reach: number): number {
  let best = sample;
  let gap = reach;
  for (const at of points) {
    const off = Math.abs(at - sample);
    if (off <= gap) [best, gap] = [at, off];
  }
  return best;
}

/** The row of the beat nearest to a sample. */
export function nearest(points: readonly Points[], sample: number): number {
  let best = -1;
  points.forEach(([beat], row) => {
    if (best < 0 || Math.abs(beat - sample) < Math.abs(points[best]![0] - sample)) best = row;
  });
  return best;
}

/** First and last sample of a measure of the beat in a row, and how it is read; null where a border is not seen. */
export function ends(
  name: MeasureName,
  points: readonly Points[],
  row: number,
  rate: number,
): readonly [from: number, to: number] | null {
  const one = points[row];
  if (one === undefined) return null;
  const pair = (from: number | null | undefined, to: number | null | undefined) =>
    from == null || to == null ? null : ([from, to] as const);
  switch (name) {
    case "RR":
      return row > 0 ? [points[row - 1]![0], one[0]] : pair(one[0], points[row + 1]?.[0]);
    case "PR":
      return pair(one[P_ON], one[QRS_ON]);
    case "QRS":
      return pair(one[QRS_ON], one[QRS_OFF]);
    case "QT":
      return pair(one[QRS_ON], one[T_OFF]);
    case "ST": {
      const off = one[QRS_OFF];
      return pair(one[QRS_ON], off == null ? null : off + Math.round(ST_S * rate));
    }
    case "amplitude":
      return pair(one[QRS_ON], one[0]);
  }
}

/** What is read as a voltage: the others are times. */
export const isVoltage = (name: MeasureName): boolean => name === "ST" || name === "amplitude";

/** A caliper between two samples: at the heights that the trace has there, level at `level` where only time is meant. */
export function laid(
  name: MeasureName,
  [from, to]: readonly [number, number],
  yOf: (sample: number) => number,
  level: number,
): CaliperModel {
  const [y0, y1] = isVoltage(name) ? [yOf(from), yOf(to)] : [level, level];
  return { from: { sample: from, y: y0 }, to: { sample: to, y: y1 } };
}

/** Where a caliper is marched out to: its interval again and again on both sides, within the picture. */
export function marched({ from, to }: CaliperModel, start: number, stop: number): number[] {
  const step = Math.abs(to.sample - from.sample);
  if (step < 1 || (stop - start) / step > 2000) return [];
  const found: number[] = [];
  for (let at = from.sample - Math.ceil((from.sample - start) / step) * step; at <= stop; at += step)
    if (at >= start) found.push(at);
  return found;
}
