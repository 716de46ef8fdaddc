/** The last minute of a stream as it comes in, drawn after what is stored; and the pen that follows it smoothly. */

import { HOLE } from "../protocol/binary";
import { Playout } from "../live/playout";
import type { TapRun } from "../live/worker_messages";
import type { Part } from "./tile_cache";

const KEPT_S = 60;

interface Chunk {
  readonly lead: number;
  readonly start: number;
  readonly stop: number;
  readonly spc: number;
  readonly pairs: boolean;
  readonly values: Int16Array;
}

/**
 * A center that was started anew holds nothing live of what came before: what it does not hold at the beginning of
 * its history may well be stored, and must not be laid over that as a hole. Null where nothing is left.
 */
function withoutHead(chunk: Chunk): Chunk | null {
  const { values, pairs, spc } = chunk;
  const width = pairs ? 2 : 1;
  let column = 0;
  while (column * width < values.length && (values[column * width] === HOLE || (pairs && values[2 * column]! > values[2 * column + 1]!)))
    column++;
  if (column === 0) return chunk;
  if (column * width >= values.length) return null;
  return { ...chunk, start: chunk.start + column * spc, values: values.subarray(column * width) };
}

export class LiveTail {
  private chunks: Chunk[] = [];
  private playout: Playout | null = null;
  /** Sample after the newest that came; null before the first. */
  end: number | null = null;

  constructor(
    private readonly rate: number,
    private readonly leads: number,
  ) {}

  /** Take runs; returns the spans that came late. */
  take(runs: readonly TapRun[], now: number, centerNow: number): { start: number; stop: number }[] {
    const late: { start: number; stop: number }[] = [];
    for (const run of runs) {
      const pairs = run.mode === 1;
      const count = pairs ? run.values.length / 2 : run.values.length;
      const spc = pairs ? run.samplesPerColumn : 1;
      const chunk = {
        lead: run.lead,
        start: run.start,
        stop: run.start + count * spc,
        spc,
        pairs,
        values: run.values,
      };
      if (run.late) late.push({ start: chunk.start, stop: chunk.stop });
      if (run.fresh && !run.late) this.chunks = this.chunks.filter((kept) => kept.lead !== run.lead);
      const held = run.fresh ? withoutHead(chunk) : chunk;
      if (held !== null) this.chunks.push(held);
      if (run.late) continue;
      if (this.playout === null || run.fresh) {
        this.playout ??= new Playout(this.rate);
        this.playout.restart(chunk.stop, now, Number.isFinite(run.newestMs) ? centerNow - run.newestMs : 0);
      } else this.playout.arrived(chunk.start, chunk.stop, now);
      this.end = Math.max(this.end ?? 0, chunk.stop);
    }
    const oldest = (this.end ?? 0) - KEPT_S * this.rate;
    if (this.chunks.length > 8 * KEPT_S) this.chunks = this.chunks.filter((chunk) => chunk.stop > oldest);
    return late;
  }

  /** Sample under the pen at `now`, null before the first. */
  pen(now: number): number | null {
    return this.playout === null ? null : this.playout.position(now);
  }

  /** What is on hand over `[start, stop)` as parts to draw, one list a lead. */
  parts(start: number, stop: number): readonly (readonly Part[])[] {
    return Array.from({ length: this.leads }, (_, lead) => this.joined(lead, start, stop));
  }

  /** Chunks that follow one another become one piece, so that the stroke is not broken between them. */
  private joined(lead: number, start: number, stop: number): Part[] {
    const mine = this.chunks
      .filter((chunk) => chunk.lead === lead && chunk.stop > start && chunk.start < stop)
      .sort((a, b) => a.start - b.start);
    const groups: Chunk[][] = [];
    for (const chunk of mine) {
      const last = groups[groups.length - 1];
      const before = last?.[last.length - 1];
      const follows =
        before !== undefined && before.spc === chunk.spc && Math.abs(before.stop - chunk.start) < before.spc / 2;
      if (follows) last!.push(chunk);
      else groups.push([chunk]);
    }
    return groups.map((group) => this.part(group, lead, stop));
  }

  private part(group: readonly Chunk[], lead: number, stop: number): Part {
    const first = group[0]!;
    const values = new Int16Array(group.reduce((sum, chunk) => sum + chunk.values.length, 0));
    let at = 0;
    for (const chunk of group) {
      values.set(chunk.values, at);
      at += chunk.values.length;
    }
    const leads = Array.from({ length: this.leads }, (_, i) => (i === lead ? values : new Int16Array(0)));
    const piece = {
      start: first.start,
      spc: first.spc,
      low: leads,
      high: leads,
      rate: null,
      coverage: null,
      stride: first.pairs ? 2 : 1,
      offset: first.pairs ? 1 : 0,
      columns: values.length / (first.pairs ? 2 : 1),
    };
    return { piece, from: first.start, to: Math.min(stop, group[group.length - 1]!.stop), sharp: true };
  }
}
