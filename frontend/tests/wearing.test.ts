import { describe, expect, it } from "vitest";
import { readAgreement, shareWords } from "../src/watch/agreement";
import { hours, readWearers, readWearing, type Wearer, why } from "../src/watch/wearing";

const wearer = (change: Partial<Wearer>): Wearer => ({
  stream: "s000001",
  patient: "Doe, Jane",
  telephone: "",
  lastMs: null,
  worn: 10.25,
  of: 24,
  reasons: [],
  sinceMs: null,
  settled: false,
  contactedMs: null,
  ...change,
});

describe("why somebody is called", () => {
  const NOW = 1e12;
  it.each([
    [wearer({ reasons: ["silent"], lastMs: NOW - 5 * 3_600_000 }), "no signal for 5 h"],
    [wearer({ reasons: ["never", "few"], worn: 0 }), "nothing ever came, 0 h of 24 h worn"],
    [wearer({ reasons: ["few"], of: 7.5 }), "10.3 h of 7.5 h worn"],
    [wearer({}), ""],
  ])("%#", (one, words) => expect(why(one, NOW)).toBe(words));

  it.each([[0, "0 h"], [0.001, "1 min"], [0.5, "30 min"], [23.96, "24 h"]])("%f h", (h, words) => expect(hours(h)).toBe(words)); // prettier-ignore
});

describe("what the center tells", () => {
  it("an unknown reason is no reason, and what is missing is nothing", () => {
    const told = { patients: [{ stream: "s000002", patient: "A", telephone: "", worn_h: 1, of_h: 2, reasons: ["few", "mood"], settled: false }] };
    expect(readWearers(told)[0]).toMatchObject({ stream: "s000002", reasons: ["few"], lastMs: null });
    expect(readWearing({}).days).toEqual([]);
    expect(readAgreement(null).readers).toEqual([]);
  });
});

describe("a share of second readings", () => {
  const row = (agreed: number, read: number) => ({ name: "", given: 99, due: 40, read, agreed, share: read === 0 ? null : agreed / read });
  it.each([[0, 0, "–"], [3, 4, "3 of 4"], [199, 200, "99 %"], [200, 200, "100 %"]])("%i of %i", (agreed, read, words) => {
    expect(shareWords(row(agreed, read))).toBe(words);
  }); // prettier-ignore
});
