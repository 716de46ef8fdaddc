/** The pyramid of stored pictures: level L has 2^L samples to a column. Pure arithmetic, no requests. */

export interface TileKey {
  readonly level: number;
  readonly index: number;
}

/** Levels whose column is a second or longer come from the coarse envelope, finer ones from the samples. */
export const isEnvelope = (level: number, rate: number): boolean => 2 ** level >= rate;

/** Columns of one tile; finer tiles are wider, so that a minute of ECG is few requests. */
export const columnsOf = (level: number): number => (level <= 3 ? 4096 : 1024);

/** Samples that one tile covers. */
export const spanOf = (level: number): number => columnsOf(level) * 2 ** level;

/** The coarsest level that still has a column for each device pixel. */
export function levelFor(samplesPerPx: number, pixelRatio: number): number {
  return Math.max(0, Math.floor(Math.log2(Math.max(1, samplesPerPx / pixelRatio))));
}

/** Tiles of a level that cover `[start, stop)`. */
export function tilesOver(level: number, start: number, stop: number): TileKey[] {
  const span = spanOf(level);
  const first = Math.max(0, Math.floor(start / span));
  const last = Math.ceil(stop / span);
  return Array.from({ length: Math.max(0, last - first) }, (_, i) => ({ level, index: first + i }));
}

export const nameOf = ({ level, index }: TileKey): string => `${level}/${index}`;
