/** Colours and strokes that the three panes of the map share. */

import { type BeatColours, DARK_BEATS, LIGHT_BEATS } from "../protocol/beat_class";
import { HOLE } from "../protocol/binary";
import type { Priority } from "../protocol/messages";
import type { Part } from "./tile_cache";

export interface Ink {
  readonly paper: string;
  readonly minor: string;
  readonly major: string;
  readonly text: string;
  readonly faint: string;
  readonly trace: readonly string[];
  readonly texture: string;
  readonly beyond: string;
  readonly brush: string;
  readonly beat: BeatColours;
  /** Findings by priority, and what is written on them. */
  readonly alarm: Readonly<Record<Priority, string>>;
  readonly onAlarm: string;
  /** Stretches of a rhythm. */
  readonly ribbon: string;
}

export const INKS: Readonly<Record<"dark" | "light", Ink>> = {
  dark: {
    paper: "#11161d",
    minor: "#151c25",
    major: "#212c39",
    text: "#d7dee7",
    faint: "#8a97a6",
    trace: ["#7ee0a1", "#8fb8ff"],
    texture: "#5d6a6f",
    beyond: "#0b0f14",
    brush: "rgba(215, 222, 231, 0.16)",
    beat: DARK_BEATS,
    alarm: { high: "#ff3b3b", medium: "#ffd23b", low: "#3bd6ff", none: "#8a97a6" },
    onAlarm: "#0b0f14",
    ribbon: "#2b3746",
  },
  light: {
    paper: "#fffdf9",
    minor: "#f4d4cf",
    major: "#e6a79f",
    text: "#1b2330",
    faint: "#5d6672",
    trace: ["#111111", "#111111"],
    texture: "#857f76",
    beyond: "#eeeae2",
    brush: "rgba(36, 80, 122, 0.18)",
    beat: LIGHT_BEATS,
    // Dark enough to be told apart on paper.
    alarm: { high: "#c4161c", medium: "#8a6100", low: "#00708f", none: "#5d6672" },
    onAlarm: "#fffdf9",
    ribbon: "#ded6c8",
  },
};

export type Canvas2d = CanvasRenderingContext2D;

/** Give a canvas as many device pixels as it covers; returns its context, scaled to CSS pixels, cleared. */
export function ready(canvas: HTMLCanvasElement, paper: string): { g: Canvas2d; width: number; height: number } {
  const ratio = window.devicePixelRatio;
  const { clientWidth: width, clientHeight: height } = canvas;
  const w = Math.max(1, Math.round(width * ratio));
  const h = Math.max(1, Math.round(height * ratio));
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
  const g = canvas.getContext("2d", { alpha: false })!;
  g.setTransform(w / Math.max(1, width), 0, 0, h / Math.max(1, height), 0, 0);
  g.fillStyle = paper;
  g.fillRect(0, 0, width, height);
  return { g, width, height };
}

export const FONT = '11px "Inter Variable", "Inter", system-ui, sans-serif';
export const FONT_BOLD = '600 11px "Inter Variable", "Inter", system-ui, sans-serif';

/** Diagonal hatch over a rectangle: nothing is stored here. */
export function hatch(g: Canvas2d, x: number, y: number, width: number, height: number, colour: string): void {
  if (width <= 0) return;
  g.save();
  g.beginPath();
  g.rect(x, y, Math.max(1, width), height);
  g.clip();
  g.strokeStyle = colour;
  g.lineWidth = 1;
  g.beginPath();
  const from = Math.floor((x - height) / 7) * 7;
  for (let at = from; at < x + width; at += 7) {
    g.moveTo(at, y + height);
    g.lineTo(at + height, y);
  }
  g.stroke();
  g.restore();
}

export interface Lane {
  /** y of the value `centre`, and CSS pixels to one unit. */
  readonly middle: number;
  readonly centre: number;
  readonly pxPerUnit: number;
}

/** Stroke one lead over the parts on hand: what is coarse is faint, so that it is not taken for ECG. */
export function strokeTrace(
  g: Canvas2d,
  parts: readonly Part[],
  lead: number,
  xOf: (sample: number) => number,
  lane: Lane,
): void {
  const alpha = g.globalAlpha;
  for (const sharp of [false, true]) {
    const chosen = parts.filter((part) => part.sharp === sharp);
    if (chosen.length === 0) continue;
    g.globalAlpha = sharp ? alpha : alpha * 0.4;
    g.beginPath();
    tracePath(g, chosen, lead, xOf, lane);
    g.stroke();
  }
  g.globalAlpha = alpha;
}

/** Where the pen is after a piece, so that the next piece goes on from there. */
interface Pen {
  y: number | null;
  /** Sample after the last column that was drawn. */
  at: number;
}

/** Add the path of one lead over the parts on hand. Never crosses a hole, never drops a peak. */
function tracePath(
  g: Canvas2d,
  parts: readonly Part[],
  lead: number,
  xOf: (sample: number) => number,
  lane: Lane,
): void {
  const pen: Pen = { y: null, at: Number.NaN };
  for (const part of parts) {
    const { low, high } = part.piece;
    if (low[lead] === undefined || high[lead] === undefined) continue;
    // Pieces that do not follow one another have a hole between them.
    if (!(Math.abs(part.from - pen.at) <= part.piece.spc)) pen.y = null;
    addPiece(g, part, lead, xOf, lane, pen);
  }
}

function addPiece(
  g: Canvas2d,
  { piece, from, to }: Part,
  lead: number,
  xOf: (sample: number) => number,
  lane: Lane,
  pen: Pen,
): void {
  const low = piece.low[lead]!;
  const high = piece.high[lead]!;
  const { stride, offset, spc } = piece;
  const pairs = offset === 1 || low !== high;
  const first = Math.max(0, Math.round((from - piece.start) / spc));
  const last = Math.min(piece.columns, Math.ceil((to - piece.start) / spc));
  for (let c = first; c < last; c++) {
    const a = low[c * stride]!;
    const b = high[c * stride + offset]!;
    if (a === HOLE || a > b) {
      pen.y = null;
      continue;
    }
    const x = xOf(piece.start + (pairs ? c + 0.5 : c) * spc);
    const yLow = lane.middle - (a - lane.centre) * lane.pxPerUnit;
    const yHigh = lane.middle - (b - lane.centre) * lane.pxPerUnit;
    const highFirst: boolean = pen.y === null || Math.abs(pen.y - yHigh) <= Math.abs(pen.y - yLow);
    if (pen.y === null) g.moveTo(x, highFirst ? yHigh : yLow);
    else g.lineTo(x, highFirst ? yHigh : yLow);
    pen.y = highFirst ? yLow : yHigh;
    if (yLow !== yHigh) g.lineTo(x, pen.y);
  }
  pen.at = piece.start + last * spc;
}

/** Median of the values of one lead over the parts: the middle of its lane. Null where nothing is on hand. */
export function medianOf(parts: readonly Part[], lead: number): number | null {
  const seen: number[] = [];
  for (const { piece, from, to } of parts) {
    const low = piece.low[lead];
    const high = piece.high[lead];
    if (low === undefined || high === undefined) continue;
    const first = Math.max(0, Math.floor((from - piece.start) / piece.spc));
    const last = Math.min(piece.columns, Math.ceil((to - piece.start) / piece.spc));
    const step = Math.max(1, Math.floor((last - first) / 200));
    for (let c = first; c < last; c += step) {
      const a = low[c * piece.stride]!;
      const b = high[c * piece.stride + piece.offset]!;
      if (a !== HOLE && a <= b) seen.push((a + b) / 2);
    }
  }
  if (seen.length === 0) return null;
  seen.sort((a, b) => a - b);
  return seen[seen.length >> 1]!;
}
