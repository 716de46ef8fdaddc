/** Writes the binary messages as a server does: the second table, taken from the description of the format. */

export interface RunSpec {
  readonly stream: number;
  readonly lead: number;
  readonly mode: 0 | 1;
  readonly flags: number;
  readonly start: number;
  readonly spc: number;
  readonly newestMs: number;
  readonly gain: number;
  readonly baseline: number;
  readonly values: readonly number[];
}

const pad = (bytes: number) => Math.ceil(bytes / 8) * 8;

export function wavesMessage(kind: 1 | 2, epoch: number, serverMs: number, runs: readonly RunSpec[]): ArrayBuffer {
  const size = 24 + runs.reduce((sum, run) => sum + 48 + pad(run.values.length * 2), 0);
  const view = new DataView(new ArrayBuffer(size));
  view.setUint8(0, 1);
  view.setUint8(1, kind);
  view.setUint16(2, runs.length, true);
  view.setUint32(4, epoch, true);
  view.setFloat64(8, serverMs, true);
  let at = 24;
  for (const run of runs) {
    view.setUint32(at, run.stream, true);
    view.setUint8(at + 4, run.lead);
    view.setUint8(at + 5, run.mode);
    view.setUint16(at + 6, run.flags, true);
    view.setUint32(at + 8, run.values.length / (run.mode + 1), true);
    view.setFloat64(at + 16, run.start, true);
    view.setFloat64(at + 24, run.spc, true);
    view.setFloat64(at + 32, run.newestMs, true);
    view.setFloat32(at + 40, run.gain, true);
    view.setFloat32(at + 44, run.baseline, true);
    for (const [i, value] of run.values.entries()) view.setInt16(at + 48 + 2 * i, value, true);
    at += 48 + pad(run.values.length * 2);
  }
  return view.buffer as ArrayBuffer;
}

export interface EnvelopeSpec {
  readonly stream: number;
  readonly start: number;
  readonly binSamples: number;
  readonly rate: readonly number[];
  readonly coverage: readonly number[];
  readonly low: readonly (readonly number[])[];
  readonly high: readonly (readonly number[])[];
}

export function envelopeMessage(spec: EnvelopeSpec): ArrayBuffer {
  const bins = spec.rate.length;
  const leads = spec.low.length;
  const view = new DataView(new ArrayBuffer(56 + 2 * pad(bins * 4) + 2 * leads * pad(bins * 2)));
  view.setUint8(0, 1);
  view.setUint8(1, 3);
  view.setUint32(24, spec.stream, true);
  view.setUint32(28, bins, true);
  view.setUint32(32, leads, true);
  view.setFloat64(40, spec.start, true);
  view.setFloat64(48, spec.binSamples, true);
  let at = 56;
  for (const list of [spec.rate, spec.coverage]) {
    for (const [i, value] of list.entries()) view.setFloat32(at + 4 * i, value, true);
    at += pad(bins * 4);
  }
  for (let lead = 0; lead < leads; lead++)
    for (const list of [spec.low[lead]!, spec.high[lead]!]) {
      for (const [i, value] of list.entries()) view.setInt16(at + 2 * i, value, true);
      at += pad(bins * 2);
    }
  return view.buffer as ArrayBuffer;
}

export interface BeatsSpec {
  readonly stream: number;
  readonly start: number;
  readonly stop: number;
  /** [sample, RR in ms, code, flags] */
  readonly beats: readonly (readonly [number, number, number, number])[];
}

export function beatsMessage(epoch: number, serverMs: number, spans: readonly BeatsSpec[]): ArrayBuffer {
  const size = 24 + spans.reduce((sum, { beats }) => sum + 24 + 16 * beats.length, 0);
  const view = new DataView(new ArrayBuffer(size));
  view.setUint8(0, 1);
  view.setUint8(1, 4);
  view.setUint16(2, spans.length, true);
  view.setUint32(4, epoch, true);
  view.setFloat64(8, serverMs, true);
  let at = 24;
  for (const { stream, start, stop, beats } of spans) {
    view.setUint32(at, stream, true);
    view.setUint32(at + 4, beats.length, true);
    view.setFloat64(at + 8, start, true);
    view.setFloat64(at + 16, stop, true);
    at += 24;
    for (const [sample, rr, code, flags] of beats) {
      view.setFloat64(at, sample, true);
      view.setUint16(at + 8, rr, true);
      view.setUint16(at + 10, 900, true);
      view.setUint8(at + 12, code);
      view.setUint8(at + 13, flags);
      at += 16;
    }
  }
  return view.buffer as ArrayBuffer;
}
