import { describe, expect, it, vi } from "vitest";
import { Beats } from "../src/patient/beats";
import { measure, measureWords } from "../src/patient/caliper";
import { gained, holeWords, readDetails, withCauses } from "../src/patient/details";
import { wheelFactor } from "../src/patient/gestures";
import { parseTime, sampleOf } from "../src/patient/goto";
import { columnsOf, isEnvelope, levelFor, spanOf, tilesOver } from "../src/patient/levels";
import { LiveTail } from "../src/patient/live_tail";
import { overviewBins } from "../src/patient/paint_overview";
import { TileCache } from "../src/patient/tile_cache";
import { ticks } from "../src/patient/time_axis";
import { Timebase } from "../src/patient/timebase";
import { across, center, clamp, pan, tickSeconds, zoom } from "../src/patient/viewport";
import { NOW, PATIENT } from "./patients";
import { HOLE } from "../src/protocol/binary";
import { wavesMessage } from "./wire";

describe("time of a sample", () => {
  const fixes = [
    [0, 1_000_000],
    [36_000, 1_100_000],
    [72_000, 1_200_036],
  ] as const;
  it.each([
    [0, 1_000_000],
    [18_000, 1_050_000],
    [36_000, 1_100_000],
    [54_000, 1_150_018],
    [72_360, 1_201_036],
    [-360, 999_000],
  ])("sample %d at %d ms and back", (sample, ms) => {
    const time = new Timebase(360, null, [...fixes]);
    expect(time.ms(sample)).toBeCloseTo(ms, 6);
    expect(time.sample(ms)).toBeCloseTo(sample, 6);
  });

  it("without fixes the declared origin counts, without either the time since sample 0", () => {
    expect(new Timebase(250, 5000, []).ms(250)).toBe(6000);
    const unknown = new Timebase(250, null, []);
    expect([unknown.ms(500), unknown.sample(2000), unknown.known]).toEqual([2000, 500, false]);
  });

  it("is its own inverse everywhere, for any order of fixes", () => {
    const time = new Timebase(360, null, [...fixes].reverse());
    for (let sample = -5000; sample < 90_000; sample += 777)
      expect(time.sample(time.ms(sample))).toBeCloseTo(sample, 4);
  });
});

describe("viewport", () => {
  const bounds = { rate: 360, width: 1000, end: 30 * 86_400 * 360 };
  it("zooms around the sample under the pointer, from 30 days to 2 seconds", () => {
    let view = { start: 5e8, spp: 1e5 };
    const under = view.start + 300 * view.spp;
    for (let i = 0; i < 60; i++) {
      view = zoom(view, 1.5, 300, bounds);
      expect(view.start + 300 * view.spp).toBeCloseTo(under, 2);
    }
    expect(across(view, bounds)).toBeCloseTo(2, 9);
    for (let i = 0; i < 60; i++) view = zoom(view, 1 / 1.5, 300, bounds);
    expect(across(view, bounds)).toBeCloseTo(30 * 86_400, 3);
  });

  it("zooming in and out again is where it was", () => {
    const view = { start: 1e6, spp: 10 };
    const back = zoom(zoom(view, 1.7, 640, bounds), 1 / 1.7, 640, bounds);
    expect([back.start, back.spp]).toEqual([expect.closeTo(1e6, 3), expect.closeTo(10, 9)]);
  });

  it.each([
    [-1e12, -5000],
    [1e12, bounds.end - 5000],
  ])("never leaves the stream wholly: start %d", (start, expected) => {
    expect(clamp({ start, spp: 10 }, bounds).start).toBe(expected);
  });

  it("pans by pixels and centers on samples", () => {
    expect(pan({ start: 1000, spp: 2 }, 50, bounds).start).toBe(1100);
    expect(center({ start: 0, spp: 2 }, 50_000, bounds).start).toBe(49_000);
  });

  it.each([
    [0.001, 0.1],
    [1 / 94.5, 1],
    [60, 7200],
    [3000, 432_000],
  ])("at %d s a pixel ticks are %d s apart", (scale, seconds) => {
    expect(tickSeconds(scale, 92)).toBe(seconds);
  });

  it.each([
    [100, 0, false, 0.8],
    [-100, 0, false, 1.25],
    [3, 1, false, 0.8],
    [-20, 0, true, 1.22],
  ])("wheel %d (mode %d, pinch %s) is ×%d", (deltaY, deltaMode, ctrlKey, factor) => {
    expect(wheelFactor({ deltaY, deltaMode, ctrlKey })).toBeCloseTo(factor, 1);
  });
});

describe("levels", () => {
  it.each([
    [0.2, 1, 0],
    [1, 1, 0],
    [3.9, 1, 1],
    [4, 1, 2],
    [4, 2, 1],
    [622_080, 1, 19],
  ])("%d samples a pixel at ratio %d: level %d", (spp, ratio, level) => {
    expect(levelFor(spp, ratio)).toBe(level);
  });

  it("tiles cover what is asked without a gap, never before the first sample", () => {
    for (const level of [0, 3, 4, 12]) {
      const keys = tilesOver(level, -500, 3.4 * spanOf(level));
      expect(keys.map((key) => key.index)).toEqual([0, 1, 2, 3]);
      expect(spanOf(level)).toBe(columnsOf(level) * 2 ** level);
    }
  });

  it.each([
    [8, 360, false],
    [9, 360, true],
    [6, 100, false],
    [7, 100, true],
  ])("level %d at %d Hz from the envelope: %s", (level, rate, envelope) => {
    expect(isEnvelope(level, rate)).toBe(envelope);
  });
});

/** A center that answers windows of raw samples from a counter, and remembers what it was asked. */
function fakeCenter(end: number) {
  const asked: { url: string; signal: AbortSignal; answer: () => void }[] = [];
  const get = ((url: string, init: { signal: AbortSignal }) =>
    new Promise((resolve, reject) => {
      init.signal.addEventListener("abort", () => reject(new Error("aborted")));
      const query = new URLSearchParams(url.split("?")[1]);
      const start = Number(query.get("start"));
      const stop = Math.min(end, Number(query.get("stop")));
      const columns = Number(query.get("columns"));
      const spc = (Number(query.get("stop")) - start) / columns;
      const count = Math.max(0, Math.floor((stop - start) / spc));
      const values = Array.from({ length: spc === 1 ? count : 2 * count }, (_, i) => i % 1000);
      const run = {
        stream: 17,
        lead: 0,
        mode: (spc === 1 ? 0 : 1) as 0 | 1,
        flags: 0,
        start,
        spc,
        newestMs: 0,
        gain: 1,
        baseline: 0,
        values,
      }; // prettier-ignore
      const body = wavesMessage(2, 0, 0, [run]);
      asked.push({ url, signal: init.signal, answer: () => resolve({ ok: true, arrayBuffer: async () => body }) });
    })) as unknown as typeof fetch;
  return { asked, get };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("overview", () => {
  it.each([
    [20, 1700, 6],
    [360, 1700, 120],
    [86_400, 1700, 1700],
    [1, 1700, 1],
    [86_400, 300.4, 300],
  ])("of %d s on %d pixels has %d bins", (seconds, width, bins) => {
    expect(overviewBins(seconds * 250, 250, width)).toBe(bins);
  });
});

describe("pictures of the past", () => {
  it("come coarse first, then sharp, at most four at once", async () => {
    const { asked, get } = fakeCenter(1e9);
    const cache = new TileCache(
      "s000017",
      360,
      () => {},
      () => 0,
      get,
    );
    cache.want([{ start: 0, stop: 20_000, spp: 1 }], 1e9);
    expect(asked.map(({ url }) => url.split("?")[1])).toEqual([
      "start=0&stop=16384&columns=1024",
      "start=16384&stop=32768&columns=1024",
      "start=0&stop=4096&columns=4096",
      "start=4096&stop=8192&columns=4096",
    ]); // prettier-ignore
    asked[0]!.answer();
    await settle();
    expect(cache.pieces(0, 4096, 1).map((part) => part.sharp)).toEqual([false]);
    for (let i = 0; i < 12; i++) {
      for (const one of asked) one.answer();
      await settle();
    }
    expect(cache.pieces(0, 20_000, 1).map(({ from, sharp }) => [from, sharp])).toEqual(
      [0, 1, 2, 3, 4].map((i) => [i * 4096, true]),
    );
    expect(cache.counts).toEqual({ answered: 7, cancelled: 0, failed: 0 });
  });

  it("what is no longer wanted is cancelled", () => {
    const { asked, get } = fakeCenter(1e9);
    const cache = new TileCache(
      "s000017",
      360,
      () => {},
      () => 0,
      get,
    );
    cache.want([{ start: 0, stop: 4000, spp: 1 }], 1e9);
    cache.want([{ start: 900_000, stop: 904_000, spp: 1 }], 1e9);
    expect(asked.slice(0, 2).every(({ signal }) => signal.aborted)).toBe(true);
    expect(cache.counts.cancelled).toBe(2);
  });

  it("the newest tile is asked for again while it grows, a whole one never", async () => {
    let now = 0;
    const { asked, get } = fakeCenter(1000);
    const cache = new TileCache(
      "s000017",
      360,
      () => {},
      () => now,
      get,
    );
    const want = async (end: number) => {
      cache.want([{ start: 0, stop: 4000, spp: 1 }], end);
      for (const one of asked) one.answer();
      await settle();
      return asked.filter(({ url }) => url.includes("columns=4096")).length;
    };
    expect(await want(1000)).toBe(1);
    now = 5000;
    expect(await want(1000)).toBe(1);
    expect(await want(2000)).toBe(2);
    now = 5500;
    expect(await want(3000)).toBe(2);
  });

  it("late samples make a tile be asked for again", async () => {
    const { asked, get } = fakeCenter(1e9);
    const cache = new TileCache(
      "s000017",
      360,
      () => {},
      () => 10_000,
      get,
    );
    const want = async () => {
      cache.want([{ start: 0, stop: 4000, spp: 1 }], 1e9);
      for (const one of asked) one.answer();
      await settle();
    };
    await want();
    const before = asked.length;
    cache.invalidate(100, 200);
    await want();
    expect(asked.slice(before).map(({ url }) => url.split("?")[1])).toEqual(["start=0&stop=4096&columns=4096"]);
    await want();
    expect(asked.length).toBe(before + 1);
    expect(cache.pieces(0, 4000, 1)[0]!.sharp).toBe(true);
  });
});

describe("pictures of the past, asked for twice", () => {
  it("a picture under way when more was stored is asked for once more", async () => {
    const { asked, get } = fakeCenter(1e9);
    const cache = new TileCache(
      "s000017",
      360,
      () => {},
      () => 10_000,
      get,
    );
    const range = [{ start: 0, stop: 4000, spp: 1 }];
    cache.want(range, 1e9);
    cache.invalidate(100, 200);
    for (const one of asked) one.answer();
    await settle();
    const before = asked.length;
    cache.want(range, 1e9);
    expect(asked.slice(before).map(({ url }) => url.split("?")[1])).toEqual(["start=0&stop=4096&columns=4096"]);
  });

  it("what a sheet needs is not cancelled by what the screen shows", async () => {
    const { asked, get } = fakeCenter(1e9);
    const cache = new TileCache(
      "s000017",
      360,
      () => {},
      () => 0,
      get,
    );
    cache.hold([{ start: 0, stop: 4096, spp: 0 }]);
    cache.want([], 1e9);
    cache.want([{ start: 900_000, stop: 904_000, spp: 1 }], 1e9);
    expect(cache.counts.cancelled).toBe(0);
    for (const one of asked) one.answer();
    await settle();
    expect(cache.has(0, 4096, 0)).toBe(true);
    expect(cache.pieces(0, 4096, 0).map((part) => part.sharp)).toEqual([true]);
    cache.hold([]);
    expect(cache.has(0, 9000, 0)).toBe(false);
  });
});

describe("beats of the past", () => {
  it("of a stretch that was filled are asked for again, for as long as they may still be found", async () => {
    let now = 0;
    const asked: string[] = [];
    const answer = { start: 0, samples: [100], codes: "N" };
    vi.stubGlobal("fetch", async (url: string) => {
      asked.push(url.split("?")[1]!);
      return { ok: true, json: async () => answer };
    });
    const beats = new Beats(
      "s000017",
      100,
      () => {},
      () => now,
    );
    const want = async (at: number) => {
      now = at;
      beats.want(0, 1000, 1e9);
      await settle();
      return asked.length;
    };
    expect([await want(0), await want(60_000)]).toEqual([1, 1]);
    expect(beats.has(0, 24_000)).toBe(true);
    expect(beats.has(0, 24_001)).toBe(false);
    beats.invalidate(500, 600);
    expect([await want(60_001), await want(60_002), await want(63_000)]).toEqual([2, 2, 3]);
    expect([await want(100_000), await want(200_000)]).toEqual([4, 4]);
    vi.unstubAllGlobals();
  });
});

describe("details", () => {
  it.each<[string, [number, number][], [number, number][], [number, number][]]>([
    ["nothing new", [[0, 10]], [[0, 10]], []],
    ["growth", [[0, 10]], [[0, 25]], [[10, 25]]],
    ["a hole filled", [[0, 10], [20, 30]], [[0, 30]], [[10, 20]]],
    ["a part of a hole, and growth", [[20, 30], [0, 10]], [[0, 10], [15, 40]], [[15, 20], [30, 40]]],
    ["the first samples", [], [[5, 9]], [[5, 9]]],
    ["less than before", [[0, 10]], [[2, 3]], []],
  ])("gained: %s", (_what, before, after, expected) => expect(gained(before, after)).toEqual(expected)); // prettier-ignore

  const answer = {
    state: PATIENT,
    layout: null,
    origin_ms: NOW,
    fixes: [],
    stored: [
      [0, 100],
      [150, 400],
    ],
    holes: [],
    marks: [],
    segments: 2,
  }; // prettier-ignore
  it("reads what the center says", () => {
    expect(readDetails(answer)).toMatchObject({ rate: 360, end: 400, segments: 2 });
  });

  it("every stretch that is not stored is a hole, with the cause that was told", () => {
    const told = [{ start: 100, stop: 150, cause: "power", declared: true }];
    expect(
      withCauses(
        [
          [150, 400],
          [0, 100],
          [500, 600],
        ],
        told,
      ),
    ).toEqual([told[0], { start: 400, stop: 500, cause: "", declared: false }]); // prettier-ignore
    expect(withCauses([[50, 60]], [])).toMatchObject([{ start: 0, stop: 50 }]);
    expect(withCauses([], told)).toEqual([]);
  });

  it.each([
    [{ cause: "power", declared: true }, "power"],
    [{ cause: "", declared: true }, "declared by the transmitter, no cause given"],
    [{ cause: "", declared: false }, "not received, cause not known"],
    [{ cause: "link", declared: false }, "not received, link"],
  ])("%o: %s", (hole, words) => expect(holeWords({ start: 0, stop: 1, ...hole })).toBe(words));
});

describe("times as typed", () => {
  const near = new Date(2026, 10, 22, 0, 40, 0).getTime();
  const start = near - 3 * 86_400_000;
  const at = (day: number, h: number, m: number, s = 0, ms = 0) => new Date(2026, 10, day, h, m, s, ms).getTime();
  it.each<[string, number | null]>([
    ["00:30", at(22, 0, 30)],
    ["14:03", at(21, 14, 3)],
    ["14:03:07.5", at(21, 14, 3, 7, 500)],
    ["20 Nov 14:03", at(20, 14, 3)],
    ["20 november 2026 14:03", at(20, 14, 3)],
    ["2026-11-20 14:03:07", at(20, 14, 3, 7)],
    ["2026-11-20t14:03", at(20, 14, 3)],
    ["2026-11-20", at(20, 0, 0)],
    ["+01:30:00", start + 5_400_000],
    ["24:00", null],
    ["12:60", null],
    ["31 Feb 10:00", null],
    ["yesterday", null],
    ["", null],
  ])("%s", (text, expected) => expect(parseTime(text, near, start)).toBe(expected));
});

describe("axis", () => {
  it("ticks stand on whole steps, far enough apart", () => {
    const found = ticks(0, 10_000, 10, 92, false);
    expect(found.map((tick) => tick.ms)).toEqual([0, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000]);
    expect(found[1]!.label).toBe("00:00:01");
  });

  it("a new day shows its date", () => {
    const midnight = new Date(2026, 10, 22).getTime();
    const labels = ticks(midnight - 7_200_000, midnight + 7_200_000, 14_400, 92, true).map((tick) => tick.label);
    expect(labels).toContain("Sun 22 Nov");
    expect(labels).toContain("23:00");
  });
});

describe("caliper", () => {
  it.each([
    [360, 0, 1000, 0, 60, "1000 ms · 0.00 mV · 60 bpm"],
    [292, 38, 811, 1, 74, "811 ms · 1.00 mV · 74 bpm"],
    [-292, -38, 811, -1, 74, "811 ms · -1.00 mV · 74 bpm"],
    [2, 0, 6, 0, null, "6 ms · 0.00 mV"],
  ])("%d samples, %d px", (samples, px, ms, millivolts, bpm, words) => {
    const found = measure({ from: { sample: 5000, y: 200 }, to: { sample: 5000 + samples, y: 200 - px } }, 360, 38);
    expect([Math.round(found.ms), found.millivolts, found.bpm === null ? null : Math.round(found.bpm)]).toEqual([
      ms,
      millivolts,
      bpm,
    ]);
    expect(measureWords(found)).toBe(words);
  });
});

describe("live tail", () => {
  const run = (start: number, values: number[], more: object = {}) => ({
    stream: 17,
    lead: 0,
    mode: 0 as const,
    fresh: false,
    late: false,
    start,
    samplesPerColumn: 1,
    newestMs: 0,
    values: Int16Array.from(values),
    ...more,
  }); // prettier-ignore

  it("joins what follows, and leaves a gap where there is one", () => {
    const tail = new LiveTail(250, 1);
    tail.take([run(0, [1, 2], { fresh: true }), run(2, [3]), run(10, [4])], 0, 0);
    const parts = tail.parts(0, 20)[0]!;
    expect(parts.map(({ from, to, piece }) => [from, to, [...piece.low[0]!]])).toEqual([
      [0, 3, [1, 2, 3]],
      [10, 11, [4]],
    ]);
    expect(tail.end).toBe(11);
  });

  it("tells late spans and begins anew with a fresh view", () => {
    const tail = new LiveTail(250, 1);
    tail.take([run(0, [1], { fresh: true }), run(5, [6])], 0, 0);
    expect(tail.take([run(1, [2, 3, 4, 5], { late: true })], 0, 0)).toEqual([{ start: 1, stop: 5 }]);
    tail.take([run(100, [7], { fresh: true })], 0, 0);
    expect(tail.parts(0, 200)[0]!.map((part) => part.from)).toEqual([100]);
  });

  it("lays nothing over what is stored where a center that was started anew holds nothing live", () => {
    const tail = new LiveTail(250, 1);
    tail.take([run(0, [HOLE, HOLE, 5, HOLE, 6], { fresh: true })], 0, 0);
    expect(tail.parts(0, 20)[0]!.map(({ from, to }) => [from, to])).toEqual([[2, 5]]);
    tail.take([run(0, [HOLE, HOLE], { fresh: true })], 0, 0);
    expect([tail.parts(0, 20)[0], tail.end]).toEqual([[], 5]);
  });
});

describe("an address", () => {
  it("may name a sample", () => {
    expect(["?at=17280000", "?at=0", "", "?at=", "?at=-5", "?at=1e9", "?at=9999999999999"].map(sampleOf)).toEqual([17_280_000, 0, null, null, null, null, null]);
  });
});
