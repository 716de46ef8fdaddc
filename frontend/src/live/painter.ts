/**
 * The picture of a wall: every visible tile, its leads, its pen. Fed with runs, painted once an animation frame.
 * It knows no socket and no page.
 */

import type { BeatSpan, Run, Waves } from "../protocol/binary";
import { QUALITY } from "../protocol/messages";
import { BeatTrack } from "./beat_track";
import { ageMs, STALE_MS } from "./clock";
import type { TileSpec } from "./geometry";
import { Playout } from "./playout";
import { Times } from "./stats";
import { DARK, makeTextures, type Palette } from "./textures";
import { type Brush, type Context, Tile } from "./tile";
import { LeadTrace } from "./trace";

interface Arrival {
  readonly end: number;
  readonly serverMs: number;
  readonly newestMs: number;
  readonly lengthMs: number;
}

interface Moment {
  readonly serverMs: number;
  readonly centerNow: number;
  readonly now: number;
}

/** What is kept of a stream that is on the screen. */
export interface StreamPicture {
  readonly rate: number;
  readonly playout: Playout;
  readonly traces: Map<number, LeadTrace>;
  readonly arrivals: Arrival[];
  newestMs: number | null;
  pen: number;
  skipped: number;
}

/** How fast the picture is, all in ms. */
export class Latency {
  /** Server's stamp to receipt in the worker. */
  readonly transport = new Times();
  /** Acquisition of a run's newest sample to receipt. */
  readonly arrival = new Times();
  /** Server's stamp to that run's last column on the screen, jitter buffer included. */
  readonly server = new Times();
  /** Acquisition of a run's newest sample to its column on the screen. */
  readonly sample = new Times();
  /** The same less the length of the run: what the picture adds to the frame's own time. */
  readonly beyondFrame = new Times();
}

const KEPT_SECONDS = 26;

export class Painter {
  readonly latency = new Latency();
  readonly streams = new Map<number, StreamPicture>();
  tiles: Tile[] = [];
  frames = 0;
  /** Mean time one frame took to paint, ms. */
  costMs = 0;
  private brush: Brush;
  private readonly byStream = new Map<number, Tile[]>();
  private readonly dirty = new Set<Tile>();
  private readonly qualities = new Map<number, readonly number[]>();
  private readonly beats = new Map<number, BeatTrack>();

  constructor(
    private readonly canvas: OffscreenCanvas,
    private readonly now: () => number,
    palette: Palette = DARK,
  ) {
    const context = canvas.getContext("2d", { alpha: false, desynchronized: true }) as Context;
    this.brush = { context, palette, textures: makeTextures(context, palette, 1), scale: 1 };
    // The browser gives a lost picture back empty.
    canvas.addEventListener?.("contextrestored", () => this.refit(this.brush.scale));
  }

  /** The canvas has a new size in device pixels; everything is painted anew. */
  resize(width: number, height: number, scale: number): void {
    this.canvas.width = Math.max(1, width);
    this.canvas.height = Math.max(1, height);
    this.refit(scale);
  }

  private refit(scale: number): void {
    const { context, palette } = this.brush;
    this.brush = { context, palette, textures: makeTextures(context, palette, scale), scale };
    this.clear();
  }

  /** Nothing that came so far belongs to the patients of now. */
  forget(): void {
    this.streams.clear();
    this.qualities.clear();
    this.beats.clear();
    this.tiles = [];
    this.byStream.clear();
    this.dirty.clear();
    this.clear();
  }

  /** Lay the tiles out; `rates` in Hz by stream. Streams no longer shown are forgotten. */
  layout(specs: readonly TileSpec[], rates: ReadonlyMap<number, number>): void {
    this.tiles = specs.map((spec) => new Tile(spec, rates.get(spec.stream) ?? 250));
    this.byStream.clear();
    for (const tile of this.tiles)
      this.byStream.set(tile.spec.stream, [...(this.byStream.get(tile.spec.stream) ?? []), tile]);
    for (const stream of this.streams.keys()) if (!this.byStream.has(stream)) this.streams.delete(stream);
    for (const stream of this.beats.keys()) if (!this.byStream.has(stream)) this.beats.delete(stream);
    this.clear();
  }

  private clear(): void {
    const { context, palette } = this.brush;
    context.fillStyle = palette.tile;
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    for (const tile of this.tiles) {
      tile.blank(this.brush);
      this.dirty.add(tile);
    }
  }

  /** The newest word on each lead's quality. */
  noteQuality(stream: number, codes: readonly number[]): void {
    this.qualities.set(stream, codes);
    const picture = this.streams.get(stream);
    for (const [lead, trace] of picture?.traces ?? [])
      trace.noteQuality(trace.ring.to * trace.ring.spc, codes[lead] ?? QUALITY.unknown);
  }

  /** Beats as they are known by now: where their marks changed, the picture is mended with the next frame. */
  takeBeats(spans: readonly BeatSpan[], rates: ReadonlyMap<number, number>): void {
    for (const span of spans) {
      const tiles = this.byStream.get(span.stream);
      if (tiles === undefined) continue;
      const track = this.beats.get(span.stream) ?? new BeatTrack();
      this.beats.set(span.stream, track);
      for (const sample of track.take(span)) for (const tile of tiles) tile.touch(sample, this.brush);
      track.forget(span.stop - KEPT_SECONDS * (rates.get(span.stream) ?? 0));
    }
  }

  /** Marked beats of a stream in `[from, to)`. */
  beatsOf(stream: number, from: number, to: number): readonly { readonly sample: number; readonly letter: string }[] {
    return this.beats.get(stream)?.over(from, to) ?? [];
  }

  /** Take the runs of one message; `centerNow` tells how old the newest sample is. */
  take(waves: Waves, rates: ReadonlyMap<number, number>, centerNow: number): void {
    const now = this.now();
    this.latency.transport.add(now - waves.serverMs);
    for (const run of waves.runs) {
      const rate = rates.get(run.stream);
      if (rate === undefined || !this.byStream.has(run.stream)) continue;
      this.takeRun(run, rate, { serverMs: waves.serverMs, centerNow, now });
    }
  }

  private takeRun(run: Run, rate: number, at: Moment): void {
    const picture = this.streams.get(run.stream) ?? this.admit(run.stream, rate);
    if (Number.isFinite(run.newestMs) && run.newestMs > 0) picture.newestMs = run.newestMs;
    if (run.skipped) picture.skipped++;
    if (run.columns === 0) {
      // A fresh start with nothing on hand: what is on the screen is not this view's.
      if (run.fresh && !run.late && picture.traces.delete(run.lead)) this.mark(run.stream);
      return;
    }
    let trace = picture.traces.get(run.lead);
    const afresh = trace === undefined || (run.fresh && !run.late) || !trace.continues(run);
    if (trace === undefined || afresh) {
      trace = new LeadTrace(run, KEPT_SECONDS, rate);
      picture.traces.set(run.lead, trace);
      trace.noteQuality(0, this.qualities.get(run.stream)?.[run.lead] ?? QUALITY.unknown);
    }
    trace.gain = run.gain;
    trace.baseline = run.baseline;
    const span = trace.write(run);
    if (afresh) picture.playout.restart(span.to, at.now, ageMs(picture.newestMs, at.centerNow) ?? 0);
    else if (!run.late) picture.playout.arrived(span.from, span.to, at.now);
    if (afresh || run.late) this.mark(run.stream);
    if (!afresh && !run.late) this.noteArrival(picture, run, span, at);
  }

  private mark(stream: number): void {
    for (const tile of this.byStream.get(stream) ?? []) this.dirty.add(tile);
  }

  private admit(stream: number, rate: number): StreamPicture {
    const picture: StreamPicture = {
      rate,
      playout: new Playout(rate),
      traces: new Map(),
      arrivals: [],
      newestMs: null,
      pen: 0,
      skipped: 0,
    };
    this.streams.set(stream, picture);
    return picture;
  }

  private noteArrival(
    picture: StreamPicture,
    run: Run,
    span: { from: number; to: number },
    { serverMs, now }: Moment,
  ): void {
    const lengthMs = ((span.to - span.from) / picture.rate) * 1000;
    const last = picture.arrivals[picture.arrivals.length - 1];
    if (last !== undefined && span.to <= last.end) return;
    this.latency.arrival.add(now - run.newestMs);
    picture.arrivals.push({ end: span.to, serverMs, newestMs: run.newestMs, lengthMs });
    if (picture.arrivals.length > 100) picture.arrivals.shift();
  }

  /** Paint one frame; `centerNow` decides what is stale. Returns false where there is nothing to paint on. */
  frame(centerNow: number): boolean {
    if (this.brush.context.isContextLost?.()) return false;
    const begun = performance.now();
    const now = this.now();
    for (const picture of this.streams.values()) picture.pen = picture.playout.position(now);
    for (const tile of this.tiles) this.judge(tile, centerNow);
    for (const tile of this.tiles) this.paintTile(tile, now);
    this.frames++;
    this.costMs += (performance.now() - begun - this.costMs) / 30;
    return true;
  }

  private judge(tile: Tile, centerNow: number): void {
    const picture = this.streams.get(tile.spec.stream);
    const age = ageMs(picture?.newestMs ?? null, centerNow);
    const stale = age === null || age > STALE_MS;
    if (stale === tile.stale) return;
    tile.stale = stale;
    this.dirty.add(tile);
  }

  private paintTile(tile: Tile, now: number): void {
    const picture = this.streams.get(tile.spec.stream);
    if (picture === undefined || picture.traces.size === 0) {
      if (this.dirty.delete(tile)) tile.blank(this.brush);
      return;
    }
    const seen = {
      traces: tile.spec.leads.map((lead) => picture.traces.get(lead)),
      beats: this.beats.get(tile.spec.stream),
      pen: picture.pen,
    };
    if (this.dirty.delete(tile)) tile.repaint(this.brush, seen);
    else if (!tile.paint(this.brush, seen)) return;
    this.settle(picture, tile.paintedSample ?? 0, now);
  }

  private settle(picture: StreamPicture, painted: number, now: number): void {
    const slack =
      3 * Math.max(1, ...[...picture.traces.values()].map((trace) => trace.ring.spc)) + picture.rate / 60;
    while (picture.arrivals.length > 0 && picture.arrivals[0]!.end <= painted + slack) {
      const arrival = picture.arrivals.shift()!;
      this.latency.server.add(now - arrival.serverMs);
      this.latency.sample.add(now - arrival.newestMs);
      this.latency.beyondFrame.add(now - arrival.newestMs - arrival.lengthMs);
    }
  }

  get context(): Context {
    return this.brush.context;
  }

  /** Device pixels to a CSS pixel. */
  get scale(): number {
    return this.brush.scale;
  }
}
