/** Beats of a stream, asked for in stretches of a few minutes and kept. */

import type { BeatSpan } from "../protocol/binary";
import { Stretches } from "./stretches";

export interface BeatStretch {
  readonly samples: readonly number[];
  readonly codes: string;
  readonly late: ReadonlySet<number>;
  /** Those whose class a person gave. */
  readonly labelled: ReadonlySet<number>;
  readonly truncated: boolean;
}

interface Kept {
  readonly stretch: BeatStretch;
  readonly fetchedAt: number;
  readonly partial: boolean;
}

const STRETCH_S = 240;
const PARTIAL_MS = 2_000;
/** Beats of samples that came late are found after the samples are stored: this long they are asked for again. */
const UNSETTLED_MS = 30_000;
const MOST_KEPT = 200;
/** What looked like a QRS complex and is none: the trace shows it, no mark does. */
const ARTEFACT = "|";

export interface Beat {
  readonly sample: number;
  readonly code: string;
  readonly late: boolean;
  /** A person gave its class. */
  readonly labelled?: boolean;
}

/** WFDB's symbols of its codes. */
const SYMBOLS: Readonly<Record<number, string>> = { 1: "N", 5: "V", 6: "F", 9: "S", 12: "/", 13: "Q", 16: ARTEFACT };
/** Of so long the live socket tells whatever changes; what is older is fetched. */
const LIVE_S = 10;

/** What painters need of the beats. */
export type BeatsOver = Pick<Beats, "over" | "want">;

export class Beats extends Stretches<Kept> {
  /** Newest beats as the live socket tells them: all that is known of `[from, to)`. */
  private live: { readonly from: number; readonly to: number; readonly beats: readonly Beat[] } | null = null;

  constructor(
    private readonly stream: string,
    private readonly rate: number,
    private readonly changed: () => void,
    now: () => number = () => performance.now(),
  ) {
    super(Math.round(STRETCH_S * rate), UNSETTLED_MS, now);
  }

  /** Ask for what is missing over `[start, stop)`. */
  want(start: number, stop: number, end: number): void {
    const last = Math.floor(Math.min(stop, end) / this.span);
    for (let i = Math.max(0, Math.floor(start / this.span)); i <= last; i++) {
      const kept = this.kept.get(i);
      const fresh = kept !== undefined && (!kept.partial || this.now() - kept.fetchedAt < PARTIAL_MS);
      if (!fresh && !this.busy.has(i)) void this.fetch(i, end);
    }
  }

  private async fetch(index: number, end: number): Promise<void> {
    this.busy.add(index);
    const start = index * this.span;
    const stop = start + this.span;
    try {
      const answer = await fetch(`/api/streams/${this.stream}/beats?start=${start}&stop=${stop}`);
      if (!answer.ok) throw new Error(`the center answered ${answer.status}`);
      const found = (await answer.json()) as {
        samples: number[];
        codes: string;
        late?: number[];
        labelled?: number[];
        truncated?: boolean;
      };
      const stretch = {
        samples: found.samples,
        codes: found.codes,
        late: new Set(found.late ?? []),
        labelled: new Set(found.labelled ?? []),
        truncated: found.truncated === true,
      };
      const grows = end < stop + 10 * (this.span / STRETCH_S) || this.now() < (this.unsettled.get(index) ?? 0);
      this.kept.set(index, { stretch, fetchedAt: this.now(), partial: grows });
      if (this.kept.size > MOST_KEPT) this.kept.delete(this.kept.keys().next().value!);
    } catch (error) {
      console.warn(`beats of ${this.stream}: ${error instanceof Error ? error.message : error}`);
      const empty = { samples: [], codes: "", late: new Set<number>(), labelled: new Set<number>(), truncated: false };
      this.kept.set(index, {
        stretch: this.kept.get(index)?.stretch ?? empty,
        fetchedAt: this.now(),
        partial: true,
      });
    }
    this.busy.delete(index);
    this.changed();
  }

  /** What the live socket says of the newest beats: it is there at once, and classes change with it. */
  take(spans: readonly BeatSpan[]): void {
    for (const { start, stop, beats } of spans) {
      const before = this.live === null || this.live.to < start - LIVE_S * this.rate ? null : this.live;
      const from = Math.max(before?.from ?? start, stop - LIVE_S * this.rate);
      const told = beats.map(({ sample, code, late }) => ({ sample, code: SYMBOLS[code] ?? "?", late }));
      const kept = (before?.beats ?? []).filter(({ sample }) => sample < start || sample >= stop);
      const all = [...kept, ...told].sort((a, b) => a.sample - b.sample);
      this.live = { from, to: Math.max(stop, before?.to ?? 0), beats: all.filter(({ sample }) => sample >= from) };
    }
    this.changed();
  }

  /** Beats on hand in `[start, stop)`, in order. */
  over(start: number, stop: number): Beat[] {
    const { live } = this;
    const found: Beat[] = [];
    for (let i = Math.max(0, Math.floor(start / this.span)); i <= Math.floor(stop / this.span); i++) {
      const stretch = this.kept.get(i)?.stretch;
      stretch?.samples.forEach((sample, at) => {
        if (live !== null && sample >= live.from && sample < live.to) return;
        const one = { sample, code: stretch.codes[at] ?? "?", late: stretch.late.has(at) };
        found.push(stretch.labelled.has(at) ? { ...one, labelled: true } : one);
      });
    }
    if (live !== null) found.push(...live.beats);
    return found
      .filter(({ sample, code }) => sample >= start && sample < stop && code !== ARTEFACT)
      .sort((a, b) => a.sample - b.sample);
  }

  protected stale(kept: Kept): Kept {
    return { ...kept, partial: true, fetchedAt: Number.NEGATIVE_INFINITY };
  }
}
