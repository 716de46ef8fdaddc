/**
 * Stored pictures, asked for by need: coarse first, then sharp; what is no longer wanted is cancelled, what was
 * used least lately is forgotten.
 */

import { type Envelope, parseBinary, type Waves, WireError } from "../protocol/binary";
import { columnsOf, isEnvelope, levelFor, nameOf, spanOf, type TileKey, tilesOver } from "./levels";

/** A stretch of all leads as columns. */
export interface Piece {
  readonly start: number;
  readonly spc: number;
  /** Per lead; both are the same array where columns are raw samples. */
  readonly low: readonly Int16Array[];
  readonly high: readonly Int16Array[];
  readonly rate: Float32Array | null;
  readonly coverage: Float32Array | null;
  /** Distance of two columns in the arrays (window answers interleave smallest and largest). */
  readonly stride: number;
  /** Offset of the largest value in its array. */
  readonly offset: number;
  readonly columns: number;
}

/** A piece and the samples `[from, to)` of it that are to be drawn. */
export interface Part {
  readonly piece: Piece;
  readonly from: number;
  readonly to: number;
  readonly sharp: boolean;
}

/** A stretch of samples at so many samples to a pixel; 0: every sample. */
export interface Range {
  readonly start: number;
  readonly stop: number;
  readonly spp: number;
}

interface Kept {
  readonly piece: Piece | null;
  readonly fetchedAt: number;
  /** What was stored then did not reach the end of the tile. */
  readonly partial: boolean;
  /** More of it has been stored since. */
  readonly stale: boolean;
  used: number;
}

const KEPT_TILES = 400;
const AT_ONCE = 4;
const PARTIAL_MS = 2_000;
const FAILED_MS = 3_000;

export class TileCache {
  /** Requests answered, cancelled and failed, for tests. */
  readonly counts = { answered: 0, cancelled: 0, failed: 0 };
  /** Stretches whose stored bytes fail their checksum, as the center named them: never drawn. */
  readonly damage: { readonly start: number; readonly stop: number }[] = [];
  private readonly kept = new Map<string, Kept>();
  private readonly running = new Map<string, AbortController>();
  private readonly failedAt = new Map<string, number>();
  /** Under way, and already known to be answered with less than there is. */
  private readonly outrun = new Set<string>();
  private wanted: TileKey[] = [];
  private held: readonly Range[] = [];
  private clock = 0;

  constructor(
    private readonly stream: string,
    private readonly rate: number,
    private readonly changed: () => void,
    private readonly now: () => number = () => performance.now(),
    private readonly get: typeof fetch = (input, init) => fetch(input, init),
  ) {}

  /** Ranges that are wanted whatever is on the screen (a sheet for the printer), until told otherwise. */
  hold(ranges: readonly Range[]): void {
    this.held = ranges;
  }

  /** Tell what is on the screen now, most urgent first; everything else that is under way is cancelled. */
  want(ranges: readonly Range[], end: number): void {
    const keys: TileKey[] = [];
    const ratio = globalThis.devicePixelRatio ?? 1;
    for (const { start, stop, spp } of [...this.held, ...ranges]) {
      const level = levelFor(spp, ratio);
      const seen = tilesOver(level, start, Math.min(stop, end));
      // A picture four levels coarser is one request for sixteen: it is there first.
      if (seen.some((key) => this.piece(key) === null))
        keys.push(...tilesOver(level + 4, start, Math.min(stop, end)));
      keys.push(...seen);
    }
    const names = new Set(keys.map(nameOf));
    for (const [name, controller] of this.running)
      if (!names.has(name)) {
        controller.abort();
        this.running.delete(name);
        this.outrun.delete(name);
        this.counts.cancelled++;
      }
    this.wanted = keys.filter((key) => this.missing(key, end));
    this.work(end);
  }

  private missing(key: TileKey, end: number): boolean {
    const name = nameOf(key);
    if (this.running.has(name)) return false;
    if (this.now() - (this.failedAt.get(name) ?? Number.NEGATIVE_INFINITY) < FAILED_MS) return false;
    const kept = this.kept.get(name);
    if (kept === undefined || kept.stale) return true;
    if (!kept.partial) return false;
    const reached = Math.min(end, (key.index + 1) * spanOf(key.level));
    const covered = kept.piece === null ? 0 : kept.piece.start + kept.piece.columns * kept.piece.spc;
    return covered < reached && this.now() - kept.fetchedAt > PARTIAL_MS;
  }

  private work(end: number): void {
    while (this.running.size < AT_ONCE && this.wanted.length > 0) {
      const key = this.wanted.shift()!;
      if (!this.running.has(nameOf(key))) void this.fetch(key, end);
    }
  }

  private async fetch(key: TileKey, end: number): Promise<void> {
    const name = nameOf(key);
    const controller = new AbortController();
    this.running.set(name, controller);
    try {
      const piece = await this.ask(key, controller.signal);
      const stop = (key.index + 1) * spanOf(key.level);
      const covered = piece === null ? 0 : piece.start + piece.columns * piece.spc;
      const stale = this.outrun.delete(name);
      this.kept.set(name, { piece, fetchedAt: this.now(), partial: covered < stop, stale, used: ++this.clock });
      this.counts.answered++;
      this.forget();
    } catch (error) {
      if (controller.signal.aborted) return;
      this.outrun.delete(name);
      this.failedAt.set(name, this.now());
      this.counts.failed++;
      console.warn(`picture ${this.stream} ${name}: ${error instanceof Error ? error.message : error}`);
    }
    this.running.delete(name);
    this.work(end);
    this.changed();
  }

  private async ask(key: TileKey, signal: AbortSignal): Promise<Piece | null> {
    const start = key.index * spanOf(key.level);
    const span = `start=${start}&stop=${start + spanOf(key.level)}`;
    const coarse = isEnvelope(key.level, this.rate);
    const what = coarse
      ? `envelope?${span}&bins=${columnsOf(key.level)}`
      : `window?${span}&columns=${columnsOf(key.level)}`;
    const answer = await this.get(`/api/streams/${this.stream}/${what}`, { signal });
    if (!answer.ok) throw new Error(`the center answered ${answer.status}`);
    for (const span of (answer.headers?.get("x-einthoven-damage") ?? "").matchAll(/(\d+)-(\d+)/g))
      this.noteDamage(span);
    const message = parseBinary(await answer.arrayBuffer());
    if (message.kind === 4) throw new WireError("beats are no picture");
    return message.kind === 3 ? fromEnvelope(message) : fromWindow(message);
  }

  private noteDamage(found: RegExpMatchArray): void {
    const [start, stop] = [Number(found[1]), Number(found[2])];
    if (!this.damage.some((span) => span.start === start && span.stop === stop)) this.damage.push({ start, stop });
  }

  private forget(): void {
    if (this.kept.size <= KEPT_TILES) return;
    const oldest = [...this.kept].sort((a, b) => a[1].used - b[1].used).slice(0, KEPT_TILES / 4);
    for (const [name] of oldest) this.kept.delete(name);
  }

  private piece(key: TileKey): Piece | null {
    const kept = this.kept.get(nameOf(key));
    if (kept === undefined) return null;
    kept.used = ++this.clock;
    return kept.piece;
  }

  /** Late samples came for `[start, stop)`: what was kept of it is shown until it is fetched again. */
  invalidate(start: number, stop: number): void {
    const touched = (name: string) => {
      const [level, index] = name.split("/").map(Number) as [number, number];
      const span = spanOf(level);
      return index * span < stop && (index + 1) * span > start;
    };
    for (const [name, kept] of this.kept) if (touched(name)) this.kept.set(name, { ...kept, stale: true });
    for (const name of this.running.keys()) if (touched(name)) this.outrun.add(name);
  }

  /** Whether every picture of the stretch was fetched, those in which nothing is stored among them. */
  has(start: number, stop: number, spp: number): boolean {
    const level = levelFor(spp, globalThis.devicePixelRatio ?? 1);
    return tilesOver(level, start, stop).every((key) => this.kept.has(nameOf(key)));
  }

  /** The sharpest pieces on hand over `[start, stop)`, each with the part of it to draw. */
  pieces(start: number, stop: number, spp: number): Part[] {
    const level = levelFor(spp, globalThis.devicePixelRatio ?? 1);
    return tilesOver(level, start, stop).flatMap((key): Part[] => {
      const from = key.index * spanOf(level);
      const to = from + spanOf(level);
      const piece = this.piece(key);
      if (piece !== null) return [{ piece, from, to, sharp: true }];
      const coarser = this.coarser(key);
      return coarser === null ? [] : [{ piece: coarser, from, to, sharp: false }];
    });
  }

  private coarser(key: TileKey): Piece | null {
    const start = key.index * spanOf(key.level);
    for (let level = key.level + 1; level < key.level + 12; level++) {
      const piece = this.piece({ level, index: Math.floor(start / spanOf(level)) });
      if (piece !== null) return piece;
    }
    return null;
  }

  destroy(): void {
    for (const controller of this.running.values()) controller.abort();
    this.running.clear();
    this.wanted = [];
  }
}

/** The answer of a window request as columns of every lead. */
export function fromWindow(message: Waves): Piece | null {
  const runs = [...message.runs].sort((a, b) => a.lead - b.lead);
  const first = runs[0];
  if (first === undefined || first.columns === 0) return null;
  return {
    start: first.start,
    spc: first.mode === 0 ? 1 : first.samplesPerColumn,
    low: runs.map((run) => run.values),
    high: runs.map((run) => run.values),
    rate: null,
    coverage: null,
    stride: first.mode === 0 ? 1 : 2,
    offset: first.mode,
    columns: Math.min(...runs.map((run) => run.columns)),
  };
}

function fromEnvelope(message: Envelope): Piece | null {
  if (message.bins === 0) return null;
  const { start, binSamples: spc, low, high, rate, coverage, bins: columns } = message;
  return { start, spc, low, high, rate, coverage, stride: 1, offset: 0, columns };
}
