/** How many columns and rows fill a screen, and how large the type on a tile can be. */

export interface Grid {
  readonly columns: number;
  readonly rows: number;
}

/** Width to height of a tile that reads best: room for two leads and three seconds beside the numbers. */
const BEST_ASPECT = 2.3;
const WASTE_WEIGHT = 4;

/** The grid of at least `count` tiles whose tiles are nearest to the best shape; empty places cost. */
export function fitGrid(count: number, width: number, height: number): Grid {
  let best: Grid = { columns: 1, rows: count };
  let least = Number.POSITIVE_INFINITY;
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const aspect = width / columns / (height / rows);
    const waste = (columns * rows - count) / count;
    const cost = Math.abs(Math.log(aspect / BEST_ASPECT)) + WASTE_WEIGHT * waste;
    if (cost < least) {
      least = cost;
      best = { columns, rows };
    }
  }
  return best;
}

export type TileSize = "xs" | "s" | "m" | "l" | "xl" | "xxl";

/** Class of a tile's type for its size in CSS pixels. */
export function tileSize(width: number, height: number): TileSize {
  if (width < 210 || height < 100) return "xs";
  if (width < 300 || height < 150) return "s";
  if (width < 440 || height < 220) return "m";
  if (width < 700 || height < 255) return "l";
  return width < 900 || height < 330 ? "xl" : "xxl";
}

/** Height a lane needs so that a second, and a third, is worth having. */
const TWO_LANES_PX = 34;
const THREE_LANES_PX = 60;

/** How many of `leads` leads a wave box of this height can show; at least one. */
export function leadsShown(leads: number, heightPx: number): number {
  const room = heightPx >= 3 * THREE_LANES_PX ? 3 : heightPx >= 2 * TWO_LANES_PX ? 2 : 1;
  return Math.max(1, Math.min(leads, room));
}

/** Numbers of places that a wall grows by, so that a new patient seldom changes the size of every tile. */
const STEPS = [1, 2, 4, 6, 9, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64];

/** Places to lay out for `patients` patients on a wall of at most `tiles`. */
export const places = (patients: number, tiles: number): number =>
  Math.min(tiles, STEPS.find((step) => step >= patients) ?? tiles);

/** Heights and widths of a tile's parts, CSS pixels; the style sheet takes them as custom properties. */
export interface Metrics {
  readonly edge: number;
  readonly title: number;
  readonly facts: number;
  readonly trend: number;
}

export const METRICS: Readonly<Record<TileSize, Metrics>> = {
  xs: { edge: 3, title: 16, facts: 76, trend: 0 },
  s: { edge: 4, title: 19, facts: 104, trend: 0 },
  m: { edge: 4, title: 22, facts: 126, trend: 20 },
  l: { edge: 5, title: 25, facts: 136, trend: 26 },
  xl: { edge: 6, title: 32, facts: 184, trend: 30 },
  xxl: { edge: 8, title: 42, facts: 280, trend: 42 },
};

/** Size of the wave box in a tile. */
export function waveBox(size: TileSize, width: number, height: number): { width: number; height: number } {
  const { edge, title, facts, trend } = METRICS[size];
  return { width: Math.max(1, width - facts), height: Math.max(1, height - edge - title - trend) };
}
