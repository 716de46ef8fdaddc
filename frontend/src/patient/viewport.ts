/** Which stretch of a stream is on the screen, and how moving and zooming change it. Samples and CSS pixels. */

export interface Viewport {
  /** Sample at the left edge. */
  readonly start: number;
  /** Samples to a CSS pixel. */
  readonly spp: number;
}

export interface Bounds {
  readonly rate: number;
  /** Width of the picture, CSS pixels. */
  readonly width: number;
  /** End of what there is, samples. */
  readonly end: number;
}

const LEAST_SECONDS = 2;
const MOST_SECONDS = 30 * 86_400;

/** Seconds across. */
export const across = (view: Viewport, { width, rate }: Bounds): number => (view.spp * width) / rate;

/** Bring a viewport into range: 2 s to 30 days across, and never wholly off the stream. */
export function clamp(view: Viewport, bounds: Bounds): Viewport {
  const { width, rate, end } = bounds;
  const least = (LEAST_SECONDS * rate) / width;
  const most = (MOST_SECONDS * rate) / width;
  const spp = Math.max(least, Math.min(most, view.spp));
  const span = spp * width;
  const start = Math.max(-span / 2, Math.min(end - span / 2, view.start));
  return { start: Number.isFinite(start) ? start : 0, spp };
}

/** Zoom by `factor` (above 1: closer) keeping the sample under pixel `x` where it is. */
export function zoom(view: Viewport, factor: number, x: number, bounds: Bounds): Viewport {
  const under = view.start + x * view.spp;
  const { spp } = clamp({ start: view.start, spp: view.spp / factor }, bounds);
  return clamp({ start: under - x * spp, spp }, bounds);
}

/** Move by pixels; to the right for positive. */
export const pan = (view: Viewport, px: number, bounds: Bounds): Viewport =>
  clamp({ ...view, start: view.start + px * view.spp }, bounds);

/** Put `sample` at share `at` of the width. */
export const center = (view: Viewport, sample: number, bounds: Bounds, at = 0.5): Viewport =>
  clamp({ ...view, start: sample - bounds.width * view.spp * at }, bounds);

const STEPS = [
  0.04, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200,
  86_400, 172_800, 432_000,
];

/** Distance of labelled ticks in seconds, so that they stand at least `px` pixels apart. */
export function tickSeconds(secondsPerPx: number, px: number): number {
  return STEPS.find((step) => step / secondsPerPx >= px) ?? STEPS[STEPS.length - 1]!;
}
