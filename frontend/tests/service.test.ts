import { describe, expect, it } from "vitest";
import type { Ending } from "../src/desk/entities";
import { readEntity } from "../src/desk/parse";
import { endingWords, unasked } from "../src/service/ending";
import { dayWords, inventoryOf, serviceAt, servicesOf, sheetOf, wholeOf } from "../src/service/told";

describe("what is told of service periods", () => {
  it("survives anything that is no answer of the center", () => {
    for (const odd of [null, 3, "x", [], { kits: 3, services: [null, 3], calls: { a: 1 } }]) {
      expect(inventoryOf(odd).kits).toEqual([]);
      expect(servicesOf(odd).periods).toEqual([]);
      expect(servicesOf(odd).calls).toEqual([]);
      expect(wholeOf(odd).stays).toEqual([]);
      expect(sheetOf(odd).emergency).toBe("911");
    }
  });

  it("reads a kit with what can be done with it", () => {
    const told = inventoryOf({ states: { "in stock": 1 }, overdue: 0, may: { change: true }, kits: [{ transmitter: "T-1", model: "M", serial: "", leads: ["II", "V1"], rate_hz: 250, state: "returned", acts: ["clean", 3] }] });
    expect(told.change).toBe(true);
    expect(told.kits[0]).toMatchObject({ transmitter: "T-1", made: "M", sends: "II, V1 · 250 /s", acts: ["clean"], overdue: false });
  });

  it("tells a call that reached nobody from one that did", () => {
    const told = wholeOf({ calls: [{ what: "first day", reached: false, said: "rings" }, { what: "first day", reached: true, said: "all well" }] });
    expect(told.calls.map(({ words }) => words)).toEqual(["first day: nobody reached, rings", "first day: all well"]);
  });
});

describe("services that end by themselves", () => {
  const HOUR = 3_600_000;
  const one = (change: Partial<Ending>): Ending => ({ faults: [], stream: "s000001", patient: "Doe, Jane", limit_ms: 5 * HOUR, over: false, asked: false, cases: [], ...change });

  it("say when, and what is over and still to be judged", () => {
    expect(endingWords(one({}), 0)).toMatch(/^service ends by itself in 5 h/);
    expect(endingWords(one({}), 5 * HOUR)).toBe("service ends now");
    expect(endingWords(one({ limit_ms: null }), 0)).toBe("service ends by itself within a day");
    expect(endingWords(one({ over: true, cases: [4, 7] }), 6 * HOUR)).toMatch(/^service ended by itself .*: nobody watches\. 2 cases of it to be judged\.$/);
  });

  it("stand on the list until somebody asked, what is over first", () => {
    const told = [one({ stream: "s000002" }), one({ stream: "s000003", asked: true }), one({ stream: "s000004", over: true, limit_ms: 9 * HOUR })];
    expect(unasked(told).map(({ stream }) => stream)).toEqual(["s000004", "s000002"]);
  });

  it("what cannot be read is told as over", () => {
    const odd = readEntity("ending", "ending:s000001", { stream: "s000001", limit_ms: "x", cases: ["4"] });
    expect(odd.over).toBe(true);
    expect(odd.faults.length).toBeGreaterThan(1);
  });
});

describe("where a path leads", () => {
  it("to the list, a period, its sheet", () => {
    expect(serviceAt("/service")).toBe("list");
    expect(serviceAt("/service/s000012")).toEqual({ stream: "s000012", sheet: false });
    expect(serviceAt("/service/s000012/instructions")).toEqual({ stream: "s000012", sheet: true });
    expect(serviceAt("/service/12")).toBe("list");
  });
});

it("writes days in words for patients", () => {
  expect(dayWords("2026-11-23")).toBe("Monday, November 23, 2026");
  expect(dayWords("soon")).toBe("soon");
});
