/** A strip as it grows: what came of it so far, fetched from where it ends, begun anew where its scale changed. */

import { DROPPED, LOST, OK, type FoundTold, type Quality, type StripAnswer } from "./told";

export const RATE = 250;

export class Growing {
  /** µV, or mHz where the size is not known; what was not received holds NaN. */
  values = new Float32Array(RATE * 60);
  flags = new Uint8Array(RATE * 60);
  length = 0;
  unit: StripAnswer["unit"] = "mHz";
  open = true;
  centreHz: number | null = null;
  speed: number | null = null;
  quality: Quality | null = null;
  found: readonly FoundTold[] = [];
  analysed: boolean | null = null;
  why = "";
  stored = true;
  /** Samples there are by now, here or not. */
  total = 0;
  /** Something was told of it at all. */
  told = false;
  private scale: number | null = null;

  constructor(readonly number: number) {}

  /** Take an answer in; false where it does not follow what is here, and all is to be asked for from 0. */
  take(one: StripAnswer): boolean {
    const other = this.scale !== null && (one.scale !== this.scale || one.unit !== this.unit);
    if (one.from !== 0 && (other || one.from !== this.length)) {
      this.length = 0;
      this.scale = null;
      return false;
    }
    if (one.from === 0) this.length = 0;
    this.scale = one.scale;
    this.unit = one.unit;
    this.room(one.from + one.values.length);
    one.values.forEach((value, i) => {
      this.values[one.from + i] = value === null ? Number.NaN : value;
      this.flags[one.from + i] = one.flags[i] ?? (value === null ? DROPPED : OK);
    });
    this.length = one.from + one.values.length;
    this.open = one.open;
    this.total = one.total;
    this.centreHz = one.centre_hz;
    this.speed = one.speed ?? one.quality?.speed ?? null;
    this.quality = one.quality ?? this.quality;
    [this.found, this.analysed, this.why, this.stored, this.told] = [one.found, one.analysed, one.why, one.stored, true];
    return true;
  }

  private room(length: number): void {
    if (length <= this.values.length) return;
    const size = Math.max(length, 2 * this.values.length);
    const [values, flags] = [new Float32Array(size), new Uint8Array(size)];
    values.set(this.values.subarray(0, this.length));
    flags.set(this.flags.subarray(0, this.length));
    [this.values, this.flags] = [values, flags];
  }

  get seconds(): number {
    return this.length / RATE;
  }

  /** Stretches that were not received, in order. */
  gaps(start = 0, stop = this.length): readonly Gap[] {
    const all: Gap[] = [];
    for (let i = Math.max(0, start); i < Math.min(stop, this.length); i++) {
      const flag = this.flags[i]!;
      if (flag === OK && !Number.isNaN(this.values[i]!)) continue;
      const last = all[all.length - 1];
      const lost = flag === LOST;
      if (last !== undefined && last.stop === i && last.lost === lost) last.stop = i + 1;
      else all.push({ start: i, stop: i + 1, lost });
    }
    return all;
  }

  /** Height of the trace as it lies between its 2nd and 98th hundredth; 0 where nothing is there. */
  get span(): number {
    const step = Math.max(1, Math.floor(this.length / 4000));
    const seen: number[] = [];
    for (let i = 0; i < this.length; i += step) if (!Number.isNaN(this.values[i]!)) seen.push(this.values[i]!);
    if (seen.length < 10) return 0;
    seen.sort((a, b) => a - b);
    return seen[Math.floor(seen.length * 0.98)]! - seen[Math.floor(seen.length * 0.02)]!;
  }
}

export interface Gap {
  start: number;
  stop: number;
  /** Lost by the line; else the tone was covered or too weak. */
  readonly lost: boolean;
}

/** Second by second what is known: as the center says it, and where it does not yet, the gaps that are here. */
export function bySecond(one: Growing): readonly { readonly at: number; readonly snr: number | null; readonly gap: number; readonly clipped: boolean }[] {
  const told = new Map((one.quality?.seconds ?? []).map((each) => [each.at, each]));
  return Array.from({ length: Math.ceil(one.seconds) }, (_, at) => {
    const known = told.get(at);
    if (known !== undefined) return { at, snr: known.snr_db, gap: known.gap, clipped: known.clipped };
    const [start, stop] = [at * RATE, Math.min(one.length, (at + 1) * RATE)];
    const gap = one.gaps(start, stop).reduce((sum, each) => sum + each.stop - each.start, 0) / Math.max(1, stop - start);
    return { at, snr: null, gap, clipped: false };
  });
}

/** Seconds that were not received. */
export const gapSeconds = (one: Growing): number => one.gaps().reduce((sum, { start, stop }) => sum + stop - start, 0) / RATE;
