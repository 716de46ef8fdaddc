/** The strip in rows on paper, one below the other, as a writer lays them: where each sample lies, true to scale. */

import { RATE } from "./growing";

export interface Rows {
  /** Samples of a row, and CSS pixels to a sample. */
  readonly samples: number;
  readonly pxPerSample: number;
  /** Of how many rows there is room, and which is the first that is shown. */
  readonly room: number;
  readonly first: number;
  readonly height: number;
}

/** A row is so high at least: 2.5 mV at 10 mm/mV. */
const ROW_MM = 25;

/**
 * Rows for a strip of so many samples on a paper of CSS pixels. Only whole large squares (0.2 s) go into a row, so that the
 * grid goes on from row to row. `ahead`: rows that somebody has turned back from the newest; 0 follows it.
 */
export function rowsOf(length: number, width: number, height: number, pxPerMm: number, speed: number, back: number): Rows {
  const pxPerSample = (speed * pxPerMm) / RATE;
  const square = RATE / 5;
  const samples = Math.max(square, Math.floor(width / pxPerSample / square) * square);
  const room = Math.max(1, Math.floor(height / (ROW_MM * pxPerMm)));
  const all = Math.max(1, Math.ceil(length / samples));
  const first = Math.max(0, all - room - Math.max(0, back));
  return { samples, pxPerSample, room, first, height: height / room };
}

/** How far back one may turn, rows. */
export const mostBack = (length: number, { samples, room }: Pick<Rows, "samples" | "room">): number => Math.max(0, Math.ceil(length / samples) - room);

/** x, and middle of the row, of a sample; null where it is not shown. */
export function placeOf(sample: number, { samples, pxPerSample, room, first, height }: Rows): { readonly x: number; readonly middle: number } | null {
  const row = Math.floor(sample / samples) - first;
  if (row < 0 || row >= room) return null;
  return { x: (sample - (row + first) * samples) * pxPerSample, middle: (row + 0.5) * height };
}

/** Sample under a point of the paper, and y beside the middle of its row. */
export function sampleAt(x: number, y: number, { samples, pxPerSample, room, first, height }: Rows): { readonly sample: number; readonly y: number } {
  const row = Math.max(0, Math.min(room - 1, Math.floor(y / height)));
  return { sample: (row + first) * samples + Math.max(0, Math.min(samples, x / pxPerSample)), y: y - (row + 0.5) * height };
}
