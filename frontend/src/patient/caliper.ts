/** Two points on the picture, and what lies between them. */

export interface CaliperModel {
  /** Sample and y (CSS pixels in the pane) where the drag began and is now. */
  readonly from: { readonly sample: number; readonly y: number };
  readonly to: { readonly sample: number; readonly y: number };
}

export interface Measure {
  readonly ms: number;
  readonly millivolts: number;
  /** Rate if the stretch is one beat to the next; null for less than 10 ms. */
  readonly bpm: number | null;
}

/** Time, voltage and rate between the two points. */
export function measure({ from, to }: CaliperModel, rate: number, pxPerMv: number): Measure {
  const ms = (Math.abs(to.sample - from.sample) / rate) * 1000;
  return { ms, millivolts: (from.y - to.y) / pxPerMv, bpm: ms < 10 ? null : 60_000 / ms };
}

/** "812 ms · 0.74 mV · 74 bpm". */
export function measureWords({ ms, millivolts, bpm }: Measure): string {
  const time = ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
  const rate = bpm === null || bpm < 5 ? "" : ` · ${Math.round(bpm)} bpm`;
  return `${time} · ${millivolts.toFixed(2)} mV${rate}`;
}
