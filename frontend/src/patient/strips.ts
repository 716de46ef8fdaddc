/** The evidence strip of a finding: the very samples, at 25 mm/s and 10 mm/mV, with beats and the finding's stretch. */

import { HOLE, parseBinary, WireError } from "../protocol/binary";
import { type Sampling, withoutPulses } from "../live/pulses";
import type { BeatsOver } from "./beats";
import type { Details } from "./details";
import { endOf, type Finding } from "./findings";
import { FONT_BOLD, hatch, type Ink, medianOf, ready, strokeTrace } from "./ink";
import { drawBeats, strokeBeats } from "./paint_beats";
import { drawCut } from "./paint_cut";
import { drawQuality, drawQualityWords, sorted } from "./paint_quality";
import type { Quality } from "./quality";
import { fromWindow, type Part, type Piece } from "./tile_cache";

const MM_S = 25;
const MM_MV = 10;
/** Leads of a strip: what decided is seen in the first two, and more would push the list off the page. */
const LEADS = 2;
/** A lead is at least so high, and as high as its peaks ask for within bounds. */
const LEAST_MM = 16;
const MOST_MM = 34;
const TOP = 20;
const COLUMNS = 20_000;
const KEPT = 24;
/** What a canvas can be wide, device pixels. */
const WIDEST = 16_000;
const AGAIN_MS = 2_000;

export type StripState = "loading" | "failed" | "ready";

interface Kept {
  readonly piece: Piece | null;
  readonly failure: string | null;
  readonly at: number;
}

/** Samples of strips, fetched once each. */
export class Strips {
  private readonly kept = new Map<string, Kept>();
  private readonly busy = new Set<string>();

  constructor(
    private readonly stream: string,
    private readonly changed: () => void,
    private readonly now: () => number = () => performance.now(),
    private readonly get: typeof fetch = (input, init) => fetch(input, init),
  ) {}

  private key({ strip }: Finding): string {
    return strip.join("-");
  }

  /** Ask for a strip; one whose end was not there yet is asked for again. */
  want(finding: Finding): void {
    const key = this.key(finding);
    const kept = this.kept.get(key);
    const whole = kept?.piece != null && kept.piece.start + kept.piece.columns * kept.piece.spc >= finding.strip[1];
    if (whole || this.busy.has(key) || kept?.failure != null) return;
    if (kept !== undefined && this.now() - kept.at < AGAIN_MS) return;
    void this.fetch(finding, key);
  }

  /** After a failure: once more. */
  retry(finding: Finding): void {
    this.kept.delete(this.key(finding));
    this.want(finding);
  }

  failure(finding: Finding): string | null {
    return this.kept.get(this.key(finding))?.failure ?? null;
  }

  piece(finding: Finding): Piece | null {
    return this.kept.get(this.key(finding))?.piece ?? null;
  }

  private async fetch({ strip: [start, stop] }: Finding, key: string): Promise<void> {
    this.busy.add(key);
    let kept: Kept;
    try {
      const columns = Math.min(COLUMNS, stop - start);
      const url = `/api/streams/${this.stream}/window?start=${start}&stop=${stop}&columns=${columns}`;
      const answer = await this.get(url);
      if (!answer.ok) throw new Error(`the center answered ${answer.status}`);
      const message = parseBinary(await answer.arrayBuffer());
      if (message.kind !== 2) throw new WireError("no window");
      kept = { piece: fromWindow(message), failure: null, at: this.now() };
    } catch (error) {
      kept = { piece: null, failure: error instanceof Error ? error.message : String(error), at: this.now() };
    }
    this.busy.delete(key);
    this.kept.set(key, kept);
    if (this.kept.size > KEPT) this.kept.delete(this.kept.keys().next().value!);
    this.changed();
  }
}

interface StripLane {
  readonly heightMm: number;
  /** Value in the middle of the lane. */
  readonly centre: number;
}

/**
 * How high each lead of a strip is, and what is in its middle: the median, moved so that the peaks fit. Pulses of a
 * pacemaker do not ask for room.
 */
export function stripLanes(piece: Piece, details: Details): StripLane[] {
  const whole: Part = { piece, from: piece.start, to: piece.start + piece.columns * piece.spc, sharp: true };
  return details.leads.slice(0, LEADS).map((lead, i) => {
    const [least, most] = extremes(piece, i, { rate: details.rate, spc: piece.spc, gain: lead.gain });
    if (least > most) return { heightMm: LEAST_MM, centre: lead.baseline };
    const perMm = Math.abs(lead.gain) / MM_MV;
    const heightMm = Math.max(LEAST_MM, Math.min(MOST_MM, Math.ceil((most - least) / perMm) + 2));
    const half = (heightMm / 2) * perMm;
    const median = medianOf([whole], i) ?? lead.baseline;
    const [low, high] = [most - half, least + half];
    return { heightMm, centre: low <= high ? Math.max(low, Math.min(high, median)) : (most + least) / 2 };
  });
}

function extremes(piece: Piece, lead: number, sampling: Sampling): readonly [least: number, most: number] {
  const lows: number[] = [];
  const highs: number[] = [];
  for (let c = 0; c < piece.columns; c++) {
    const low = piece.low[lead]![c * piece.stride]!;
    if (low === HOLE) continue;
    lows.push(low);
    highs.push(piece.high[lead]![c * piece.stride + piece.offset]!);
  }
  const least = withoutPulses(lows, false, sampling).reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = withoutPulses(highs, true, sampling).reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return [least, most];
}

/** Size of a strip in CSS pixels. */
export function stripSize(
  finding: Finding,
  details: Details,
  piece: Piece,
  pxPerMm: number,
): { width: number; height: number } {
  const seconds = (finding.strip[1] - finding.strip[0]) / details.rate;
  const high = stripLanes(piece, details).reduce((sum, { heightMm }) => sum + heightMm, 0);
  const ratio = globalThis.devicePixelRatio ?? 1;
  return {
    width: Math.round(Math.min(seconds * MM_S * pxPerMm, WIDEST / ratio)),
    height: Math.round(TOP + high * pxPerMm),
  };
}

export interface StripModel {
  readonly finding: Finding;
  readonly details: Details;
  readonly piece: Piece;
  readonly beats: BeatsOver;
  readonly quality: Quality;
  readonly ink: Ink;
  readonly pxPerMm: number;
}

export function paintStrip(canvas: HTMLCanvasElement, model: StripModel): void {
  const { finding, details, piece, beats, quality, ink, pxPerMm } = model;
  const [start, stop] = finding.strip;
  const { g, width, height } = ready(canvas, ink.paper);
  const perSecond = MM_S * pxPerMm;
  const xOf = (sample: number) => ((sample - start) / details.rate) * perSecond;
  const box = { top: TOP, height: height - TOP };
  for (const [mm, colour] of [
    [1, ink.minor],
    [5, ink.major],
  ] as const) {
    g.fillStyle = colour;
    for (let x = 0; x < width; x += mm * pxPerMm) g.fillRect(Math.round(x), box.top, 1, box.height);
    for (let y = 0; y <= box.height; y += mm * pxPerMm) g.fillRect(0, Math.round(box.top + y), width, 1);
  }
  const from = xOf(finding.start);
  const to = xOf(endOf(finding, stop));
  g.fillStyle = ink.alarm[finding.priority];
  g.fillRect(from, box.top, Math.max(2, to - from), 3);
  g.globalAlpha = 0.07;
  g.fillRect(from, box.top, Math.max(2, to - from), box.height);
  g.globalAlpha = 1;
  const end = piece.start + piece.columns * piece.spc;
  if (end < stop) hatch(g, xOf(end), box.top, width - xOf(end), box.height, ink.texture);
  for (const hole of details.holes)
    if (hole.stop > start && hole.start < stop)
      hatch(g, xOf(hole.start), box.top, xOf(hole.stop) - xOf(hole.start), box.height, ink.texture);
  const parts: Part[] = [{ piece, from: Math.max(start, piece.start), to: Math.min(stop, end), sharp: true }];
  const found = beats.over(start, stop);
  const line = { bottom: TOP, xOf, rate: details.rate };
  g.lineJoin = "bevel";
  let top = box.top;
  stripLanes(piece, details).forEach(({ heightMm, centre }, i) => {
    const lead = details.leads[i]!;
    const high = heightMm * pxPerMm;
    const lane = { middle: top + high / 2, centre, pxPerUnit: (MM_MV * pxPerMm) / lead.gain };
    const bad = quality.over(start, stop, i);
    drawQuality(g, ink, bad, { top, height: high, xOf, width });
    const { read, not } = sorted(parts, bad);
    g.save();
    g.beginPath();
    g.rect(0, top, width, high);
    g.clip();
    g.lineWidth = 1.25;
    g.strokeStyle = ink.faint;
    strokeTrace(g, not, i, xOf, lane);
    g.strokeStyle = ink.trace[i % ink.trace.length]!;
    strokeTrace(g, read, i, xOf, lane);
    strokeBeats(g, ink, found, { parts: read, lead: i, lane }, line);
    drawCut(g, ink, { parts, lead: i, lane }, xOf, { top, bottom: top + high });
    g.restore();
    drawQualityWords(g, ink, bad, { top, height: high, xOf, width });
    g.font = FONT_BOLD;
    g.textAlign = "left";
    g.textBaseline = "top";
    g.fillStyle = ink.text;
    g.fillText(lead.name, 4, top + 5);
    top += high;
  });
  drawBeats(g, ink, found, line);
}

/** "II, V1 · 25 mm/s · 10 mm/mV". */
export const stripWords = ({ leads }: Details): string =>
  `${leads
    .slice(0, LEADS)
    .map(({ name }) => name)
    .join(", ")} · ${MM_S} mm/s · ${MM_MV} mm/mV`;
