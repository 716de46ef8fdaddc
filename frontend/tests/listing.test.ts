import { describe, expect, it } from "vitest";
import { Asked, Listing } from "../src/chrome/listing";

interface Row {
  readonly id: number;
  readonly name: string;
}

const named = (...ids: number[]): Row[] => ids.map((id) => ({ id, name: `Patient ${id}` }));

/** A list of paper; what it did. */
function paper(ids: number[] = [1, 2, 3], ready = true) {
  const did: string[] = [];
  const held = { rows: named(...ids), ready };
  const list: Listing<Row, "held" | "all"> = new Listing<Row, "held" | "all">(
    {
      tabs: [["held", "held"], ["all", "all"]],
      rows: () => held.rows.filter((one) => one.name.includes(list.typed)),
      key: (one) => one.id,
      name: (one) => one.name,
      open: (one) => did.push(`open ${one.id}`),
      changed: (what) => did.push(what),
      draw: () => did.push("draw"),
      ready: () => held.ready,
      acts: { o: () => did.push("turn") },
    },
    "held",
  ); // prettier-ignore
  list.settle();
  return { list, did, held };
}

describe("a worklist", () => {
  it.each([
    [["j"], 2],
    [["j", "j", "j", "j"], 3],
    [["ArrowDown", "k"], 1],
    [["k"], 1],
    [["End"], 3],
    [["End", "Home", "ArrowDown"], 2],
  ])("by %j the line %i is chosen", (keys, id) => {
    const { list } = paper();
    for (const key of keys) expect(list.strike(key)).toBe(true);
    expect(list.one?.id).toBe(id);
  });

  it("says which line was chosen, for those who do not see it", () => {
    const { list } = paper();
    expect(list.said).toBe("");
    list.strike("j");
    expect(list.said).toBe("Patient 2, 2 of 3");
  });

  it("keeps the line that is chosen while others come before it", () => {
    const { list, held } = paper();
    list.strike("j");
    held.rows = named(8, 9, 1, 2, 3);
    list.settle();
    expect([list.one?.id, list.at]).toEqual([2, 3]);
  });

  it("goes on at the place of a line that has gone", () => {
    const { list, held } = paper();
    list.strike("End");
    held.rows = named(1, 2);
    list.settle();
    expect(list.one?.id).toBe(2);
    held.rows = [];
    list.settle();
    expect([list.one, list.at]).toEqual([undefined, 0]);
    list.strike("j");
    expect(list.said).toBe("");
    held.rows = named(5);
    list.settle();
    expect(list.one?.id).toBe(5);
  });

  it("begins at the top with another tab and with other words", () => {
    const { list, did } = paper();
    list.strike("End");
    list.strike("2");
    expect([list.tab, list.at, did.at(-1)]).toEqual(["all", 0, "tab"]);
    list.strike("2");
    expect(did.filter((one) => one === "tab")).toHaveLength(1);
    list.strike("End");
    list.type("Patient 3");
    expect([list.one?.id, did.at(-1)]).toEqual([3, "words"]);
  });

  it("hears its own keys and those of its kind, and no others", () => {
    const { list, did } = paper();
    expect([list.strike("o"), list.strike("3"), list.strike("x"), list.strike("0")]).toEqual([true, false, false, false]);
    expect(did).toContain("turn");
  });

  it("opens no line before the lines are those of the words", () => {
    const { list, did, held } = paper([1, 2], false);
    list.open();
    expect(did).toEqual([]);
    [held.rows, held.ready] = [named(7), true];
    list.settle();
    list.settle();
    expect(did).toEqual(["open 7"]);
  });

  it("forgets that it was to open when other words are typed", () => {
    const { list, did, held } = paper([1, 2], false);
    list.open();
    list.type("Patient 2");
    held.ready = true;
    list.settle();
    expect(did).toEqual(["words"]);
  });
});

describe("what is asked again and again", () => {
  it("drops what a later answer has overtaken", async () => {
    const answers: ((told: string) => void)[] = [];
    let drawn = 0;
    const asked = new Asked<string>(() => new Promise((done) => answers.push(done)), String, () => (drawn += 1)); // prettier-ignore
    const both = [asked.again(), asked.again()];
    answers[1]!("new");
    answers[0]!("old");
    await Promise.all(both);
    expect([asked.told, drawn]).toEqual(["new", 1]);
  });

  it("keeps what was told and says why it is old", async () => {
    let down = false;
    const asked = new Asked<number>(() => (down ? Promise.reject(new Error("away")) : Promise.resolve(5)), (error) => (error as Error).message, () => {}); // prettier-ignore
    await asked.again();
    down = true;
    await asked.again();
    expect([asked.told, asked.failure]).toEqual([5, "away"]);
    down = false;
    await asked.again();
    expect(asked.failure).toBeNull();
  });
});
