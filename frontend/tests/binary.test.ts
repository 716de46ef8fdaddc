import { describe, expect, it } from "vitest";
import { HOLE, parseBinary, WireError } from "../src/protocol/binary";
import { type BeatsSpec, beatsMessage, envelopeMessage, type RunSpec, wavesMessage } from "./wire";

const RUN: RunSpec = {
  stream: 17,
  lead: 1,
  mode: 0,
  flags: 0,
  start: 3600,
  spc: 1,
  newestMs: 1_700_000_000_000,
  gain: 200,
  baseline: 1024,
  values: [1, -2, HOLE, 32767, 5],
}; // prettier-ignore

describe("waves", () => {
  it("reads raw runs with their header", () => {
    const waves = parseBinary(wavesMessage(1, 7, 1234.5, [RUN]));
    if (!("runs" in waves)) throw new Error("not waves");
    expect([waves.epoch, waves.serverMs, waves.runs.length]).toEqual([7, 1234.5, 1]);
    const { values, ...head } = waves.runs[0]!;
    expect([...values]).toEqual(RUN.values);
    expect(head).toEqual({
      stream: 17,
      lead: 1,
      mode: 0,
      fresh: false,
      late: false,
      skipped: false,
      columns: 5,
      start: 3600,
      samplesPerColumn: 1,
      newestMs: 1_700_000_000_000,
      gain: 200,
      baseline: 1024,
    }); // prettier-ignore
  });

  it.each([
    [1, { fresh: true, late: false, skipped: false }],
    [2, { fresh: false, late: true, skipped: false }],
    [4, { fresh: false, late: false, skipped: true }],
    [7, { fresh: true, late: true, skipped: true }],
  ])("reads flags %i", (flags, expected) => {
    const waves = parseBinary(wavesMessage(1, 0, 0, [{ ...RUN, flags }]));
    expect("runs" in waves ? waves.runs[0] : null).toMatchObject(expected);
  });

  it("reads pairs, several runs, runs without columns", () => {
    const pairs = { ...RUN, mode: 1 as const, spc: 3.5, values: [-4, 9, HOLE, HOLE, 1, 1] };
    const waves = parseBinary(wavesMessage(1, 0, 0, [pairs, { ...RUN, values: [] }, RUN]));
    if (!("runs" in waves)) throw new Error("not waves");
    expect(waves.runs.map((run) => run.columns)).toEqual([3, 0, 5]);
    expect([...waves.runs[0]!.values]).toEqual(pairs.values);
    expect([...waves.runs[2]!.values]).toEqual(RUN.values);
  });

  it("takes a stream without samples: newest is not a number", () => {
    const waves = parseBinary(wavesMessage(1, 0, 0, [{ ...RUN, values: [], newestMs: Number.NaN }]));
    expect("runs" in waves ? waves.runs[0]!.newestMs : 0).toBeNaN();
  });

  it.each<[string, (bytes: DataView) => void, RegExp]>([
    ["another version", (v) => v.setUint8(0, 2), /version 2/],
    ["another kind", (v) => v.setUint8(1, 9), /kind 9/],
    ["a run too many", (v) => v.setUint16(2, 2, true), /cut off/],
    ["a run too few", (v) => v.setUint16(2, 0, true), /after the last run/],
    ["no server time", (v) => v.setFloat64(8, Number.NaN, true), /server time/],
    ["an unknown mode", (v) => v.setUint8(24 + 5, 2), /mode 2/],
    ["more columns than bytes", (v) => v.setUint32(24 + 8, 1e9, true), /cut off/],
    ["a negative start", (v) => v.setFloat64(24 + 16, -1, true), /sample index/],
    ["no samples in a column", (v) => v.setFloat64(24 + 24, 0, true), /samples per column/],
    ["gain 0", (v) => v.setFloat32(24 + 40, 0, true), /gain/],
  ])("refuses %s", (_what, spoil, message) => {
    const bytes = wavesMessage(1, 7, 1, [RUN]);
    spoil(new DataView(bytes));
    expect(() => parseBinary(bytes)).toThrow(message);
    expect(() => parseBinary(bytes)).toThrow(WireError);
  });

  it("refuses every cut, and never throws anything but WireError", () => {
    const bytes = wavesMessage(1, 7, 1, [RUN, { ...RUN, mode: 1, values: [1, 2] }]);
    for (let length = 0; length < bytes.byteLength; length++)
      expect(() => parseBinary(bytes.slice(0, length)), `${length} bytes`).toThrow(WireError);
    expect(() => parseBinary(new Uint8Array([...new Uint8Array(bytes), 0, 0, 0, 0, 0, 0, 0, 0]).buffer)).toThrow(
      WireError,
    );
  });

  it("survives any single flipped byte: a message or a WireError", () => {
    const bytes = wavesMessage(1, 7, 1, [RUN]);
    for (let i = 0; i < bytes.byteLength; i++)
      for (const flip of [0x01, 0x80, 0xff]) {
        const copy = bytes.slice(0);
        const view = new Uint8Array(copy);
        view[i] = view[i]! ^ flip;
        try {
          parseBinary(copy);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }
  });
});

describe("envelope", () => {
  it.each([1, 2, 3, 4, 5, 9])("reads %i bins of two leads", (bins) => {
    const count = (base: number) => Array.from({ length: bins }, (_, i) => base + i);
    const given = {
      stream: 3,
      start: 7200,
      binSamples: 360.5,
      rate: count(60),
      coverage: count(0),
      low: [count(-10), count(-20)],
      high: [count(10), count(20)],
    }; // prettier-ignore
    const read = parseBinary(envelopeMessage(given));
    if (read.kind !== 3) throw new Error("not an envelope");
    expect({
      ...read,
      rate: [...read.rate],
      coverage: [...read.coverage],
      low: read.low.map((l) => [...l]),
      high: read.high.map((l) => [...l]),
    }).toEqual({ kind: 3, bins, ...given }); // prettier-ignore
  });

  it("refuses one that does not fill its message", () => {
    const bytes = envelopeMessage({
      stream: 3,
      start: 0,
      binSamples: 1,
      rate: [1],
      coverage: [1],
      low: [[1]],
      high: [[1]],
    });
    new DataView(bytes).setUint32(28, 2, true);
    expect(() => parseBinary(bytes)).not.toThrow(RangeError);
    expect(() => parseBinary(bytes.slice(0, -8))).toThrow(WireError);
  });
});

describe("beats", () => {
  const SPAN: BeatsSpec = {
    stream: 17,
    start: 1000,
    stop: 3500,
    beats: [
      [1200, 812, 1, 0],
      [1500, 500, 5, 1],
      [2100, 0, 13, 2],
    ],
  };
  const read = (spans: readonly BeatsSpec[]) => {
    const news = parseBinary(beatsMessage(9, 1234.5, spans));
    if (news.kind !== 4) throw new Error("not beats");
    return news;
  };

  it("reads spans with their beats", () => {
    const { epoch, serverMs, spans } = read([SPAN, { ...SPAN, stream: 18, beats: [] }]);
    expect([epoch, serverMs, spans.map(({ stream }) => stream)]).toEqual([9, 1234.5, [17, 18]]);
    expect(spans[0]).toEqual({
      stream: 17,
      start: 1000,
      stop: 3500,
      beats: [
        { sample: 1200, rr: 812, code: 1, late: false, open: false },
        { sample: 1500, rr: 500, code: 5, late: true, open: false },
        { sample: 2100, rr: 0, code: 13, late: false, open: true },
      ],
    });
  });

  it.each([
    ["out of order", [[2100, 0, 1, 0], [1200, 0, 1, 0]]],
    ["before the span", [[999, 0, 1, 0]]],
    ["behind the span", [[3500, 0, 1, 0]]],
    ["no number", [[Number.NaN, 0, 1, 0]]],
  ] as const)("refuses beats %s", (_what, beats) =>
    expect(() => read([{ ...SPAN, beats }])).toThrow(WireError));

  it("refuses spans that are none", () => {
    for (const span of [{ start: -1 }, { start: 4000 }, { stop: Number.POSITIVE_INFINITY }])
      expect(() => read([{ ...SPAN, beats: [], ...span }])).toThrow(WireError);
  });

  it("refuses every cut and every addition, and never throws anything but WireError", () => {
    const whole = new Uint8Array(beatsMessage(9, 1, [SPAN, SPAN]));
    for (let length = 0; length < whole.length; length++)
      expect(() => parseBinary(whole.slice(0, length).buffer)).toThrow(WireError);
    expect(() => parseBinary(new Uint8Array([...whole, 0, 0, 0, 0, 0, 0, 0, 0]).buffer)).toThrow(WireError);
  });

  it("survives any single flipped byte: a message or a WireError", () => {
    const whole = new Uint8Array(beatsMessage(9, 1, [SPAN]));
    for (let at = 0; at < whole.length; at++)
      for (const bits of [1, 0x80, 0xff]) {
        const flipped = whole.slice();
        flipped[at]! ^= bits;
        try {
          parseBinary(flipped.buffer);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }
  });
});
