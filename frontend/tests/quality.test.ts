import { describe, expect, test } from "vitest";
import { sorted } from "../src/patient/paint_quality";
import { blind, joined, Quality, type QualitySpan, readQuality } from "../src/patient/quality";
import type { Part } from "../src/patient/tile_cache";
import { QUALITY } from "../src/protocol/messages";

const RATE = 250;
const SPAN = 600 * RATE;
const span = (start: number, stop: number, lead = 0, code: number = QUALITY.unusable): QualitySpan => ({
  start,
  stop,
  lead,
  code,
});

/** A center that answers with what `told` holds, one page after the other. */
function center(told: Record<string, unknown>[]) {
  const asked: string[] = [];
  const get = ((url: string) => {
    asked.push(url);
    const body = told[Math.min(asked.length, told.length) - 1];
    return Promise.resolve({ ok: body !== undefined, status: 503, json: () => Promise.resolve(body) });
  }) as unknown as typeof fetch;
  return { asked, get };
}

const settle = () => new Promise((done) => setTimeout(done, 0));

describe("reading the answer", () => {
  test("spans are four numbers each", () => {
    const { spans, next } = readQuality({ spans: [[1, 2, 0, 3]], truncated: true, next: 9 });
    expect(spans).toEqual([span(1, 2, 0, QUALITY.leadOff)]);
    expect(next).toBe(9);
  });

  test.each([null, {}, { spans: 3 }, { spans: [[1, 2, 0]] }, { spans: [[1, 2, 0, "3"]] }, { spans: [null] }])(
    "what cannot be used is refused: %j",
    (answer) => expect(() => readQuality(answer)).toThrow(/quality/),
  );
});

describe("what is on hand", () => {
  test("a stretch is asked for once and cut to what is looked at", async () => {
    const { asked, get } = center([{ spans: [[100, 900, 0, 1], [300, 400, 1, 3]] }]);
    const quality = new Quality("s1", RATE, () => {}, () => 0, get);
    quality.want(0, 1000, 10 * SPAN);
    quality.want(0, 1000, 10 * SPAN);
    await settle();
    quality.want(0, 1000, 10 * SPAN);
    expect(asked).toEqual([`/api/streams/s1/quality?start=0&stop=${SPAN}&resolution=1`]);
    expect(quality.over(200, 500, 0)).toEqual([span(200, 500, 0, 1)]);
    expect(quality.over(200, 350)).toEqual([span(200, 350, 0, 1), span(300, 350, 1, 3)]);
    expect(quality.over(900, 950)).toEqual([]);
  });

  test("a long answer is fetched to its end, and meets without a seam", async () => {
    const { asked, get } = center([{ spans: [[100, 900, 0, 1]], next: 900 }, { spans: [[900, 950, 0, 1]] }]);
    const quality = new Quality("s1", RATE, () => {}, () => 0, get);
    quality.want(0, 1000, 10 * SPAN);
    await settle();
    expect(asked[1]).toContain("start=900&");
    expect(quality.over(0, 1000)).toEqual([span(100, 950, 0, 1)]);
  });

  test("the newest stretch is asked for again, a settled one only when late samples came", async () => {
    const { asked, get } = center([{ spans: [] }]);
    let now = 0;
    const quality = new Quality("s1", RATE, () => {}, () => now, get);
    const look = async (end: number) => {
      quality.want(0, 1000, end);
      await settle();
      return asked.length;
    };
    expect(await look(1000)).toBe(1);
    now = 2500;
    expect(await look(2 * SPAN)).toBe(2);
    now = 1e6;
    expect(await look(2 * SPAN)).toBe(2);
    quality.invalidate(500, 600);
    expect(await look(2 * SPAN)).toBe(3);
  });

  test("a failure is tried again, and what was known stays", async () => {
    const told: Record<string, unknown>[] = [{ spans: [[1, 9, 0, 4]] }];
    const { asked, get } = center(told);
    let now = 0;
    const quality = new Quality("s1", RATE, () => {}, () => now, get);
    quality.want(0, 1000, 1000);
    await settle();
    told.length = 0;
    now = 3000;
    quality.want(0, 1000, 1000);
    await settle();
    expect(asked.length).toBe(2);
    expect(quality.over(0, 10)).toEqual([span(1, 9, 0, 4)]);
    now = 5000;
    quality.want(0, 1000, 1000);
    expect(asked.length, "not at once").toBe(2);
  });

  test("many hours are shown from the picture of the whole, as fine as its pixels", async () => {
    const { asked, get } = center([{ spans: [[0, 5e6, 0, 2]] }]);
    const quality = new Quality("s1", RATE, () => {}, () => 0, get);
    quality.want(0, 20 * SPAN, 20 * SPAN);
    expect(asked).toEqual([]);
    quality.wantWhole(20 * SPAN, 1000);
    quality.wantWhole(20 * SPAN, 1000);
    await settle();
    expect(asked).toEqual([`/api/streams/s1/quality?start=0&stop=${20 * SPAN}&resolution=${(40 * SPAN) / 1000}`]);
    expect(quality.over(100, 100 + 19 * SPAN)).toEqual([span(100, 100 + 19 * SPAN)]);
  });
});

describe("where nothing can be read", () => {
  test("only where every lead is bad", () => {
    const spans = [span(0, 100), span(50, 200, 1), span(150, 300), span(150, 160, 1, QUALITY.noisy)];
    expect(blind(spans, 2)).toEqual([
      { start: 50, stop: 100 },
      { start: 150, stop: 200 },
    ]);
    expect(blind(spans, 3)).toEqual([]);
    expect(blind([span(0, 50), span(50, 100)], 1)).toEqual([{ start: 0, stop: 100 }]);
  });

  test("spans of one kind that touch are one, others stay apart", () => {
    expect(joined([span(10, 20), span(0, 10), span(20, 30, 1), span(20, 30, 0, QUALITY.flat)])).toEqual([
      span(0, 20),
      span(20, 30, 0, QUALITY.flat),
      span(20, 30, 1),
    ]);
  });

  test("a trace is parted into what can be read and what cannot; noise can", () => {
    const part = { from: 0, to: 100, sharp: true } as Part;
    const bad = [span(90, 200), span(20, 40), span(40, 50, 0, QUALITY.leadOff), span(60, 70, 0, QUALITY.noisy)];
    const { read, not } = sorted([part], bad);
    const bounds = (parts: Part[]) => parts.map(({ from, to }) => [from, to]);
    expect(bounds(read)).toEqual([
      [0, 20],
      [50, 90],
    ]);
    expect(bounds(not)).toEqual([
      [20, 40],
      [40, 50],
      [90, 100],
    ]);
  });
});
