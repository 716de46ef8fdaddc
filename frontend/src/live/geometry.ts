/**
 * Where a sample is on a sweeping tile. Device pixels throughout.
 *
 * A sample has an absolute column `sample / rate × pxPerSecond`; the sweep shows it at that column modulo the width of
 * the wave box, so the same sample is always painted at the same place.
 */

/** One tile as the page laid it out. */
export interface TileSpec {
  readonly id: string;
  readonly stream: number;
  readonly leads: readonly number[];
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly pxPerSecond: number;
  readonly pxPerMv: number;
  /** Distance of the grid's lines. */
  readonly gridPx: number;
}

/** Absolute pixel columns `[from, to)` that do not cross the right edge of the box; `x` is where they begin in it. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly x: number;
}

/** Absolute pixel column of a sample. */
export const pixelOf = (sample: number, rate: number, pxPerSecond: number): number => (sample / rate) * pxPerSecond;

/** Cut `[from, to)` where the sweep wraps; at most one whole width, the newest, is kept. */
export function stretches(from: number, to: number, width: number): Stretch[] {
  const cut: Stretch[] = [];
  let at = Math.max(from, to - width);
  while (at < to) {
    const x = ((at % width) + width) % width;
    const stop = Math.min(to, at + width - x);
    cut.push({ from: at, to: stop, x });
    at = stop;
  }
  return cut;
}

/** Middle of lane `index` of `lanes` in a box. */
export const laneMiddle = (spec: TileSpec, index: number): number =>
  spec.y + (spec.height * (index + 0.5)) / spec.leads.length;

/** Top and height of lane `index`, whole pixels: lanes neither overlap nor leave a gap. */
export function laneBox(spec: TileSpec, index: number): { readonly top: number; readonly height: number } {
  const edge = (lane: number) => spec.y + Math.round((spec.height * lane) / spec.leads.length);
  return { top: edge(index), height: edge(index + 1) - edge(index) };
}

/** The speeds and gains a wall can be set to, mm/s and mm/mV. */
export const SPEEDS = [12.5, 25, 50] as const;
export const GAINS = [5, 10, 20] as const;

/** Seconds that are as long as one millivolt is high: 0.4 on every ECG paper of the world. */
export const TRUE_ASPECT = 0.4;

export interface Scale {
  /** What is on the screen, mm/s and mm/mV. */
  readonly speed: number;
  readonly gain: number;
  /** 1, or how much both were shrunk to fit a low tile. */
  readonly shrink: number;
}

const SHRINKS = [1, 0.8, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2];
const LANE_MV = 2.3;
const LEAST_SECONDS = 1.6;

/**
 * The scale for a tile: as asked, or both axes shrunk by the same factor until a lane shows 2.3 mV and the box
 * 1.6 s. The aspect is never touched.
 */
export function fitScale(speed: number, gain: number, laneMm: number, widthMm: number): Scale {
  const fits = (s: number) => laneMm >= LANE_MV * gain * s && widthMm >= LEAST_SECONDS * speed * s;
  const shrink = SHRINKS.find(fits) ?? SHRINKS[SHRINKS.length - 1]!;
  return { speed: round2(speed * shrink), gain: round2(gain * shrink), shrink };
}

const round2 = (value: number): number => Math.round(value * 100) / 100;

/** "25 mm/s 10 mm/mV", and what is off where the aspect is not that of ECG paper. */
export function scaleLabel(scale: Scale): string {
  const seconds = scale.gain / scale.speed;
  const stretch = Math.round((TRUE_ASPECT / seconds) * 100) / 100;
  const aspect = Math.abs(stretch - 1) < 0.01 ? "" : ` · time stretched ×${stretch}`;
  return `${scale.speed} mm/s ${scale.gain} mm/mV${aspect}`;
}
