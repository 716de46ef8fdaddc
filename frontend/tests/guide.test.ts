import { describe, expect, it } from "vitest";
import { CASE, ME, NOW } from "./desk";
import { answerView } from "../src/desk/call_panel";
import { parseDesk } from "../src/desk/messages";
import { DeskStore } from "../src/desk/store";
import { type GuidePage, hintOf, openWorklist } from "../src/watch/guide";

const VISITOR = { ...ME, demo: true, permissions: ["watch.hold"] };
const RUIZ = { id: 3, name: "Ruiz, T." };
const HELD = {
  id: 1, stream: "s000017", patient: "Doe, Jane", state: "held", by: RUIZ, station: 2,
  offered_to: null, from: null, since_ms: NOW, proof_ms: NOW, overdue: false, why: "",
}; // prettier-ignore
const OFFER = { ...HELD, id: 2, state: "offered", by: null, offered_to: RUIZ, from: { id: 8, name: "Telemann" } };
const CALL = { id: 4, contact: "phil", name: "Dr. Phil", number: "+1 212 555 0101", by: RUIZ, started_ms: NOW, ended_ms: null, outcome: null };
const TOLD = { id: 9, case: 12, stream: "s000017", patient: "Doe, Jane", tier: "emergent", state: "calling", opened_ms: NOW, due_ms: NOW, next: [], calls: [] };
const TAKEN = { ...CASE, state: "held", held_by: RUIZ, held_ms: NOW };
const JUDGED = { ...TAKEN, state: "notifying", verdict: { verdict: "true", by: RUIZ, at_ms: NOW, note: "" }, notification: 9 };
const CLOSING = { ...TAKEN, state: "decided", verdict: { verdict: "artefact", by: RUIZ, at_ms: NOW, note: "" }, closes_ms: NOW + 60_000 };

function store(put: object): DeskStore {
  const made = new DeskStore();
  made.apply(parseDesk(JSON.stringify({ type: "snapshot", n: 1, server_ms: NOW, boot: "b", put, more: false })));
  expect(made.faults).toEqual([]);
  return made;
}

/** What a template says, without its tags. */
function textOf(told: unknown): string {
  if (Array.isArray(told)) return told.map(textOf).join("");
  if (typeof told === "string" || typeof told === "number") return String(told);
  if (typeof told !== "object" || told === null || !("strings" in told)) return "";
  const { strings, values } = told as { strings: readonly string[]; values: readonly unknown[] };
  return strings.map((one, i) => one + (i < values.length ? textOf(values[i]) : "")).join("").replace(/<[^>]*>/g, "");
}

function words(page: GuidePage, put: object): string | null {
  const hint = hintOf(store({ me: VISITOR, ...put }), page);
  if (hint === null) return null;
  return textOf(hint.words);
}

describe("the guide of the demo", () => {
  it.each<[string, GuidePage, object, string]>([
    ["nobody watched yet", "wall", {}, "Simulated technicians watch everybody"],
    ["an offer", "wall", { "watch:2": OFFER }, "1 patient offered to you: y takes them"],
    ["patients, and nothing the matter", "wall", { "watch:1": HELD }, "You watch 1 patient"],
    ["a case of mine", "wall", { "watch:1": HELD, "case:12": CASE }, "a acknowledges the alarm"],
    ["a case of mine comes before an offer", "wall", { "watch:1": HELD, "watch:2": OFFER, "case:12": CASE }, "a acknowledges the alarm"],
    ["a case of mine that closes by itself", "wall", { "watch:1": HELD, "case:12": CLOSING }, "You watch 1 patient"],
    ["a judged case", "worklist", { "case:12": CLOSING }, "closes by itself within a minute, or now by x"],
    ["another case while one closes by itself", "worklist", { "watch:1": HELD, "case:12": CLOSING, "case:13": { ...CASE, id: 13 } }, "Enter takes the case"],
    ["a case of mine that I took", "wall", { "watch:1": HELD, "case:12": TAKEN }, "Your case: Doe, Jane"],
    ["a case of somebody else's patient", "wall", { "watch:1": { ...HELD, stream: "s000018" }, "case:12": CASE }, "You watch 1 patient"],
    ["nothing to work on", "worklist", { "watch:1": HELD }, "No case of your patients"],
    ["a case to take", "worklist", { "watch:1": HELD, "case:12": CASE }, "Enter takes the case"],
    ["a case to judge", "worklist", { "case:12": TAKEN }, "1 to 5 judge it"],
    ["somebody to call", "worklist", { "case:12": JUDGED, "notification:9": TOLD }, "C shows whom to call"],
    ["a call under way", "worklist", { "case:12": JUDGED, "notification:9": { ...TOLD, calls: [CALL] } }, "Somebody simulated answers"],
    ["a call under way though the case was raised", "worklist", { "case:12": TAKEN, "notification:9": { ...TOLD, calls: [CALL] } }, "Somebody simulated answers"],
    ["reached", "worklist", { "case:12": JUDGED, "notification:9": { ...TOLD, state: "reached" } }, "what the physician does closes it"],
  ])("says what comes next: %s", (_words, page, put, said) => expect(words(page, put)).toContain(said));

  it("says nothing outside a demo, nor to whoever does not watch", () => {
    expect(hintOf(store({ me: { ...VISITOR, demo: false } }), "wall")).toBeNull();
    expect(hintOf(store({ me: { ...VISITOR, permissions: [] } }), "wall")).toBeNull();
    expect(hintOf(store({}), "wall")).toBeNull();
  });

  it("opens the worklist in one window, beside the wall", () => {
    const opened: unknown[] = [];
    const screen = { availWidth: 1920, availHeight: 1080 } as Screen;
    openWorklist({ screen, open: (...asked) => (opened.push(asked), null) });
    expect(opened).toEqual([["/worklist", "einthoven-worklist", "popup,width=1152,height=918"]]);
  });
});

describe("who answers a call of the demo", () => {
  const shown = (put: object): string => {
    const told = { call: 4, stream: "s000017", name: "Dr. Phil", role: "cardiologist", ...put };
    return textOf(answerView(store({ "answer:4": told }).get("answer", 4) ?? null)).replace(/\s+/g, " ").trim();
  };

  it("is said to be simulated, whatever comes of it", () => {
    expect(shown({ state: "ringing", lines: [] })).toBe("It rings … simulated");
    expect(shown({ state: "answered", lines: ["Go on.", "I read back."] })).toBe("Dr. Phil answers: simulated “Go on.”“I read back.”");
    expect(shown({ state: "voicemail", lines: ["Leave a message."] })).toBe("The voice mail of Dr. Phil: simulated “Leave a message.”");
  });

  it("is nobody in a center that is no demo", () => {
    expect(textOf(answerView(null))).toBe("");
  });
});
