/** The overview: the whole stream at once. Rate, what is stored of it, holes, marks, and where the moment is. */

import type { Envelope } from "../protocol/binary";
import { QUALITY } from "../protocol/messages";
import { FONT, hatch, ready } from "./ink";
import { type Across, drawRibbon, RIBBON } from "./paint_findings";
import { texture } from "./paint_quality";
import { blind } from "./quality";
import type { Scene } from "./scene";
import { drawAxis } from "./time_axis";

const AXIS = 18;
const LOW = 30;
/** Where the rate's axis ends while none shown is higher. */
const HIGH = 180;
const STEP = 50;
/** Room that a label of the axis takes, CSS pixels. */
const LABEL = 10;

type Rates = Pick<Envelope, "bins" | "rate" | "coverage">;

export interface RateAxis {
  /** Rate at the top, a minute. */
  readonly high: number;
  /** Rates that have a line and a label, the highest first. */
  readonly labels: readonly number[];
  /** Height of a rate from the top, CSS pixels. */
  readonly y: (rate: number) => number;
}

/** The highest rate that is drawn; 0 where there is none. */
function highest({ bins, rate, coverage }: Rates): number {
  let top = 0;
  for (let i = 0; i < bins; i++) {
    const one = rate[i]!;
    if (coverage[i]! > 0 && Number.isFinite(one)) top = Math.max(top, one);
  }
  return top;
}

/** The axis that every rate shown has room on, over so many pixels; it grows by whole steps, and its top is then labelled. */
export function rateAxis(envelope: Rates | null, plot: number): RateAxis {
  const top = envelope === null ? 0 : highest(envelope);
  const high = top > HIGH ? Math.ceil(top / STEP) * STEP : HIGH;
  const y = (rate: number) => 4 + ((plot - 12) * (high - Math.max(LOW, Math.min(high, rate)))) / (high - LOW);
  if (high === HIGH) return { high, labels: [100, 60], y };
  // The top's label stands below its line, the others above theirs.
  const free = y(high) + LABEL;
  const labels = [high];
  for (const rate of [100, 200, 60, 150, 250, 300])
    if (y(rate) - LABEL >= free && labels.slice(1).every((one) => Math.abs(y(one) - y(rate)) >= LABEL)) labels.push(rate);
  return { high, labels: labels.sort((a, b) => b - a), y };
}

/** Sample at a pixel of the overview, and back. */
export const overviewSample = (x: number, width: number, end: number): number => (x / Math.max(1, width)) * end;

/** A rate needs two beats: a bin of the overview is never shorter than this. */
const LEAST_BIN_S = 3;

/** How many bins to ask for: one a pixel, but none too short to hold a rate. */
export const overviewBins = (end: number, rate: number, width: number): number =>
  Math.max(1, Math.min(Math.round(width), Math.floor(end / (LEAST_BIN_S * rate))));

/** The picture without the frame of the moment, as it was painted last, and what it was painted from. */
interface Ground {
  readonly from: readonly unknown[];
  readonly picture: HTMLCanvasElement;
}

const grounds = new WeakMap<HTMLCanvasElement, Ground>();

export function paintOverview(
  canvas: HTMLCanvasElement,
  scene: Scene,
  envelope: Envelope | null,
  momentWidth: number,
): void {
  const { ink, view } = scene;
  const { g, width, height } = ready(canvas, ink.paper);
  const end = Math.max(1, scene.end);
  const plot = height - AXIS - RIBBON;
  layGround(canvas, g, scene, envelope, { width, height, plot });
  const x = (view.start / end) * width;
  const wide = Math.max(3, ((view.start + view.spp * momentWidth) / end) * width - x);
  g.fillStyle = ink.brush;
  g.fillRect(x, 0, wide, plot);
  g.strokeStyle = ink.text;
  g.lineWidth = 1;
  g.strokeRect(Math.round(x) + 0.5, 0.5, Math.round(wide), plot - 1);
}

interface Size {
  readonly width: number;
  readonly height: number;
  readonly plot: number;
}

/** Thousands of findings of a month are painted anew only when something of them, or of what is around them, is another. */
function layGround(canvas: HTMLCanvasElement, g: CanvasRenderingContext2D, scene: Scene, envelope: Envelope | null, size: Size): void {
  const { details, findings, quality, ink, review } = scene;
  const end = Math.max(1, scene.end);
  // A stream that is live grows by less than half a pixel for minutes.
  const grown = Math.ceil(Math.log(end) * 2 * size.width);
  const from = [canvas.width, canvas.height, grown, envelope, findings.edition, findings.from, quality.whole, details.holes, details.marks, ink, review?.edition];
  const kept = grounds.get(canvas);
  if (kept !== undefined && kept.from.every((one, i) => one === from[i])) {
    g.save();
    g.setTransform(1, 0, 0, 1, 0, 0);
    g.drawImage(kept.picture, 0, 0);
    g.restore();
    return;
  }
  paintGround(g, scene, envelope, size);
  const picture = kept?.picture ?? document.createElement("canvas");
  picture.width = canvas.width;
  picture.height = canvas.height;
  picture.getContext("2d", { alpha: false })!.drawImage(canvas, 0, 0);
  grounds.set(canvas, { from, picture });
}

function paintGround(g: CanvasRenderingContext2D, scene: Scene, envelope: Envelope | null, { width, height, plot }: Size): void {
  const { details, ink } = scene;
  const end = Math.max(1, scene.end);
  const xOf = (sample: number) => (sample / end) * width;
  const { high, labels, y } = rateAxis(envelope, plot);
  g.fillStyle = ink.major;
  g.font = FONT;
  g.textBaseline = "bottom";
  for (const rate of labels) g.fillRect(0, Math.round(y(rate)), width, 1);
  for (const hole of details.holes)
    hatch(g, xOf(hole.start), 0, xOf(hole.stop) - xOf(hole.start), plot, ink.texture);
  paintQuality(g, scene, xOf, plot);
  scene.review?.paintOverview(g, ink, xOf, plot - 5);
  if (envelope !== null) paintRate(g, scene, envelope, xOf, y, plot);
  g.textAlign = "left";
  for (const [i, rate] of labels.entries()) {
    const words = i === 0 ? `${rate} bpm` : String(rate);
    const foot = rate === high ? y(rate) + 13 : y(rate) - 1;
    g.fillStyle = ink.paper;
    g.fillRect(2, foot - 12, g.measureText(words).width + 5, 12);
    g.fillStyle = ink.faint;
    g.fillText(words, 4, foot);
  }
  paintFlags(g, scene, xOf, plot);
  paintRibbon(g, scene, { xOf, width, end }, plot);
  drawAxis(g, details.time, (px) => overviewSample(px, width, end), { left: 0, right: width, top: height - AXIS }, ink);
}

/** Bad signal: over the whole height where no lead can be read, as a thin row over the foot where some lead is not good. */
function paintQuality(g: CanvasRenderingContext2D, scene: Scene, xOf: (sample: number) => number, plot: number): void {
  const { details, ink, quality } = scene;
  for (const { start, stop } of blind(quality.whole, details.leads.length))
    texture(g, ink, QUALITY.unusable, { x: xOf(start), y: 0, width: Math.max(1, xOf(stop) - xOf(start)), height: plot - 5 });
  for (const { start, stop, code } of quality.whole)
    texture(g, ink, code, { x: xOf(start), y: plot - 12, width: Math.max(1, xOf(stop) - xOf(start)), height: 7 });
}

/** What was found, under the rate; where it was not asked for yet, dots say that it is not known. */
function paintRibbon(g: CanvasRenderingContext2D, scene: Scene, across: Across, top: number): void {
  const { findings, ink } = scene;
  const known = findings.from === null ? across.width : across.xOf(findings.from);
  g.fillStyle = ink.texture;
  for (let x = 3; x < known - 2; x += 7) g.fillRect(x, top + RIBBON / 2 - 1, 1.5, 1.5);
  drawRibbon(g, ink, findings.over(0, across.end), across, top);
}

function paintRate(
  g: CanvasRenderingContext2D,
  scene: Scene,
  envelope: Envelope,
  xOf: (sample: number) => number,
  y: (rate: number) => number,
  plot: number,
): void {
  const { ink } = scene;
  g.fillStyle = ink.faint;
  for (let i = 0; i < envelope.bins; i++) {
    const share = envelope.coverage[i]!;
    if (!(share > 0)) continue;
    const x = xOf(envelope.start + i * envelope.binSamples);
    const wide = xOf(envelope.start + (i + 1) * envelope.binSamples) - x;
    g.globalAlpha = 0.25 + 0.6 * Math.min(1, share);
    g.fillRect(x, plot - 4, wide + 0.3, 3);
  }
  g.globalAlpha = 1;
  g.strokeStyle = ink.text;
  g.lineWidth = 1.1;
  g.beginPath();
  let down = false;
  for (let i = 0; i < envelope.bins; i++) {
    const rate = envelope.rate[i]!;
    const known = Number.isFinite(rate) && envelope.coverage[i]! > 0;
    if (known) g[down ? "lineTo" : "moveTo"](xOf(envelope.start + (i + 0.5) * envelope.binSamples), y(rate));
    down = known;
  }
  g.stroke();
}

function paintFlags(
  g: CanvasRenderingContext2D,
  scene: Scene,
  xOf: (sample: number) => number,
  plot: number,
): void {
  g.fillStyle = scene.ink.text;
  g.textAlign = "left";
  g.textBaseline = "top";
  for (const mark of scene.details.marks) {
    const x = Math.round(xOf(mark.sample));
    g.fillRect(x, 0, 1, plot);
    g.beginPath();
    g.moveTo(x, 0);
    g.lineTo(x + 8, 3.5);
    g.lineTo(x, 7);
    g.fill();
  }
}
