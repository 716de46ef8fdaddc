/** The printed sheet: strips in millimetres on pink paper, 25 mm/s and 10 mm/mV, with a calibration pulse. */

import { html, type SVGTemplateResult, svg, type TemplateResult } from "lit";
import { clockTime, day, elapsed, zone } from "../chrome/format";
import { HOLE } from "../protocol/binary";
import { meansWords } from "../protocol/means";
import type { Beats } from "./beats";
import { type Details, gained } from "./details";
import { QUALITY } from "../protocol/messages";
import { medianOf } from "./ink";
import { sorted } from "./paint_quality";
import { type Quality, QUALITY_WORDS, type QualitySpan } from "./quality";
import type { Part, TileCache } from "./tile_cache";

export const STRIP_S = 10;
const MM_S = 25;
const MM_MV = 10;
const LEFT_MM = 12;
const STRIP_MM = LEFT_MM + STRIP_S * MM_S;
/** What A4 landscape has left for strips between margins, head and foot; print.css holds those to their heights. */
const ROOM_MM = 176;
/** Above the leads of a strip: the line with its time, and the ticks of the beats. */
const TIME_MM = 4.6;
const BEATS_MM = 4;
/** A lead is at least 2.4 mV high. */
const LEAST_ROW_MM = 24;
const MOST_ROW_MM = 30;
const MOST_ROWS = 6;

/** Leads on one sheet; the others go on further sheets. */
export const printedLeads = (leads: number): number => Math.min(MOST_ROWS, leads);

/** Consecutive strips of ten seconds that one sheet holds for this many leads. */
export const stripsOnSheet = (leads: number): number =>
  Math.max(1, Math.floor(ROOM_MM / (leads * LEAST_ROW_MM + TIME_MM + BEATS_MM)));

/** Height of a lead on a sheet with so many in a strip, mm. */
export const rowMm = (leads: number): number =>
  Math.floor(Math.min(MOST_ROW_MM, (ROOM_MM / stripsOnSheet(leads) - TIME_MM - BEATS_MM) / leads));

export interface Sheet {
  readonly details: Details;
  readonly name: string;
  readonly cache: TileCache;
  readonly beats: Beats;
  readonly quality: Quality;
  /** Sample after the newest there is. */
  readonly end: number;
  /** Sample where the first strip begins. */
  readonly start: number;
}

/**
 * Path of one lead over a strip, millimetres from the strip's left and its middle line. Holes lift the pen; what is not
 * on hand sample by sample is not drawn: on paper an envelope would be taken for ECG.
 */
export function stripPath(
  parts: readonly Part[],
  lead: number,
  start: number,
  rate: number,
  gain: number,
  centre: number,
): string {
  let path = "";
  let down = false;
  let at = Number.NaN;
  for (const { piece, from, to, sharp } of parts) {
    if (!sharp) continue;
    const low = piece.low[lead];
    const high = piece.high[lead];
    if (low === undefined || high === undefined) continue;
    // Pieces that do not follow one another have a hole between them.
    if (!(Math.abs(from - at) <= piece.spc)) down = false;
    at = Math.min(to, piece.start + piece.columns * piece.spc);
    const first = Math.max(0, Math.floor((Math.max(from, start) - piece.start) / piece.spc));
    for (let c = first; c < piece.columns; c++) {
      const sample = piece.start + c * piece.spc;
      if (sample >= to || sample > start + STRIP_S * rate) break;
      const a = low[c * piece.stride]!;
      const b = high[c * piece.stride + piece.offset]!;
      if (a === HOLE || a > b) {
        down = false;
        continue;
      }
      const x = (((sample - start) / rate) * MM_S).toFixed(2);
      const y = (value: number) => ((-(value - centre) / gain) * MM_MV).toFixed(2);
      path += `${down ? "L" : "M"}${x} ${y(a)}${b === a ? "" : `V${y(b)}`}`;
      down = true;
    }
  }
  return path;
}

const grid = (height: number): SVGTemplateResult => {
  const line = (step: number, colour: string, width: number) => {
    let path = "";
    for (let x = 0; x <= STRIP_MM; x += step) path += `M${x} 0V${height}`;
    for (let y = 0; y <= height; y += step) path += `M0 ${y}H${STRIP_MM}`;
    return svg`<path d=${path} stroke=${colour} stroke-width=${width} fill="none" />`;
  };
  return svg`${line(1, "#f4d4cf", 0.1)}${line(5, "#e6a79f", 0.2)}`;
};

/** Parts of `[start, stop)` that are not on hand sample by sample. */
export function notLoaded(parts: readonly Part[], start: number, stop: number): [number, number][] {
  const sharp = parts.filter((part) => part.sharp).map(({ from, to }) => [from, to] as const);
  return gained(sharp, start < stop ? [[start, stop]] : []);
}

const across = (mm: (sample: number) => number, [from, to]: readonly [number, number]) => {
  const x = Math.max(LEFT_MM, mm(from));
  return { x, width: Math.max(0, Math.min(STRIP_MM, mm(to)) - x) };
};

/** A tick for each beat; a letter where it has a class of its own. */
function beatMarks(sheet: Sheet, start: number, stop: number, mm: (sample: number) => number) {
  return sheet.beats
    .over(start, stop)
    .map(({ sample, code }) =>
      code === "N" || code === "Q"
        ? svg`<path class="beat" d=${`M${mm(sample).toFixed(2)} 2.6V${BEATS_MM}`} />`
        : svg`<text class="beat" x=${mm(sample)} y="3">${code}</text>`,
    );
}

/** Bad signal on paper: a pattern of its own for each kind, and its name. */
const PATTERNS: Readonly<Record<number, SVGTemplateResult>> = {
  [QUALITY.noisy]: svg`<circle cx="0.5" cy="0.8" r="0.16" /><circle cx="2" cy="2.2" r="0.16" />`,
  [QUALITY.unusable]: svg`<circle cx="0.5" cy="0.5" r="0.2" /><circle cx="2" cy="1.2" r="0.2" /><circle cx="1" cy="2.2" r="0.2" />`,
  [QUALITY.leadOff]: svg`<path d="M0 1.5H1.6" stroke="#777" stroke-width="0.25" />`,
  [QUALITY.flat]: svg`<path d="M0 1.5H3" stroke="#777" stroke-width="0.2" />`,
  [QUALITY.saturated]: svg`<path d="M0 1H3M0 2H3" stroke="#777" stroke-width="0.2" />`,
};

const patterns = Object.entries(PATTERNS).map(
  ([code, drawn]) => svg`<pattern id=${`bad-${code}`} width="3" height="3" patternUnits="userSpaceOnUse"><g fill="#777">${drawn}</g></pattern>`,
);

/** The stretches of one lead that are not good, from its middle line. */
const badSignal = (spans: readonly QualitySpan[], mm: (sample: number) => number, row: number) =>
  spans.map(({ start, stop, code }) => {
    const { x, width } = across(mm, [start, stop]);
    const words = QUALITY_WORDS[code] ?? "";
    return svg`<rect x=${x - LEFT_MM} y=${-row / 2} width=${width} height=${row} fill=${`url(#bad-${code})`} />
      ${width > words.length * 1.7 ? svg`<text x=${x - LEFT_MM + 1} y=${row / 2 - 1}>${words}</text>` : ""}`;
  });

function strip(sheet: Sheet, start: number, first: number): TemplateResult {
  const { details, cache } = sheet;
  const stop = start + STRIP_S * details.rate;
  const leads = details.leads.slice(first, first + MOST_ROWS);
  const row = rowMm(printedLeads(details.leads.length));
  const height = leads.length * row + BEATS_MM;
  const parts = cache.pieces(Math.max(0, start), stop, 0);
  const mm = (sample: number) => LEFT_MM + ((sample - start) / details.rate) * MM_S;
  const holes = details.holes.filter((hole) => hole.start < stop && hole.stop > start);
  const missing = notLoaded(parts, start, Math.min(stop, sheet.end));
  return html`<svg class="strip" width=${`${STRIP_MM}mm`} height=${`${height}mm`} viewBox=${`0 0 ${STRIP_MM} ${height}`}>
    <defs>
      <pattern id="none" width="2" height="2" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <path d="M0 0V2" stroke="#777" stroke-width="0.3" />
      </pattern>
      ${patterns}
    </defs>
    ${grid(height)}
    ${holes.map((hole) => {
      const { x, width } = across(mm, [hole.start, hole.stop]);
      return svg`<rect x=${x} y=${BEATS_MM} width=${width} height=${height - BEATS_MM} fill="url(#none)" />`;
    })}
    ${missing.map((span) => {
      const { x, width } = across(mm, span);
      return svg`<g class="not-loaded"><rect x=${x} y=${BEATS_MM} width=${width} height=${height - BEATS_MM} fill="url(#none)" />
        <text x=${x + 2} y=${BEATS_MM + 5}>not loaded</text></g>`;
    })}
    ${beatMarks(sheet, start, stop, mm)}
    ${leads.map((lead, at) => {
      const i = first + at;
      const middle = BEATS_MM + row * (at + 0.5);
      const centre = medianOf(parts, i) ?? lead.baseline;
      const bad = sheet.quality.over(Math.max(0, start), stop, i);
      const { read, not } = sorted(parts, bad);
      return svg`<g transform=${`translate(${LEFT_MM} ${middle})`}>
        <path class="pulse" d=${`M-11 0h2v-${MM_MV}h5v${MM_MV}h2`} />
        ${badSignal(bad, mm, row)}
        <path class="unread" d=${stripPath(not, i, start, details.rate, lead.gain, centre)} />
        <path class="ecg" d=${stripPath(read, i, start, details.rate, lead.gain, centre)} />
        <text class="strip-lead" x="0.8" y="-9.5">${lead.name}</text>
      </g>`;
    })}
  </svg>`;
}

/** The sheets, one for every six leads, each with the name; the style sheet shows them on paper only. */
export function sheetView(sheet: Sheet): TemplateResult {
  const leads = sheet.details.leads.length;
  const pages = Array.from({ length: Math.max(1, Math.ceil(leads / MOST_ROWS)) }, (_, page) => page * MOST_ROWS);
  return html`${pages.map((first) => pageView(sheet, first))}`;
}

function pageView(sheet: Sheet, first: number): TemplateResult {
  const { details, name, start } = sheet;
  const count = stripsOnSheet(printedLeads(details.leads.length));
  const time = (sample: number) => {
    const ms = details.time.ms(sample);
    return details.time.known ? `${day(ms)} ${clockTime(ms)} ${zone(ms)}` : `${elapsed(ms)} after the first sample`;
  };
  const all = details.leads.length;
  const which = all > MOST_ROWS ? `, leads ${first + 1}–${Math.min(all, first + MOST_ROWS)} of ${all}` : "";
  return html`<section class="sheet-of-paper">
    <header>
      <b>${name}</b>
      <span>${details.state.id} · ${meansWords(details.state.transmitter)}</span>
      <span>${time(start)}</span>
      <span>${MM_S} mm/s · ${MM_MV} mm/mV${which}</span>
    </header>
    ${Array.from({ length: count }, (_, i) => {
      const from = start + i * STRIP_S * details.rate;
      return html`<p class="strip-time">${time(from)}</p>
        ${strip(sheet, from, first)}`;
    })}
    <footer>einthoven · beats marked by the analysis, not over-read · pulse 1 mV, 0.2 s</footer>
  </section>`;
}
