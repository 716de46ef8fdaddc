/** Paints one tile: only the new columns, then the erase bar ahead of the pen. */

import { HOLE } from "../protocol/binary";
import { QUALITY } from "../protocol/messages";
import { laneBox, laneMiddle, pixelOf, type Stretch, stretches, type TileSpec } from "./geometry";
import type { Palette, TextureName, Textures } from "./textures";
import type { LeadTrace } from "./trace";

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
  [QUALITY.flat]: "leadOff",
};

/** The middle of a lane is chosen from so many seconds: some beats of every shape. */
const CENTRE_S = 8;

export class Tile {
  /** Absolute pixel column up to which the tile is painted; null: nothing yet. */
  paintedTo: number | null = null;
  columnsDrawn = 0;
  repaints = 0;
  stale = false;
  private sweep = -1;

  constructor(
    readonly spec: TileSpec,
    readonly rate: number,
  ) {}

  /** Paint everything up to sample `pen`; returns whether anything was painted. */
  paint(brush: Brush, traces: readonly (LeadTrace | undefined)[], pen: number): boolean {
    const to = this.penColumn(traces, pen);
    if (this.paintedTo === null) return this.repaint(brush, traces, pen);
    if (to <= this.paintedTo) return false;
    for (const part of stretches(this.paintedTo, to, this.spec.width)) this.paintStretch(brush, traces, part, pen);
    this.paintedTo = to;
    this.erase(brush, to);
    return true;
  }

  /** Paint the whole visible window anew. */
  repaint(brush: Brush, traces: readonly (LeadTrace | undefined)[], pen: number): boolean {
    const { spec } = this;
    const to = this.penColumn(traces, pen);
    this.repaints++;
    this.background(brush, spec.x, spec.width);
    const from = Math.max(0, to - spec.width + this.eraseWidth(brush));
    for (const part of stretches(from, to, spec.width)) this.paintStretch(brush, traces, part, pen);
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
  private penColumn(traces: readonly (LeadTrace | undefined)[], pen: number): number {
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

  private paintStretch(brush: Brush, traces: readonly (LeadTrace | undefined)[], part: Stretch, pen: number): void {
    const { context } = brush;
    const { spec } = this;
    const x = spec.x + part.x;
    const width = part.to - part.from;
    const sweep = Math.floor(part.from / spec.width);
    const begins = sweep !== this.sweep;
    this.sweep = sweep;
    this.columnsDrawn += width;
    this.background(brush, x, width);
    spec.leads.forEach((_lead, lane) => {
      const trace = traces[lane];
      if (trace === undefined) return;
      const { top, height } = laneBox(spec, lane);
      const half = ((height / 2 - 2 * brush.scale) / spec.pxPerMv) * Math.abs(trace.gain);
      if (begins || trace.centre === null) trace.recentre(this.rate * CENTRE_S, half);
      context.save();
      context.beginPath();
      context.rect(x, top, width, height);
      context.clip();
      this.paintTextures(brush, trace, lane, part);
      this.strokeTrace(brush, trace, lane, part, pen);
      context.restore();
    });
  }

  /** Ticks at the edge of a lane over every column whose trace goes on beyond it. */
  private tickCut(brush: Brush, lane: number, columns: readonly number[], above: boolean): void {
    if (columns.length === 0) return;
    const { context, palette, scale } = brush;
    const { top, height } = laneBox(this.spec, lane);
    const [wide, high] = [Math.max(2, Math.round(2 * scale)), Math.max(2, Math.round(2 * scale))];
    context.fillStyle = palette.cut;
    for (const x of columns)
      context.fillRect(Math.round(x - wide / 2), above ? top : top + height - high, wide, high);
  }

  /** Hatch, dots, dashes and ticks behind the trace, one CSS pixel at a time joined into rectangles. */
  private paintTextures(brush: Brush, trace: LeadTrace, lane: number, part: Stretch): void {
    const { spec } = this;
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
      const name = px === part.to ? null : this.textureAt(trace, sample, perPx);
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

  private textureAt(trace: LeadTrace, sample: number, perPx: number): TextureName | null {
    const column = Math.floor((sample + perPx / 2) / trace.ring.spc);
    if (column < trace.ring.to && trace.ring.lowAt(column) === HOLE) return "hole";
    return TEXTURE_OF[trace.qualityAt(sample)] ?? null;
  }

  private strokeTrace(brush: Brush, trace: LeadTrace, lane: number, part: Stretch, pen: number): void {
    const { context, palette, scale } = brush;
    const { spec } = this;
    const { ring, painted } = trace;
    const pxPerColumn = (ring.spc / this.rate) * spec.pxPerSecond;
    const first = Math.floor((part.from - 2) / pxPerColumn) - 1;
    const last = Math.min(
      Math.ceil((part.to + 2) / pxPerColumn),
      Math.floor(pen / ring.spc) - (trace.mode === 1 ? 1 : 0),
    );
    const origin = spec.x + part.x - part.from + (trace.mode === 1 ? pxPerColumn / 2 : 0);
    const middle = laneMiddle(spec, lane);
    const pxPerUnit = spec.pxPerMv / trace.gain;
    const centre = trace.centre ?? trace.baseline;
    context.strokeStyle = this.stale ? palette.stale : palette.trace[lane % palette.trace.length]!;
    context.lineWidth = Math.max(1.15 * scale, 1);
    context.lineJoin = "bevel";
    context.beginPath();
    let y: number | null = null;
    const { top, height } = laneBox(spec, lane);
    const above: number[] = [];
    const below: number[] = [];
    for (let c = Math.max(first, ring.from); c <= last; c++) {
      const low = ring.lowAt(c);
      if (low === HOLE) {
        y = null;
        continue;
      }
      const x = origin + c * pxPerColumn;
      const yLow = middle - (low - centre) * pxPerUnit;
      const yHigh = trace.mode === 0 ? yLow : middle - (ring.highAt(c) - centre) * pxPerUnit;
      const slot = ring.slot(c);
      painted.column[slot] = c;
      painted.yLow[slot] = yLow;
      painted.yHigh[slot] = yHigh;
      if (Math.min(yLow, yHigh) < top) above.push(x);
      if (Math.max(yLow, yHigh) > top + height) below.push(x);
      const highFirst: boolean = y === null || Math.abs(y - yHigh) <= Math.abs(y - yLow);
      if (y === null) context.moveTo(x, highFirst ? yHigh : yLow);
      else context.lineTo(x, highFirst ? yHigh : yLow);
      y = highFirst ? yLow : yHigh;
      if (yLow !== yHigh) context.lineTo(x, y);
    }
    context.stroke();
    this.tickCut(brush, lane, above, true);
    this.tickCut(brush, lane, below, false);
  }
}
