import { describe, expect, it } from "vitest";
import { callEnd, clockOf, dial, EMPTY_CALL, missing, roleOf, running } from "../src/desk/call";
import { onceEach } from "../src/desk/case_view";
import type { Call, Case, Notification } from "../src/desk/entities";
import { ageOf, countTiers, heldByMe, filtersOf, listed, meId, stepped, whyNot, whyNotAgain } from "../src/desk/order";
import { readEntity } from "../src/desk/parse";
import { Relabel } from "../src/desk/relabel";
import { DeskStore } from "../src/desk/store";
import { stillWants } from "../src/desk/verdict_view";
import { Asked, readCaseWhole, readPatientWhole, whoseIs } from "../src/desk/whole";
import { CASE, ME, NOW } from "./desk";

const one = (change: object = {}): Case => readEntity("case", "case:12", { ...CASE, ...change });
const me = (change: object = {}) => readEntity("me", "me", { ...ME, ...change });
const held = { state: "held", held_by: { id: 3, name: "Ruiz, T." } };

describe("the list", () => {
  it("what nobody judged is first, by tier, then escalated, then the oldest", () => {
    const cases = [
      one({ id: 1, tier: "daily" }),
      one({ id: 2, tier: "urgent", opened_ms: NOW - 9 }),
      one({ id: 3, tier: "urgent", opened_ms: NOW - 90 }),
      one({ id: 4, tier: "urgent", opened_ms: NOW, escalated: true }),
      one({ id: 5, state: "notifying" }),
      one({ id: 6, state: "closed" }),
      one({ id: 7 }),
    ];
    expect(listed(cases, "all", me()).map(({ id }) => id)).toEqual([7, 4, 3, 2, 1, 5, 6]);
    expect(listed(cases, "open", me()).map(({ id }) => id)).toEqual([7, 4, 3, 2, 1, 5]);
    expect(countTiers(cases)).toEqual({ emergent: 2, urgent: 3, daily: 1, technical: 0 });
  });

  it("mine are those that I hold, and those I must see through", () => {
    const verdict = { verdict: "true", by: "Ruiz, T.", at_ms: NOW, note: "" };
    const cases = [one({ id: 1 }), one({ id: 2, ...held }), one({ id: 3, state: "notifying", verdict })];
    expect(listed(cases, "mine", me()).map(({ id }) => id)).toEqual([2, 3]);
  });

  it("what is judged is past, unless it should have closed long ago", () => {
    const cases = [one({ id: 1, state: "decided" }), one({ id: 2, state: "decided", escalated: true })];
    expect(listed(cases, "open", me()).map(({ id }) => id)).toEqual([2]);
  });

  it("second readings are for those who may give them, never their own, by when they are due", () => {
    const due = (id: number, first: number, overread_due_ms: number) =>
      one({ id, state: "closed", overread: "due", first_reader: { id: first, name: "Somebody" }, overread_due_ms });
    const cases = [due(1, 8, NOW + 9), due(2, 3, NOW), due(3, 8, NOW + 1), one({ id: 4, overread: "done" }), one({ id: 5 })];
    const reader = me({ permissions: ["case.overread"] });
    expect(listed(cases, "again", reader).map(({ id }) => id)).toEqual([3, 1]);
    expect(cases.map((each) => whyNotAgain(each, reader))).toEqual([
      null, "You read it first: another reads it again.", null, "It was read again.", "No second reading is due.",
    ]); // prettier-ignore
    expect(filtersOf(reader)).toEqual(["open", "mine", "again", "all"]);
    expect([filtersOf(me({ permissions: [] })), listed(cases, "again", me({ permissions: [] }))]).toEqual([["open", "mine", "all"], []]);
  });

  it.each([
    [{ state: "decided", closes_ms: NOW + 42_000 }, null, "Closes by itself in 42 s."],
    [{ state: "decided", closes_ms: NOW }, null, "Closes now."],
    [{ state: "decided", alarm: { ...CASE.alarm, state: "latched" } }, null, "its alarm goes on"],
    [{ state: "notifying", alarm: { ...CASE.alarm, state: "acknowledged" } }, { state: "calling" }, "until the physician is reached"],
    [{ state: "notifying", alarm: { ...CASE.alarm, state: "acknowledged" } }, { state: "reached" }, "written down what the physician does"],
    [{ state: "decided", alarm: { ...CASE.alarm, state: "acknowledged" } }, null, "while its emergency goes on"],
  ])("a judged case %j with %j says what it wants", (change, told, words) => {
    expect(stillWants({ one: one(change), now: NOW, notification: told as Notification | null })).toContain(words);
  });

  it.each([
    [50_000, 50, 0.5, false, "due in 50 s"],
    [0, 100, 1, false, "due in 0 s"],
    [-30_000, 130, 1, true, "late by 30 s"],
  ])("with %i ms left the bar is at its share", (left, age, share, late, due) => {
    const told = ageOf(one({ opened_ms: NOW - age * 1000, due_ms: NOW + left }), NOW);
    expect([told.share, told.late, told.due]).toEqual([share, late, due]);
  });

  it("an age that is not known has no bar", () => {
    expect(ageOf(one({ opened_ms: null, onset_ms: null }), NOW).age).toBe("age not known");
    expect(ageOf(one({ due_ms: null }), NOW).share).toBeNull();
  });

  it.each([
    [[1, 2, 3], 2, 1, 3],
    [[1, 2, 3], 3, 1, 3],
    [[1, 2, 3], 1, -1, 1],
    [[1, 2, 3], 9, 1, 1],
    [[], 2, 1, null],
  ])("from %j at %s by %i", (ids, at, by, to) => {
    expect(stepped(ids, at, by)).toBe(to);
  });
});

describe("who may judge", () => {
  it("the console is somebody where sign-in is off", () => {
    const console = me({ sign_in: "off", staff: undefined });
    expect(meId(console)).toBe(0);
    expect(heldByMe(one({ held_by: { id: 0, name: "console" } }), console)).toBe(true);
  });

  it.each([
    [held, {}, null],
    [{}, {}, "Take it first: Enter."],
    [{ state: "held", held_by: { id: 4, name: "Kim, J." } }, {}, "Kim, J. has it."],
    [{ state: "closed" }, {}, "The case is closed."],
    [held, { session: { until_ms: null, locked: true } }, "This station is locked."],
  ])("%j", (change, mine, words) => {
    expect(whyNot(one(change), me(mine))).toBe(words);
  });
});

describe("a call", () => {
  const reached = { ...EMPTY_CALL, outcome: "reached" as const };
  it("has nothing chosen beforehand", () => {
    expect(EMPTY_CALL).toEqual({ outcome: null, person: "", role: "", readback: false, said: "", action: "" });
    expect(Object.keys(missing(EMPTY_CALL))).toEqual(["outcome"]);
  });

  it.each([
    [reached, ["person", "role", "readback"]],
    [{ ...reached, person: "Lee", role: " " }, ["role", "readback"]],
    [{ ...reached, person: "Lee", role: "cardiologist" }, ["readback"]],
    [{ ...reached, person: "Lee", role: "cardiologist", readback: true }, []],
    [{ ...EMPTY_CALL, outcome: "voicemail" as const }, []],
  ])("%j lacks %j", (form, fields) => {
    expect(Object.keys(missing(form))).toEqual(fields);
  });

  it("is sent as it was written down, without spaces around", () => {
    const form = { ...reached, person: " Lee ", role: "cardiologist", readback: true, action: "ECG " };
    expect(callEnd({ id: 8 }, form)).toMatchObject({ call: 8, person: "Lee", action: "ECG", readback: true });
  });

  it("the one under way is the newest without an end", () => {
    const call = (id: number, started_ms: number, ended_ms: number | null) => ({ id, started_ms, ended_ms }) as Call;
    expect(running([call(1, 1, null), call(2, 2, null), call(3, 3, 4)])?.id).toBe(2);
    expect(running([call(3, 3, 4)])).toBeNull();
  });

  it("a role is sent as the desk knows it, however it is written", () => {
    expect(["Covering physician", "nurse-practitioner ", "cardiologist on call"].map(roleOf)).toEqual([
      "covering-physician", "nurse-practitioner", "cardiologist on call",
    ]); // prettier-ignore
  });

  it("a criterion that several findings met stands once, with the worst of them", () => {
    const met = (criterion: string, value: number | null) => ({ criterion, tier: "urgent" as const, value, limit: 4, unit: "s", words: "" });
    const shown = onceEach([met("pause", 4.2), met("pause", 6.4), met("block", null), met("pause", 5)]);
    expect(shown.map(({ criterion, value, times }) => [criterion, value, times])).toEqual([["pause", 6.4, 3], ["block", null, 1]]);
  });

  it("numbers are dialled without what only eyes need", () => {
    expect([dial("+1 (413) 555-0199"), clockOf(67_400), clockOf(-5)]).toEqual(["tel:+14135550199", "1:07", "0:00"]);
  });
});

describe("relabelling", () => {
  const beats = [100, 200, 300].map((sample) => ({ sample, code: "N", late: false }));
  it("chooses the nearest, then goes on beat by beat and stays at the ends", () => {
    const relabel = new Relabel();
    const at = ([1, 1, 1, -1] as const).map((by) => {
      relabel.step(beats, by, 190);
      return relabel.at;
    });
    expect(at).toEqual([200, 300, 300, 200]);
  });

  it("what is given its old class again is no change", () => {
    const relabel = new Relabel();
    expect(relabel.label(beats, "V")).toBe(false);
    relabel.pick(beats, 110, 50);
    relabel.label(beats, "V");
    expect(relabel.changes).toEqual([[100, "V"]]);
    expect(relabel.over(beats).map(({ code }) => code)).toEqual(["V", "N", "N"]);
    relabel.label(beats, "N");
    expect(relabel.changes).toEqual([]);
  });

  it("a click far from every beat chooses none", () => {
    const relabel = new Relabel();
    relabel.pick(beats, 500, 50);
    expect(relabel.at).toBeNull();
  });
});

describe("what is asked for", () => {
  it("a question is asked once an edition, and the last answer stays meanwhile", async () => {
    const asked: string[] = [];
    const answers = new Asked(
      (path) => {
        asked.push(path);
        return Promise.resolve(asked.length);
      },
      (value) => value as number,
      () => {},
    );
    answers.get("case/1", "a");
    answers.get("case/1", "a");
    await Promise.resolve().then(() => undefined);
    await Promise.resolve();
    expect(answers.get("case/1", "a").value).toBe(1);
    expect(answers.get("case/1", "b").value).toBe(1);
    expect(asked).toHaveLength(2);
  });

  it("an answer about one person never stands under another's name, nor stays where the next question fails", async () => {
    let down = false;
    const answers = new Asked(
      () => (down ? Promise.reject(new Error("no answer")) : Promise.resolve("12 Elm St")),
      (value) => value as string,
      () => {},
    );
    const settled = () => new Promise((resolve) => setTimeout(resolve));
    answers.get("patient/s000001", "", " Doe, Jane");
    await settled();
    expect(answers.get("patient/s000001", "", " Doe, Jane").value).toBe("12 Elm St");
    down = true;
    expect(answers.get("patient/s000001", "", "7 Poe, Pat").value).toBeNull();
    await settled();
    expect(answers.get("patient/s000001", "", "7 Poe, Pat")).toMatchObject({ value: null, failure: "no answer" });
  });

  it("a stream is another person's once it was corrected, of the same name too", () => {
    const store = new DeskStore();
    const put = (corrected: object | null) => ({ "patient:s000001": { stream: "s000001", patient: "Doe, Jane", corrected } });
    const told = (change: object) => store.apply(change as never);
    told({ type: "snapshot", n: 1, boot: "b", more: false, put: put(null) });
    const before = whoseIs(store, "s000001");
    told({ type: "delta", n: 2, more: false, put: put({ at_ms: 5 }), drop: [] });
    expect(whoseIs(store, "s000001")).not.toBe(before);
    expect(whoseIs(store, null)).toBe("");
  });

  it.each([null, 3, [], { similar: [null], physician: 4, contacts: [{}], ladder: 1, tell: [2] }])("%j throws nothing", (value) => {
    const faults = [...readCaseWhole(value).faults, ...readPatientWhole(value).faults];
    expect(faults.length).toBeGreaterThan(0);
  });
});
