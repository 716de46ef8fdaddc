/** The reviewer's desk: what calipers snap to, jumps, classes, what is asked, and the plots' numbers. */

import { describe, expect, it } from "vitest";
import { CLASSES } from "../src/review/classes";
import { fits, jumpUrl, WHATS, WHICHES } from "../src/review/jumps";
import { hourRows, path } from "../src/review/plots";
import { allPoints, ends, laid, marched, nearest, snapped } from "../src/review/points";
import { Asked } from "../src/review/source";
import { type Points, readPoints, readSaid, readShapes, readTrend } from "../src/review/told";
import { CLASSES as OF_VERDICTS } from "../src/desk/relabel";

const RATE = 250;
/** Two beats a second apart; the first has no P wave. */
const ROWS: readonly Points[] = [
  [1000, null, null, null, 990, 1000, 1012, 1050, 1070, 1090],
  [1250, 1205, 1215, 1225, 1240, 1250, 1262, 1300, 1320, 1340],
];

describe("points", () => {
  it("snaps to the nearest measured point within reach, and else to nothing", () => {
    const points = allPoints(ROWS);
    expect(snapped(1207, points, 6)).toBe(1205);
    expect(snapped(1211, points, 6)).toBe(1215);
    expect(snapped(1150, points, 6)).toBe(1150);
  });

  it.each([
    ["RR", 1, [1000, 1250]],
    ["RR", 0, [1000, 1250]],
    ["PR", 1, [1205, 1240]],
    ["QRS", 1, [1240, 1262]],
    ["QT", 1, [1240, 1340]],
    ["ST", 1, [1240, 1277]],
    ["amplitude", 1, [1240, 1250]],
    ["PR", 0, null],
    ["QT", 2, null],
  ] as const)("%s of row %i lies between %j", (name, row, want) => {
    expect(ends(name, ROWS, row, RATE)).toEqual(want);
  });

  it("lays times level and voltages on the trace", () => {
    const y = (sample: number) => sample / 10;
    expect(laid("QT", [1240, 1340], y, 50)).toEqual({ from: { sample: 1240, y: 50 }, to: { sample: 1340, y: 50 } });
    expect(laid("ST", [1240, 1277], y, 50).to.y).toBe(127.7);
  });

  it("marches an interval out over the picture, and not one of nothing", () => {
    const caliper = { from: { sample: 1000, y: 0 }, to: { sample: 1250, y: 0 } };
    expect(marched(caliper, 400, 1600)).toEqual([500, 750, 1000, 1250, 1500]);
    expect(marched({ ...caliper, to: caliper.from }, 400, 1600)).toEqual([]);
  });

  it("finds the beat nearest to a place", () => {
    expect(nearest(ROWS, 1120)).toBe(0);
    expect(nearest(ROWS, 1130)).toBe(1);
    expect(nearest([], 5)).toBe(-1);
  });
});

describe("jumps", () => {
  it("have a key each", () => {
    for (const table of [WHATS, WHICHES]) {
      const keys = table.map(({ key }) => key);
      expect(new Set(keys).size).toBe(keys.length);
    }
  });

  it("are asked for in the center's words", () => {
    expect(jumpUrl("/api/streams/s000001", "v-run", "longest", 5, { start: 0, stop: 9 })).toBe(
      "/api/streams/s000001/jump?start=0&stop=9&what=v-run&which=longest&at=5",
    );
    expect([fits("rate", "next"), fits("rate", "fastest"), fits("V", "longest"), fits("af", "longest")]).toEqual([false, true, false, true]);
  });
});

it("gives the classes of a verdict, by keys that are one class each", () => {
  expect(CLASSES.map(({ symbol }) => symbol)).toEqual(OF_VERDICTS.map(({ symbol }) => symbol));
  expect(new Set(CLASSES.map(({ key }) => key)).size).toBe(CLASSES.length);
});

describe("what is told", () => {
  it("is read with what is missing left out", () => {
    const shapes = readShapes({ counts: { V: 3 }, groups: [{ key: "a", class: "V", count: 3, samples: [1], mean: [[1, null]], members: [] }] });
    expect(shapes.groups[0]).toMatchObject({ key: "a", symbol: "V", count: 3, rrMs: null, mean: [[1, null]] });
    expect(readPoints({ points: [[5, null, 7]] })).toEqual([[5, null, 7]]);
    const said = readSaid({ revision: 2, strips: [], changes: [{ change: 1, to: ["S"], was: { V: 3 }, count: 3, undone: { by: "Kim", at_ms: 9 } }] });
    expect(said.changes[0]).toMatchObject({ was: { V: 3 }, undone: { by: "Kim", at_ms: 9 } });
  });

  it("is refused where it is something else", () => {
    for (const read of [readShapes, readTrend, readPoints, readSaid]) expect(() => read({ error: "no" })).toThrow();
  });
});

it("breaks a curve where nothing was measured", () => {
  expect(path([1, null, 2, 3], (x) => x, (y) => y)).toBe("M0.0 1.0M2.0 2.0L3.0 3.0");
});

it("counts ectopic beats by the hour, whatever the bins are", () => {
  const trend = readTrend({
    start: 0, size: 1800 * RATE, rate: [70, null], rate_low: [50, null], rate_high: [90, null], longest_ms: [1400, null],
    af: [0.5, 0], beats: { N: [4000, 0], V: [60, 0], F: [5, 0], S: [10, 0] },
  });
  const rows = Object.fromEntries(hourRows(trend, RATE).map(({ title, bars }) => [title, bars.map(({ high }) => high)]));
  expect(rows).toEqual({ Rate: [90, 0], AF: [50, 0], V: [130, 0], S: [20, 0], "Longest RR": [1.4, 0] });
});

describe("a question", () => {
  const answers = (told: readonly (readonly [number, unknown])[]) => {
    const asked: string[] = [];
    const get = (async (url: string) => {
      asked.push(url);
      const [status, body] = told[Math.min(asked.length, told.length) - 1]!;
      return { ok: status === 200, status, json: async () => body };
    }) as unknown as typeof fetch;
    return { asked, get };
  };
  const settle = () => new Promise((done) => setTimeout(done, 0));

  it("is asked once, and again for another edition; what was told stays meanwhile", async () => {
    const { asked, get } = answers([[200, 1], [200, 2]]);
    const one = new Asked((value) => value, () => {}, get);
    one.want("/x", 0);
    await settle();
    one.want("/x", 0);
    expect([asked.length, one.value]).toEqual([1, 1]);
    one.want("/x", 1);
    expect([one.busy, one.value]).toEqual([true, 1]);
    await settle();
    expect(one.value).toBe(2);
  });

  it("that is of another stretch is not shown under its name", async () => {
    const { get } = answers([[200, 1], [200, 2]]);
    const one = new Asked((value) => value, () => {}, get);
    one.want("/x?start=0", 0, "day 0");
    await settle();
    expect(one.elsewhere).toBe(false);
    one.want("/x?start=9", 0, "day 9");
    expect(one.elsewhere).toBe(true);
    await settle();
    expect([one.elsewhere, one.value]).toEqual([false, 2]);
    one.want("/x?start=9", 0, "everything");
    expect([one.elsewhere, one.busy]).toEqual([false, false]);
    one.expect("hour 3");
    expect([one.elsewhere, one.busy]).toEqual([true, false]);
  });

  it("that fails says why, keeps what was told, and is asked again after a while", async () => {
    let now = 0;
    const { asked, get } = answers([[413, { error: "at most 32 days" }], [200, 2]]);
    const one = new Asked((value) => value, () => {}, get, () => now);
    one.want("/x", 0);
    await settle();
    expect(one.failure).toBe("at most 32 days");
    one.want("/x", 0);
    expect(asked.length).toBe(1);
    now = 6_000;
    one.want("/x", 0);
    await settle();
    expect([one.value, one.failure]).toEqual([2, null]);
  });
});
