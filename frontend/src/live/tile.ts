/** Paints one tile: only the new columns, then the erase bar ahead of the pen. */

import { EXTENT_S } from "../protocol/beat_class";
import { HOLE } from "../protocol/binary";
import { QUALITY } from "../protocol/messages";
import type { BeatTrack, Marked } from "./beat_track";
import { laneBox, laneMiddle, pixelOf, type Stretch, stretches, type TileSpec } from "./geometry";
import type { Palette, TextureName, Textures } from "./textures";
import { type LeadTrace, UNREADABLE } from "./trace";

export type Context = OffscreenCanvasRenderingContext2D;

export interface Brush {
  readonly context: Context;
  readonly palette: Palette;
  readonly textures: Textures;
  /** Device pixels to a CSS pixel. */
  readonly scale: number;
}

const TEXTURE_OF: Readonly<Record<number, TextureName>> = {
  [QUALITY.noisy]: "noisy",
  [QUALITY.unusable]: "noisy",
  [QUALITY.leadOff]: "leadOff",
  [QUALITY.flat]: "flat",
  [QUALITY.saturated]: "clipped",
};

/** What is painted of a stream: its leads, its beats, and how far. */
export interface Seen {
  readonly traces: readonly (LeadTrace | undefined)[];
  readonly beats: BeatTrack | undefined;
  readonly pen: number;
}

/** Size of a beat's letter, CSS pixels; half of it is the most that it covers to either side of its beat. */
const LETTER = 11;
const LARGE_LETTER = 14;
const LETTER_HALF = 8;
/** A lane higher than this, CSS pixels, has room for larger letters. */
const TALL_PX = 110;
/** Letters stand so far below the middle of a lane that has room for it, mV. */
const BELOW_MV = 1.2;
/** Longest way from a beat's sample to what is painted for it, seconds. */
const REACH_S = 0.13;
/** Where there is one lane the scale of the tile stands at its bottom; else the ticks of what is cut off. */
const SCALE_PX = 13;
const FOOT_PX = 4;
/** Width and height of the tick where a trace goes on beyond its lane, CSS pixels. */
const TICK_PX = 7;
const TICK_HIGH_PX = 2;

/** The middle of a lane is chosen from so many seconds: some beats of every shape. */
const CENTRE_S = 8;

export class Tile {
  /** Absolute pixel column up to which the tile is painted; null: nothing yet. */
  paintedTo: number | null = null;
  columnsDrawn = 0;
  repaints = 0;
  stale = false;
  private sweep = -1;
  /** Absolute pixel columns on the screen for which something else is to be painted by now. */
  private touched: { from: number; to: number }[] = [];

  constructor(
    readonly spec: TileSpec,
    readonly rate: number,
  ) {}

  /** Paint everything up to sample `pen`; returns whether the pen moved. */
  paint(brush: Brush, seen: Seen): boolean {
    const to = this.penColumn(seen);
    if (this.paintedTo === null) return this.repaint(brush, seen);
    this.mend(brush, seen);
    if (to <= this.paintedTo) return false;
    for (const part of stretches(this.paintedTo, to, this.spec.width)) this.paintStretch(brush, seen, part);
    this.paintedTo = to;
    this.erase(brush, to);
    return true;
  }

  /** The beat at `sample` is another than was painted: its place is painted again with the next frame. */
  touch(sample: number, { scale }: Pick<Brush, "scale">): void {
    const at = pixelOf(sample, this.rate, this.spec.pxPerSecond);
    const reach = Math.max(LETTER_HALF * scale, REACH_S * this.spec.pxPerSecond) + 2;
    this.touched.push({ from: Math.floor(at - reach), to: Math.ceil(at + reach) });
  }

  /** Paint again what was touched, as far as it is on the screen. */
  private mend(brush: Brush, seen: Seen): void {
    const end = this.paintedTo ?? 0;
    const oldest = Math.max(0, end - this.spec.width + this.eraseWidth(brush));
    for (const { from, to } of this.touched.splice(0))
      for (const part of stretches(Math.max(from, oldest), Math.min(to, end), this.spec.width))
        this.paintStretch(brush, seen, part, true);
  }

  /** Paint the whole visible window anew. */
  repaint(brush: Brush, seen: Seen): boolean {
    const { spec } = this;
    const to = this.penColumn(seen);
    this.repaints++;
    this.touched = [];
    this.background(brush, spec.x, spec.width);
    const from = Math.max(0, to - spec.width + this.eraseWidth(brush));
    for (const part of stretches(from, to, spec.width)) this.paintStretch(brush, seen, part);
    this.paintedTo = to;
    this.erase(brush, to);
    return true;
  }

  /** An empty box: nothing has ever come. */
  blank(brush: Brush): void {
    this.background(brush, this.spec.x, this.spec.width);
    this.paintedTo = null;
  }

  /** Sample index up to which pixels are on the screen; null before the first. */
  get paintedSample(): number | null {
    return this.paintedTo === null ? null : (this.paintedTo / this.spec.pxPerSecond) * this.rate;
  }

  /** A pixel column is painted once, so only when the samples on both sides of it are there. */
  private penColumn({ traces, pen }: Seen): number {
    const spc = Math.max(1, ...traces.map((trace) => trace?.ring.spc ?? 1));
    return Math.max(0, Math.floor(pixelOf(Math.max(0, pen - 2 * spc), this.rate, this.spec.pxPerSecond)));
  }

  /** Width of the bar ahead of the pen, device pixels. */
  eraseWidth({ scale }: Pick<Brush, "scale">): number {
    return Math.min(Math.round(14 * scale), Math.floor(this.spec.width / 6));
  }

  private erase(brush: Brush, at: number): void {
    for (const part of stretches(at, at + this.eraseWidth(brush), this.spec.width))
      this.background(brush, this.spec.x + part.x, part.to - part.from);
  }

  private background(brush: Brush, x: number, width: number): void {
    const { context, palette } = brush;
    const { spec } = this;
    context.fillStyle = palette.tile;
    context.fillRect(x, spec.y, width, spec.height);
    if (spec.gridPx < 4) return;
    context.fillStyle = palette.grid;
    const line = Math.max(1, Math.floor(brush.scale));
    const first = Math.ceil((x - spec.x) / spec.gridPx);
    for (let i = first; i * spec.gridPx + spec.x < x + width; i++) {
      const at = Math.round(spec.x + i * spec.gridPx);
      if (at >= x && at < x + width) context.fillRect(at, spec.y, Math.min(line, x + width - at), spec.height);
    }
    const middle = spec.y + spec.height / 2;
    const below = Math.floor(spec.height / 2 / spec.gridPx);
    for (let i = -below; i <= below; i++)
      context.fillRect(x, Math.min(spec.y + spec.height - line, Math.round(middle + i * spec.gridPx)), width, line);
  }

  /** `again`: the sweep was here before, and nothing of it moves. */
  private paintStretch(brush: Brush, seen: Seen, part: Stretch, again = false): void {
    const { context } = brush;
    const { spec } = this;
    const x = spec.x + part.x;
    const width = part.to - part.from;
    const sweep = Math.floor(part.from / spec.width);
    const begins = !again && sweep !== this.sweep;
    const before = again && sweep !== this.sweep;
    if (!again) {
      this.sweep = sweep;
      this.columnsDrawn += width;
    }
    this.background(brush, x, width);
    const perPx = this.rate / spec.pxPerSecond;
    const reach = Math.max(LETTER_HALF * brush.scale * perPx, REACH_S * this.rate);
    const beats = seen.beats?.over(part.from * perPx - reach, part.to * perPx + reach) ?? [];
    const ticks: (() => void)[] = [];
    spec.leads.forEach((_lead, lane) => {
      const trace = seen.traces[lane];
      if (trace === undefined) return;
      const { top, height } = laneBox(spec, lane);
      const half = ((height / 2 - 2 * brush.scale) / spec.pxPerMv) * Math.abs(trace.gain);
      if (begins) trace.centreBefore = trace.centre;
      if (begins || trace.centre === null) trace.recentre(this.rate * CENTRE_S, half);
      const centre = (before ? trace.centreBefore : null) ?? trace.centre ?? trace.baseline;
      context.save();
      context.beginPath();
      context.rect(x, top, width, height);
      context.clip();
      this.paintTextures(brush, seen.traces, lane, part);
      const stroke = { lane, part, pen: seen.pen, centre, beats };
      this.strokeTrace(brush, trace, stroke);
      context.restore();
      ticks.push(() => this.tickCut(brush, trace, stroke));
    });
    this.letter(brush, part, beats);
    for (const tick of ticks) tick();
  }

  /** A small letter under every beat that is not a normal one. */
  private letter(brush: Brush, part: Stretch, beats: readonly Marked[]): void {
    if (beats.length === 0) return;
    const { context, palette, scale } = brush;
    const { spec } = this;
    const { top, height } = laneBox(spec, 0);
    const size = (height > TALL_PX * scale ? LARGE_LETTER : LETTER) * scale;
    const foot = top + height - (spec.leads.length === 1 ? SCALE_PX : FOOT_PX) * scale;
    // In a tall lane not at its foot, but below where most complexes end.
    const y = Math.min(foot, laneMiddle(spec, 0) + BELOW_MV * spec.pxPerMv + size);
    context.save();
    context.beginPath();
    context.rect(spec.x + part.x, spec.y, part.to - part.from, spec.height);
    context.clip();
    context.font = `700 ${Math.round(size)}px Inter, system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "alphabetic";
    context.lineJoin = "round";
    context.lineWidth = 3 * scale;
    context.strokeStyle = palette.tile;
    for (const { sample, letter } of beats) {
      const x = spec.x + part.x + pixelOf(sample, this.rate, spec.pxPerSecond) - part.from;
      context.fillStyle = this.stale ? palette.stale : palette.beat[letter];
      context.strokeText(letter, x, y);
      context.fillText(letter, x, y);
    }
    context.restore();
  }

  /**
   * Ticks at the edges of a lane over every column whose trace goes on beyond it, wider than the line of a pulse. They
   * reach to both sides of their column, so those of columns beside the stretch are painted as well.
   */
  private tickCut(brush: Brush, trace: LeadTrace, { lane, part, pen, centre }: Stroke): void {
    const { context, palette, scale } = brush;
    const { spec } = this;
    const { top, height } = laneBox(spec, lane);
    const half = (TICK_PX / 2) * scale;
    const high = Math.max(2, Math.round(TICK_HIGH_PX * scale));
    const grid = columnsOf(trace, this.rate, spec.pxPerSecond);
    const [least, most] = [part.from - part.x, part.from - part.x + spec.width];
    const last = Math.min(Math.ceil((part.to + half) / grid.px), grid.last(pen));
    context.fillStyle = this.stale ? palette.stale : palette.cut;
    for (let c = Math.max(Math.floor((part.from - half) / grid.px) - 1, trace.ring.from); c <= last; c++) {
      const at = c * grid.px + grid.offset;
      const [yLow, yHigh] = this.heights(trace, lane, centre, c) ?? [top, top];
      // Other sweeps have another middle.
      const [from, to] = [Math.max(least, Math.round(at - half)), Math.min(most, Math.round(at + half))];
      if (at < least || at >= most || to <= from) continue;
      if (Math.min(yLow, yHigh) < top) context.fillRect(spec.x + from - least, top, to - from, high);
      if (Math.max(yLow, yHigh) > top + height)
        context.fillRect(spec.x + from - least, top + height - high, to - from, high);
    }
  }

  /** Where a column begins and ends on the screen, lowest value first; null where nothing was measured. */
  private heights(trace: LeadTrace, lane: number, centre: number, column: number): readonly [number, number] | null {
    const low = trace.ring.lowAt(column);
    if (low === HOLE) return null;
    const middle = laneMiddle(this.spec, lane);
    const pxPerUnit = this.spec.pxPerMv / trace.gain;
    const yLow = middle - (low - centre) * pxPerUnit;
    return [yLow, trace.mode === 0 ? yLow : middle - (trace.ring.highAt(column) - centre) * pxPerUnit];
  }

  /** Hatch, dots, dashes and ticks behind the trace, one CSS pixel at a time joined into rectangles. */
  private paintTextures(brush: Brush, traces: Seen["traces"], lane: number, part: Stretch): void {
    const { spec } = this;
    const trace = traces[lane]!;
    const { top, height } = laneBox(spec, lane);
    const perPx = this.rate / spec.pxPerSecond;
    let run: { name: TextureName; from: number } | null = null;
    let late: number | null = null;
    const flush = (to: number) => {
      if (run === null) return;
      brush.context.fillStyle = brush.textures[run.name];
      brush.context.fillRect(spec.x + part.x + run.from - part.from, top, to - run.from, height);
      run = null;
    };
    for (let px = part.from; px <= part.to; px++) {
      const sample = px * perPx;
      const name = px === part.to ? null : this.textureAt(traces, trace, sample, perPx);
      if (run !== null && (run as { name: TextureName }).name !== name) flush(px);
      if (name !== null && run === null) run = { name, from: px };
      const isLate = px < part.to && trace.isLate(sample);
      if (isLate && late === null) late = px;
      if (!isLate && late !== null) {
        brush.context.fillStyle = brush.textures.late;
        const bar = Math.round(5 * brush.scale);
        brush.context.fillRect(spec.x + part.x + late - part.from, top + height - bar, px - late, bar);
        late = null;
      }
    }
  }

  /** Without samples: a hole where no lead has any, else a lead that is off. */
  private textureAt(traces: Seen["traces"], trace: LeadTrace, sample: number, perPx: number): TextureName | null {
    const empty = ({ ring }: LeadTrace) => {
      const column = Math.floor((sample + perPx / 2) / ring.spc);
      return column < ring.to && ring.lowAt(column) === HOLE;
    };
    const bad = TEXTURE_OF[trace.qualityAt(sample)] ?? null;
    if (!empty(trace)) return bad;
    const measured = traces.some((other) => other !== undefined && other.ring.to >= trace.ring.to && !empty(other));
    return measured || bad === "leadOff" ? "leadOff" : "hole";
  }

  private strokeTrace(brush: Brush, trace: LeadTrace, what: Stroke): void {
    const { context, palette, scale } = brush;
    const { spec } = this;
    const { part, lane } = what;
    const line = this.lineOf(trace, what);
    context.lineWidth = Math.max(1.15 * scale, 1);
    context.lineJoin = "bevel";
    const plain = this.stale ? palette.stale : palette.trace[lane % palette.trace.length]!;
    const { top, height } = laneBox(spec, lane);
    for (const { from, to, colour } of this.inks(brush, trace, what, plain)) {
      const whole = from <= part.from && to >= part.to;
      if (!whole) {
        context.save();
        context.beginPath();
        context.rect(spec.x + part.x + from - part.from, top, to - from, height);
        context.clip();
      }
      context.strokeStyle = colour;
      context.beginPath();
      for (let i = 0; i < line.xs.length; i++) {
        if (line.lifted[i]) context.moveTo(line.xs[i]!, line.ys[i]!);
        else context.lineTo(line.xs[i]!, line.ys[i]!);
      }
      context.stroke();
      if (!whole) context.restore();
    }
  }

  /** Which columns of a stretch are stroked in which colour: QRS complexes by class, grey where nothing can be read. */
  private inks({ palette }: Brush, trace: LeadTrace, { part, beats }: Stroke, plain: string): Inked[] {
    if (this.stale) return [{ from: part.from, to: part.to, colour: plain }];
    const { pxPerSecond } = this.spec;
    const perPx = this.rate / pxPerSecond;
    const spots: Inked[] = [];
    for (const { from, to } of trace.unreadable(part.from * perPx, part.to * perPx))
      spots.push({ from: Math.floor(from / perPx), to: Math.ceil(to / perPx), colour: palette.stale });
    for (const { sample, letter } of beats) {
      const [before, after] = EXTENT_S[letter];
      if (after === 0 || UNREADABLE.has(trace.qualityAt(sample))) continue;
      const at = pixelOf(sample, this.rate, pxPerSecond);
      const from = Math.floor(at - before * pxPerSecond);
      spots.push({ from, to: Math.ceil(at + after * pxPerSecond), colour: palette.beat[letter] });
    }
    return inked(part, spots, plain);
  }

  /** The points of one lead over a stretch. */
  private lineOf(trace: LeadTrace, { lane, part, pen, centre }: Stroke): Line {
    const { spec } = this;
    const { ring, painted } = trace;
    const grid = columnsOf(trace, this.rate, spec.pxPerSecond);
    const first = Math.floor((part.from - 2) / grid.px) - 1;
    const last = Math.min(Math.ceil((part.to + 2) / grid.px), grid.last(pen));
    const origin = spec.x + part.x - part.from + grid.offset;
    const line: Line = { xs: [], ys: [], lifted: [] };
    const add = (x: number, y: number, lifted: boolean) => {
      line.xs.push(x);
      line.ys.push(y);
      line.lifted.push(lifted);
    };
    let y: number | null = null;
    for (let c = Math.max(first, ring.from); c <= last; c++) {
      const heights = this.heights(trace, lane, centre, c);
      const slot = ring.slot(c);
      painted.column[slot] = c;
      painted.low[slot] = ring.lowAt(c);
      painted.high[slot] = ring.highAt(c);
      if (heights === null) {
        y = null;
        continue;
      }
      const [yLow, yHigh] = heights;
      const x = origin + c * grid.px;
      painted.yLow[slot] = yLow;
      painted.yHigh[slot] = yHigh;
      const highFirst: boolean = y === null || Math.abs(y - yHigh) <= Math.abs(y - yLow);
      add(x, highFirst ? yHigh : yLow, y === null);
      y = highFirst ? yLow : yHigh;
      if (yLow !== yHigh) add(x, y, false);
    }
    return line;
  }
}

/** Columns of a trace on the screen: width, where in its first pixels a column is drawn, and the last before the pen. */
function columnsOf(trace: LeadTrace, rate: number, pxPerSecond: number) {
  const px = (trace.ring.spc / rate) * pxPerSecond;
  const pairs = trace.mode === 1;
  return {
    px,
    offset: pairs ? px / 2 : 0,
    last: (pen: number) => Math.floor(pen / trace.ring.spc) - (pairs ? 1 : 0),
  };
}

/** How one lead is stroked over a stretch. */
interface Stroke {
  readonly lane: number;
  readonly part: Stretch;
  readonly pen: number;
  /** Value in the middle of the lane. */
  readonly centre: number;
  readonly beats: readonly Marked[];
}

interface Line {
  readonly xs: number[];
  readonly ys: number[];
  /** Whether the pen is lifted to get to the point. */
  readonly lifted: boolean[];
}

/** Absolute pixel columns `[from, to)` and their colour. */
export interface Inked {
  readonly from: number;
  readonly to: number;
  readonly colour: string;
}

/** Cut a stretch into pieces of one colour: `spots` over `plain`, the earlier spot where two overlap. */
export function inked(part: { readonly from: number; readonly to: number }, spots: readonly Inked[], plain: string): Inked[] {
  const pieces: Inked[] = [];
  let at = part.from;
  for (const spot of [...spots].sort((a, b) => a.from - b.from)) {
    const from = Math.max(at, spot.from);
    const to = Math.min(part.to, spot.to);
    if (to <= from) continue;
    if (from > at) pieces.push({ from: at, to: from, colour: plain });
    pieces.push({ from, to, colour: spot.colour });
    at = to;
  }
  if (at < part.to) pieces.push({ from: at, to: part.to, colour: plain });
  return pieces;
}
