/** The strip of a call on paper: 25 mm/s and 10 mm/mV, gaps as texture and in words, calipers; and its quality by second. */

import { type Canvas2d, FONT, FONT_BOLD, hatch, type Ink, ready } from "../patient/ink";
import { type CaliperModel } from "../patient/caliper";
import { words } from "../desk/key_caliper";
import { bySecond, type Growing, RATE } from "./growing";
import { placeOf, type Rows, rowsOf } from "./rows";

export interface Paper {
  readonly strip: Growing;
  readonly ink: Ink;
  readonly pxPerMm: number;
  readonly speed: number;
  readonly gain: number;
  /** Rows turned back from the newest. */
  readonly back: number;
  readonly caliper: CaliperModel | null;
}

/** CSS pixels to a unit of the strip: 10 mm/mV, or where the size is not known so that the trace is 10 mm high. */
export function pxPerUnit({ strip, pxPerMm, gain }: Pick<Paper, "strip" | "pxPerMm" | "gain">): number {
  if (strip.unit === "uV") return (gain * pxPerMm) / 1000;
  const { span } = strip;
  return span <= 0 ? 0 : (10 * pxPerMm) / span;
}

/** Paint; returns how rows lie, for pointers and keys. */
export function paintStrip(canvas: HTMLCanvasElement, paper: Paper): Rows {
  const { strip, ink, pxPerMm, speed, back } = paper;
  const { g, width, height } = ready(canvas, ink.paper);
  const rows = rowsOf(strip.length, width, height, pxPerMm, speed, back);
  drawGrid(g, paper, rows, width, height);
  drawGaps(g, paper, rows);
  drawTrace(g, paper, rows);
  drawTimes(g, paper, rows, height);
  drawScale(g, paper, width, height);
  if (paper.caliper !== null) drawCaliper(g, paper, rows, width);
  return rows;
}

/** Lines each 0.04 s and 0.1 mV, stronger each 0.2 s and 0.5 mV; without a known size those of time alone. */
function drawGrid(g: Canvas2d, { strip, ink, pxPerMm, speed, gain }: Paper, rows: Rows, width: number, height: number): void {
  const known = strip.unit === "uV";
  const draw = (seconds: number, millivolts: number, colour: string) => {
    g.fillStyle = colour;
    const dx = seconds * speed * pxPerMm;
    if (dx >= 3) for (let i = 0; i * dx <= width; i++) g.fillRect(Math.round(i * dx), 0, 1, height);
    const dy = millivolts * gain * pxPerMm;
    if (!known || dy < 2.5) return;
    // From the middle of each row, where 0 mV lies.
    for (let row = 0; row < rows.room; row++) {
      const middle = (row + 0.5) * rows.height;
      for (let y = 0; y <= rows.height / 2; y += dy) for (const at of y === 0 ? [middle] : [middle - y, middle + y]) g.fillRect(0, Math.round(at), width, 1);
    }
  };
  draw(0.04, 0.1, ink.minor);
  draw(0.2, 0.5, ink.major);
}

function drawGaps(g: Canvas2d, { strip, ink, pxPerMm }: Paper, rows: Rows): void {
  const [from, to] = [rows.first * rows.samples, (rows.first + rows.room) * rows.samples];
  g.font = FONT_BOLD;
  g.textBaseline = "top";
  g.textAlign = "left";
  for (const { start, stop, lost } of strip.gaps(from, to)) {
    for (let at = start; at < stop; ) {
      const end = Math.min(stop, (Math.floor(at / rows.samples) + 1) * rows.samples);
      const place = placeOf(at, rows);
      if (place !== null) {
        const [top, wide] = [place.middle - rows.height / 2, (end - at) * rows.pxPerSample];
        hatch(g, place.x, top + 2, Math.max(2, wide), rows.height - 4, ink.texture);
        const said = `${lost ? "lost by the line" : "not received"} ${seconds(stop - start)}`;
        if (at === start && wide > 6 * pxPerMm) label(g, ink, said, place.x + 3, top + 4);
      }
      at = end;
    }
  }
}

const seconds = (samples: number): string => (samples < RATE / 2 ? `${Math.round((samples / RATE) * 1000)} ms` : `${(samples / RATE).toFixed(1)} s`);

function label(g: Canvas2d, ink: Ink, said: string, x: number, y: number): void {
  g.fillStyle = ink.paper;
  g.fillRect(x - 2, y - 2, g.measureText(said).width + 4, 15);
  g.fillStyle = ink.text;
  g.fillText(said, x, y);
}

function drawTrace(g: Canvas2d, paper: Paper, rows: Rows): void {
  const { strip, ink } = paper;
  const unit = pxPerUnit(paper);
  if (unit === 0) return;
  g.strokeStyle = ink.trace[0]!;
  g.lineWidth = 1.4;
  g.lineJoin = "bevel";
  g.beginPath();
  for (let row = 0; row < rows.room; row++) {
    const begin = (rows.first + row) * rows.samples;
    // A row ends with the first sample of the next: no stroke is lost between them.
    const end = Math.min(strip.length, begin + rows.samples + 1);
    const middle = (row + 0.5) * rows.height;
    let down = false;
    for (let i = begin; i < end; i++) {
      const value = strip.values[i]!;
      if (Number.isNaN(value)) down = false;
      else {
        g[down ? "lineTo" : "moveTo"]((i - begin) * rows.pxPerSample, middle - value * unit);
        down = true;
      }
    }
  }
  g.stroke();
  if (strip.open && strip.length > 0) pen(g, paper, rows, unit);
}

/** Where the pen is: the newest sample. */
function pen(g: Canvas2d, { strip, ink }: Paper, rows: Rows, unit: number): void {
  const place = placeOf(strip.length - 1, rows);
  const value = strip.values[strip.length - 1]!;
  if (place === null) return;
  g.fillStyle = ink.text;
  g.beginPath();
  g.arc(place.x, place.middle - (Number.isNaN(value) ? 0 : value * unit), 2.5, 0, 2 * Math.PI);
  g.fill();
}

/** At which second of the strip each row begins. */
function drawTimes(g: Canvas2d, { strip, ink }: Paper, rows: Rows, height: number): void {
  g.font = FONT;
  g.textAlign = "left";
  g.textBaseline = "bottom";
  for (let row = 0; row < rows.room; row++) {
    const begin = (rows.first + row) * rows.samples;
    if (begin > 0 && begin >= strip.length) break;
    const y = Math.min(height, (row + 1) * rows.height) - 3;
    const said = `${(begin / RATE).toFixed(1)} s`;
    g.fillStyle = ink.paper;
    g.globalAlpha = 0.8;
    g.fillRect(2, y - 13, g.measureText(said).width + 6, 14);
    g.globalAlpha = 1;
    g.fillStyle = ink.faint;
    g.fillText(said, 5, y);
  }
}

/** What the paper means, in the corner; without a known size that there are no millivolts. */
function drawScale(g: Canvas2d, { strip, ink, speed, gain }: Paper, width: number, height: number): void {
  const known = strip.unit === "uV";
  const said = known ? `telephone · ${speed} mm/s · ${gain} mm/mV` : `telephone · ${speed} mm/s · size not known: no millivolts`;
  g.font = FONT_BOLD;
  g.textBaseline = "top";
  label(g, ink, said, width - g.measureText(said).width - 8, height - 18);
}

function drawCaliper(g: Canvas2d, paper: Paper, rows: Rows, width: number): void {
  const { caliper, ink, strip, pxPerMm, gain } = paper;
  if (caliper === null) return;
  const [from, to] = [placeOf(caliper.from.sample, rows), placeOf(caliper.to.sample, rows)];
  g.fillStyle = ink.text;
  for (const [place, { y }] of [[from, caliper.from], [to, caliper.to]] as const) {
    if (place === null) continue;
    g.fillRect(Math.round(place.x), place.middle - rows.height / 2 + 4, 1, rows.height - 8);
    g.fillRect(place.x - 8, Math.round(place.middle + y), 17, 1);
  }
  if (from !== null && to !== null && from.middle === to.middle) {
    g.fillStyle = ink.brush;
    g.fillRect(Math.min(from.x, to.x), from.middle - rows.height / 2 + 4, Math.abs(to.x - from.x), rows.height - 8);
  }
  const said = caliperWords(caliper, strip, gain * pxPerMm);
  const place = to ?? from;
  if (place === null || said === "") return;
  g.font = '600 13px "Inter Variable", "Inter", system-ui, sans-serif';
  const wide = g.measureText(said).width + 12;
  const [x, y] = [Math.max(4, Math.min(width - wide - 4, place.x + 6)), Math.max(2, place.middle - rows.height / 2 + 6)];
  g.fillStyle = ink.text;
  g.fillRect(x, y, wide, 20);
  g.fillStyle = ink.paper;
  g.textAlign = "left";
  g.textBaseline = "middle";
  g.fillText(said, x + 6, y + 10.5);
}

/** What lies between two points; without a known size no millivolts. */
export function caliperWords(caliper: CaliperModel, strip: Pick<Growing, "unit">, pxPerMv: number): string {
  if (Math.abs(caliper.to.sample - caliper.from.sample) < 1) return "";
  const all = words(caliper, { rate: RATE, pxPerMv });
  return strip.unit === "uV" ? all : all.replace(/,? -?[\d.]+ mV$/, "");
}

// ---- quality by second -----------------------------------------------------------------------------------

/** Below this, spikes begin (dB). */
export const NOISY_DB = 6;
export const FULL_DB = 40;

/** A bar a second: as high as the tone stands over the noise; hatched where nothing was received, dotted where it is noisy. */
export function paintQuality(canvas: HTMLCanvasElement, strip: Growing, ink: Ink, shown: Rows): void {
  const { g, width, height } = ready(canvas, ink.paper);
  const all = bySecond(strip);
  const wide = Math.min(14, width / Math.max(30, all.length));
  const top = 3;
  const room = height - top - 1;
  for (const { at, snr, gap, clipped } of all) {
    const x = at * wide;
    const level = snr === null ? 0 : Math.max(0.06, Math.min(1, snr / FULL_DB));
    const received = room * (1 - gap);
    if (snr === null) {
      g.fillStyle = ink.ribbon;
      g.fillRect(x, height - 1 - received * 0.3, wide - 1, received * 0.3);
    } else {
      g.fillStyle = snr < NOISY_DB ? ink.texture : ink.faint;
      g.fillRect(x, height - 1 - room * level * (1 - gap), wide - 1, room * level * (1 - gap));
    }
    if (gap > 0) hatch(g, x, top, wide - 1, Math.max(3, room * gap), ink.text);
    if (clipped) {
      g.fillStyle = ink.text;
      g.fillRect(x, top, wide - 1, 2);
    }
  }
  // Which part of it is on the paper.
  g.fillStyle = ink.text;
  const [from, to] = [(shown.first * shown.samples) / RATE, Math.min(strip.seconds, ((shown.first + shown.room) * shown.samples) / RATE)];
  g.fillRect(from * wide, height - 1, Math.max(1, (to - from) * wide), 1);
}
