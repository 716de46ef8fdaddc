import { describe, expect, test } from "vitest";
import {
  cellWords,
  type Figure,
  type FigureRow,
  Figures,
  figureGroups,
  midnight,
  readMeasures,
  shortFigure,
} from "../src/patient/figures";

const told = (value: number | null, unit = "ms", more = {}) => ({
  value,
  unit,
  start_sample: 100,
  end_sample: 900,
  count: 8,
  ...more,
});

const ANSWER = {
  start: 0,
  end: 5000,
  now: { rate: told(71.6, "1/min"), st_II: told(-61.4, "µV"), pr: told(null, "ms", { reason: "no average beat" }) },
  hour: {
    rate_mean: told(84, "1/min"),
    rate_least_8_beats: told(69.2, "1/min"),
    rate_most_8_beats: told(172, "1/min"),
    rate_least_minute: told(80, "1/min"),
    rate_most_minute: told(89, "1/min"),
  },
  today: { af_burden: told(0.4, "%"), ventricular_beats: told(0, "beats") },
  episodes: [
    { kind: "vt", words: "VT", count: 2, total: told(7, "s"), longest: told(4, "s"), shortest: told(3, "s") },
  ],
  findings_left_out: false,
};

const rowsOf = (title: string): readonly FigureRow[] =>
  figureGroups(readMeasures(ANSWER), ["II"]).find((group) => group.title.startsWith(title))!.rows;
const words = (row: FigureRow) => row.cells.map((cell) => (cell === null ? null : cellWords(cell)));

describe("the table", () => {
  test("a cell is the figure and the ends of its range", () => {
    expect(words(rowsOf("Heart rate")[0]!)).toEqual([
      { figure: "72", range: "" },
      { figure: "84", range: "69–172" },
      { figure: "–", range: "" },
    ]);
  });

  test("where only the ends mean something they stand alone", () => {
    expect(words(rowsOf("Heart rate")[1]!)[1]).toEqual({ figure: "80–89", range: "" });
  });

  test("what means nothing in a window is empty, what is not known has a reason", () => {
    expect(rowsOf("Rhythm")[0]!.cells[0]).toBeNull();
    const [now, hour] = rowsOf("Waves")[0]!.cells;
    expect(now!.figure.reason).toBe("no average beat");
    expect(hour!.figure.reason).not.toBe("");
  });

  test("each lead has its level and its drift", () => {
    expect(rowsOf("ST level").map(({ name }) => name)).toEqual(["II", "II drift"]);
    expect(words(rowsOf("ST level")[0]!)[0]).toEqual({ figure: "−61", range: "" });
  });

  test.each([
    [null, "ms", "–"],
    [0.04, "%", "0"],
    [0.44, "%", "0.4"],
    [9.96, "%", "10.0"],
    [12.6, "ms", "13"],
    [3, "beats", "3"],
    [1.8, "µV", "+2"],
    [-0.2, "µV", "0"],
  ])("%s %s is written %s", (value, unit, text) => expect(shortFigure({ value, unit })).toBe(text));
});

describe("the answer", () => {
  test.each([null, {}, { ...ANSWER, now: null }, { ...ANSWER, now: { rate: { value: "x", unit: "" } } }])(
    "what cannot be used is refused: %#",
    (answer) => expect(() => readMeasures(answer)).toThrow(/measurement/),
  );

  test("episodes carry where the longest was", () => {
    const [row] = readMeasures(ANSWER).episodes;
    expect(row!.words).toBe("VT");
    expect((row!.longest satisfies Figure).start).toBe(100);
  });
});

describe("asking", () => {
  const settle = () => new Promise((done) => setTimeout(done, 0));

  test("once in a while, and sooner after a failure; what was known stays", async () => {
    let now = 0;
    let ok = true;
    const asked: string[] = [];
    const get = ((url: string) => {
      asked.push(url);
      return Promise.resolve({ ok, status: 503, json: () => Promise.resolve(ANSWER) });
    }) as unknown as typeof fetch;
    const figures = new Figures("s1", () => {}, () => now, get);
    const want = async (at: number) => {
      now = at;
      figures.want(12.4);
      await settle();
      return asked.length;
    };
    expect(await want(0)).toBe(1);
    expect(asked[0]).toBe("/api/streams/s1/measures?since=12");
    expect(await want(14_000)).toBe(1);
    ok = false;
    expect(await want(15_000)).toBe(2);
    expect(figures.failure).toContain("503");
    expect(figures.measures?.end).toBe(5000);
    expect(await want(19_000)).toBe(2);
    ok = true;
    expect(await want(20_000)).toBe(3);
    expect(figures.failure).toBeNull();
  });

  test("today begins at the last midnight of this screen's zone", () => {
    const at = new Date(2026, 10, 22, 4, 7, 9);
    expect(new Date(midnight(at.getTime())).toString()).toBe(new Date(2026, 10, 22).toString());
  });
});
