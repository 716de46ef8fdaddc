/** The printed sheet: strips in millimetres on pink paper, 25 mm/s and 10 mm/mV, with a calibration pulse. */

import { html, type SVGTemplateResult, svg, type TemplateResult } from "lit";
import { clockTime, day, elapsed, zone } from "../chrome/format";
import { HOLE } from "../protocol/binary";
import type { Beats } from "./beats";
import type { Details } from "./details";
import { medianOf } from "./ink";
import type { Part, TileCache } from "./tile_cache";

export const STRIP_S = 10;
const MM_S = 25;
const MM_MV = 10;
const LEFT_MM = 12;
const STRIP_MM = LEFT_MM + STRIP_S * MM_S;
const ROW_MM = 26;
const MOST_ROWS = 6;

/** Consecutive strips of ten seconds that one sheet holds for this many leads. */
export const stripsOnSheet = (leads: number): number => Math.max(1, Math.floor(MOST_ROWS / leads));

export interface Sheet {
  readonly details: Details;
  readonly name: string;
  readonly cache: TileCache;
  readonly beats: Beats;
  /** Sample where the first strip begins. */
  readonly start: number;
}

/** Path of one lead over a strip, millimetres from the strip's left and its middle line. Holes lift the pen. */
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
  for (const { piece, from, to } of parts) {
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
      if (a === HOLE) {
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

function strip(sheet: Sheet, start: number): TemplateResult {
  const { details, cache, beats } = sheet;
  const stop = start + STRIP_S * details.rate;
  const rows = Math.min(MOST_ROWS, details.leads.length);
  const height = rows * ROW_MM + 4;
  const parts = cache.pieces(Math.max(0, start), stop, 1);
  const mm = (sample: number) => LEFT_MM + ((sample - start) / details.rate) * MM_S;
  const holes = details.holes.filter((hole) => hole.start < stop && hole.stop > start);
  return html`<svg class="strip" width=${`${STRIP_MM}mm`} height=${`${height}mm`} viewBox=${`0 0 ${STRIP_MM} ${height}`}>
    <defs>
      <pattern id="none" width="2" height="2" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <path d="M0 0V2" stroke="#777" stroke-width="0.3" />
      </pattern>
    </defs>
    ${grid(height)}
    ${holes.map((hole) => {
      const from = Math.max(LEFT_MM, mm(hole.start));
      return svg`<rect x=${from} y="4" width=${Math.min(STRIP_MM, mm(hole.stop)) - from} height=${height - 4} fill="url(#none)" />`;
    })}
    ${beats.over(start, stop).map((beat) => svg`<text class="beat" x=${mm(beat.sample)} y="3">${beat.code}</text>`)}
    ${details.leads.slice(0, rows).map((lead, i) => {
      const middle = 4 + ROW_MM * (i + 0.5);
      const centre = medianOf(parts, i) ?? lead.baseline;
      return svg`<g transform=${`translate(${LEFT_MM} ${middle})`}>
        <path class="pulse" d=${`M-11 0h2v-${MM_MV}h5v${MM_MV}h2`} />
        <path class="ecg" d=${stripPath(parts, i, start, details.rate, lead.gain, centre)} />
        <text class="strip-lead" x="0.8" y="-9.5">${lead.name}</text>
      </g>`;
    })}
  </svg>`;
}

/** The whole sheet; the style sheet shows it on paper only. */
export function sheetView(sheet: Sheet): TemplateResult {
  const { details, name, start } = sheet;
  const count = stripsOnSheet(Math.min(MOST_ROWS, details.leads.length));
  const time = (sample: number) => {
    const ms = details.time.ms(sample);
    return details.time.known ? `${day(ms)} ${clockTime(ms)} ${zone(ms)}` : `${elapsed(ms)} after the first sample`;
  };
  const left = details.leads.length > MOST_ROWS ? `, ${MOST_ROWS} of ${details.leads.length} leads` : "";
  return html`<section class="sheet-of-paper">
    <header>
      <b>${name}</b>
      <span>${details.state.id} · ${details.state.transmitter}</span>
      <span>${time(start)}</span>
      <span>${MM_S} mm/s · ${MM_MV} mm/mV${left}</span>
    </header>
    ${Array.from({ length: count }, (_, i) => {
      const from = start + i * STRIP_S * details.rate;
      return html`<p class="strip-time">${time(from)}</p>
        ${strip(sheet, from)}`;
    })}
    <footer>einthoven · beats marked by the analysis, not over-read · pulse 1 mV, 0.2 s</footer>
  </section>`;
}
