import { describe, expect, it } from "vitest";
import { parseHours, writeHours } from "../src/prescribe/hours";
import { faultsAt, formOf, planOf } from "../src/prescribe/plan";

describe("hours as one writes them", () => {
  it("are read and written back", () => {
    for (const typed of ["mon-fri 08:00-17:00", "sat,holiday 09:00-12:00", "daily 08:00-08:00", "mon 17:00-08:00; wed-thu 00:00-24:00"]) {
      const found = parseHours(typed);
      expect(typeof found).toBe("object");
      expect(writeHours(found as never)).toBe(typed);
    }
  });

  it("go around the week's end, and a short hour is written long", () => {
    expect(parseHours("Fri-Mon 8:00 – 17:00")).toEqual([{ days: ["mon", "fri", "sat", "sun"], from: "08:00", to: "17:00" }]);
    expect(parseHours("")).toEqual([]);
  });

  it("that are none say so", () => {
    for (const typed of ["weekdays 08:00-17:00", "mon", "mon 8-17", "08:00-17:00"]) expect(typeof parseHours(typed)).toBe("string");
  });
});

describe("a plan's form", () => {
  const usual = { emergent: { tries: 2, retry_s: 60, wait_s: 0, again_s: 60 } };
  const plan = {
    zone: "America/New_York",
    persons: [{ key: "fib", name: "Dr A. Fib", role: "physician", numbers: [{ kind: "mobile", number: "+1 555 010 0002", hours: [{ days: ["mon"], from: "08:00", to: "17:00" }] }] }],
    cover: [{ days: ["mon", "tue"], from: "08:00", to: "08:00", person: "fib" }],
    holidays: ["2026-12-25"],
    exceptions: [{ from: "2026-12-24T08:00", to: "2026-12-26T08:00", person: null }],
    ladders: { emergent: { rungs: [{ who: "cover", tries: 3, retry_s: 60, wait_s: 0 }], again_s: 60, call_most_s: 300 }, urgent: { rungs: [{ who: "fib", tries: 1, retry_s: 120, wait_s: 0 }] }, daily: { rungs: [], at: "09:00" } },
  };

  it("gives back the plan that it was read from, what it does not show among it", () => {
    expect(planOf(formOf(plan, usual))).toEqual({ plan, faults: [] });
  });

  it("of a tier that is left out, everybody in order with the usual times", () => {
    const form = formOf({ ...plan, ladders: {} }, usual);
    expect(form.ladders.emergent.rungs).toEqual([{ who: "fib", tries: "2", retry_s: "60", wait_s: "0", hours: "" }]);
  });

  it("says at its field what cannot be written", () => {
    const form = formOf(plan, usual);
    form.cover[0]!.when = "mon 8-17";
    form.persons[0]!.numbers[0]!.hours = "never";
    const { faults } = planOf(form);
    expect(faultsAt(faults, "cover[0]")).toHaveLength(1);
    expect(faultsAt(faults, "persons[0].numbers[0].hours")).toHaveLength(1);
    for (const around of ["persons", "persons[0].name", "persons[0].numbers"]) expect(faultsAt(faults, around)).toEqual([]);
    expect(faultsAt([{ keys: ["persons[0].numbers[0].hours[0].from"], words: "x" }], "persons[0].numbers[0].hours")).toEqual(["x"]);
  });
});
