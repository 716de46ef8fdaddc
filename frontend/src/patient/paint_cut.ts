/** Ticks where a trace goes on beyond what is shown of it, as on the wall. */

import { HOLE } from "../protocol/binary";
import type { Canvas2d, Ink, Lane } from "./ink";
import type { Part } from "./tile_cache";

const WIDE = 7;
const HIGH = 2;

/** Between these heights a trace is shown, CSS pixels. */
export interface Band {
  readonly top: number;
  readonly bottom: number;
}

/** A tick at the edge of the band over every column of a lead that leaves it. */
export function drawCut(
  g: Canvas2d,
  ink: Ink,
  trace: { readonly parts: readonly Part[]; readonly lead: number; readonly lane: Lane },
  xOf: (sample: number) => number,
  { top, bottom }: Band,
): void {
  const { parts, lead, lane } = trace;
  const most = lane.centre + (lane.middle - top) / lane.pxPerUnit;
  const least = lane.centre + (lane.middle - bottom) / lane.pxPerUnit;
  // A lead may be stored upside down.
  const [low, high] = lane.pxPerUnit > 0 ? [least, most] : [most, least];
  const tick = (x: number, above: boolean) =>
    g.fillRect(Math.round(x - WIDE / 2), Math.round(above ? top : bottom - HIGH), WIDE, HIGH);
  g.fillStyle = ink.text;
  for (const { piece, from, to } of parts) {
    const lows = piece.low[lead];
    const highs = piece.high[lead];
    if (lows === undefined || highs === undefined) continue;
    const pairs = piece.offset === 1 || lows !== highs;
    const last = Math.min(piece.columns, Math.ceil((to - piece.start) / piece.spc));
    for (let c = Math.max(0, Math.round((from - piece.start) / piece.spc)); c < last; c++) {
      const a = lows[c * piece.stride]!;
      const b = highs[c * piece.stride + piece.offset]!;
      if (a === HOLE || a > b || (a >= low && b <= high)) continue;
      const x = xOf(piece.start + (pairs ? c + 0.5 : c) * piece.spc);
      if (b > high) tick(x, lane.pxPerUnit > 0);
      if (a < low) tick(x, lane.pxPerUnit < 0);
    }
  }
}
