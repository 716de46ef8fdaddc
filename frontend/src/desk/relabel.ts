/** Beats given another class by hand: chosen one by one, kept until the verdict takes them along. */

import type { Beat } from "../patient/beats";

/** Keys of the classes, the symbol that WFDB has for each, and its name. */
export const CLASSES: readonly { readonly key: string; readonly symbol: string; readonly words: string }[] = [
  { key: "n", symbol: "N", words: "normal" },
  { key: "v", symbol: "V", words: "ventricular" },
  { key: "s", symbol: "S", words: "supraventricular" },
  { key: "f", symbol: "F", words: "fusion" },
  { key: "p", symbol: "/", words: "paced" },
  { key: "u", symbol: "Q", words: "not classed" },
  { key: "x", symbol: "|", words: "no beat" },
];

/** How far from a beat a click still means it, ms. */
const NEAR_MS = 200;

export class Relabel {
  /** Sample of the chosen beat. */
  at: number | null = null;
  private readonly changed = new Map<number, string>();

  /** What was changed, by sample. */
  get changes(): readonly (readonly [sample: number, symbol: string])[] {
    return [...this.changed].sort((a, b) => a[0] - b[0]);
  }

  /** Choose the next or the previous beat; the first time the one nearest `from`. */
  step(beats: readonly Beat[], by: 1 | -1, from: number): void {
    const { at } = this;
    if (at === null) {
      this.pick(beats, from, Number.POSITIVE_INFINITY);
      return;
    }
    const next = by > 0 ? beats.find(({ sample }) => sample > at) : beats.findLast(({ sample }) => sample < at);
    if (next !== undefined) this.at = next.sample;
  }

  /** Choose the beat nearest to a sample, where one is near enough. */
  pick(beats: readonly Beat[], sample: number, within: number): void {
    const gap = (beat: Beat) => Math.abs(beat.sample - sample);
    const nearest = [...beats].sort((a, b) => gap(a) - gap(b))[0];
    if (nearest !== undefined && gap(nearest) <= within) this.at = nearest.sample;
  }

  /** Give the chosen beat a class; what it was before is no change. False where no beat is chosen. */
  label(beats: readonly Beat[], symbol: string): boolean {
    const { at } = this;
    if (at === null) return false;
    const was = beats.find(({ sample }) => sample === at)?.code;
    if (was === symbol) this.changed.delete(at);
    else this.changed.set(at, symbol);
    return true;
  }

  /** The beats with their new classes. */
  over(beats: readonly Beat[]): Beat[] {
    return beats.map((beat) => {
      const code = this.changed.get(beat.sample);
      return code === undefined ? beat : { ...beat, code };
    });
  }

  symbolAt(sample: number): string | null {
    return this.changed.get(sample) ?? null;
  }
}

export const nearSamples = (rate: number): number => (NEAR_MS / 1000) * rate;
