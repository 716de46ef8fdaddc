import { describe, expect, it } from "vitest";
import { CASE, ME } from "./desk";
import type { Kind } from "../src/desk/entities";
import { kindOf, readEntity } from "../src/desk/parse";

const KINDS: readonly Kind[] = [
  "me",
  "person",
  "watch",
  "patient",
  "ending",
  "case",
  "notification",
  "emergency",
  "incident",
  "legs",
  "center",
];

describe("entities", () => {
  it("what is right has no faults", () => {
    expect(readEntity("case", "case:12", CASE).faults).toEqual([]);
    expect(readEntity("me", "me", ME)).toEqual({ ...ME, faults: [] });
  });

  it("a case keeps every field", () => {
    const { faults: _, ...read } = readEntity("case", "case:12", CASE);
    expect(read).toEqual(CASE);
  });

  it.each([
    ["tier", "pressing", "emergent"],
    ["priority", 4, "high"],
    ["state", "lost", "open"],
  ])("a case's %s that is not known reads as the most pressing one", (field, value, read) => {
    const found = readEntity("case", "case:12", { ...CASE, [field]: value });
    expect(found[field as "tier"]).toBe(read);
    expect(found.faults).toEqual([`case:12.${field} "${value}" is not known`]);
  });

  it("a fault deep inside is named with its path", () => {
    const met = [{ ...CASE.met[0], value: "many" }];
    expect(readEntity("case", "case:12", { ...CASE, met }).faults).toEqual(["case:12.met[0].value is not a number"]);
  });

  it("a state of a watch that is not known is no state", () => {
    const watch = { id: 1, stream: "s000017", state: "resting" };
    const read = readEntity("watch", "watch:1", watch);
    expect(read.state).toBeNull();
    expect(read.faults).toEqual(['watch:1.state "resting" is not known']);
  });

  it("whether somebody watches reads as no where it is not said", () => {
    const read = readEntity("patient", "patient:s000017", { stream: "s000017" });
    expect([read.watched, read.displayed]).toEqual([false, false]);
    expect(read.faults).toHaveLength(2);
  });

  it.each([
    [17, "s000017"],
    ["s000017", "s000017"],
    ["17", ""],
    [-1, ""],
  ])("a stream told as %s is %s", (told, read) => {
    expect(readEntity("case", "case:12", { ...CASE, stream: told }).stream).toBe(read);
  });

  it("an over-read is due, done or not asked for", () => {
    const read = (overread: unknown) => readEntity("case", "case:1", { ...CASE, overread }).overread;
    expect([read(null), read("due"), read({ by: "Kim" })]).toEqual([null, "due", "done"]);
  });

  it("knows kinds by the part before the colon", () => {
    expect([kindOf("case:12"), kindOf("me"), kindOf("weather:1"), kindOf("constructor")]).toEqual([
      "case",
      "me",
      null,
      null,
    ]);
  });

  const junk: unknown[] = [null, 3, "x", [], {}, [{}], { id: [], stream: {}, next: [null], steps: 3, legs: [1] }];
  const nested = [{ findings: [null, 4], met: [{}], alarm: 3, held_by: 7, calls: [[]], by: {}, sound: 1 }];
  it.each(KINDS.flatMap((kind) => [...junk, ...nested].map((value) => [kind, value] as const)))(
    "%s of %j is named, not thrown",
    (kind, value) => {
      const read = readEntity(kind, `${kind}:1`, value);
      const needs = !["legs", "center"].includes(kind) || typeof value !== "object" || value === null;
      if (needs) expect(read.faults.length).toBeGreaterThan(0);
      for (const fault of read.faults) expect(fault.startsWith(`${kind}:1`)).toBe(true);
    },
  );
});
