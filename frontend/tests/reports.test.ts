import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Answer } from "../src/desk/commands";
import { contentOf, pathOf } from "../src/reports/content";
import { Keeping, PAUSE_MS, type Shelf } from "../src/reports/keeping";
import { inserted, type Line, reportOf, shownOf, stateWords, streamOf, stretchWords, waitingWords } from "../src/reports/told";

const MAY = { write: true, add: false, comment: true, sign: true, sign_addendum: false, cosign: false, return: false, acknowledge: false, why_not: "" };
const line = (change: Partial<Line> = {}): Line => ({
  report: 1, kind: "daily", stream: "s000001", patient: "Doe, Jane", birth_date: "1950-01-01", practice: null, which: "2026-11-21",
  start_ms: 0, stop_ms: 86_400_000, made_ms: 0, since_ms: 0, state: "drafted", standing: "preliminary", headline: "AF burden 12 %", note: "",
  written: false, prepared: "", returned: "", signers: [], cosigner: "", addenda: 0, addendum_due_ms: null, overdue: false, waits: true,
  delivery: "", failed: false, may: MAY, ...change,
}); // prettier-ignore

describe("a report in words", () => {
  it("says what it is about", () => {
    expect(stretchWords(line())).toBe("2026-11-21 · 24 h");
    expect(stretchWords(line({ kind: "urgent", which: "5" }))).toBe("case 5");
  });

  it("says what is so, what a person must do before all", () => {
    expect(stateWords(line())).toBe("draft");
    expect(stateWords(line({ returned: "say more" }))).toBe("given back: say more");
    expect(stateWords(line({ state: "prepared", prepared: "Kim" }))).toBe("made ready by Kim");
    expect(stateWords(line({ state: "cosign", signers: ["Dr. A"] }))).toBe("signed by Dr. A, awaits a second signature");
    expect(stateWords(line({ state: "signed", signers: ["Dr. A", "Dr. B"], addenda: 1 }))).toBe("signed by Dr. A and Dr. B, an addendum");
    expect(stateWords(line({ state: "signed", addendum_due_ms: 5 }))).toContain("addendum due");
    expect(waitingWords(line({ overdue: true }), 2 * 86_400_000)).toBe("overdue, 2 d");
    expect(waitingWords(line({ waits: false }), 5)).toBe("");
  });

  it("is found by tab and by every word", () => {
    const list = [line(), line({ report: 2, state: "signed", waits: false, patient: "Roe, Ann" }), line({ report: 3, overdue: true })];
    const found = (...asked: [Parameters<typeof shownOf>[1], string]) => shownOf(list, ...asked).map(({ report }) => report);
    expect(found("waiting", "")).toEqual([1, 3]);
    expect(found("signed", "")).toEqual([2]);
    expect(found("overdue", "")).toEqual([3]);
    expect(found("all", "roe daily")).toEqual([2]);
    expect(found("all", "nobody")).toEqual([]);
  });

  it("has an address", () => {
    expect(["", "?stream=s000017", "?stream=x", "?stream="].map(streamOf)).toEqual([null, "s000017", null, null]);
    expect([reportOf("/reports"), reportOf("/reports/12"), reportOf("/reports/0"), reportOf("/reports/12/x")]).toEqual([null, 12, null, null]);
  });

  it("takes a sentence where the cursor stands", () => {
    expect(inserted("", 0, "One.")).toEqual({ text: "One.", at: 4 });
    expect(inserted("A.B", 2, "One.")).toEqual({ text: "A. One.B", at: 7 });
    expect(inserted("A.\n", 3, "One.")).toEqual({ text: "A.\nOne.", at: 7 });
  });
});

describe("the figures of a report", () => {
  it("are drawn with holes, and with a dot where one stands alone", () => {
    const path = (...values: (number | null)[]) => pathOf(values, (index) => index, (value) => value);
    expect(path(1, 2, null, 3)).toBe("M0.0 1.0L1.0 2.0M3.0 3.0h0.1");
    expect([path(), path(null)]).toEqual(["", ""]);
  });

  it("of another form are shown as they are, and nothing is taken for what it is not", () => {
    expect(contentOf({ beats: 7, by: { hour: [1] } }).facts).toEqual([["beats", "7"], ["by", '{"hour":[1]}']]); // prettier-ignore
    for (const odd of [null, 5, "x", [], { sections: [null, 5, { shown: [{ figure: "x" }], tables: 7 }], charts: [{}], strips: [{ traces: [{}] }], conclusion: {} }])
      expect(() => contentOf(odd)).not.toThrow();
    const told = contentOf({ sections: [], headline: [{ label: "rate", text: "68", unit: "/min", figure: { start: 5, end: 9 } }, { label: "n", text: "–", figure: null }] });
    expect(told.headline.map(({ span }) => span)).toEqual([{ start: 5, end: 9 }, null]);
  });
});

describe("what is written", () => {
  const kept = (version: number): Answer => ({ ok: true, body: { version } });
  const no = (reason: string): Answer => ({ ok: false, words: `no: ${reason}`, reason });
  let store: Map<string, string>;
  let sent: [string, number][];
  let answers: Answer[];
  const shelf: Shelf = { getItem: (name) => store.get(name) ?? null, setItem: (name, value) => void store.set(name, value), removeItem: (name) => void store.delete(name) };
  const written = (version: number, text: string) => ({ version, text, by: "Kim", at_ms: 0 });
  const made = () =>
    new Keeping("one", async (text, base) => (sent.push([text, base]), answers.shift() ?? kept(base + 1)), () => {}, shelf);

  beforeEach(() => {
    vi.useFakeTimers();
    [store, sent, answers] = [new Map(), [], []];
  });

  it("is kept once when typing pauses, on the version it was written on", async () => {
    const one = made();
    one.told(written(3, "a"));
    one.typed("ab");
    one.typed("abc");
    expect(store.get("one")).toBe("abc");
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    expect([sent, one.dirty, one.base, store.size]).toEqual([[["abc", 3]], false, 4, 0]);
  });

  it("goes on while it is kept, and what is typed meanwhile is kept next", async () => {
    const one = made();
    one.told(written(0, ""));
    one.typed("a");
    const first = one.keep();
    one.typed("ab");
    await first;
    expect(one.dirty).toBe(true);
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    expect([sent, one.dirty]).toEqual([[["a", 0], ["ab", 1]], false]); // prettier-ignore
  });

  it("is not lost with the page", () => {
    store.set("one", "typed and not kept");
    const one = made();
    one.told(written(1, "kept"));
    expect([one.text, one.restored, one.dirty]).toEqual(["typed and not kept", true, true]);
  });

  it("is tried again where the center did not answer", async () => {
    const one = made();
    answers = [no("unreachable")];
    one.told(written(0, ""));
    one.typed("a");
    expect(await one.keep()).toBe(false);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([sent.length, one.dirty]).toEqual([2, false]);
  });

  it("never goes over what somebody else wrote: one's own by decision, or theirs", async () => {
    const one = made();
    answers = [no("changed")];
    one.told(written(1, "old"));
    one.typed("mine");
    expect(await one.keep()).toBe(false);
    one.typed("mine!");
    expect(await one.keep()).toBe(false);
    expect(sent.length).toBe(1);
    await one.insist(written(2, "theirs"));
    expect([sent[1], one.dirty]).toEqual([["mine!", 2], false]);
    answers = [no("changed")];
    one.typed("mine again");
    await one.keep();
    one.yield(written(5, "theirs"));
    expect([one.text, one.base, one.dirty, store.size]).toEqual(["theirs", 5, false, 0]);
  });

  it("takes what others wrote while nothing is typed here, and leaves what is typed", () => {
    const one = made();
    one.told(written(1, "a"));
    one.told(written(2, "b"));
    expect(one.text).toBe("b");
    one.typed("mine");
    one.told(written(3, "c"));
    expect(one.text).toBe("mine");
  });
});
