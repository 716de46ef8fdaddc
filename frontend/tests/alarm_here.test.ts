import { describe, expect, it } from "vitest";
import { CASE, ME, NOW } from "./desk";
import { alarmsHere, isHeld, tileAlarm, UNWATCHED_HIGH_MS, watchedBy } from "../src/alarm/here";
import { parseDesk } from "../src/desk/messages";
import { DeskStore } from "../src/desk/store";

const WATCH = {
  id: 1, stream: "s000017", patient: "Doe, Jane", state: "held", by: { id: 3, name: "Ruiz, T." }, station: 2,
  offered_to: null, from: null, since_ms: NOW - 60_000, proof_ms: NOW - 500, overdue: false, why: "",
}; // prettier-ignore
const PATIENT = {
  stream: "s000017", patient: "Doe, Jane", watched: true, displayed: true, unwatched_since_ms: null, known_af: false,
  alarm_paused_until_ms: null, criteria: null,
}; // prettier-ignore
const SUPERVISOR = { ...ME, staff: { ...ME.staff, id: 9, name: "Ode, K.", roles: ["supervisor"] } };

function facts(put: object): DeskStore {
  const store = new DeskStore();
  store.apply(parseDesk(JSON.stringify({ type: "snapshot", n: 1, server_ms: NOW, boot: "b", put, more: false })));
  expect(store.faults).toEqual([]);
  return store;
}

const acknowledged = { ...CASE.alarm, state: "acknowledged", acknowledged_by: "Ruiz, T.", acknowledged_ms: NOW };
const low = { ...CASE, id: 13, priority: "low" };

describe("what sounds at a station", () => {
  it.each([
    ["an active alarm of a patient I watch", { me: ME, "watch:1": WATCH, "case:12": CASE }, "high"],
    ["a latched one, though it is over", { me: ME, "watch:1": WATCH, "case:12": { ...CASE, alarm: { ...CASE.alarm, state: "latched" } } }, "high"],
    ["nothing of what was acknowledged", { me: ME, "watch:1": WATCH, "case:12": { ...CASE, alarm: acknowledged } }, null],
    ["one of another patient though the first is acknowledged",
      { me: ME, "watch:1": WATCH, "watch:2": { ...WATCH, id: 2, stream: "s000018" }, "case:12": { ...CASE, alarm: acknowledged }, "case:13": { ...low, stream: "s000018" } }, "low"],
    ["nothing of a patient whom somebody else watches", { me: ME, "watch:1": { ...WATCH, by: { id: 4, name: "Sato" } }, "case:12": CASE }, null],
    ["nothing of one that is only offered to me", { me: ME, "watch:1": { ...WATCH, state: "offered", by: { id: 3, name: "Ruiz" } }, "case:12": CASE }, null],
    ["everybody's at the supervisor", { me: SUPERVISOR, "case:12": CASE }, "high"],
    ["everything while sign-in is off", { me: { ...ME, sign_in: "off", staff: null }, "case:12": CASE }, "high"],
    ["nothing of a closed case", { me: SUPERVISOR, "case:12": { ...CASE, state: "closed" } }, null],
    ["a reminder while sound is paused", { me: { ...ME, audio: { paused_until_ms: NOW + 60_000 } }, "watch:1": WATCH, "case:12": CASE }, "reminder"],
    ["silence while sound is paused and nothing presses", { me: { ...ME, audio: { paused_until_ms: NOW + 60_000 } } }, null],
    ["again, when the pause is over", { me: { ...ME, audio: { paused_until_ms: NOW - 1 } }, "watch:1": WATCH, "case:12": CASE }, "high"],
  ] as const)("%s", (_words, put, sound) => {
    expect(alarmsHere(facts(put), NOW).sound).toBe(sound);
  });

  it("a pause of a patient's alarms holds medium and low, never high", () => {
    const paused = { ...PATIENT, alarm_paused_until_ms: NOW + 1000 };
    const put = { me: ME, "watch:1": WATCH, "patient:s000017": paused, "case:13": { ...low, priority: "medium" } };
    expect(alarmsHere(facts(put), NOW).sound).toBeNull();
    expect(alarmsHere(facts({ ...put, "case:12": CASE }), NOW).sound).toBe("high");
    expect(alarmsHere(facts(put), NOW + 2000).sound).toBe("medium");
    expect(isHeld(facts(put), { stream: "s000018", priority: "low" }, NOW)).toBe(false);
    expect(alarmsHere(facts(put), NOW).pausedPatients.map(({ stream }) => stream)).toEqual(["s000017"]);
  });
});

describe("patients whom nobody watches", () => {
  const alone = { ...PATIENT, watched: false, unwatched_since_ms: NOW };

  it("are loud at the supervisor's, louder after half a minute", () => {
    const put = { me: SUPERVISOR, "patient:s000017": alone };
    expect(alarmsHere(facts(put), NOW + 1000).sound).toBe("medium");
    expect(alarmsHere(facts(put), NOW + UNWATCHED_HIGH_MS + 1).sound).toBe("high");
  });

  it("are told of at every station, and sound at the standby only", () => {
    const put = { me: ME, "patient:s000017": alone };
    expect(alarmsHere(facts(put), NOW)).toMatchObject({ sound: null, supervises: false });
    expect(alarmsHere(facts(put), NOW).unwatched.length).toBe(1);
    const center = { name: "c", continuity: null, sound: {}, standby_alarm: true };
    expect(alarmsHere(facts({ ...put, center }), NOW).sound).toBe("medium");
  });

  it("a patient who is watched and not displayed is no better", () => {
    const put = { me: SUPERVISOR, "patient:s000017": { ...PATIENT, displayed: false, unwatched_since_ms: NOW } };
    expect(alarmsHere(facts(put), NOW).sound).toBe("medium");
  });
});

describe("what a tile shows", () => {
  it("the most pressing; of like ones what nobody acknowledged", () => {
    const put = { "case:12": { ...CASE, alarm: acknowledged }, "case:14": { ...CASE, id: 14 }, "case:13": low };
    expect(tileAlarm(facts(put), "s000017", NOW)).toMatchObject({ id: 14, priority: "high", flashing: true });
  });

  it("steady when acknowledged, nothing when closed and acknowledged", () => {
    const one = { ...CASE, alarm: acknowledged };
    expect(tileAlarm(facts({ "case:12": one }), "s000017", NOW)).toMatchObject({ flashing: false });
    expect(tileAlarm(facts({ "case:12": { ...one, state: "closed" } }), "s000017", NOW)).toBeNull();
    expect(tileAlarm(facts({ "case:12": CASE }), "s000018", NOW)).toBeNull();
  });
});

it("a watch that was only offered is nobody's", () => {
  const put = { "watch:1": WATCH, "watch:2": { ...WATCH, id: 2, stream: "s000018", state: "offered" } };
  expect([...watchedBy(facts(put), 3)]).toEqual(["s000017"]);
});
