import { describe, expect, it } from "vitest";
import { emptyForm, fieldsOf, type Form, inOrder, type Item, placeOf } from "../src/corrections/told";

const DOE = { patient: 7, name: "Doe, Jane", birth_date: "1951-02-03", streams: [] };
const form = (change: Partial<Form>): Form => ({ ...emptyForm("s000017"), why: "kits were mixed up", ...change });

describe("who it is, as the act takes it", () => {
  it.each([
    ["nobody is chosen yet", { who: "known" }, {}],
    ["somebody on record", { who: "known", person: DOE }, { to: 7 }],
    ["the other of two", { who: "swap", swap: " s000018 " }, { swap: "s000018" }],
    ["a practice does not go with a swap", { who: "swap", swap: "s000018", practice: "3" }, { swap: "s000018" }],
    ["somebody new", { who: "new", name: "Poe, Pat" }, { to: { name: "Poe, Pat" } }],
    ["somebody new who was born", { who: "new", name: "Poe, Pat", birth: "1950-01-02", practice: "3" }, { to: { name: "Poe, Pat", birth_date: "1950-01-02" }, practice: 3 }],
    ["what was written for another choice stays out", { who: "known", person: DOE, swap: "s000018", name: "Poe, Pat" }, { to: 7 }],
  ] as const)("%s", (_, change, fields) => {
    expect(fieldsOf(form(change as Partial<Form>))).toEqual({ why: "kits were mixed up", ...fields });
  });

  it("from an instant on is told in ms, and the whole period by none", () => {
    expect(fieldsOf(form({ from: "2026-11-20T08:30" })).from_ms).toBe(new Date(2026, 10, 20, 8, 30).getTime());
    expect("from_ms" in fieldsOf(form({}))).toBe(false);
  });
});

describe("an address", () => {
  it.each([
    ["/corrections", "", { is: "list" }],
    ["/corrections/", "?stream=", { is: "list" }],
    ["/corrections", "?stream=s000017", { is: "new", stream: "s000017" }],
    ["/corrections", "?stream=s17", { is: "list" }],
    ["/corrections", "?stream=17%20or", { is: "list" }],
    ["/corrections/12", "", { is: "one", number: 12 }],
    ["/corrections/12/", "?stream=s000017", { is: "one", number: 12 }],
    ["/corrections/1234567890", "", { is: "list" }],
  ])("%s%s", (path, search, place) => {
    expect(placeOf(path, search)).toEqual(place);
  });
});

it("what is late stands first, then what is due first, and what is done at the end", () => {
  const item = (number: number, change: Partial<Item>): Item => ({ item: number, kind: "", what: "", words: "", tell: "", stream: "s000017", due_ms: 0, state: "open", overdue: false, log: [], ...change });
  const all = [item(1, { state: "done", overdue: true }), item(2, { due_ms: 9 }), item(3, { due_ms: 5 }), item(4, { due_ms: 8, overdue: true }), item(5, { due_ms: 5 })];
  expect(inOrder(all).map((one) => one.item)).toEqual([4, 3, 5, 2, 1]);
  expect(all.map((one) => one.item)).toEqual([1, 2, 3, 4, 5]);
});
