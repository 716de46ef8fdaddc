import { describe, expect, it } from "vitest";
import { beneath, held, momentOf, numberOf, overridesOf, rangeOf, type Row, scopeOf, shown, touchesWords } from "../src/prescribe/told";

const row = (change: Partial<Row> = {}): Row => ({
  key: "pause.urgent.interval_ms", event: "pause", tier: "urgent", words: "at least", unit: "ms", low: 2000, high: 6000,
  only: "", stricter: "lower", shipped: 4000, practice: null, patient: null, ...change,
}); // prettier-ignore
const JANE = { stream: "s000001" };
const OFFICE = { practice: 3 };

describe("what a form sends", () => {
  it("numbers that differ from the layer beneath, those that hold already among them", () => {
    const rows = [row({ patient: 3500, practice: 3800 }), row({ key: "vt.urgent.beats", shipped: 4, practice: 5 })];
    expect(overridesOf(rows, JANE, new Map())).toEqual({ "pause.urgent.interval_ms": 3500 });
    expect(overridesOf(rows, JANE, new Map([["vt.urgent.beats", "6"]]))).toEqual({ "pause.urgent.interval_ms": 3500, "vt.urgent.beats": 6 });
    expect(overridesOf(rows, JANE, new Map([["pause.urgent.interval_ms", "3800"]]))).toEqual({});
  });

  it("of a template, those that differ from the shipped ones", () => {
    expect(overridesOf([row({ practice: 3800 })], OFFICE, new Map())).toEqual({ "pause.urgent.interval_ms": 3800 });
    expect(overridesOf([row({ practice: 3800 })], OFFICE, new Map([["pause.urgent.interval_ms", "4000"]]))).toEqual({});
  });

  it("what is no number goes as it was typed, so that the center says so at its field", () => {
    expect(["3,5", " 12 ", "", "abc", "1e999"].map(numberOf)).toEqual([3.5, 12, "", "abc", "1e999"]);
    expect(overridesOf([row()], JANE, new Map([["pause.urgent.interval_ms", "many"]]))).toEqual({ "pause.urgent.interval_ms": "many" });
  });
});

describe("the layers", () => {
  it("a patient's stand on the practice's, a practice's on the shipped ones", () => {
    const one = row({ practice: 3800, patient: 3500 });
    expect([beneath(one, JANE), held(one, JANE), beneath(one, OFFICE), held(one, OFFICE)]).toEqual([3800, 3500, 4000, 3800]);
  });

  it("an emergent number may only be made stricter than the layer beneath", () => {
    expect(rangeOf(row({ only: "lower", practice: 3800 }), JANE)).toBe("2000 to 3800: only lower");
    expect(rangeOf(row({ only: "higher", low: 2000, shipped: 4000 }), OFFICE)).toBe("4000 to 6000: only higher");
    expect(rangeOf(row({ unit: "flag", low: 1, high: 1 }), JANE)).toBe("always on");
  });
});

it("numbers, moments and addresses as they are written", () => {
  expect([shown(1, "flag"), shown(0, "flag"), shown(30, "bpm"), shown(0.5, "")]).toEqual(["on", "off", "30 /min", "0.5"]);
  expect([momentOf(""), momentOf("2026-11-21"), momentOf("2026-11-21T25:00")]).toEqual([null, null, null]);
  expect(momentOf("2026-11-21T17:00")).toBe(new Date("2026-11-21T17:00").getTime());
  expect([scopeOf("s000001"), scopeOf("practice/3"), scopeOf("practice/0"), scopeOf("x"), scopeOf("")]).toEqual([JANE, OFFICE, null, null, null]);
});

describe("whom a template touches", () => {
  it.each([
    [{ follow: 12, own: 0 }, "Touches 12 patients in service, and everybody of this practice who comes later."],
    [{ follow: 1, own: 1 }, "Touches 1 patient in service, and everybody of this practice who comes later; 1 with criteria of their own stays as it is."],
    [{ follow: 0, own: 2 }, "Touches no patient in service now, and everybody of this practice who comes later; 2 with criteria of their own stay as they are."],
  ])("%o", (touches, words) => {
    expect(touchesWords(touches)).toBe(words);
  });
});
