/**
 * Pulses of a pacemaker are no part of the heart's picture: they may be many times as high as its beats, and are to
 * decide neither where a trace stands nor how high a lane is.
 */

/** What a pulse and the recovery of the amplifier behind it last at most, ms; a QRS complex is four times as wide at its foot. */
const PULSE_MS = 10;
/** What is no wider than this is looked at: a QRS complex with all that stands out of it. */
const FEATURE_MS = 100;
/** A pulse stands out so far, mV … */
const LEAST_MV = 0.3;
/** … and has so much of its height within its few samples. A QRS complex of 50 ms has a third. */
const SHARE = 0.55;
/** Below so many samples a second pulse and QRS complex look alike. */
const LEAST_RATE_HZ = 200;

export interface Sampling {
  /** Of the samples, Hz. */
  readonly rate: number;
  /** Samples in a column. */
  readonly spc: number;
  /** Units to a millivolt. */
  readonly gain: number;
}

/** The highest (`up`) or lowest values of columns in a row, in units, pulses taken down to what stands beside them. */
export function withoutPulses(values: readonly number[], up: boolean, { rate, spc, gain }: Sampling): number[] {
  const columnMs = (spc / rate) * 1000;
  // One column more than the pulse lasts, and one because it may begin within a column.
  const narrow = Math.floor(PULSE_MS / columnMs) + 2;
  const wide = Math.max(narrow + 1, Math.ceil(FEATURE_MS / columnMs));
  if (rate < LEAST_RATE_HZ || values.length < wide) return [...values];
  const sign = up ? 1 : -1;
  const peaks = values.map((value) => sign * value);
  const beside = opened(peaks, narrow);
  const below = opened(peaks, wide);
  const least = LEAST_MV * Math.abs(gain);
  return peaks.map((peak, i) => {
    const out = peak - beside[i]!;
    return sign * (out > least && out > SHARE * (peak - below[i]!) ? beside[i]! : peak);
  });
}

/** Peaks narrower than `width` columns cut down to the higher of what stands on either side. */
function opened(values: readonly number[], width: number): number[] {
  const least = sliding(values, width, Math.min);
  const padding = Array.from({ length: width - 1 }, () => Number.NEGATIVE_INFINITY);
  return sliding([...padding, ...least, ...padding], width, Math.max);
}

/** `pick` over each `width` values in a row, by doubling: windows of 2, 4, 8 … and then two that overlap. */
function sliding(values: readonly number[], width: number, pick: (a: number, b: number) => number): number[] {
  let over = [...values];
  let span = 1;
  const widen = (by: number) => {
    over = over.slice(0, over.length - by).map((value, i) => pick(value, over[i + by]!));
    span += by;
  };
  while (2 * span <= width) widen(span);
  if (span < width) widen(width - span);
  return over;
}
