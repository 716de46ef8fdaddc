/**
 * What a tile has really drawn, for the center to check: the values of the columns that were stroked last, as a CRC-32.
 * Read from what the painting of the tile left behind, never from what has come; docs/live.md has the wire form.
 */

import { QUALITY } from "../protocol/messages";
import type { Painter } from "./painter";
import type { Tile } from "./tile";
import type { LeadTrace } from "./trace";

/** A tile of a report: id, one past the last column, samples per column, CRC, newest sample, columns, leads, flags. */
export type TileProof = readonly [
  id: string,
  stop: number,
  spc: number,
  crc: number,
  newest: number,
  columns: number,
  leads: number,
  flags: number,
];

export const STALE_FLAG = 1;
export const LEAD_OFF_FLAG = 2;
/** A report covers what was drawn since the last one, at least a second and at most four. */
const LEAST_S = 1;
const MOST_S = 4;

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

/** CRC-32 (IEEE 802.3, as zlib's) of 16-bit values, little-endian, going on from `crc`. */
export function crc32(values: Iterable<number>, crc = 0): number {
  let c = ~crc >>> 0;
  for (const value of values) {
    c = TABLE[(c ^ value) & 0xff]! ^ (c >>> 8);
    c = TABLE[(c ^ (value >> 8)) & 0xff]! ^ (c >>> 8);
  }
  return ~c >>> 0;
}

/** The proof of one tile since column `since`; with 0 columns where nothing of its samples is on the screen. */
export function proofOf(painter: Painter, tile: Tile, since: number): TileProof {
  const { spec } = tile;
  const picture = painter.streams.get(spec.stream);
  const traces = spec.leads.map((lead) => picture?.traces.get(lead));
  const off = traces.some((trace) => trace !== undefined && isOff(trace, tile));
  const flags = (tile.stale ? STALE_FLAG : 0) | (off ? LEAD_OFF_FLAG : 0);
  const drawn = traces.every((trace) => trace !== undefined) ? drawnOf(painter, tile, traces, since) : null;
  if (drawn === null) return [spec.id, 0, 1, 0, -1, 0, 0, flags];
  const { stop, columns, spc } = drawn;
  const crc = (traces as LeadTrace[]).reduce((sum, trace) => crc32(values(trace, stop - columns, stop), sum), 0);
  const leads = spec.leads.reduce((bits, lead) => bits | (1 << lead), 0);
  return [spec.id, stop, spc, crc, Math.ceil(stop * spc) - 1, columns, leads, flags];
}

const isOff = (trace: LeadTrace, tile: Tile): boolean =>
  trace.qualityAt(tile.paintedSample ?? 0) === QUALITY.leadOff;

/** The columns up to the pen that are drawn of every lead and still to be seen; null where there are none. */
function drawnOf(painter: Painter, tile: Tile, traces: readonly (LeadTrace | undefined)[], since: number) {
  const [first] = traces as LeadTrace[];
  if (first === undefined || tile.paintedSample === null) return null;
  const { spc } = first.ring;
  if (traces.some((trace) => trace!.mode !== first.mode || trace!.ring.spc !== spc)) return null;
  const stop = Math.floor(tile.paintedSample / spc);
  const seconds = (s: number) => Math.ceil((s * tile.rate) / spc);
  const seen = Math.floor((((tile.spec.width - tile.eraseWidth(painter)) / tile.spec.pxPerSecond) * tile.rate) / spc) - 1;
  const most = Math.min(seen, Math.max(seconds(LEAST_S), Math.min(seconds(MOST_S), stop - since)));
  let columns = 0;
  const isDrawn = (c: number) => traces.every((trace) => trace!.painted.column[trace!.ring.slot(c)] === c);
  while (columns < most && columns < stop && isDrawn(stop - columns - 1)) columns++;
  return columns === 0 ? null : { stop, columns, spc };
}

function* values({ ring, painted, mode }: LeadTrace, from: number, to: number): Generator<number> {
  for (let c = from; c < to; c++) {
    const slot = ring.slot(c);
    yield painted.low[slot]!;
    if (mode === 1) yield painted.high[slot]!;
  }
}

/** Proofs of a wall: remembers how far each tile's last report went. */
export class Prover {
  private readonly reported = new Map<string, number>();

  /** What is drawn of the tiles with these ids; to be called right after a frame was painted. */
  prove(painter: Painter, ids: ReadonlySet<string>): TileProof[] {
    const proofs = painter.tiles
      .filter((tile) => ids.has(tile.spec.id))
      .map((tile) => proofOf(painter, tile, this.reported.get(tile.spec.id) ?? 0));
    this.reported.clear();
    for (const [id, stop] of proofs) this.reported.set(id, stop);
    return proofs;
  }
}

