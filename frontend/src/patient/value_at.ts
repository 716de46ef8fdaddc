/** The value of a lead at a sample, of what is on hand. */

import { HOLE } from "../protocol/binary";
import type { Part } from "./tile_cache";

/** Middle of the column that holds the sample; null where nothing is on hand. */
export function valueAt(parts: readonly Part[], lead: number, sample: number): number | null {
  for (const { piece, from, to } of parts) {
    const low = piece.low[lead];
    const high = piece.high[lead];
    if (low === undefined || high === undefined || sample < from || sample >= to) continue;
    const column = Math.min(piece.columns - 1, Math.max(0, Math.round((sample - piece.start) / piece.spc)));
    const a = low[column * piece.stride]!;
    const b = high[column * piece.stride + piece.offset]!;
    if (a !== HOLE && a <= b) return (a + b) / 2;
  }
  return null;
}
