import { describe, expect, it } from "vitest";
import { ME, NOW } from "./desk";
import { parseDesk } from "../src/desk/messages";
import { DeskStore } from "../src/desk/store";
import { dutyOf, markOf, percent, PROOF_MS } from "../src/watch/duty";
import { openIncidents, readReport } from "../src/watch/supervisor";

const WATCH = {
  id: 1, stream: "s000017", patient: "Doe, Jane", state: "held", by: { id: 3, name: "Ruiz, T." }, station: 2,
  offered_to: null, from: null, since_ms: NOW - 60_000, proof_ms: NOW - 500, overdue: false, why: "",
}; // prettier-ignore
const PATIENT = {
  stream: "s000017", patient: "Doe, Jane", watched: true, displayed: true, unwatched_since_ms: null, known_af: false,
  alarm_paused_until_ms: null, criteria: null,
}; // prettier-ignore
const SATO = { id: 4, name: "Sato, M." };
const PHYSICIAN = { ...ME, staff: { id: 9, name: "Poe, Ann", roles: ["physician"], practice: 1 }, permissions: ["read.ecg"] };
const ALONE = { ...PATIENT, watched: false, unwatched_since_ms: NOW - 42_000 };

function facts(put: object): DeskStore {
  const store = new DeskStore();
  store.apply(parseDesk(JSON.stringify({ type: "snapshot", n: 1, server_ms: NOW, boot: "b", put, more: false })));
  expect(store.faults).toEqual([]);
  return store;
}

const marked = (put: object, dead = false) => markOf(facts({ me: ME, ...put }), "s000017", NOW, dead);

describe("other centers", () => {
  const there = { id: -1, name: "Lee, Robin at Denver" };
  const denver = { id: 1, name: "Denver", alive: true, silent_since_ms: null, lent: 1, watching: 1, guests: 0 };
  const put = { me: ME, "peer:1": denver, "watch:1": { ...WATCH, by: there, station: -1 }, "patient:s000017": PATIENT };

  it("are told with what they watch of ours", () => {
    const duty = dutyOf(facts(put));
    expect(duty.centers).toMatchObject([{ id: 1, name: "Denver", watching: 1 }]);
    expect(duty.away).toMatchObject([{ id: 1, by: there }]);
    expect(duty.mine).toEqual([]);
  });

  it("are named on the tile of a patient whom they watch", () => {
    expect(markOf(facts(put), "s000017", NOW, false)).toMatchObject({ kind: "other", words: "Lee, Robin at Denver", note: null });
  });
});

describe("the mark of a tile", () => {
  const both = { "watch:1": WATCH, "patient:s000017": PATIENT };
  it.each([
    ["mine, and nothing more to say", both, { kind: "mine", note: null }],
    ["another's, by name", { ...both, "watch:1": { ...WATCH, by: SATO } }, { kind: "other", words: "Sato, M.", note: null }],
    ["nobody's, and for how long", { "patient:s000017": ALONE }, { kind: "nobody", words: "nobody's for 42 s" }],
    ["nobody's though it is offered", { "patient:s000017": ALONE, "watch:1": { ...WATCH, state: "offered", by: null, offered_to: "all" } }, { kind: "nobody", note: "offered" }],
    ["nobody's where the desk says unwatched, whatever the watch says", { ...both, "patient:s000017": ALONE }, { kind: "nobody" }],
    ["mine and accepted, which is not yet held", { ...both, "watch:1": { ...WATCH, state: "accepted" } }, { kind: "mine", note: "accepted, not yet held" }],
    ["mine and not displayed", { ...both, "patient:s000017": { ...PATIENT, displayed: false } }, { kind: "mine", note: "not displayed" }],
    ["mine and not proven for too long", { ...both, "watch:1": { ...WATCH, proof_ms: NOW - PROOF_MS - 1 } }, { kind: "mine", note: "not displayed" }],
    ["mine until another accepts", { ...both, "watch:1": { ...WATCH, state: "offered_on", offered_to: SATO } }, { kind: "mine", note: "offered to Sato, M." }],
    ["another's, and offered to me", { ...both, "watch:1": { ...WATCH, state: "offered_on", by: SATO, offered_to: { id: 3, name: "Ruiz, T." } } }, { kind: "other", note: "offered to you" }],
    ["the held one where another is accepted beside it", { ...both, "watch:2": { ...WATCH, id: 2, by: SATO, state: "accepted" } }, { kind: "mine", note: null }],
    ["nobody's where the desk tells of no watch, whatever it says of the patient", { "patient:s000017": PATIENT }, { kind: "nobody" }],
    ["watched, where a practice is not told by whom", { me: PHYSICIAN, "patient:s000017": PATIENT }, { kind: "other", words: "watched", note: null }],
    ["watched and not displayed, where a practice is not told by whom", { me: PHYSICIAN, "patient:s000017": { ...PATIENT, displayed: false } }, { kind: "other", words: "watched", note: "not displayed" }],
    ["nobody's, at a practice, too", { me: PHYSICIAN, "patient:s000017": ALONE }, { kind: "nobody", words: "nobody's for 42 s" }],
    ["not known where the desk has told nothing of the patient", {}, { kind: "unknown" }],
  ])("%s", (_words, put, mark) => expect(marked(put)).toMatchObject(mark));

  it("is not known before the first snapshot, nor when the desk is silent", () => {
    expect(markOf(new DeskStore(), "s000017", NOW, false).kind).toBe("unknown");
    expect(marked(both, true).kind).toBe("unknown");
  });
});

describe("the watch bar", () => {
  it("offers of others to me and to all, not those of mine nor those to somebody else", () => {
    const offer = { ...WATCH, state: "offered", by: null, from: SATO };
    const me = { id: 3, name: "Ruiz, T." };
    const put = {
      me: ME,
      "watch:1": { ...offer, offered_to: { id: 3, name: "Ruiz, T." } },
      "watch:2": { ...offer, id: 2, stream: "s000018", offered_to: "all" },
      "watch:3": { ...offer, id: 3, stream: "s000019", offered_to: { id: 8, name: "Else" } },
      "watch:4": { ...WATCH, id: 4, stream: "s000020", state: "offered_on", by: me, offered_to: "all" },
      "watch:6": { ...offer, id: 6, stream: "s000020", from: me, offered_to: "all" },
      "watch:7": { ...WATCH, id: 7, stream: "s000022", state: "offered_on", by: SATO, offered_to: "all" },
      "watch:5": { ...WATCH, id: 5, stream: "s000021", by: null, state: "offered", offered_to: "all" },
    };
    const duty = dutyOf(facts(put));
    expect(duty.offers.map(({ id }) => id).sort()).toEqual([1, 2, 5]);
    expect(duty.going.map(({ id }) => id)).toEqual([4]);
    expect(duty.mine.map(({ id }) => id)).toEqual([4]);
  });

  it("nobody can be offered anything who is not there, and who has most room stands first", () => {
    const person = { ...SATO, roles: ["technician"], station: 1, site: null, held: 30, limit: 40, warn: 32, since_ms: NOW, alive: true };
    const put = {
      me: ME,
      "person:3": { ...person, id: 3, name: "Ruiz, T." },
      "person:4": person,
      "person:5": { ...person, id: 5, name: "Gone", alive: false },
      "person:6": { ...person, id: 6, name: "Billing", limit: 0 },
      "person:7": { ...person, id: 7, name: "Free", held: 2 },
    };
    expect(dutyOf(facts(put)).others.map(({ name }) => name)).toEqual(["Free", "Sato, M."]);
  });

  it("without sign-in nobody holds anything", () => {
    const duty = dutyOf(facts({ me: { ...ME, sign_in: "off", staff: null }, "watch:5": { ...WATCH, by: null, state: "offered", offered_to: "all" } }));
    expect([duty.name, duty.count, duty.offers, duty.open]).toEqual(["console", null, [], true]);
  });

  it("says nothing of watches to whose roles hold none", () => {
    const reasons = ["no role that watches"];
    const physician = { ...ME, permissions: ["case.take"], qualified: { ok: false, reasons } };
    expect(dutyOf(facts({ me: physician }))).toMatchObject({ name: "Ruiz, T.", count: null, unqualified: [] });
    const technician = { ...physician, permissions: ["watch.hold"] };
    expect(dutyOf(facts({ me: technician }))).toMatchObject({ count: ME.watches, unqualified: reasons });
  });

  it("what is missing is never rounded away", () => {
    expect([100, 99.9999, 99.9987, 0].map(percent)).toEqual(["100.000", "99.999", "99.998", "0.000"]);
  });
});

describe("the supervisor", () => {
  it("reads the report of a period; what is not there is not known", () => {
    const exception = { stream: "s000017", start_ms: 5, cause: "hidden" };
    expect(readReport({ pct: 99.5, exceptions: [exception, "x"] })).toEqual({
      pct: 99.5,
      exceptions: [{ stream: "s000017", patient: null, start_ms: 5, end_ms: null, cause: "hidden", by: null }],
    });
    for (const odd of [null, [], { pct: "100", exceptions: {} }]) expect(readReport(odd)).toEqual({ pct: null, exceptions: [] });
  });

  it("incidents that go on stand first, then the newest; closed ones are not there", () => {
    const one = { id: 1, stream: null, patient: null, kind: "k", cause: "c", since_ms: 10, until_ms: 20, closed_by: null, note: "" };
    const put = {
      "incident:1": one,
      "incident:2": { ...one, id: 2, since_ms: 15 },
      "incident:3": { ...one, id: 3, since_ms: 5, until_ms: null },
      "incident:4": { ...one, id: 4, closed_by: "Ode, K." },
    };
    expect(openIncidents(facts(put).all("incident")).map(({ id }) => id)).toEqual([3, 2, 1]);
  });
});

