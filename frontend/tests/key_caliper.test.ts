import { describe, expect, it } from "vitest";
import { keyName } from "../src/chrome/acts";
import { moved, type Phase, pointSet, spoken, words } from "../src/desk/key_caliper";
import type { CaliperModel } from "../src/patient/caliper";

const SCALE = { rate: 250, pxPerMv: 38 };
const START: CaliperModel = { from: { sample: 1000, y: 100 }, to: { sample: 1000, y: 100 } };

describe("a caliper by keys", () => {
  it("moves the first point with everything, the second alone", () => {
    const first = moved(START, "first", 1, 0, true, SCALE);
    expect(first).toEqual({ from: { sample: 1010, y: 100 }, to: { sample: 1010, y: 100 } });
    const second = moved(first, "second", 1, 1, true, SCALE);
    expect(second.from).toEqual(first.from);
    expect(second.to.sample).toBe(1020);
    expect(second.to.y).toBeCloseTo(96.2);
  });

  it.each([
    [250, 1, 10],
    [1000, 4, 40],
    [100, 1, 4],
  ])("at %i Hz a step is %i samples, a small square %i", (rate, fine, coarse) => {
    const by = (big: boolean) => moved(START, "second", 1, 0, big, { ...SCALE, rate }).to.sample - 1000;
    expect([by(false), by(true)]).toEqual([fine, coarse]);
  });

  it("sets one point, then the other, then begins another where it ended", () => {
    const one = { ...START, to: { sample: 1100, y: 90 } };
    const phases: Phase[] = [];
    let at: { caliper: CaliperModel; phase: Phase } = { caliper: one, phase: "first" };
    for (let i = 0; i < 3; i++) phases.push((at = pointSet(at.caliper, at.phase)).phase);
    expect(phases).toEqual(["second", "set", "first"]);
    expect(at.caliper).toEqual({ from: one.to, to: one.to });
  });

  it("says ms, /min and mV, and no rate of what is no beat to the next", () => {
    const one = { from: { sample: 1000, y: 100 }, to: { sample: 1203, y: 71.88 } };
    expect(words(one, SCALE)).toBe("812 ms, 74 /min, 0.74 mV");
    expect(words(START, SCALE)).toBe("0 ms, 0.00 mV");
    expect(spoken(one, "second", SCALE)).toBe("Second point: 812 ms, 74 /min, 0.74 mV");
    expect(spoken(one, "set", SCALE)).toBe("Measured: 812 ms, 74 /min, 0.74 mV");
    expect(spoken(START, "first", SCALE)).toContain("Enter sets it");
  });
});

it.each([
  ["ArrowLeft", true, "Shift+←"],
  ["ArrowLeft", false, "←"],
  ["Enter", true, "Shift+Enter"],
  ["?", true, "?"],
  ["S", true, "S"],
])("%s with Shift %s is %s", (key, shiftKey, name) => {
  expect(keyName({ key, shiftKey, altKey: false, ctrlKey: false, metaKey: false })).toBe(name);
});
