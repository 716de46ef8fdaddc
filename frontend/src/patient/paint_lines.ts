/** The lines: minutes of one lead under one another, the way a page of full disclosure is read. */

import { clockTime, elapsed } from "../chrome/format";
import { FONT, hatch, medianOf, ready, strokeTrace } from "./ink";
import { letterOfSymbol } from "../protocol/beat_class";
import { underline } from "./paint_findings";
import { drawQuality, sorted } from "./paint_quality";
import type { Scene } from "./scene";

export const GUTTER = 62;

export interface LinesLayout {
  /** Sample at the left of each line. */
  readonly starts: readonly number[];
  readonly rowSamples: number;
  readonly rowHeight: number;
  readonly left: number;
  readonly width: number;
}

/** Lines of `rowSeconds`, beginning at whole multiples of it, around the middle of the viewport. */
export function linesLayout(scene: Scene, width: number, height: number, rowSeconds: number): LinesLayout {
  const { details, view } = scene;
  const rows = Math.max(1, Math.floor(height / 26));
  const rowMs = rowSeconds * 1000;
  const shown = Math.min(scene.end, view.start + 0.5 * (width - GUTTER) * view.spp);
  const middleMs = details.time.ms(shown);
  const zoneMs = details.time.known ? new Date(middleMs).getTimezoneOffset() * 60_000 : 0;
  const current = Math.floor((middleMs - zoneMs) / rowMs) * rowMs + zoneMs;
  const newest = details.time.ms(scene.end);
  const below = Math.min(Math.floor(rows / 2), Math.max(0, Math.floor((newest - current) / rowMs)));
  // No lines before the one that holds the first sample.
  const oldest = Math.floor((details.time.ms(0) - zoneMs) / rowMs) * rowMs + zoneMs;
  const first = Math.max(oldest, current - (rows - 1 - below) * rowMs);
  const starts = Array.from({ length: rows }, (_, i) => details.time.sample(first + i * rowMs));
  return {
    starts,
    rowSamples: rowSeconds * details.rate,
    rowHeight: height / rows,
    left: GUTTER,
    width: width - GUTTER,
  };
}

export function paintLines(canvas: HTMLCanvasElement, scene: Scene, rowSeconds: number): LinesLayout {
  const { g, width, height } = ready(canvas, scene.ink.paper);
  const layout = linesLayout(scene, width, height, rowSeconds);
  for (const [row, start] of layout.starts.entries()) paintRow(g, scene, layout, start, row);
  paintWindow(g, scene, layout, canvas.clientWidth);
  return layout;
}

function paintRow(
  g: CanvasRenderingContext2D,
  scene: Scene,
  layout: LinesLayout,
  start: number,
  row: number,
): void {
  const { details, cache, tail, ink, lead } = scene;
  const { rowSamples, rowHeight, left, width } = layout;
  const top = row * rowHeight;
  const spp = rowSamples / width;
  const stop = Math.min(start + rowSamples, scene.pen);
  const xOf = (sample: number) => left + (sample - start) / spp;
  g.font = FONT;
  g.textBaseline = "middle";
  g.textAlign = "right";
  g.fillStyle = ink.faint;
  const ms = details.time.ms(start);
  const label = details.time.known
    ? clockTime(ms + 0.5).slice(0, rowSamples < 60 * details.rate ? 8 : 5)
    : elapsed(ms).slice(0, 8);
  if (start + rowSamples > 0 && start < scene.end) g.fillText(label, left - 8, top + rowHeight / 2);
  g.fillStyle = ink.major;
  g.fillRect(left, Math.round(top + rowHeight) - 1, width, 1);
  for (const hole of details.holes) {
    const from = Math.max(hole.start, start);
    const to = Math.min(hole.stop, start + rowSamples);
    if (to > from) hatch(g, xOf(from), top + 1, xOf(to) - xOf(from), rowHeight - 2, ink.texture);
  }
  if (stop <= start) return;
  const live = tail.parts(start, stop)[lead] ?? [];
  const until = Math.min(stop, ...live.map((part) => part.from));
  const stored = cache
    .pieces(Math.max(0, start), Math.max(0, until), spp)
    .map((part) => ({ ...part, to: Math.min(part.to, until) }));
  const parts = [...stored, ...live];
  const facts = details.leads[lead]!;
  const pxPerUnit = Math.min(rowHeight / 2.2, 18) / facts.gain;
  const bad = scene.quality.over(Math.max(0, start), stop, lead);
  g.save();
  g.beginPath();
  g.rect(left, top - rowHeight * 0.25, Math.max(0, xOf(stop) - left), rowHeight * 1.5);
  g.clip();
  drawQuality(g, ink, bad, { top: top + 1, height: rowHeight - 2, xOf, width: left + width });
  g.lineWidth = 0.9;
  const lane = { middle: top + rowHeight * 0.6, centre: medianOf(parts, lead) ?? facts.baseline, pxPerUnit };
  const { read, not } = sorted(parts, bad);
  g.strokeStyle = ink.faint;
  strokeTrace(g, not, lead, xOf, lane);
  g.strokeStyle = scene.stale ? ink.faint : ink.trace[lead % ink.trace.length]!;
  strokeTrace(g, read, lead, xOf, lane);
  g.restore();
  const foot = top + rowHeight - 1;
  paintRowBeats(g, scene, start, stop, xOf, foot);
  const found = scene.findings.over(start, stop);
  g.save();
  g.beginPath();
  g.rect(left, top, width, rowHeight);
  g.clip();
  underline(g, ink, found, { xOf, width: left + width, end: stop }, foot - 2);
  g.restore();
  paintRowMarks(g, scene, start, rowSamples, xOf, top, rowHeight);
}

/** A small foot in the colour of its class under every beat that is not a normal one. */
function paintRowBeats(
  g: CanvasRenderingContext2D,
  { beats, ink }: Scene,
  start: number,
  stop: number,
  xOf: (sample: number) => number,
  foot: number,
): void {
  for (const { sample, code } of beats.over(start, stop)) {
    const letter = letterOfSymbol(code);
    if (letter === null) continue;
    g.fillStyle = ink.beat[letter];
    g.fillRect(xOf(sample) - 1, foot - 7, 2, 4);
  }
}

function paintRowMarks(
  g: CanvasRenderingContext2D,
  scene: Scene,
  start: number,
  rowSamples: number,
  xOf: (sample: number) => number,
  top: number,
  rowHeight: number,
): void {
  g.textAlign = "left";
  g.textBaseline = "top";
  for (const mark of scene.details.marks) {
    if (mark.sample < start || mark.sample >= start + rowSamples) continue;
    g.fillStyle = scene.ink.text;
    g.fillRect(Math.round(xOf(mark.sample)), top, 1, rowHeight);
    g.fillText("⚑", xOf(mark.sample) + 3, top + 2);
  }
}

/** The moment as a frame on the lines. */
function paintWindow(g: CanvasRenderingContext2D, scene: Scene, layout: LinesLayout, momentWidth: number): void {
  const { view, ink } = scene;
  const { rowSamples, rowHeight, left, width } = layout;
  const stop = Math.min(scene.end, view.start + view.spp * momentWidth);
  const last = layout.starts[layout.starts.length - 1]! + rowSamples;
  if (view.start <= layout.starts[0]! && stop >= last) return;
  layout.starts.forEach((start, row) => {
    const from = Math.max(view.start, start);
    const to = Math.min(stop, start + rowSamples);
    if (to <= from) return;
    const x = left + ((from - start) / rowSamples) * width;
    const wide = Math.max(2, ((to - from) / rowSamples) * width);
    g.fillStyle = ink.brush;
    g.fillRect(x, row * rowHeight, wide, rowHeight - 1);
    g.fillStyle = ink.text;
    if (from === view.start) g.fillRect(Math.round(x), row * rowHeight, 1, rowHeight - 1);
    if (to === stop) g.fillRect(Math.round(x + wide), row * rowHeight, 1, rowHeight - 1);
  });
}
