/** One lead of one stream: its recent columns, and what was said of its quality while they came. */

import { HOLE, type Run } from "../protocol/binary";
import { QUALITY } from "../protocol/messages";
import { withoutPulses } from "./pulses";
import { Ring } from "./ring";

/** Share of the columns at either end that does not decide where the middle of a lane is. */
const SPARED = 0.004;

/** How far off the middle of its lane the median may be, as a share of half the lane, where peaks are cut anyway. */
const MOST_OFF = 0.6;

/** In such a stretch nothing is to be read from the trace. */
export const UNREADABLE: ReadonlySet<number> = new Set([QUALITY.unusable, QUALITY.leadOff]);

interface Stretch {
  readonly from: number;
  readonly code: number;
}

/** What was stroked for each column, kept to be compared with what was sent; only the painting of a tile writes it. */
export interface Painted {
  readonly column: Float64Array;
  /** The values that the stroke was made of; HOLE where there was nothing to stroke. */
  readonly low: Int16Array;
  readonly high: Int16Array;
  readonly yLow: Float32Array;
  readonly yHigh: Float32Array;
}

export class LeadTrace {
  ring: Ring;
  mode: 0 | 1;
  gain: number;
  baseline: number;
  /** Value drawn in the middle of the lane; chosen at the start of each sweep, constant within it. */
  centre: number | null = null;
  /** The same of the sweep before, some of which is still to be seen. */
  centreBefore: number | null = null;
  /** What was stroked last of each column. */
  painted: Painted;
  private readonly qualities: Stretch[] = [];
  private readonly lates: { from: number; to: number }[] = [];

  constructor(
    run: Run,
    seconds: number,
    private readonly rate: number,
  ) {
    const spc = run.mode === 0 ? 1 : run.samplesPerColumn;
    this.mode = run.mode;
    this.gain = run.gain;
    this.baseline = run.baseline;
    this.ring = new Ring((seconds * rate) / spc, spc);
    this.painted = {
      column: new Float64Array(this.ring.size).fill(-1),
      low: new Int16Array(this.ring.size).fill(HOLE),
      high: new Int16Array(this.ring.size).fill(HOLE),
      yLow: new Float32Array(this.ring.size),
      yHigh: new Float32Array(this.ring.size),
    };
  }

  /** Whether a run continues this trace's grid of columns. */
  continues(run: Run): boolean {
    return run.mode === this.mode && (run.mode === 0 || Math.abs(run.samplesPerColumn - this.ring.spc) < 1e-9);
  }

  /** Write a run; returns the sample span it covers. */
  write(run: Run): { from: number; to: number } {
    const first = Math.round(run.start / this.ring.spc);
    if (run.late) {
      this.ring.patch(first, run.values, run.mode === 1);
      this.lates.push({ from: first * this.ring.spc, to: (first + run.columns) * this.ring.spc });
      if (this.lates.length > 64) this.lates.shift();
    } else this.ring.write(first, run.values, run.mode === 1);
    return { from: first * this.ring.spc, to: (first + run.columns) * this.ring.spc };
  }

  /** From sample `from` on the lead's quality is `code`. */
  noteQuality(from: number, code: number): void {
    const last = this.qualities[this.qualities.length - 1];
    if (last?.code === code) return;
    this.qualities.push({ from: last === undefined ? 0 : from, code });
    if (this.qualities.length > 64) this.qualities.shift();
  }

  qualityAt(sample: number): number {
    for (let i = this.qualities.length - 1; i >= 0; i--) {
      const stretch = this.qualities[i]!;
      if (sample >= stretch.from) return stretch.code;
    }
    return this.qualities[0]?.code ?? QUALITY.unknown;
  }

  /** Parts of `[from, to)` in which the trace cannot be read: only noise, or a lead that is off. */
  unreadable(from: number, to: number): { from: number; to: number }[] {
    const found: { from: number; to: number }[] = [];
    this.qualities.forEach(({ from: begin, code }, i) => {
      const end = this.qualities[i + 1]?.from ?? Number.POSITIVE_INFINITY;
      const part = { from: Math.max(from, begin), to: Math.min(to, end) };
      if (UNREADABLE.has(code) && part.to > part.from) found.push(part);
    });
    return found;
  }

  isLate(sample: number): boolean {
    return this.lates.some((span) => sample >= span.from && sample < span.to);
  }

  /**
   * Choose the middle of a lane that shows `half` units to either side, from the last `samples` samples: the median of
   * the columns, moved no farther than it takes for peaks and troughs to fit. Where they do not fit it is moved towards
   * their middle, but the median, where a trace spends its time, stays well inside the lane. Pulses of a pacemaker
   * have no say: they are cut off where they go beyond.
   */
  recentre(samples: number, half: number): void {
    const { ring } = this;
    let lows: number[] = [];
    let highs: number[] = [];
    const middles: number[] = [];
    for (let c = Math.max(ring.from, ring.to - Math.ceil(samples / ring.spc)); c < ring.to; c++) {
      const low = ring.lowAt(c);
      const high = ring.highAt(c);
      if (low === HOLE) continue;
      lows.push(low);
      highs.push(high);
      middles.push((low + high) / 2);
    }
    if (middles.length < 8) return;
    const sampling = { rate: this.rate, spc: ring.spc, gain: this.gain };
    highs = withoutPulses(highs, true, sampling);
    lows = withoutPulses(lows, false, sampling);
    for (const list of [lows, highs, middles]) list.sort((a, b) => a - b);
    // A spike of a column or two in seconds is no peak of the heart.
    const spared = Math.floor(middles.length * SPARED);
    const least = lows[spared]!;
    const most = highs[highs.length - 1 - spared]!;
    const median = middles[middles.length >> 1]!;
    const fits = most - least <= 2 * half;
    const [from, to] = fits ? [most - half, least + half] : [median - MOST_OFF * half, median + MOST_OFF * half];
    this.centre = Math.max(from, Math.min(to, fits ? median : (most + least) / 2));
  }
}
