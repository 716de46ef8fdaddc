import { afterEach, expect, it, vi } from "vitest";
import { Trends } from "../src/wall/trends";
import { NOW, PATIENT } from "./patients";
import { envelopeMessage } from "./wire";

const RATE = 100;
const HOUR = 3600 * RATE;
const patient = { ...PATIENT, rate_hz: RATE };
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A center on which the patient's two hours of samples ended `agoMs` before NOW. */
function center(agoMs: number, found: readonly object[] | null = []) {
  const asked: string[] = [];
  const end = 2 * HOUR;
  const origin = NOW - agoMs - (end / RATE) * 1000;
  vi.stubGlobal("fetch", async (url: string) => {
    asked.push(url);
    if (url.includes("findings"))
      return { ok: found !== null, json: async () => ({ findings: found, truncated: false }) };
    if (!url.includes("envelope")) {
      const details = { state: patient, origin_ms: origin, fixes: [], stored: [[0, end]], layout: null };
      return { ok: true, json: async () => details };
    }
    const query = new URLSearchParams(url.split("?")[1]);
    const [start, stop] = [Number(query.get("start")), Number(query.get("stop"))];
    const bins = Math.ceil((stop - start) / (30 * RATE));
    const rate = Array.from({ length: bins }, (_, i) => 60 + i);
    const lane = [rate.map(() => 0)];
    const body = envelopeMessage({
      stream: 17,
      start,
      binSamples: 30 * RATE,
      rate,
      coverage: rate.map(() => 1),
      low: lane,
      high: lane,
    });
    return { ok: true, arrayBuffer: async () => body };
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

it.each([
  ["still coming", 0, 120],
  ["ended ten minutes ago", 600_000, 100],
  ["ended an hour ago", 3_600_000, 0],
])("the right edge of the strip is now: %s", async (_what, agoMs, known) => {
  center(agoMs);
  const trends = new Trends(() => {});
  trends.want([patient], NOW);
  await settle();
  const rates = trends.rates(patient.id, NOW);
  expect(rates.length).toBe(120);
  expect(rates.findLastIndex((rate) => rate !== null)).toBe(known - 1);
  expect(rates.filter((rate) => rate !== null).length).toBe(known);
});

it("between two requests the strip moves on by itself", async () => {
  const asked = center(0);
  const trends = new Trends(() => {});
  trends.want([patient], NOW);
  await settle();
  const before = trends.rates(patient.id, NOW);
  const after = trends.rates(patient.id, NOW + 30_000);
  expect(after.slice(0, 119)).toEqual(before.slice(1));
  expect(after[119]).toBeNull();
  trends.want([patient], NOW + 59_000);
  await settle();
  expect(asked.length).toBe(3);
  trends.forget();
  expect(trends.rates(patient.id, NOW).every((rate) => rate === null)).toBe(true);
});

it("a strip that was asked for by a clock far ahead is asked for again", async () => {
  center(0);
  const trends = new Trends(() => {});
  trends.want([patient], NOW + 86_400_000);
  await settle();
  expect(trends.rates(patient.id, NOW).every((rate) => rate === null)).toBe(true);
  trends.want([patient], NOW);
  await settle();
  expect(trends.rates(patient.id, NOW).every((rate) => rate !== null)).toBe(true);
});

const FOUND = {
  id: "1",
  kind: "atrial-fibrillation",
  words: "Atrial fibrillation",
  priority: "medium",
  start: HOUR,
  end: HOUR + HOUR / 4,
  state: "closed",
  strip: [0, 1],
  rule: "afib",
  version: "1",
};

/** The strokes of the strip's markup that are episodes: class and path. */
function episodes(trends: Trends, now: number) {
  const text = JSON.stringify(trends.view(patient, now), (_key, value) => (typeof value === "function" ? "" : value));
  return [...text.matchAll(/"episode (\w+)","(M[^"]*)"/g)].map(([, priority, path]) => [priority, path]);
}

it("what was found in the hour lies along the foot of the strip and moves with it", async () => {
  center(0, [FOUND, { ...FOUND, id: "2", priority: "none" }, { ...FOUND, id: "3", state: "withdrawn" }]);
  const trends = new Trends(() => {});
  trends.want([patient], NOW);
  await settle();
  expect(episodes(trends, NOW)).toEqual([["medium", "M0.00 19H30.00"]]);
  expect(episodes(trends, NOW + 600_000)).toEqual([["medium", "M0.00 19H10.00"]]);
  expect(episodes(trends, NOW + 1_000_000)).toEqual([]);
});

it("without an answer on findings the rate is shown all the same", async () => {
  center(0, null);
  const trends = new Trends(() => {});
  trends.want([patient], NOW);
  await settle();
  expect(trends.rates(patient.id, NOW).every((rate) => rate !== null)).toBe(true);
  expect(episodes(trends, NOW)).toEqual([]);
});
