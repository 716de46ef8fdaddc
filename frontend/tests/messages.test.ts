import { describe, expect, it } from "vitest";
import { parseMessage, parsePatient } from "../src/protocol/messages";
import { advance, type Picture, streamId, streamNumber } from "../src/protocol/picture";
import { PATIENT } from "./patients";

const snapshot = (n: number, patients: unknown[] = [PATIENT]) =>
  parseMessage(
    JSON.stringify({
      type: "snapshot",
      n,
      server_ms: 1,
      boot: "b1",
      center: { storing: "ok", patients: 1 },
      patients,
    }),
  );
const change = (n: number, body: object) =>
  parseMessage(JSON.stringify({ type: "change", n, server_ms: 2, ...body }));
const tick = (n: number) => parseMessage(JSON.stringify({ type: "tick", n, server_ms: 3 }));

const begin = (n = 10) => advance(null, snapshot(n)) as Picture;

describe("the picture follows the numbers", () => {
  it.each<[string, Parameters<typeof advance>[1], number | "reload"]>([
    ["the next change", change(11, { patients: [{ id: "s000017", hr: 90 }] }), 11],
    ["a change that was skipped", change(12, {}), "reload"],
    ["a change that came before", change(10, {}), "reload"],
    ["a tick in step", tick(10), 10],
    ["a tick ahead: a change was lost", tick(11), "reload"],
    ["a snapshot, whatever its number", snapshot(3), 3],
    ["a patch for a patient never told of", change(11, { patients: [{ id: "s000099", hr: 1 }] }), "reload"],
  ])("%s", (_what, message, expected) => {
    const next = advance(begin(), message);
    expect(next === "reload" ? next : next.n).toBe(expected);
  });

  it("before the first snapshot everything else asks for one", () => {
    expect([advance(null, tick(1)), advance(null, change(1, {}))]).toEqual(["reload", "reload"]);
  });

  it("changes only the fields that came", () => {
    const next = advance(
      begin(),
      change(11, { patients: [{ id: "s000017", hr: null, backlog_s: 720 }], center: { storing: "full" } }),
    );
    if (next === "reload") throw new Error("reload");
    expect(next.patients.get("s000017")).toEqual({ ...PATIENT, hr: null, backlog_s: 720 });
    expect(next.center).toMatchObject({ storing: "full", patients: 1 });
  });

  it("adds a whole patient and removes one", () => {
    const next = advance(begin(), change(11, { patients: [{ ...PATIENT, id: "s000018" }], removed: ["s000017"] }));
    expect(next === "reload" ? [] : [...next.patients.keys()]).toEqual(["s000018"]);
  });

  it("leaves the picture before as it was", () => {
    const before = begin();
    advance(before, change(11, { patients: [{ id: "s000017", hr: 1 }], removed: [] }));
    expect(before.patients.get("s000017")?.hr).toBe(PATIENT.hr);
  });
});

describe("text messages are checked", () => {
  it.each<[string, unknown, RegExp]>([
    ["no JSON", "{", /JSON/],
    ["another type", { type: "hello", n: 1, server_ms: 1 }, /hello/],
    ["no number", { type: "tick", server_ms: 1 }, /n is not a number/],
    [
      "patients that are no list",
      { type: "snapshot", n: 1, server_ms: 1, boot: "", center: {}, patients: 3 },
      /patients/,
    ],
    ["an unknown storing state", { type: "change", n: 1, server_ms: 1, center: { storing: "maybe" } }, /maybe/],
  ])("%s", (_what, value, message) => {
    expect(() => parseMessage(typeof value === "string" ? value : JSON.stringify(value))).toThrow(message);
  });

  it.each<[string, object, RegExp]>([
    ["an unknown link", { link: "perhaps" }, /link/],
    ["gain 0", { leads: [{ name: "II", gain: 0, baseline: 0, quality: 0 }] }, /gain/],
    ["a rate that is text", { rate_hz: "360" }, /rate_hz/],
  ])("a patient with %s", (_what, spoil, message) => {
    expect(() => parsePatient({ ...PATIENT, ...spoil })).toThrow(message);
  });

  it("an unknown quality code is kept, a missing one is unknown", () => {
    const leads = [
      { name: "II", gain: 1, baseline: 0, quality: 42 },
      { name: "V1", gain: 1, baseline: 0 },
    ];
    expect(parsePatient({ ...PATIENT, leads }).leads.map((lead) => lead.quality)).toEqual([42, 255]);
  });
});

it.each([
  [17, "s000017"],
  [1_234_567, "s1234567"],
])("stream %i is %s", (stream, id) => {
  expect([streamId(stream), streamNumber(id)]).toEqual([id, stream]);
});

it.each(["17", "s17", "x000017", "s000017x"])("%s is no stream", (id) => expect(streamNumber(id)).toBeNull());
