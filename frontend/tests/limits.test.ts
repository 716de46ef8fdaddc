import { describe, expect, it, vi } from "vitest";
import { LimitsPart, readLimits, readLooked, span, typedSeconds, wanted } from "../src/administration/limits";
import { changeWords } from "../src/administration/limits_view";
import { Commands } from "../src/desk/commands";

const TOLD = {
  tiers: ["emergent", "urgent"],
  legs: [
    { name: "displayed to held", shipped: { emergent: 120, urgent: 600 }, own: { emergent: 100, urgent: null } },
    { name: "held to verdict", shipped: { emergent: 180, urgent: 600 }, own: { emergent: null, urgent: null } },
  ],
  may_set: true,
};

describe("a time that is typed", () => {
  it.each([["90", 90], ["90 s", 90], ["2 min", 120], ["2m", 120], ["1.5 h", 5400], ["0,5 min", 30], ["1 d", 86_400], [" ", null], ["soon", "soon"], ["2 weeks", "2 weeks"], ["-3 s", "-3 s"]])("%s", (typed, seconds) => {
    expect(typedSeconds(typed)).toBe(seconds);
  }); // prettier-ignore

  it.each([5, 60, 90, 100, 120, 600, 3600, 5400, 86_400, 129_600])("%d s is read back as what is shown of it", (seconds) => {
    expect(typedSeconds(span(seconds))).toBe(seconds);
  });
});

describe("what is sent", () => {
  it("is everything that is the center's own, changed or not; an emptied field has the shipped limit again", () => {
    const limits = readLimits(TOLD);
    expect(wanted(limits, new Map())).toEqual({ "emergent.displayed to held": 100 });
    const edits = new Map([["emergent.displayed to held", ""], ["urgent.held to verdict", "5 min"], ["emergent.held to verdict", "soon"]]); // prettier-ignore
    expect(wanted(limits, edits)).toEqual({ "urgent.held to verdict": 300, "emergent.held to verdict": "soon" });
  });

  it("is not sent while a field is wrong", async () => {
    const asked: string[] = [];
    const get = vi.fn(async (path: string) => {
      asked.push(path);
      const body = path.includes("check") ? { faults: [{ key: "urgent.held to verdict", words: "want seconds" }], changes: [] } : TOLD;
      return new Response(JSON.stringify(body), { status: 200 });
    });
    const part = new LimitsPart(new Commands(() => "", get as unknown as typeof fetch), () => undefined, () => undefined); // prettier-ignore
    await part.load();
    part.edit("urgent.held to verdict", "soon");
    expect(await part.set()).toBe(false);
    expect(part.looked?.faults.get("urgent.held to verdict")).toBe("want seconds");
    expect(part.problem).toContain("Not set");
    expect(asked.some((path) => path.endsWith("legs.set"))).toBe(false);
  });
});

describe("what changes is said", () => {
  const change = { key: "a.b", was_s: 120, limit_s: 90, ended: 41, missed: 1, would_miss: 5, over: 2 };
  const words = (more: object) => changeWords(readLooked({ changes: [{ ...change, ...more }] }).changes[0]!);
  it("by the last day and what is open", () => {
    expect(words({})).toBe("shorter; of 41 in the last 24 hours 5 would have missed it, 1 misses the one of now; 2 open cases would be over at once");
    expect(words({ limit_s: 300, ended: 0, over: 0 })).toBe("longer; none ended in the last 24 hours");
  });
});
