/** The beats of one stream that are on the screen, as the center knows them by now. */

import { type BeatLetter, letterOf } from "../protocol/beat_class";
import type { BeatSpan } from "../protocol/binary";

/** A beat with a letter of its own. */
export interface Marked {
  readonly sample: number;
  readonly letter: BeatLetter;
}

export class BeatTrack {
  private marked: Marked[] = [];

  /** Take what is known of a span; returns the samples at which something else is to be painted than before. */
  take(span: BeatSpan): number[] {
    const inside = ({ sample }: Marked) => sample >= span.start && sample < span.stop;
    const before = this.marked.filter(inside);
    const now = span.beats.flatMap(({ sample, code, open }): Marked[] => {
      const letter = letterOf(code, open);
      return letter === null ? [] : [{ sample, letter }];
    });
    const rest = this.marked.filter((beat) => !inside(beat));
    this.marked = [...rest, ...now].sort((a, b) => a.sample - b.sample);
    const key = ({ sample, letter }: Marked) => `${sample}${letter}`;
    const [was, is] = [new Set(before.map(key)), new Set(now.map(key))];
    const changed = [
      ...before.filter((beat) => !is.has(key(beat))),
      ...now.filter((beat) => !was.has(key(beat))),
    ];
    return changed.map(({ sample }) => sample);
  }

  /** Marked beats in `[from, to)`, in order. */
  over(from: number, to: number): readonly Marked[] {
    return this.marked.filter(({ sample }) => sample >= from && sample < to);
  }

  /** Forget what lies before a sample. */
  forget(before: number): void {
    if ((this.marked[0]?.sample ?? before) < before)
      this.marked = this.marked.filter(({ sample }) => sample >= before);
  }
}
