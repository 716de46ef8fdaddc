/** Bad signal over the panes: a texture of its own for each kind, so that noise is never taken for ECG. */

import { QUALITY } from "../protocol/messages";
import { type Canvas2d, FONT, type Ink } from "./ink";
import { QUALITY_WORDS, type QualitySpan, unreadable } from "./quality";
import type { Part } from "./tile_cache";

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const DOT_PX = 11;
/** Scattered, so that no line of them looks like a trace: shares of the square. */
const DOTS = [
  [0.1, 0.15],
  [0.55, 0.4],
  [0.25, 0.7],
  [0.8, 0.85],
] as const;

/** Dots for noise (twice as many where it cannot be read), dashes for a lead that is off, lines where it is flat or clipped. */
export function texture(g: Canvas2d, ink: Ink, code: number, { x, y, width, height }: Box): void {
  if (width <= 0 || height <= 0) return;
  g.save();
  g.beginPath();
  g.rect(x, y, width, height);
  g.clip();
  g.fillStyle = ink.texture;
  // Squares stand at fixed places of the screen's grid, so that neighbours meet without a seam.
  const [left, top] = [Math.floor(x / DOT_PX) * DOT_PX, Math.floor(y / DOT_PX) * DOT_PX];
  for (let row = top; row < y + height; row += DOT_PX) {
    if (code === QUALITY.flat) g.fillRect(x, row + 5, width, 1);
    else if (code === QUALITY.saturated) {
      g.fillRect(x, row + 3, width, 1);
      g.fillRect(x, row + 7, width, 1);
    } else
      for (let at = left; at < x + width; at += DOT_PX)
        if (code === QUALITY.leadOff) g.fillRect(at, row + (at / DOT_PX) % 2 * 5, 6, 1.2);
        else for (const [dx, dy] of code === QUALITY.noisy ? DOTS.slice(0, 2) : DOTS) g.fillRect(at + dx * DOT_PX, row + dy * DOT_PX, 1.4, 1.4);
  }
  g.restore();
}

export interface LaneBox {
  readonly top: number;
  readonly height: number;
  readonly xOf: (sample: number) => number;
  readonly width: number;
}

/** The textures of one lead over its lane. */
export function drawQuality(g: Canvas2d, ink: Ink, spans: readonly QualitySpan[], lane: LaneBox): void {
  for (const { start, stop, code } of spans) {
    const x = Math.max(0, lane.xOf(start));
    texture(g, ink, code, { x, y: lane.top, width: Math.min(lane.width, lane.xOf(stop)) - x, height: lane.height });
  }
}

/** What each stretch is, at the foot of its lane, where there is room for the words. */
export function drawQualityWords(g: Canvas2d, ink: Ink, spans: readonly QualitySpan[], lane: LaneBox): void {
  g.font = FONT;
  g.textAlign = "left";
  g.textBaseline = "bottom";
  for (const { start, stop, code } of spans) {
    const words = QUALITY_WORDS[code];
    const x = Math.max(0, lane.xOf(start));
    const room = Math.min(lane.width, lane.xOf(stop)) - x;
    if (words === undefined) continue;
    const wide = g.measureText(words).width + 8;
    if (room < wide) continue;
    g.fillStyle = ink.paper;
    g.fillRect(x + 1, lane.top + lane.height - 16, wide, 14);
    g.fillStyle = ink.faint;
    g.fillText(words, x + 5, lane.top + lane.height - 3);
  }
}

/** Parts of a lead where it can be read, and where it cannot. */
export function sorted(parts: readonly Part[], spans: readonly QualitySpan[]): { read: Part[]; not: Part[] } {
  const bad = spans.filter(({ code }) => unreadable(code)).sort((a, b) => a.start - b.start);
  const [read, not]: [Part[], Part[]] = [[], []];
  for (const part of parts) {
    let at = part.from;
    for (const { start, stop } of bad) {
      if (stop <= at || start >= part.to) continue;
      if (start > at) read.push({ ...part, from: at, to: start });
      const until = Math.min(stop, part.to);
      not.push({ ...part, from: Math.max(at, start), to: until });
      at = until;
    }
    if (at < part.to) read.push({ ...part, from: at });
  }
  return { read, not };
}
