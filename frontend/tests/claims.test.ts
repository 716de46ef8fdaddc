import { nothing, type TemplateResult } from "lit";
import { describe, expect, it, vi } from "vitest";
import { centsOf, type Check, claimOf, type Content, daysWords, dollars, fails, inOrder, stops, valueAt, wantsReason, withValue } from "../src/claims/told";
import { above, goesOn, lines, stale } from "../src/chrome/listing_view";
import { Listing } from "../src/chrome/listing";

const check = (rule: string, outcome: Check["outcome"], weight: Check["weight"] = "stop"): Check => ({ rule, title: rule, outcome, weight, words: "", mend: "", source: "", sure: "S" });

/** All text of a template, as it would stand on the page. */
function text(part: unknown): string {
  if (part === nothing || part === null || part === undefined || typeof part === "function") return "";
  if (Array.isArray(part)) return part.map(text).join("");
  if (typeof part !== "object") return String(part);
  const { strings, values } = part as TemplateResult;
  return strings === undefined ? "" : strings.map((each, at) => each + text(values[at])).join("");
}

describe("amounts", () => {
  it.each([
    [0, "0.00"],
    [5, "0.05"],
    [65_000, "650.00"],
    [123_456_789, "1,234,567.89"],
    [-1250, "−12.50"],
  ])("%i cents are %s", (cents, words) => {
    expect(dollars(cents)).toBe(words);
    if (cents >= 0) expect(centsOf(words)).toBe(cents);
  });

  it.each([
    ["650", 65_000],
    ["650.5", 65_050],
    [" 1,650.00 ", 165_000],
    ["0", 0],
    ["", null],
    ["6x0", null],
    ["-5", null],
    ["1.234", null],
    ["650.", null],
    ["123456789", null],
    ["1e3", null],
    ["٦", null],
  ])("%j is %j", (typed, cents) => {
    expect(centsOf(typed)).toBe(cents);
  });

  it("what is written is read back, whatever it is", () => {
    for (let cents = 0; cents < 12_000; cents += 7) expect(centsOf(dollars(cents * 9973))).toBe(cents * 9973 < 1e10 ? cents * 9973 : null);
  });
});

describe("a check", () => {
  it.each([
    ["met", "stop", false, false, false],
    ["not applicable", "stop", false, false, false],
    ["not met", "stop", true, true, false],
    ["not documented", "stop", true, true, false],
    ["not documented", "reason", true, false, true],
    ["not met", "note", true, false, false],
  ] as const)("%s that weighs %s", (outcome, weight, bad, stopping, reason) => {
    const one = check("x", outcome, weight);
    expect([fails(one), stops(one), wantsReason(one)]).toEqual([bad, stopping, reason]);
  });

  it("stands where a biller looks first; of one kind in the order in which they came", () => {
    const all = [check("a", "met"), check("b", "not applicable"), check("c", "not met", "note"), check("d", "not met", "reason"), check("e", "not documented"), check("f", "not met")];
    expect(inOrder(all).map(({ rule }) => rule).join("")).toBe("efdcab");
    expect(all.map(({ rule }) => rule).join("")).toBe("abcdef");
  });
});

describe("an address", () => {
  it.each([
    ["/claims", null],
    ["/claims/", null],
    ["/claims/12", 12],
    ["/claims/12/", 12],
    ["/claims/0012", 12],
    ["/claims/x", null],
    ["/claims/-1", null],
    ["/claims/1234567890", null],
    ["/claims/12/packet", null],
  ])("%s is of %j", (path, number) => {
    expect(claimOf(path)).toBe(number);
  });
});

describe("days", () => {
  it.each([
    [0, "today"],
    [1, "in 1 day"],
    [12, "in 12 days"],
    [-1, "1 day ago"],
    [-30, "30 days ago"],
  ])("%i", (days, words) => {
    expect(daysWords(days)).toBe(words);
  });
});

describe("what is claimed", () => {
  const content: Content = { place: "12", patient: { name: { last: "Doe", first: null } }, diagnoses: ["R55"], lines: [{ code: "93229", cents: 65_000, modifiers: [] }, { code: "93228" }] };

  it.each([
    ["place", "12"],
    ["patient.name.last", "Doe"],
    ["patient.name.first", ""],
    ["patient.postal.street", ""],
    ["lines.0.cents", "65000"],
    ["lines.7.code", ""],
    ["", ""],
  ])("at %j stands %j", (path, value) => {
    expect(valueAt(content, path)).toBe(value);
  });

  it.each([
    ["place", "11"],
    ["patient.name.last", "Roe"],
    ["patient.postal.street", "2 Oak St"],
    ["lines.0.cents", 64_950],
    ["lines.1.code", "93012"],
  ])("at %j something else is put, and nothing is overwritten", (path, value) => {
    const before = JSON.stringify(content);
    const made = withValue(content, path, value);
    expect(valueAt(made, path)).toBe(String(value));
    expect(JSON.stringify(content)).toBe(before);
    const back = valueAt(content, path);
    if (back !== "") expect(withValue(made, path, path.endsWith("cents") ? Number(back) : back)).toEqual(content);
  });

  it("a list is put as a whole, and lists stay lists", () => {
    const made = withValue(withValue(content, "lines.0.modifiers", ["GY"]), "diagnoses", ["I48.11"]);
    expect(made.diagnoses).toEqual(["I48.11"]);
    expect(made.lines).toEqual([{ code: "93229", cents: 65_000, modifiers: ["GY"] }, { code: "93228" }]);
    expect(withValue({ diagnoses: ["R55", "I10"] }, "diagnoses.1", "I48.11").diagnoses).toEqual(["R55", "I48.11"]);
  });
});

describe("a worklist as markup", () => {
  const list: Listing<{ id: number }, "held" | "paid"> = new Listing<{ id: number }, "held" | "paid">(
    { tabs: [["held", "held"], ["paid", "paid"]], rows: () => [{ id: 7 }, { id: 8 }], key: ({ id }) => id, name: ({ id }) => `claim ${id}`, open: () => {}, changed: () => {}, draw: () => {} },
    "held",
  ); // prettier-ignore

  it("has tabs with their counts and digits, and the one that is shown is pressed", () => {
    vi.stubGlobal("document", { documentElement: { dataset: {} } });
    const said = text(above(list, { label: "which claims", counts: (tab) => (tab === "held" ? 3 : undefined), placeholder: "patient" }));
    vi.unstubAllGlobals();
    expect(said).toContain('aria-label=which claims');
    expect(said).toMatch(/aria-pressed=true[^>]*>held <span class="faint">3<\/span> <kbd>1<\/kbd>/);
    expect(said).toMatch(/aria-pressed=false[^>]*>paid <kbd>2<\/kbd>/);
  });

  it("marks the chosen line alone", () => {
    list.strike("j");
    const said = lines(list, ({ id }) => ({ strings: [`<td>${id}</td>`], values: [] }) as never, ({ id }) => (id === 8 ? "soon" : "")).map(text);
    expect(said[0]).not.toContain("chosen");
    expect(said[1]).toContain("chosen soon");
    expect(said[1]).toContain("aria-current=true");
  });

  it("says what is old, and how it goes on", () => {
    expect(text(stale(null, "away"))).toBe("");
    expect(text(stale({}, "the center does not answer"))).toContain("as of a while ago: the center does not answer");
    expect(text(goesOn(false, 5, () => {}))).toBe("");
    expect(text(goesOn(true, 1, () => {}))).toContain("1 further line");
    expect(text(goesOn(true, null, () => {}))).not.toContain("further");
  });
});
