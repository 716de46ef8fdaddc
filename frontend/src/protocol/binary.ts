/**
 * The binary messages of the live socket and of the window and envelope requests.
 *
 * Little-endian; every header, run and array starts at a multiple of 8 bytes from the start of the message.
 * Anything that does not fit exactly is refused with a WireError: a picture is drawn from whole messages or not at all.
 */

/** A sample value that stands for "nothing is stored here". */
export const HOLE = -32768;

const HEADER = 24;
const RUN_HEADER = 48;
const ENVELOPE_HEADER = 32;
const BEATS_HEADER = 24;
const BEAT = 16;

/** Why a message was refused. */
export class WireError extends Error {
  override name = "WireError";
}

/** A stretch of one lead: raw samples (`mode` 0) or min/max pairs per column (`mode` 1). */
export interface Run {
  readonly stream: number;
  readonly lead: number;
  readonly mode: 0 | 1;
  /** First run after a view: start afresh. */
  readonly fresh: boolean;
  /** Late samples: repaint what is already on the screen. */
  readonly late: boolean;
  /** The server left out waves before this run for want of room. */
  readonly skipped: boolean;
  readonly columns: number;
  /** Sample index of the first column. */
  readonly start: number;
  readonly samplesPerColumn: number;
  /** Acquisition time of the newest sample of the stream, ms; NaN where there is none. */
  readonly newestMs: number;
  /** Units per millivolt, and the unit value of 0 mV. */
  readonly gain: number;
  readonly baseline: number;
  readonly values: Int16Array;
}

/** Live waves (kind 1) or the answer to a window request (kind 2). */
export interface Waves {
  readonly kind: 1 | 2;
  readonly epoch: number;
  readonly serverMs: number;
  readonly runs: readonly Run[];
}

/** A coarse picture of a long stretch (kind 3): `low > high` where nothing is stored. */
export interface Envelope {
  readonly kind: 3;
  readonly stream: number;
  readonly bins: number;
  readonly start: number;
  readonly binSamples: number;
  readonly rate: Float32Array;
  readonly coverage: Float32Array;
  readonly low: readonly Int16Array[];
  readonly high: readonly Int16Array[];
}

/** One beat of a stream. */
export interface BeatNow {
  readonly sample: number;
  /** Time since the beat before, ms; 0 where there is none. */
  readonly rr: number;
  /** WFDB's number of its class. */
  readonly code: number;
  readonly late: boolean;
  /** Its class is not decided yet. */
  readonly open: boolean;
}

/** All that is known of the beats of a stream in `[start, stop)`. */
export interface BeatSpan {
  readonly stream: number;
  readonly start: number;
  readonly stop: number;
  readonly beats: readonly BeatNow[];
}

/** Beats of the streams in view (kind 4). */
export interface BeatNews {
  readonly kind: 4;
  readonly epoch: number;
  readonly serverMs: number;
  readonly spans: readonly BeatSpan[];
}

// Not with bit operators: those are 32 bits wide, and a forged length is not.
const padded = (bytes: number): number => Math.ceil(bytes / 8) * 8;

function need(condition: boolean, what: string): asserts condition {
  if (!condition) throw new WireError(what);
}

/** Parse one binary message; throws WireError naming what is wrong. */
export function parseBinary(buffer: ArrayBuffer): Waves | Envelope | BeatNews {
  need(buffer.byteLength >= HEADER, `message of ${buffer.byteLength} bytes is shorter than its header`);
  const view = new DataView(buffer);
  const version = view.getUint8(0);
  need(version === 1, `version ${version} of the wave format is not known`);
  const kind = view.getUint8(1);
  if (kind === 3) return parseEnvelope(buffer, view);
  if (kind === 4) return parseBeats(buffer, view);
  need(kind === 1 || kind === 2, `kind ${kind} is not known`);
  const count = view.getUint16(2, true);
  const serverMs = view.getFloat64(8, true);
  need(Number.isFinite(serverMs), "server time is not a number");
  const runs: Run[] = [];
  let at = HEADER;
  for (let i = 0; i < count; i++) {
    const run = parseRun(buffer, view, at);
    runs.push(run);
    at += RUN_HEADER + padded(run.values.byteLength);
  }
  need(at === buffer.byteLength, `${buffer.byteLength - at} bytes after the last run`);
  return { kind, epoch: view.getUint32(4, true), serverMs, runs };
}

function parseRun(buffer: ArrayBuffer, view: DataView, at: number): Run {
  need(at + RUN_HEADER <= buffer.byteLength, "run header is cut off");
  const mode = view.getUint8(at + 5);
  need(mode === 0 || mode === 1, `mode ${mode} is not known`);
  const flags = view.getUint16(at + 6, true);
  const columns = view.getUint32(at + 8, true);
  const length = columns * (mode === 0 ? 1 : 2);
  const body = at + RUN_HEADER;
  need(body + padded(length * 2) <= buffer.byteLength, "run is cut off");
  const start = view.getFloat64(at + 16, true);
  const samplesPerColumn = view.getFloat64(at + 24, true);
  const gain = view.getFloat32(at + 40, true);
  const baseline = view.getFloat32(at + 44, true);
  need(Number.isFinite(start) && start >= 0, "start of a run is not a sample index");
  need(Number.isFinite(samplesPerColumn) && samplesPerColumn > 0, "samples per column must be above 0");
  need(Number.isFinite(gain) && gain !== 0 && Number.isFinite(baseline), "gain or baseline is not a number");
  return {
    stream: view.getUint32(at, true),
    lead: view.getUint8(at + 4),
    mode,
    fresh: (flags & 1) !== 0,
    late: (flags & 2) !== 0,
    skipped: (flags & 4) !== 0,
    columns,
    start,
    samplesPerColumn,
    newestMs: view.getFloat64(at + 32, true),
    gain,
    baseline,
    values: new Int16Array(buffer, body, length),
  };
}

function parseBeats(buffer: ArrayBuffer, view: DataView): BeatNews {
  const serverMs = view.getFloat64(8, true);
  need(Number.isFinite(serverMs), "server time is not a number");
  const spans: BeatSpan[] = [];
  let at = HEADER;
  for (let i = view.getUint16(2, true); i > 0; i--) {
    need(at + BEATS_HEADER <= buffer.byteLength, "span of beats is cut off");
    const count = view.getUint32(at + 4, true);
    need(at + BEATS_HEADER + count * BEAT <= buffer.byteLength, "beats are cut off");
    const start = view.getFloat64(at + 8, true);
    const stop = view.getFloat64(at + 16, true);
    need(start >= 0 && stop >= start && Number.isFinite(stop), "a span of beats is none");
    const stream = view.getUint32(at, true);
    at += BEATS_HEADER;
    const beats = Array.from({ length: count }, (_, n) => readBeat(view, at + n * BEAT));
    need(
      beats.every(({ sample }, n) => sample >= (n === 0 ? start : beats[n - 1]!.sample) && sample < stop),
      "beats are not in their order",
    );
    spans.push({ stream, start, stop, beats });
    at += count * BEAT;
  }
  need(at === buffer.byteLength, `${buffer.byteLength - at} bytes after the last beat`);
  return { kind: 4, epoch: view.getUint32(4, true), serverMs, spans };
}

function readBeat(view: DataView, at: number): BeatNow {
  const flags = view.getUint8(at + 13);
  return {
    sample: view.getFloat64(at, true),
    rr: view.getUint16(at + 8, true),
    code: view.getUint8(at + 12),
    late: (flags & 1) !== 0,
    open: (flags & 2) !== 0,
  };
}

function parseEnvelope(buffer: ArrayBuffer, view: DataView): Envelope {
  need(buffer.byteLength >= HEADER + ENVELOPE_HEADER, "envelope header is cut off");
  const bins = view.getUint32(HEADER + 4, true);
  const leads = view.getUint32(HEADER + 8, true);
  const start = view.getFloat64(HEADER + 16, true);
  const binSamples = view.getFloat64(HEADER + 24, true);
  need(Number.isFinite(start) && start >= 0, "start of an envelope is not a sample index");
  need(Number.isFinite(binSamples) && binSamples > 0, "samples per bin must be above 0");
  const first = HEADER + ENVELOPE_HEADER;
  const wide = padded(bins * 4);
  const narrow = padded(bins * 2);
  need(first + 2 * wide + 2 * leads * narrow === buffer.byteLength, "envelope does not fit its message");
  const low: Int16Array[] = [];
  const high: Int16Array[] = [];
  for (let lead = 0; lead < leads; lead++) {
    const at = first + 2 * wide + 2 * lead * narrow;
    low.push(new Int16Array(buffer, at, bins));
    high.push(new Int16Array(buffer, at + narrow, bins));
  }
  return {
    kind: 3,
    stream: view.getUint32(HEADER, true),
    bins,
    start,
    binSamples,
    rate: new Float32Array(buffer, first, bins),
    coverage: new Float32Array(buffer, first + wide, bins),
    low,
    high,
  };
}
