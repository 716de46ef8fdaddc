import { describe, expect, it } from "vitest";
import { ageMs, CenterClock } from "../src/live/clock";
import { fitScale, scaleLabel, stretches } from "../src/live/geometry";
import { Playout } from "../src/live/playout";
import { Ring } from "../src/live/ring";
import { mergeLeads } from "../src/live/screen";
import { Times } from "../src/live/stats";
import { LeadTrace } from "../src/live/trace";
import type { Run } from "../src/protocol/binary";
import { HOLE } from "../src/protocol/binary";

const read = (ring: Ring, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ring.lowAt(from + i));
const raw = (...values: number[]) => Int16Array.from(values);

describe("ring", () => {
  it("keeps what follows on", () => {
    const ring = new Ring(8, 1);
    ring.write(100, raw(1, 2, 3), false);
    ring.write(103, raw(4), false);
    expect(read(ring, 99, 105)).toEqual([HOLE, 1, 2, 3, 4, HOLE]);
  });

  it("a jump leaves a hole, never a bridge", () => {
    const ring = new Ring(8, 1);
    ring.write(100, raw(1, 2), false);
    ring.write(104, raw(5), false);
    expect(read(ring, 100, 105)).toEqual([1, 2, HOLE, HOLE, 5]);
  });

  it("a jump longer than the ring leaves only what came", () => {
    const ring = new Ring(8, 1);
    ring.write(0, raw(1, 2, 3), false);
    ring.write(5000, raw(9), false);
    expect(read(ring, 4993, 5001)).toEqual([HOLE, HOLE, HOLE, HOLE, HOLE, HOLE, HOLE, 9]);
    expect(ring.lowAt(1)).toBe(HOLE);
  });

  it("forgets the oldest", () => {
    const ring = new Ring(8, 1);
    ring.write(0, raw(...Array.from({ length: 20 }, (_, i) => i)), false);
    expect(read(ring, 10, 20)).toEqual([HOLE, HOLE, 12, 13, 14, 15, 16, 17, 18, 19]);
  });

  it("late samples fill the hole and move nothing", () => {
    const ring = new Ring(8, 1);
    ring.write(100, raw(1), false);
    ring.write(104, raw(5), false);
    ring.patch(99, raw(70, 71, 2, 3, 4, 55, 66), false);
    expect(read(ring, 99, 107)).toEqual([HOLE, 71, 2, 3, 4, 55, HOLE, HOLE]);
    expect(ring.to).toBe(105);
  });

  it("pairs keep the smallest and the largest", () => {
    const ring = new Ring(4, 3.5);
    ring.write(7, raw(-5, 9, -1, 2), true);
    expect([ring.lowAt(7), ring.highAt(7), ring.lowAt(8), ring.highAt(8)]).toEqual([-5, 9, -1, 2]);
  });

  it("indices of months at 1000 Hz do not wrap", () => {
    const ring = new Ring(8, 1);
    const far = 30 * 86_400 * 1000 + 5;
    ring.write(far, raw(1, 2, 3), false);
    expect(read(ring, far, far + 3)).toEqual([1, 2, 3]);
  });

  it("equals a plain list for any sequence of runs", () => {
    let seed = 7;
    const random = (n: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % n;
    };
    const ring = new Ring(64, 1);
    const plain = new Map<number, number>();
    let end = 0;
    for (let round = 0; round < 400; round++) {
      const late = round > 0 && random(4) === 0;
      const start = late ? Math.max(0, end - random(40)) : end + (random(5) === 0 ? random(90) : 0);
      const values = raw(...Array.from({ length: random(20) + 1 }, () => random(999)));
      if (late) ring.patch(start, values, false);
      else ring.write(start, values, false);
      for (const [i, value] of values.entries()) if (!late || start + i < end) plain.set(start + i, value);
      if (!late) end = start + values.length;
      for (let c = Math.max(0, end - 64, ring.from); c < end; c++) expect(ring.lowAt(c)).toBe(plain.get(c) ?? HOLE);
    }
  });
});

describe("playout", () => {
  /** Play `seconds` of frames of `frameMs`; `delay` gives the delay of frame i. Returns the pen at 60 Hz. */
  function play(seconds: number, frameMs: number, delay: (frame: number) => number) {
    const rate = 250;
    const playout = new Playout(rate);
    const frames = Array.from({ length: Math.ceil((seconds * 1000) / frameMs) }, (_, i) => ({
      at: (i + 1) * frameMs + delay(i),
      from: (i * frameMs * rate) / 1000,
      to: ((i + 1) * frameMs * rate) / 1000,
    })).sort((a, b) => a.at - b.at);
    const pens: { t: number; pen: number; end: number }[] = [];
    let next = 0;
    let end = 0;
    playout.restart(0, 0, 0);
    for (let t = 0; t < seconds * 1000; t += 1000 / 60) {
      while (next < frames.length && frames[next]!.at <= t) {
        playout.arrived(frames[next]!.from, frames[next]!.to, frames[next]!.at);
        end = Math.max(end, frames[next]!.to);
        next++;
      }
      pens.push({ t, pen: playout.position(t), end });
    }
    return { pens, rate };
  }

  it.each([
    ["frames of a second, 30 ms under way", 1000, () => 30, 1000 + 30 + 200],
    ["frames of a second, 0 to 200 ms under way", 1000, (i: number) => (i * 73) % 200, 1000 + 200 + 200],
    ["frames of 250 ms", 250, () => 30, 250 + 30 + 200],
    ["frames of 100 ms", 100, () => 20, 100 + 20 + 200],
  ])("%s: smooth, and not later than needed", (_what, frameMs, delay, mostMs) => {
    const { pens, rate } = play(120, frameMs, delay);
    const settled = pens.filter(({ t }) => t > 90_000);
    for (const [i, { t, pen, end }] of settled.entries()) {
      expect(pen).toBeLessThanOrEqual(end);
      expect(t - (pen / rate) * 1000).toBeLessThanOrEqual(mostMs);
      const step = i === 0 ? null : (pen - settled[i - 1]!.pen) / rate / (1 / 60);
      if (step !== null) expect(Math.abs(step - 1)).toBeLessThanOrEqual(0.021);
    }
  });

  it("after an outage of the center the pen is at the newest again, not at the old distance", () => {
    const playout = new Playout(250);
    // The screen comes back to a stream whose newest sample is 12 s old; then the missing 12 s come at once.
    playout.restart(25_000, 100_000, 12_000);
    playout.position(100_100);
    playout.arrived(25_000, 28_000, 100_200);
    for (let second = 0; second < 4; second++) {
      const now = 101_000 + second * 1000;
      playout.arrived(28_000 + second * 250, 28_250 + second * 250, now + 50);
      playout.position(now + 60);
    }
    expect(playout.bufferedMs).toBeLessThan(1500);
  });

  it("whatever it learned, what is on hand is never shown more than 2.6 s late", () => {
    const playout = new Playout(250);
    playout.restart(0, 0, 0);
    for (let i = 1; i < 60; i++) {
      playout.arrived((i - 1) * 250, i * 250, i * 1000 + (i === 5 ? 40_000 : 0));
      playout.position(i * 1000 + 10);
      expect(playout.bufferedMs).toBeLessThanOrEqual(2600);
    }
  });

  it("the pen never moves back, stops where samples stop, and catches up after an outage", () => {
    const { pens } = play(60, 1000, (i) => (i >= 20 && i < 28 ? (28 - i) * 1000 : 30));
    for (const [i, { pen, end }] of pens.entries()) {
      expect(pen).toBeGreaterThanOrEqual(i === 0 ? 0 : pens[i - 1]!.pen);
      expect(pen).toBeLessThanOrEqual(end);
    }
    const last = pens[pens.length - 1]!;
    expect(last.end - last.pen).toBeLessThan(3 * 250);
  });
});

describe("clock", () => {
  it("takes the least delayed message", () => {
    const clock = new CenterClock();
    for (const [server, now] of [
      [1000, 1300],
      [2000, 2020],
      [3000, 3900],
    ] as const)
      clock.heard(server, now); // prettier-ignore
    expect(clock.offset).toBe(-20);
  });

  it("a stall of the network never makes samples look younger", () => {
    const clock = new CenterClock();
    clock.heard(0, 0);
    for (let t = 0; t < 20_000; t += 1000) clock.heard(t, t + 8000);
    expect(clock.offset).toBe(0);
  });

  it("a clock set forward is believed at once, one set back within half a minute", () => {
    const clock = new CenterClock();
    for (let t = 0; t < 10_000; t += 1000) clock.heard(t, t);
    clock.heard(3_610_000, 10_000);
    expect(clock.offset).toBe(3_600_000);
    for (let t = 11_000; t < 50_000; t += 1000) clock.heard(t, t);
    expect(clock.offset).toBe(0);
  });

  it.each([
    [null, null],
    [Number.NaN, null],
    [0, null],
    [9_000, 1_000],
    [11_000, 0],
    [12_000, 0],
    [12_001, null],
    [3_600_000, null],
  ])("newest %s: age %s", (newest, age) => {
    expect(ageMs(newest, 10_000)).toBe(age);
  });
});

describe("geometry", () => {
  it.each([
    [0, 10, 100, [[0, 10, 0]]],
    [
      95,
      105,
      100,
      [
        [95, 100, 95],
        [100, 105, 0],
      ],
    ],
    [
      50,
      350,
      100,
      [
        [250, 300, 50],
        [300, 350, 0],
      ].map(([a, b, c]) => [a, b, c]),
    ],
    [7, 7, 100, []],
  ])("columns %i to %i on a width of %i", (from, to, width, expected) => {
    expect(stretches(from, to, width).map((part) => [part.from, part.to, part.x])).toEqual(expected);
  });

  it("covers every newest column once", () => {
    for (const [from, to, width] of [
      [3, 1000, 37],
      [990, 1000, 640],
      [0, 1, 1],
    ] as const) {
      const seen = stretches(from, to, width).flatMap((part) =>
        Array.from({ length: part.to - part.from }, (_, i) => [part.from + i, part.x + i] as const),
      );
      const expected = Array.from({ length: Math.min(width, to - from) }, (_, i) => Math.max(from, to - width) + i);
      expect(seen.map(([column]) => column)).toEqual(expected);
      for (const [column, x] of seen) expect(x).toBe(column % width);
    }
  });

  it.each([
    [25, 10, 30, 90, 1, "25 mm/s 10 mm/mV"],
    [25, 10, 12, 90, 0.5, "12.5 mm/s 5 mm/mV"],
    [25, 10, 19, 90, 0.8, "20 mm/s 8 mm/mV"],
    [25, 10, 30, 22, 0.5, "12.5 mm/s 5 mm/mV"],
    [50, 20, 30, 200, 0.6, "30 mm/s 12 mm/mV"],
    [25, 5, 30, 90, 1, "25 mm/s 5 mm/mV · time stretched ×2"],
    [12.5, 10, 30, 90, 1, "12.5 mm/s 10 mm/mV · time stretched ×0.5"],
  ])('%d mm/s %d mm/mV in %d × %d mm: ×%d, "%s"', (speed, gain, lane, width, shrink, label) => {
    const scale = fitScale(speed, gain, lane, width);
    expect(scale.shrink).toBe(shrink);
    expect(scale.gain / scale.speed).toBeCloseTo(gain / speed, 6);
    expect(scaleLabel(scale)).toBe(label);
  });
});

describe("a lead", () => {
  const run = (start: number, values: number[], more: Partial<Run> = {}): Run => ({
    stream: 1,
    lead: 0,
    mode: 0,
    fresh: false,
    late: false,
    skipped: false,
    columns: values.length,
    start,
    samplesPerColumn: 1,
    newestMs: 0,
    gain: 200,
    baseline: 0,
    values: Int16Array.from(values),
    ...more,
  }); // prettier-ignore

  it("remembers which quality was said when", () => {
    const trace = new LeadTrace(run(0, [1]), 4, 100);
    for (const [at, code] of [
      [0, 0],
      [100, 3],
      [200, 3],
      [300, 0],
    ] as const)
      trace.noteQuality(at, code);
    expect([0, 99, 100, 250, 300].map((sample) => trace.qualityAt(sample))).toEqual([0, 0, 3, 3, 0]);
  });

  it("marks late samples, and puts them where they belong", () => {
    const trace = new LeadTrace(run(0, [1]), 4, 100);
    trace.write(run(0, [1, 2]));
    trace.write(run(5, [6]));
    trace.write(run(2, [3, 4, 5], { late: true }));
    expect(read(trace.ring, 0, 6)).toEqual([1, 2, 3, 4, 5, 6]);
    expect([1, 2, 4, 5].map((sample) => trace.isLate(sample))).toEqual([false, true, true, false]);
  });

  it("puts the median in the middle, whatever the baseline", () => {
    const trace = new LeadTrace(run(0, [0]), 4, 100);
    trace.write(run(0, [...Array.from({ length: 90 }, () => 517), ...Array.from({ length: 10 }, () => 900)]));
    trace.recentre(400, 400);
    expect(trace.centre).toBe(517);
  });

  it.each([
    ["fits around the median", 1000, 0],
    ["is moved just so far that the peaks fit", 700, 100],
    ["goes to their own middle where they do not fit", 490, 294],
    ["and keeps the median well inside", 100, 60],
  ])("%s: half a lane of %i units, middle %i", (_what, half, centre) => {
    const trace = new LeadTrace(run(0, [0]), 4, 100);
    // 300 columns at 0, ten down at −200, ten up at 800.
    const beat = [...Array.from({ length: 30 }, () => 0), -200, 800];
    trace.write(run(0, Array.from({ length: 10 }, () => beat).flat()));
    trace.recentre(400, half);
    expect(trace.centre).toBe(centre);
  });

  it("another width of columns is another trace", () => {
    const trace = new LeadTrace(run(0, [1, 2], { mode: 1, samplesPerColumn: 3.5 }), 4, 100);
    expect(
      [3.5, 3.6].map((samplesPerColumn) => trace.continues(run(7, [1, 2], { mode: 1, samplesPerColumn }))),
    ).toEqual([true, false]);
    expect(trace.continues(run(7, [1]))).toBe(false);
  });
});

it("times: median and tail of what was seen", () => {
  const times = new Times();
  for (let i = 1; i <= 100; i++) times.add(i);
  times.add(Number.NaN);
  expect(times.summary()).toEqual({ count: 100, p50: 51, p99: 100, max: 100 });
});

it("one subscription for tiles and panel together, in stable order", () => {
  const tile = (id: string, leads: number[]) => ({
    id,
    stream: 1,
    leads,
    x: 0,
    y: 0,
    width: 1,
    height: 1,
    pxPerSecond: 1,
    pxPerMv: 1,
    gridPx: 1,
  }); // prettier-ignore
  const one = mergeLeads([tile("s000002", [0, 1]), tile("s000001", [0])], { id: "s000001", leads: [2, 0] });
  const other = mergeLeads([tile("s000001", [0]), tile("s000002", [0, 1])], { id: "s000001", leads: [0, 2] });
  expect(one).toEqual([
    { id: "s000001", leads: [0, 2] },
    { id: "s000002", leads: [0, 1] },
  ]);
  expect(other).toEqual(one);
});
