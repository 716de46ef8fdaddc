/** The moment: the ECG itself, on paper grid, true to scale when it is 25 mm/s. */

import { measure, measureWords } from "./caliper";
import { type Canvas2d, FONT, FONT_BOLD, hatch, type Lane, medianOf, ready, strokeTrace } from "./ink";
import { drawBeats, strokeBeats } from "./paint_beats";
import { type Band, drawCut } from "./paint_cut";
import { drawFindings } from "./paint_findings";
import { drawQuality, drawQualityWords, sorted } from "./paint_quality";
import type { Scene } from "./scene";
import { drawAxis } from "./time_axis";

const AXIS = 20;
const BEATS = 20;
/** Above this many seconds to a pixel single beats cannot be told; the rate is drawn instead. */
const TREND_S_PER_PX = 0.25;
/** Share of the height that the rate then takes. */
const TREND_SHARE = 0.42;

export interface MomentFacts {
  readonly pxPerMv: number;
  readonly seconds: number;
  /** What was drawn: sharp where every part on hand is of the level asked for. */
  readonly sharp: boolean;
  readonly lanes: readonly Lane[];
}

/** Millivolts are `gainMm` high, mm, where the lane has room for 2 mV, else less. */
export function laneScale(laneHeight: number, pxPerMm: number, gainMm = 10): number {
  return Math.min(gainMm * pxPerMm, laneHeight / (gainMm > 10 ? 1 : 2));
}

/** The leads of a scene that are shown. */
const shownLeads = ({ details, shown }: Scene): readonly number[] => shown ?? details.leads.map((_, lead) => lead);

export function paintMoment(canvas: HTMLCanvasElement, scene: Scene): MomentFacts {
  const { details, view, ink, pxPerMm } = scene;
  const { g, width, height } = ready(canvas, ink.paper);
  const box = { top: BEATS, height: Math.max(1, height - BEATS - AXIS) };
  const stop = view.start + width * view.spp;
  const xOf = (sample: number) => (sample - view.start) / view.spp;
  const secondsPerPx = view.spp / details.rate;
  const laneHeight = box.height / Math.max(1, shownLeads(scene).length);
  const trend = secondsPerPx > TREND_S_PER_PX;
  const pxPerMv = laneScale(trend ? laneHeight * (1 - TREND_SHARE) : laneHeight, pxPerMm, scene.gainMm);
  drawGrid(g, scene, box, width, pxPerMv);
  drawHoles(g, scene, box, xOf, stop);
  const drawn = drawLeads(g, scene, { box, laneHeight, pxPerMv, stop, xOf, trend });
  if (trend) drawRate(g, scene, box, xOf, stop);
  else if (beatsSeen(scene)) {
    const found = scene.beats.over(view.start - 2 * details.rate, Math.min(stop, scene.pen));
    drawBeats(g, ink, found, { bottom: BEATS, xOf, rate: details.rate });
  }
  const found = scene.findings.over(view.start, Math.min(stop, scene.pen));
  drawFindings(g, ink, found, { xOf, width, end: scene.pen }, box.top);
  if (!trend) scene.review?.paintMoment(g, scene, xOf, box);
  drawMarks(g, scene, box, xOf, stop, width);
  drawEdges(g, scene, box, xOf, width);
  drawAxis(g, details.time, (x) => view.start + x * view.spp, { left: 0, right: width, top: height - AXIS }, ink);
  if (scene.caliper !== null) drawCaliper(g, scene, xOf, width, pxPerMv);
  return { pxPerMv, seconds: width * secondsPerPx, ...drawn };
}

/** Whether single beats can be told apart at this scale. */
const beatsSeen = ({ view, details }: Scene): boolean => view.spp / details.rate < 0.12;

interface Frame {
  readonly box: { readonly top: number; readonly height: number };
  readonly laneHeight: number;
  readonly pxPerMv: number;
  readonly stop: number;
  readonly xOf: (sample: number) => number;
  readonly trend: boolean;
}

type Box = Frame["box"];

/** Paper: a line for each 0.04 s and 0.1 mV, stronger each 0.2 s and 0.5 mV; without the fine ones where they would run together. */
function drawGrid(g: Canvas2d, scene: Scene, box: Box, width: number, pxPerMv: number): void {
  const { view, details, ink } = scene;
  const perSecond = details.rate / view.spp;
  const draw = (seconds: number, millivolts: number, colour: string) => {
    const dx = seconds * perSecond;
    const dy = millivolts * pxPerMv;
    g.fillStyle = colour;
    if (dx >= 3) {
      const first = Math.ceil(view.start / (seconds * details.rate));
      for (let i = first; ; i++) {
        const x = (i * seconds * details.rate - view.start) / view.spp;
        if (x > width) break;
        g.fillRect(Math.round(x), box.top, 1, box.height);
      }
    }
    if (dx >= 3 && dy >= 2.5)
      for (let y = (box.height / 2) % dy; y < box.height; y += dy) g.fillRect(0, Math.round(box.top + y), width, 1);
  };
  draw(0.04, 0.1, ink.minor);
  draw(0.2, 0.5, ink.major);
  if (0.2 * perSecond < 3) draw(perSecond < 3 ? 60 : 1, Number.POSITIVE_INFINITY, ink.minor);
  g.fillStyle = ink.major;
  g.fillRect(0, box.top, width, 1);
  g.fillRect(0, box.top + box.height, width, 1);
}

function drawHoles(g: Canvas2d, scene: Scene, box: Box, xOf: (s: number) => number, stop: number): void {
  for (const hole of scene.details.holes) {
    if (hole.stop < scene.view.start || hole.start > stop) continue;
    const x = Math.max(-1, xOf(hole.start));
    hatch(g, x, box.top, Math.min(xOf(stop) + 1, xOf(hole.stop)) - x, box.height, scene.ink.texture);
  }
}

function drawLeads(g: Canvas2d, scene: Scene, frame: Frame): { sharp: boolean; lanes: readonly Lane[] } {
  const { details, view, cache, tail, ink } = scene;
  const { box, laneHeight, pxPerMv, stop, xOf } = frame;
  const pen = Math.min(scene.pen, stop);
  const live = tail.parts(view.start, pen);
  const until = Math.min(pen, ...live.flatMap((parts) => parts.map((part) => part.from)));
  const end = Math.max(view.start, until);
  const stored = cache.pieces(view.start, end, view.spp);
  const lanes: Lane[] = [];
  const { rate } = details;
  const width = Math.max(0, xOf(pen));
  const marked = beatsSeen(scene) && !scene.stale ? scene.beats.over(view.start - rate, pen) : [];
  g.lineJoin = "bevel";
  const shown = shownLeads(scene);
  shown.forEach((i, row) => {
    const lead = details.leads[i]!;
    const clipped = stored.map((part) => ({ ...part, to: Math.min(part.to, until) }));
    const parts = [...clipped, ...(live[i] ?? [])];
    const middle = frame.trend
      ? box.top + box.height * (TREND_SHARE + ((1 - TREND_SHARE) * (row + 0.5)) / shown.length)
      : box.top + laneHeight * (row + 0.5);
    const lane = { middle, centre: medianOf(parts, i) ?? lead.baseline, pxPerUnit: pxPerMv / lead.gain };
    lanes.push(lane);
    const bad = scene.quality.over(Math.max(0, view.start), pen, i);
    const high = frame.trend ? Math.min(24, laneHeight) : laneHeight;
    const where = { top: frame.trend ? middle - high / 2 : box.top + laneHeight * row, height: high, xOf, width };
    drawQuality(g, ink, bad, where);
    const { read, not } = sorted(parts, bad);
    g.save();
    g.beginPath();
    const band = frame.trend ? { top: box.top, bottom: box.top + box.height } : bandOf(box, laneHeight, row, pxPerMv);
    g.rect(0, band.top, width, band.bottom - band.top);
    g.clip();
    g.globalAlpha = frame.trend ? 0.4 : 1;
    g.lineWidth = 1.25;
    g.strokeStyle = ink.faint;
    strokeTrace(g, not, i, xOf, lane);
    g.strokeStyle = scene.stale ? ink.faint : ink.trace[i % ink.trace.length]!;
    strokeTrace(g, read, i, xOf, lane);
    strokeBeats(g, ink, marked, { parts: read, lead: i, lane }, { bottom: BEATS, xOf, rate });
    if (!frame.trend) drawCut(g, ink, { parts, lead: i, lane }, xOf, band);
    g.restore();
    if (!frame.trend) drawQualityWords(g, ink, bad, where);
    g.font = FONT_BOLD;
    g.textAlign = "left";
    g.textBaseline = "top";
    const top = frame.trend ? middle - 30 : box.top + laneHeight * row + 6;
    g.fillStyle = ink.paper;
    g.globalAlpha = 0.8;
    g.fillRect(4, top - 2, g.measureText(lead.name).width + 8, 15);
    g.globalAlpha = 1;
    g.fillStyle = ink.text;
    g.fillText(lead.name, 8, top);
  });
  return { sharp: cache.has(view.start, end, view.spp) && stored.every((part) => part.sharp), lanes };
}

/** As on paper a lead may reach into its neighbours; not so far that pulses of a pacemaker run through them all. */
const REACH_MV = 2.5;

/** Between which heights a lead is shown. */
export function bandOf(box: Box, laneHeight: number, lane: number, pxPerMv: number): Band {
  const middle = box.top + laneHeight * (lane + 0.5);
  const reach = Math.max(laneHeight / 2, REACH_MV * pxPerMv);
  return { top: Math.max(box.top, middle - reach), bottom: Math.min(box.top + box.height, middle + reach) };
}

const RATE_LOW = 30;
const RATE_HIGH = 190;

/** Where single beats cannot be seen: the rate as a line, with its scale. */
function drawRate(g: Canvas2d, scene: Scene, box: Box, xOf: (s: number) => number, stop: number): void {
  const { cache, view, ink } = scene;
  const height = box.height * TREND_SHARE - 16;
  const y = (rate: number) =>
    box.top + 8 + (height * (RATE_HIGH - Math.max(RATE_LOW, Math.min(RATE_HIGH, rate)))) / (RATE_HIGH - RATE_LOW);
  g.font = FONT;
  g.textAlign = "right";
  g.textBaseline = "middle";
  for (const rate of [60, 100, 150]) {
    g.fillStyle = ink.major;
    g.fillRect(0, Math.round(y(rate)), xOf(stop), 1);
    g.fillStyle = ink.faint;
    g.fillText(`${rate} bpm`, xOf(stop) - 6, y(rate) - 7);
  }
  g.strokeStyle = ink.text;
  g.lineWidth = 1.4;
  g.beginPath();
  for (const { piece, from, to } of cache.pieces(view.start, Math.min(stop, scene.end), view.spp)) {
    if (piece.rate === null) continue;
    let down = false;
    const first = Math.max(0, Math.floor((from - piece.start) / piece.spc));
    for (let c = first; c < piece.columns && piece.start + c * piece.spc < to; c++) {
      const rate = piece.rate[c]!;
      const known = Number.isFinite(rate) && piece.coverage![c]! > 0;
      if (known) g[down ? "lineTo" : "moveTo"](xOf(piece.start + (c + 0.5) * piece.spc), y(rate));
      down = known;
    }
  }
  g.stroke();
}

function drawMarks(
  g: Canvas2d,
  scene: Scene,
  box: Box,
  xOf: (s: number) => number,
  stop: number,
  width: number,
): void {
  const { details, view, ink } = scene;
  g.font = FONT_BOLD;
  g.textBaseline = "top";
  for (const mark of details.marks) {
    if (mark.sample < view.start || mark.sample > stop) continue;
    const x = Math.round(xOf(mark.sample));
    g.fillStyle = ink.text;
    g.fillRect(x, box.top, 1, box.height);
    const words = `⚑ ${mark.symptom}`;
    const right = x + g.measureText(words).width + 10 < width;
    g.textAlign = right ? "left" : "right";
    const wide = g.measureText(words).width + 8;
    g.fillStyle = ink.paper;
    g.fillRect(right ? x + 1 : x - wide, box.top + box.height - 18, wide, 16);
    g.fillStyle = ink.text;
    g.fillText(words, right ? x + 5 : x - 4, box.top + box.height - 16);
  }
}

/** Before the first and after the newest sample there is nothing, and it looks like nothing. */
function drawEdges(g: Canvas2d, scene: Scene, box: Box, xOf: (s: number) => number, width: number): void {
  g.fillStyle = scene.ink.beyond;
  const begin = xOf(0);
  const end = xOf(scene.pen);
  if (begin > 0) g.fillRect(0, box.top, begin, box.height);
  if (end < width) {
    g.fillRect(Math.max(0, end), box.top, width - Math.max(0, end), box.height);
    g.fillStyle = scene.ink.faint;
    g.fillRect(Math.round(end), box.top, 1, box.height);
  }
}

function drawCaliper(g: Canvas2d, scene: Scene, xOf: (s: number) => number, width: number, pxPerMv: number): void {
  const { caliper, ink, details } = scene;
  if (caliper === null) return;
  const x0 = xOf(caliper.from.sample);
  const x1 = xOf(caliper.to.sample);
  const { y: y0 } = caliper.from;
  const { y: y1 } = caliper.to;
  g.fillStyle = ink.brush;
  g.fillRect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
  g.strokeStyle = ink.text;
  g.lineWidth = 1;
  g.beginPath();
  for (const x of [x0, x1]) {
    g.moveTo(Math.round(x) + 0.5, Math.min(y0, y1) - 14);
    g.lineTo(Math.round(x) + 0.5, Math.max(y0, y1) + 14);
  }
  for (const y of [y0, y1]) {
    g.moveTo(Math.min(x0, x1) - 8, Math.round(y) + 0.5);
    g.lineTo(Math.max(x0, x1) + 8, Math.round(y) + 0.5);
  }
  g.stroke();
  const words = scene.review?.measured || measureWords(measure(caliper, details.rate, pxPerMv));
  g.font = '600 13px "Inter Variable", "Inter", system-ui, sans-serif';
  const wide = g.measureText(words).width + 16;
  const x = Math.max(4, Math.min(width - wide - 4, (x0 + x1) / 2 - wide / 2));
  const y = Math.max(4, Math.min(y0, y1) - 40);
  g.fillStyle = ink.text;
  g.fillRect(x, y, wide, 22);
  g.fillStyle = ink.paper;
  g.textAlign = "left";
  g.textBaseline = "middle";
  g.fillText(words, x + 8, y + 11.5);
}
