/** Calls of patients: what the desk tells of them, in which order they stand, how they press and sound. */

import { describe, expect, it } from "vitest";
import { alarmsHere } from "../src/alarm/here";
import { Reader } from "../src/desk/reader";
import { DeskStore } from "../src/desk/store";
import { draftOf, merged, same, timeBefore } from "../src/telephone/asking";
import { groupsOf } from "../src/telephone/calls_page";
import { isUnattended, pressingOf, readTelephone, type Telephone, waitingOf } from "../src/telephone/entity";
import { answered, HandingIn, type Request, unfit } from "../src/telephone/handing";
import { callAt, found, readTold } from "../src/telephone/told";
import { announced, CallAnnouncer, guessWords, spaced, stateWords } from "../src/telephone/words";
import { ME, NOW } from "./desk";

const RINGS = { call: 7, line: "sip", caller: "+12155550142", called: "+12155550100", rang_ms: NOW - 12_000, state: "ringing", due_ms: NOW + 8000, escalated: 0, guesses: [{ stream: "s000101", patient: "Roe, Richard", born: "1951-03-09", how: "number" }] };

const read = (change: object = {}): Telephone => readTelephone(new Reader("telephone:7", { ...RINGS, ...change }));

describe("a call as the desk tells it", () => {
  it("is read whole", () => {
    const one = read({ strips: [{ number: 1, opened_ms: NOW, closed_ms: null, samples: 0, cases: [4] }], alarm: { priority: "medium", since_ms: NOW } });
    expect(one).toMatchObject({ call: 7, state: "ringing", caller: "+12155550142", escalated: 0, stream: null, faults: [] });
    expect(one.strips[0]).toMatchObject({ number: 1, closed_ms: null, cases: [4] });
  });

  it.each([["rang_at", "2025-11-21T23:39:48Z"], ["rang_at", NOW - 12_000], ["rang_ms", NOW - 12_000]])("has its instants as %s = %s", (key, value) => {
    const { rang_ms: _, ...rest } = RINGS;
    expect(readTelephone(new Reader("t", { ...rest, [key]: value })).rang_ms).toBe(typeof value === "string" ? Date.parse(value) : value);
  });

  it("names what it cannot read, and then nobody has it", () => {
    const one = read({ state: "humming", strips: 3 });
    expect(one.faults).toEqual(['telephone:7.state "humming" is not known', "telephone:7.strips is not a list"]);
    expect(isUnattended(one)).toBe(true);
  });

  it.each(["person", "id"])("names who has it by %s", (key) => {
    expect(read({ state: "taken", taken_by: { [key]: 3, name: "Ruiz, T." } }).taken_by).toEqual({ id: 3, name: "Ruiz, T." });
  });
});

describe("how a call presses", () => {
  it.each([[0, "medium"], [1, "medium"], [2, "high"], [5, "high"]])("escalated %s times: %s", (escalated, priority) => {
    expect(pressingOf(read({ escalated }))).toBe(priority);
  });

  it("as the desk says it where it does", () => {
    expect(pressingOf(read({ alarm: { priority: "high", since_ms: NOW } }))).toBe("high");
  });

  const facts = (roles: readonly string[], change: object = {}) => {
    const store = new DeskStore();
    const permissions = roles.includes("physician") ? [] : ["telephone.answer"];
    const put = { me: { ...ME, permissions, staff: { ...ME.staff, roles } }, "telephone:7": { ...RINGS, ...change } };
    store.apply({ type: "snapshot", n: 1, boot: "b", server_ms: NOW, more: false, put });
    return store;
  };

  it("sounds at the station of a technician, and of nobody who answers no calls", () => {
    expect(alarmsHere(facts(["technician"]), NOW).sound).toBe("medium");
    expect(alarmsHere(facts(["supervisor"], { escalated: 2 }), NOW).sound).toBe("high");
    expect(alarmsHere(facts(["physician"]), NOW).sound).toBeNull();
  });

  it("is silent once somebody has it", () => {
    expect(alarmsHere(facts(["technician"], { state: "taken" }), NOW).sound).toBeNull();
  });
});

describe("the order of calls", () => {
  const calls = [read({ call: 1, state: "missed", rang_ms: NOW - 90_000 }), read({ call: 2, rang_ms: NOW - 3_000 }), read({ call: 3, state: "waiting", rang_ms: NOW - 9_000 }), read({ call: 4, state: "taken" }), read({ call: 5, state: "ended" }), read({ call: 6, state: "closed" })];

  it("has those on the line before those that were missed, the longest first", () => {
    expect(waitingOf(calls).map(({ call }) => call)).toEqual([3, 2, 1]);
  });

  it("has each in one group", () => {
    const groups = groupsOf(calls);
    expect(Object.values(groups).flat().map(({ call }) => call)).toEqual([3, 2, 1, 4, 5, 6]);
  });
});

describe("words", () => {
  it.each([["+12155550142", "+1 215 555 0142"], ["12155550142", "+1 215 555 0142"], ["+441632960123", "+441632960123"], ["anonymous", "anonymous"]])("the number %s as %s", (number, words) => {
    expect(spaced(number)).toBe(words);
  });

  it("say who it may be, and how that is known", () => {
    expect(guessWords(read())).toBe("probably Roe, Richard (by number)");
    const two = [RINGS.guesses[0], { stream: "s000102", patient: "Doe, Jane", how: "number" }];
    expect(guessWords(read({ guesses: two }))).toBe("Roe, Richard or Doe, Jane (by number)");
    expect(guessWords(read({ guesses: [] }))).toBe("");
    expect(guessWords(read({ tied: "code", patient: "Doe, Jane", stream: "s000102" }))).toBe("Doe, Jane");
  });

  it("say what is so and for how long", () => {
    expect(stateWords(read(), NOW)).toBe("ringing 12 s");
    expect(stateWords(read({ state: "missed", ended_ms: NOW - 180_000 }), NOW)).toBe("missed 3 min ago, to be called back");
    expect(stateWords(read({ state: "left", left: "the station is silent" }), NOW)).toBe("alone on the line: the station is silent");
  });

  it("announce each call once, and again when it escalated", () => {
    const announcer = new CallAnnouncer();
    const first = announcer.text([read()]);
    expect(first).toBe("A patient calls, +1 215 555 0142, probably Roe, Richard (by number). Shift T takes the first.");
    expect(announcer.text([read()])).toBe(first);
    expect(announcer.text([read({ escalated: 2 })])).toContain("escalated twice");
    expect(announcer.text([])).toBe("");
    expect(announced(read({ state: "missed", caller: "" }))).toContain("missed, to be called back, number withheld");
    expect(announced(read({ state: "unfinished" }))).toContain("A call is to be finished");
  });
});

describe("addresses and lists", () => {
  it.each([["/telephone", "list"], ["/telephone/", "list"], ["/telephone/17", 17], ["/telephone/0", null], ["/telephone/x", null], ["/telephones", null]])("%s", (path, at) => {
    expect(callAt(path)).toBe(at);
  });

  it("tell each number once, however it is written", () => {
    const told = readTold({ patients: [{ stream: "s000101", numbers: ["15555550171", "15555550170"], telephone: "+1 (555) 555-0171" }, { stream: "s000102", numbers: [], telephone: "555 555 0172" }] });
    expect(told.patients.map(({ numbers }) => numbers)).toEqual([["15555550171", "15555550170"], ["555 555 0172"]]);
  });

  it("never throw at what they cannot read", () => {
    for (const value of [null, 3, [], { calls: 1, patients: [{}], instructions: "x" }]) expect(readTold(value).faults.length).toBeGreaterThan(0);
    expect(readTold({ now_ms: NOW, call: RINGS, patients: [], instructions: [] }).calls).toHaveLength(1);
  });

  const patients = readTold({
    now_ms: NOW,
    patients: [
      { stream: "s000101", patient: "Roe, Richard", born: "1951-03-09", code: "482913", numbers: ["+12155550142"], last_ms: null },
      { stream: "s000102", patient: "Doe, Jane", born: "1948-11-30", code: "100227", numbers: ["+12155550177"], last_ms: null },
    ],
  }).patients;

  it.each([["roe", 1], ["1948", 1], ["482913", 1], ["215 555 0177", 1], ["(215) 555-0142", 1], ["jane roe", 0], ["", 2], ["s000102", 1]])("a patient is found by %s", (query, count) => {
    expect(found(patients, query)).toHaveLength(count);
  });
});

describe("what the patient says", () => {
  const nothing = draftOf(read().asked);

  it("is changed by nobody else's change", () => {
    const mine = { ...nothing, symptom: "palpitations" };
    const theirs = { ...nothing, severity: 2, text: "since noon" };
    expect(merged(nothing, mine, theirs)).toEqual({ ...nothing, symptom: "palpitations", severity: 2, text: "since noon" });
    expect(same(nothing, { ...nothing })).toBe(true);
    expect(same(nothing, mine)).toBe(false);
  });

  it("has a time of the clock before now", () => {
    const noon = new Date(2026, 10, 24, 12, 0).getTime();
    expect(timeBefore("11:30", noon)).toBe(new Date(2026, 10, 24, 11, 30).getTime());
    expect(timeBefore("1345", noon)).toBe(new Date(2026, 10, 23, 13, 45).getTime());
    for (const bad of ["", "25:00", "3:75", "soon"]) expect(timeBefore(bad, noon)).toBeNull();
  });
});

describe("a recording that is handed in", () => {
  it.each([["call.wav", 0, "is empty"], ["call.mp3", 9, "is neither WAV nor FLAC"], ["call.wav", 65 << 20, "larger than 64 MB"], ["CALL.FLAC", 9, null]])("%s of %s bytes: %s", (name, size, words) => {
    expect(unfit({ name, size })).toBe(words);
  });

  it.each([
    [201, '{"ok":true,"call":9}', { state: "taken", name: "c.wav", call: 9 }],
    [409, '{"error":"came before","reason":"again","call":4}', { state: "again", name: "c.wav", call: 4 }],
    [400, '{"error":"c.wav: no samples"}', { state: "wrong", name: "c.wav", words: "c.wav: no samples" }],
    [502, "<html>", { state: "wrong", name: "c.wav", words: "the center answered 502" }],
  ])("answered %s", (status, text, told) => {
    expect(answered("c.wav", status, text)).toEqual(told);
  });

  it("opens its call once it is taken", () => {
    const opened: number[] = [];
    const sent: string[] = [];
    const request: Request = { upload: { onprogress: null }, onload: null, onerror: null, status: 201, responseText: '{"call":12}', open: (_method: string, url: string | URL) => void sent.push(String(url)), setRequestHeader: () => {}, send: () => {} };
    const handing = new HandingIn(() => "c5rf", () => {}, (call) => opened.push(call), () => request);
    handing.send(new File(["x"], "a b.wav"));
    expect(handing.current).toEqual({ state: "sending", name: "a b.wav", share: 0 });
    request.onload?.();
    expect([opened, sent]).toEqual([[12], ["/api/telephone/files?name=a%20b.wav"]]);
  });
});
