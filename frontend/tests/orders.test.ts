import { beforeEach, describe, expect, it } from "vitest";
import { Draft, type Shelf } from "../src/orders/draft";
import { freeKits } from "../src/orders/enrolling";
import { before, exampleOf } from "../src/orders/example";
import { parentOf } from "../src/orders/jump";
import { begun, commonWhere, type Fields, get, isDay, lean, leaves, listAt, merged, npiFault, put, said, steps, textAt, without } from "../src/orders/order";
import { checkedOf, determinationOf, found, listOf, metWords, orderAt, orderOf, OUTCOME, outcomeWords, stateWords } from "../src/orders/told";
import { GROUPS, nameOf, optionsOf, orderWords, QUESTIONS, sectionOf, SECTIONS, valueWords, whyWords, wordOf } from "../src/orders/words";

const EXAMPLE = exampleOf("2026-03-02");

/** Numbers of its own for a test: the same in every run. */
function dice(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * most);
  };
}

describe("an order by paths", () => {
  it("is read and changed where the center's words point, and the old one stays", () => {
    expect(steps("symptoms[0].what")).toEqual(["symptoms", 0, "what"]);
    const one = put(put({}, "symptoms[0].what", "syncope"), "patient.postal.city", "Boston");
    expect(one).toEqual({ symptoms: [{ what: "syncope" }], patient: { postal: { city: "Boston" } } });
    const two = put(one, "symptoms[0].severity", "severe");
    expect(get(one, "symptoms[0].severity")).toBeUndefined();
    expect([textAt(two, "symptoms[0].severity"), textAt(two, "days"), listAt(two, "diagnoses")]).toEqual(["severe", "", []]);
    expect(without(two, "symptoms", 0).symptoms).toEqual([]);
    for (const odd of ["", "a[0", "..", "x[7].y.z"]) expect(() => get(two, odd)).not.toThrow();
  });

  it("holds what was put, at any path, and nothing else changes", () => {
    const any = dice(7);
    const names = ["a", "b", "c"];
    for (let round = 0; round < 300; round += 1) {
      const path = () => Array.from({ length: 1 + any(3) }, (_, at) => (at > 0 && any(3) === 0 ? `[${any(3)}]` : `${at > 0 ? "." : ""}${names[any(3)]}`)).join("");
      const [first, second] = [path(), path()];
      const one = put({}, first, 1);
      const two = put(one, second, 2);
      expect(get(two, second)).toBe(2);
      expect(get(one, first)).toBe(1);
    }
  });

  it("says the same with and without what is empty, and a no is not empty", () => {
    expect(lean({ a: "", b: [], c: { d: null, e: 0 }, f: false, g: " x ", h: [{}, ""] })).toEqual({ f: false, g: "x", h: [{}, ""] });
    expect(said({ b: "x", a: { c: 1 } })).toBe(said({ a: { c: 1, d: "" }, b: "x" }));
    expect(said({ a: false })).not.toBe(said({}));
  });

  it("begins with what nearly all have, and with nothing that only a physician knows", () => {
    const one = begun("2026-11-23");
    expect([one.country, one.days, one.dated]).toEqual(["US", 30, "2026-11-23"]);
    expect([one.statements, one.setting, one.indication, one.criteria]).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe("a day", () => {
  it("is one of the calendar, written as the center does", () => {
    expect(["2024-02-29", "1951-04-12"].map(isDay)).toEqual([true, true]);
    expect(["2023-02-29", "1951-02-30", "12 April 1951", "1951-4-12", "", "19510412"].map(isDay)).toEqual([false, false, false, false, false, false]);
  });
});

describe("an NPI", () => {
  it("is checked by its check digit at once", () => {
    expect(["1234567893", "", "1245319599"].map(npiFault)).toEqual([null, null, null]);
    expect(npiFault("1234567890")).toContain("check digit");
    expect(npiFault("12345")).toContain("ten digits");
    expect(npiFault("3234567893")).toContain("the first 1 or 2");
    expect(npiFault("12345x7893")).toContain("digits only");
  });

  it("with one digit wrong, or two beside each other exchanged, is found", () => {
    const good = "1234567893";
    for (let at = 1; at < 10; at += 1) {
      for (let digit = 0; digit < 10; digit += 1) {
        const other = good.slice(0, at) + digit + good.slice(at + 1);
        expect(npiFault(other) === null, other).toBe(other === good);
      }
      if (at < 9) expect(npiFault(good.slice(0, at) + good[at + 1] + good[at] + good.slice(at + 2))).not.toBeNull();
    }
  });
});

describe("two who write one order", () => {
  const base: Fields = { patient: { name: "Doe" }, days: 30, diagnoses: ["R55"] };

  it("keep what each changed, and are asked about what both did", () => {
    const both = merged(base, put(base, "patient.name", "Doe, Jane"), put(put(base, "days", 14), "payer.id", "medicare"));
    expect(both).toEqual({ order: { patient: { name: "Doe, Jane" }, days: 14, diagnoses: ["R55"], payer: { id: "medicare" } }, conflicts: [] });
    const split = merged(base, put(base, "diagnoses", ["R55", "R42"]), put(base, "diagnoses", ["R42"]));
    expect(split.conflicts).toEqual([{ path: "diagnoses", mine: ["R55", "R42"], theirs: ["R42"] }]);
    expect(split.order.diagnoses).toEqual(["R55", "R42"]);
  });

  it("lose nothing, whatever they write", () => {
    const any = dice(3);
    const paths = ["a", "b.c", "b.d", "e", "f"];
    const some = (from: Fields) => paths.reduce((order, path) => (any(3) === 0 ? put(order, path, any(2) === 0 ? "" : String(any(3))) : order), from);
    for (let round = 0; round < 500; round += 1) {
      const old = some({});
      const [mine, theirs] = [some(old), some(old)];
      const { order, conflicts } = merged(old, mine, theirs);
      const [was, here, there, now] = [leaves(old), leaves(mine), leaves(theirs), leaves(order)];
      for (const path of paths) {
        const changed = [here.get(path) !== was.get(path), there.get(path) !== was.get(path)];
        expect(now.get(path)).toBe(changed[0] ? here.get(path) : there.get(path));
        const asked = conflicts.some((one) => one.path === path);
        expect(asked).toBe(changed[0] && changed[1] && here.get(path) !== there.get(path));
      }
    }
  });
});

describe("what is typed", () => {
  let store: Map<string, string>;
  const shelf: Shelf = { getItem: (name) => store.get(name) ?? null, setItem: (name, value) => void store.set(name, value), removeItem: (name) => void store.delete(name) };
  const made = (name = "order 1", blank: Fields = {}) => new Draft(name, blank, shelf);
  const recorded = (version: number, order: Fields) => ({ version, order });

  beforeEach(() => {
    store = new Map();
  });

  it("is kept in the tab until it is on record, and comes back", () => {
    const one = made("order new", begun("2026-11-23"));
    expect(one.dirty).toBe(false);
    one.write(put(one.order, "patient.name", "Doe"));
    expect([one.dirty, store.size]).toEqual([true, 1]);
    const again = made("order new", begun("2026-11-23"));
    again.restore();
    expect([textAt(again.order, "patient.name"), again.restored, again.dirty]).toEqual(["Doe", true, true]);
    again.kept(again.order, 1, "order 5");
    expect([again.dirty, store.size, again.base?.version]).toEqual([false, 0, 1]);
  });

  it("while it is being kept stays typed", () => {
    const one = made();
    one.told(recorded(1, { days: 30 }));
    one.write({ days: 14 });
    const sent = one.order;
    one.write({ days: 7 });
    one.kept(sent, 2);
    expect([one.dirty, one.base, store.size]).toEqual([true, { version: 2, order: { days: 14 } }, 1]);
  });

  it("is never written over: theirs is shown beside, field by field, and one of each is taken", () => {
    const one = made();
    one.told(recorded(1, { days: 30, country: "US" }));
    one.told(recorded(2, { days: 29, country: "US" }));
    expect(one.order.days).toBe(29);
    one.write({ days: 14, country: "US", start: "2026-12-01" });
    one.told(recorded(3, { days: 20, country: "PR" }));
    expect([one.order.days, one.conflicts.map(({ path }) => path)]).toEqual([14, ["days"]]);
    one.settle(new Set(["days"]));
    expect([one.order, one.base?.version, one.dirty]).toEqual([{ days: 20, country: "PR", start: "2026-12-01" }, 3, true]);
    one.told(recorded(4, { days: 1 }));
    one.settle(new Set());
    expect([one.order.days, one.order.start]).toEqual([1, "2026-12-01"]);
    one.drop();
    expect([one.order, one.dirty, store.size]).toEqual([{ days: 1 }, false, 0]);
  });

  it("over an older version is told of the newer when it comes back", () => {
    const one = made();
    one.told(recorded(1, { days: 30 }));
    one.write({ days: 14 });
    const again = made();
    again.told(recorded(2, { days: 7 }));
    again.restore();
    expect([again.order.days, again.conflicts.length, again.base?.version]).toEqual([14, 1, 1]);
  });

  it("by one does not come back to another", () => {
    const one = made();
    one.owner = "6";
    one.write({ days: 14 });
    const other = made();
    other.owner = "7";
    other.restore();
    expect([other.restored, other.dirty, store.size]).toEqual([false, false, 1]);
  });

  it("that cannot be read is let go", () => {
    store.set("order 1, ", "{not json");
    const one = made();
    one.restore();
    expect([one.restored, store.size]).toEqual([false, 0]);
  });
});

describe("what the center tells", () => {
  it("is read field by field, and an odd one is never taken for a good one", () => {
    for (const odd of [null, 5, "x", [], { orders: [null, 5], determination: 7 }, { determination: { clauses: [null], policy: 5, outcome: "fine" } }]) {
      expect(() => [checkedOf(odd), orderOf(odd), listOf(odd)]).not.toThrow();
    }
    const told = determinationOf({ outcome: "fine", clauses: [{ id: "a", outcome: "sure", facts: [{ value: true }] }], change: [{}] })!;
    expect([told.outcome, told.clauses[0]?.outcome, told.clauses[0]?.facts[0]?.value]).toEqual(["", "not documented", "yes"]);
    expect(determinationOf({ cautions: [{ kind: "dates", words: "w", looks: [{ where: "dated", words: "l" }, 5] }, null] })!.cautions.map(({ words, looks }) => [words, looks.length])).toEqual([["w", 2], ["", 0]]); // prettier-ignore
  });

  it("tells of a clause which way it stands: an exclusion that does not apply speaks for it", () => {
    const of = (outcome: string, effect: string, stands?: string) => determinationOf({ clauses: [{ outcome, effect, stands }] })!.clauses[0]!;
    expect([of("met", "required"), of("not met", "required"), of("met", "excludes"), of("not met", "excludes"), of("not applicable", "limit"), of("odd", "required")].map(({ stands }) => stands)).toEqual(["for", "against", "against", "for", "aside", "open"]);
    expect(of("not met", "one-of", "aside").stands).toBe("aside");
    expect([metWords(of("not met", "excludes")), metWords(of("met", "excludes")), metWords(of("not met", "required"))]).toEqual(["the exclusion does not apply", "the exclusion applies", "not met"]);
    expect(determinationOf({ clauses: [{ facts: [{ value: null }, { value: ["a", 1] }, { value: false }] }] })!.clauses[0]!.facts.map(({ value }) => value)).toEqual(["not said", "a, 1", "no"]);
  });

  it("is said with a sign and a word", () => {
    expect(new Set(Object.values(OUTCOME).map(([sign]) => sign)).size).toBe(4);
    expect([outcomeWords("covered"), outcomeWords("")]).toEqual(["✓ covered", ""]);
    expect(stateWords("held")).toContain("missing");
    expect(stateWords("something new")).toBe("something new");
  });

  it("allows what is said to be allowed, and nothing else", () => {
    expect(Object.values(orderOf({ may: { edit: "yes" } }).may)).not.toContain(true);
    expect(orderOf({ may: { sign: true, why_not: "" } }).may.sign).toBe(true);
  });

  it("tells rules of enrollment, services on record and the payer's policy; what is not said refuses and allows nothing", () => {
    const told = checkedOf({
      earlier: [{ stream: "s000001", test: "telemetry", first_day: "2023-02-10", last_day: null }],
      limited: "yes",
      rules: { day: "2023-03-02", refused: true, allowed: "", grounds: [{ rule: "30 days", refused: true, reason: "too soon", change: "From 2023-03-22 on.", where: "start" }, null] },
      payer_policy: { held: "no", words: "No policy held of this payer.", payers: ["medicare", 7] },
    });
    expect(told.earlier).toEqual([{ stream: "s000001", test: "telemetry", first_day: "2023-02-10", last_day: "" }]);
    expect([told.limited, told.rules?.refused, told.rules?.grounds.length]).toEqual([false, true, 2]);
    expect(told.rules?.grounds.map(({ refused, allowable, change }) => [refused, allowable, change])).toEqual([[true, false, "From 2023-03-22 on."], [false, false, ""]]); // prettier-ignore
    expect(told.payer).toEqual({ held: "no", words: "No policy held of this payer.", payers: ["medicare", "7"] });
    const nothing = checkedOf({ rules: null, earlier: "x", payer_policy: [] });
    expect([nothing.rules, nothing.earlier, nothing.payer]).toEqual([null, [], null]);
  });

  it("holds what was typed and could not be read, where it stands", () => {
    const told = orderOf({ order: { diagnoses: ["R55"], orderer: { name: "Weber" } }, given: { diagnoses: ["R55", "no"], orderer: { name: "Weber", npi: "12" }, days: "x" }, faults: [{ where: "orderer.npi" }, { where: "diagnoses[1]" }, { where: "" }] });
    expect(told.order).toEqual({ diagnoses: ["R55", "no"], orderer: { name: "Weber", npi: "12" } });
  });

  it("is a list with the oldest first, found by every word", () => {
    const told = listOf({ orders: [{ order: 2, since_ms: 20, patient: "Roe, Ann", state: "held", lacks: 2, first: { where: "test", words: "Which service." } }, { order: 1, since_ms: 10, patient: "Doe", state: "ready", lacks: 0, first: null }], next: 1 });
    expect(told.next).toBe(1);
    expect(found(told.rows, "", true).map(({ order }) => order)).toEqual([1, 2]);
    expect(found(told.rows, "", false).map(({ order }) => order)).toEqual([2, 1]);
    expect(found(told.rows, "ann service", true).map(({ order, lacks, first }) => [order, lacks, first])).toEqual([[2, 2, "Which service."]]);
  });

  it("names the field whose value is wrong", () => {
    const first = { where: "orderer.npi", words: "1234567892: the check digit does not fit" };
    const told = listOf({ orders: [{ order: 3, since_ms: 5, patient: "Doe", state: "held", lacks: 1, first }] });
    expect(told.rows[0]?.first).toBe("NPI: 1234567892: the check digit does not fit");
  });

  it("has addresses", () => {
    expect(["/orders", "/orders/", "/orders/new", "/orders/12", "/orders/0", "/orders/x"].map(orderAt)).toEqual(["list", "list", "new", 12, "list", "list"]);
  });

  it("of kits shows those that nobody wears", () => {
    expect(freeKits({ kits: [{ transmitter: "T-10", state: "in stock" }, { transmitter: "T-2", state: "in stock" }, { transmitter: "T-3", state: "assigned" }, null] }).map(({ transmitter }) => transmitter)).toEqual(["T-2", "T-10"]);
    expect(freeKits(null)).toEqual([]);
  });
});

describe("the form", () => {
  it("has words for every key of the code", () => {
    for (const kind of ["test", "indication", "setting", "prior", "symptom", "severity"] as const) {
      for (const [key, text] of optionsOf(kind)) expect(text, `${kind} ${key}`).not.toContain("-symptoms");
      expect(new Set(optionsOf(kind).map(([, text]) => text)).size).toBe(optionsOf(kind).length);
    }
    expect(QUESTIONS.filter(({ group }) => !GROUPS.some(([one]) => one === group))).toEqual([]);
    expect(wordOf("symptom", "chest-pain")).toBe("chest pain");
  });

  it("has a place for every path that an order has", () => {
    for (const path of leaves(EXAMPLE).keys()) expect(sectionOf(path), path).not.toBeNull();
    expect(SECTIONS.map(([key]) => key)).toContain(sectionOf("statements.low_risk.answer"));
    expect([sectionOf("record.transmission"), sectionOf("signature.legible"), sectionOf("patient.contacts")]).toEqual([null, "signature", "patient"]);
  });

  it("finds the field of a path that has none of its own in what it is a part of", () => {
    expect([parentOf("symptoms[0].what"), parentOf("symptoms[0]"), parentOf("symptoms")]).toEqual(["symptoms[0]", "symptoms", ""]);
  });

  it("says an order, its fields and its values in words", () => {
    expect(orderWords(EXAMPLE)).toBe("30 days of real-time telemetry");
    expect(whyWords(EXAMPLE)).toBe("R55, R00.2, syncope, palpitations");
    expect(nameOf("orderer.npi")).toBe("NPI");
    expect(nameOf("statements.low_risk.answer")).toContain("low risk");
    expect(nameOf("something.else")).toBe("something.else");
    expect([valueWords(undefined), valueWords(false), valueWords(["R55", "R42"]), valueWords([{ what: "syncope" }])]).toEqual(["(nothing)", "no", "R55; R42", "syncope"]);
  });

  it("knows where most answers stand", () => {
    expect(commonWhere(EXAMPLE)).toBe("visit note 2026-02-27");
    expect(commonWhere({})).toBe("");
  });

  it("has an example that answers every question and whose NPI can be one", () => {
    expect(Object.keys(EXAMPLE.statements as Fields)).toEqual(QUESTIONS.map(({ key }) => key));
    expect(npiFault(textAt(EXAMPLE, "orderer.npi"))).toBeNull();
    expect(textAt(EXAMPLE, "patient.telephone")).toContain("555 01");
    expect([before("2026-03-02", 3), before("2026-01-01", 1)]).toEqual(["2026-02-27", "2025-12-31"]);
    expect(new Set([0, 1, 2, 3, 4, 5].map((which) => textAt(exampleOf("2026-03-02", which), "patient.name"))).size).toBe(6);
  });
});
