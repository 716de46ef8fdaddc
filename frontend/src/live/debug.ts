/** What was painted, told for tests and benchmarks. */

import { HOLE } from "../protocol/binary";
import type { TileSpec } from "./geometry";
import type { Painter } from "./painter";
import type { TimesSummary } from "./stats";
import type { Context, Tile } from "./tile";
import type { LeadTrace } from "./trace";

export interface LeadDebug {
  readonly lead: number;
  /** 0: each column is one raw sample; 1: smallest and largest of `samples_per_column`. */
  readonly mode: 0 | 1;
  readonly samples_per_column: number;
  /** Column index of the first entry; column c covers samples [ceil(c·spc), ceil((c+1)·spc)). */
  readonly start: number;
  /** Values on hand and on the screen; −32768 in holes. In mode 0 both lists are equal. */
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** Where they were stroked, device pixels in the canvas; null where no pen was down. */
  readonly x: readonly (number | null)[];
  readonly y_low: readonly (number | null)[];
  readonly y_high: readonly (number | null)[];
  /** Value drawn in the middle of the lane, and the units of one millivolt. */
  readonly centre: number;
  readonly gain: number;
  readonly quality: number;
  /** Smallest and largest lit y of each device pixel column, read back from the canvas (only when asked). */
  readonly pixels?: readonly ([number, number] | null)[];
}

export interface TileDebug {
  readonly id: string;
  readonly stale: boolean;
  readonly age_ms: number | null;
  readonly rect: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  readonly px_per_second: number;
  readonly px_per_mv: number;
  readonly rate_hz: number;
  readonly painted_sample: number | null;
  readonly newest_sample: number | null;
  readonly buffered_ms: number | null;
  readonly columns_drawn: number;
  readonly repaints: number;
  readonly skipped: number;
  /** Beats that carry a letter, as far as they are on the screen, and where: device pixels in the canvas. */
  readonly beats: readonly { readonly sample: number; readonly letter: string; readonly x: number }[];
  readonly leads: readonly LeadDebug[];
}

export interface PainterDebug {
  readonly frames: number;
  readonly frame_cost_ms: number;
  readonly latency: Readonly<Record<"transport" | "arrival" | "server" | "sample" | "beyond_frame", TimesSummary>>;
  readonly tiles: readonly TileDebug[];
}

/** Everything a test may want to know of the picture; `pixels` reads the canvas back, which is slow. */
export function describe(painter: Painter, centerNow: number, pixels: boolean): PainterDebug {
  const { latency } = painter;
  return {
    frames: painter.frames,
    frame_cost_ms: painter.costMs,
    latency: {
      transport: latency.transport.summary(),
      arrival: latency.arrival.summary(),
      server: latency.server.summary(),
      sample: latency.sample.summary(),
      beyond_frame: latency.beyondFrame.summary(),
    },
    tiles: painter.tiles.map((tile) => describeTile(painter, tile, centerNow, pixels)),
  };
}

function describeTile(painter: Painter, tile: Tile, centerNow: number, pixels: boolean): TileDebug {
  const { spec } = tile;
  const picture = painter.streams.get(spec.stream);
  const newest = picture === undefined ? [] : [...picture.traces.values()].map((t) => t.ring.to * t.ring.spc);
  const leads = spec.leads.flatMap((lead, lane) => {
    const trace = picture?.traces.get(lead);
    if (trace === undefined) return [];
    const seen = describeLead(tile, trace, lead, spec.width - tile.eraseWidth(painter));
    return [pixels ? { ...seen, pixels: readPixels(painter.context, spec, lane) } : seen];
  });
  return {
    id: spec.id,
    stale: tile.stale,
    age_ms: picture?.newestMs == null ? null : centerNow - picture.newestMs,
    rect: { x: spec.x, y: spec.y, width: spec.width, height: spec.height },
    px_per_second: spec.pxPerSecond,
    px_per_mv: spec.pxPerMv,
    rate_hz: tile.rate,
    painted_sample: tile.paintedSample,
    newest_sample: newest.length === 0 ? null : Math.max(...newest),
    buffered_ms: picture?.playout.bufferedMs ?? null,
    columns_drawn: tile.columnsDrawn,
    repaints: tile.repaints,
    skipped: picture?.skipped ?? 0,
    beats: describeBeats(painter, tile),
    leads,
  };
}

function describeBeats(painter: Painter, tile: Tile): TileDebug["beats"] {
  const { spec, rate } = tile;
  const until = tile.paintedSample ?? 0;
  const visible = ((spec.width - tile.eraseWidth(painter)) / spec.pxPerSecond) * rate;
  return painter.beatsOf(spec.stream, until - visible, until).map(({ sample, letter }) => ({
    sample,
    letter,
    x: spec.x + (((sample / rate) * spec.pxPerSecond) % spec.width),
  }));
}

function describeLead(tile: Tile, trace: LeadTrace, lead: number, visiblePx: number): LeadDebug {
  const { spec, rate } = tile;
  const { ring, painted } = trace;
  const perColumn = (ring.spc / rate) * spec.pxPerSecond;
  const until = tile.paintedSample ?? 0;
  const start = Math.max(ring.from, Math.ceil((until - (visiblePx / spec.pxPerSecond) * rate) / ring.spc) + 2);
  const stop = Math.min(ring.to, Math.floor(until / ring.spc));
  const columns = Array.from({ length: Math.max(0, stop - start) }, (_, i) => start + i);
  const drawn = (c: number) => painted.column[ring.slot(c)] === c && ring.lowAt(c) !== HOLE;
  return {
    lead,
    mode: trace.mode,
    samples_per_column: ring.spc,
    start,
    low: columns.map((c) => ring.lowAt(c)),
    high: columns.map((c) => ring.highAt(c)),
    x: columns.map((c) => (drawn(c) ? spec.x + (((c + trace.mode / 2) * perColumn) % spec.width) : null)),
    y_low: columns.map((c) => (drawn(c) ? painted.yLow[ring.slot(c)]! : null)),
    y_high: columns.map((c) => (drawn(c) ? painted.yHigh[ring.slot(c)]! : null)),
    centre: trace.centre ?? trace.baseline,
    gain: trace.gain,
    quality: trace.qualityAt(until),
  };
}

/** Lit pixels of a lane: clearly brighter than background, grid and textures. */
function readPixels(context: Context, spec: TileSpec, lane: number): ([number, number] | null)[] {
  const top = Math.round(spec.y + (spec.height * lane) / spec.leads.length);
  const height = Math.max(1, Math.floor(spec.height / spec.leads.length));
  const { data } = context.getImageData(spec.x, top, spec.width, height);
  return Array.from({ length: spec.width }, (_, x) => {
    let found: [number, number] | null = null;
    for (let y = 0; y < height; y++) {
      const at = (y * spec.width + x) * 4;
      if (Math.max(data[at]!, data[at + 1]!, data[at + 2]!) < 112) continue;
      found = found === null ? [top + y, top + y] : [found[0], top + y];
    }
    return found;
  });
}
