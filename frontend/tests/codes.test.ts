import { describe, expect, it } from "vitest";
import { dayAt, LABEL, layout, links, pieces, TOP, xOf } from "../src/codes/timeline";
import { type Book, type Code, dayWords, type Edge, found, isDay, isDiagnosis, monthsLater, stretchWords, validOn } from "../src/codes/told";
import { mayOpen } from "../src/signin/entry";
import type { Me } from "../src/signin/me";

const edge = (first: string | null, last: string | null, words = ""): Edge => ({ first, last, words, exact: first === last, mark: "S", sources: [] });
const on = (day: string): Edge => edge(day, day, day);

const code = (name: string, start: Edge, end: Edge | null, change: Partial<Code> = {}): Code => ({
  code: name, system: "CPT", family: "holter", set: name, part: "technical", words: "own words", descriptor: "", medicare: true, start, end,
  replaced: null, units: null, service_date: null, rules: [], notes: [], exclusions: [], ...change,
}); // prettier-ignore

const NEW = code("93229", on("2009-01-01"), null, { family: "telemetry", words: "Telemetry: all but the reading" });
const OLD = code("93012", edge(null, "1999-12-31"), on("2010-12-31"), { replaced: { codes: ["93229"], words: "", mark: "M!", sources: [] } });
const TWIN = code("G0016", edge("1990-01-01", "1999-12-31"), edge("2001-12-31", "2002-12-31"), { part: "professional" });
const LEFT = code("G0015", edge("1990-01-01", "1999-12-31"), edge("2002-12-31", null));
const HOME = code("S0346", edge("2003-01-01", "2005-12-31"), edge(null, null));
const BOOK: Book = {
  today: "2026-11-23", gathered: "November 2026", marks: {}, sources: {}, files: [],
  families: [{ id: "telemetry", name: "Telemetry", words: "", notes: [] }, { id: "holter", name: "Holter", words: "", notes: [] }],
  codes: [NEW, OLD, TWIN, LEFT, HOME],
}; // prettier-ignore
const PLAN = layout(BOOK, 1000, 600);

describe("a code on a day", () => {
  // The same days and answers as the tests of the center's book.
  it.each([
    [NEW, "2008-12-31", "not valid"],
    [NEW, "2009-01-01", "valid"],
    [NEW, "2026-11-23", "valid"],
    [OLD, "2010-12-31", "valid"],
    [OLD, "2011-01-01", "not valid"],
    [OLD, "1989-01-01", "not known"],
    [TWIN, "2001-12-31", "valid"],
    [TWIN, "2002-06-01", "not known"],
    [TWIN, "2003-01-01", "not valid"],
    [LEFT, "2002-12-31", "valid"],
    [LEFT, "2005-01-01", "not known"],
    [HOME, "2002-12-31", "not valid"],
    [HOME, "2004-06-01", "not known"],
    [HOME, "2026-01-01", "not known"],
  ])("%# is %s valid", (one, day, answer) => {
    expect(validOn(one, day)).toBe(answer);
  });

  it("is told in words", () => {
    expect(dayWords("2010-12-31")).toBe("31 Dec 2010");
    expect(stretchWords(null, null)).toBe("");
    expect(stretchWords("2015-10-01", "2023-06-10")).toBe(" (from 2015-10-01 to 2023-06-10)");
    expect([monthsLater("2024-01-31", 1), monthsLater("2024-02-29", 12), monthsLater("2024-01-15", -1)]).toEqual(["2024-02-29", "2025-02-28", "2023-12-15"]);
    expect([isDay("2024-02-29"), isDay("2023-02-29"), isDay("2023-2-9"), isDay("")]).toEqual([true, false, false, false]);
  });
});

describe("searching", () => {
  it("finds by number, part, family and words, every word", () => {
    const names = (typed: string) => found(BOOK, typed).map((one) => one.code);
    expect(names("930")).toEqual(["93012"]);
    expect(names("g00")).toEqual(["G0016", "G0015"]);
    expect(names("telemetry reading")).toEqual(["93229"]);
    expect(names("holter professional")).toEqual(["G0016"]);
    expect(names("  ")).toHaveLength(5);
    expect(names("nothing")).toEqual([]);
  });

  it("knows a diagnosis from a code", () => {
    expect(["I48.1", "r55", "I4811", "Z79.01"].map(isDiagnosis)).toEqual([true, true, false, true]);
    expect(["G0015", "93012", "0295T", "holter", ""].map(isDiagnosis)).toEqual([false, false, false, false, false]);
  });
});

describe("the picture", () => {
  it("has a row for each code below the head of its family, and fits", () => {
    const rows = PLAN.lanes.flatMap((lane) => lane.rows);
    expect(rows.map((row) => row.code.code)).toEqual(["93229", "93012", "G0016", "G0015", "S0346"]);
    expect(PLAN.lanes[0]!.y).toBe(TOP);
    for (const [at, row] of rows.entries()) if (at > 0) expect(row.y).toBeGreaterThanOrEqual(rows[at - 1]!.y + PLAN.row);
    expect(PLAN.height).toBeLessThanOrEqual(600);
    expect(layout(BOOK, 1000, 10).row).toBe(12); // in no room it scrolls
    expect(PLAN.last).toBe("2028-01-01");
  });

  it("gives back the day that is pointed at", () => {
    for (const day of ["1990-01-01", "2009-01-01", "2026-11-23", "2028-01-01"]) expect(Math.abs(Date.parse(dayAt(PLAN, xOf(PLAN, day))) - Date.parse(day))).toBeLessThan(20 * 86_400_000);
    expect(dayAt(PLAN, -50)).toBe("1990-01-01");
    expect(dayAt(PLAN, 5000)).toBe("2028-01-01");
  });

  it("draws what is certain and what is not apart", () => {
    expect(pieces(PLAN, NEW)).toEqual([{ kind: "sure", x: xOf(PLAN, "2009-01-01"), width: xOf(PLAN, "2028-01-01") - xOf(PLAN, "2009-01-01"), open: true }]);
    expect(pieces(PLAN, OLD).map(({ kind, open }) => [kind, open])).toEqual([["begins", true], ["sure", false]]);
    expect(pieces(PLAN, TWIN).map(({ kind }) => kind)).toEqual(["begins", "sure", "ends"]);
    expect(pieces(PLAN, LEFT).at(-1)).toMatchObject({ kind: "ends", open: true });
    expect(pieces(PLAN, HOME).map(({ kind }) => kind)).toEqual(["begins", "ends"]);
  });

  it("covers exactly the days that may be valid", () => {
    for (const one of BOOK.codes) {
      for (let year = 1990; year < 2028; year++) {
        const x = xOf(PLAN, `${year}-07-01`);
        const piece = pieces(PLAN, one).find((each) => each.x <= x && x < each.x + each.width);
        const answer = validOn(one, `${year}-07-01`);
        expect([one.code, year, piece === undefined ? "not valid" : piece.kind === "sure" ? "valid" : "not known"]).toEqual([one.code, year, answer]);
      }
    }
  });

  it("leads from a code that ended to those in its place", () => {
    expect(links(PLAN, NEW)).toEqual([]);
    const [link] = links(PLAN, OLD);
    expect(link!.path.startsWith(`M${xOf(PLAN, "2010-12-31").toFixed(1)}`)).toBe(true);
    expect(link!.x).toBeGreaterThan(LABEL);
  });
});

it("everybody who is signed in may open the page", () => {
  const me = { permissions: [] } as unknown as Me;
  expect([mayOpen(me, "/codes"), mayOpen(me, "/orders")]).toEqual([true, false]);
});
