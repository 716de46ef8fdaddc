import { describe, expect, it } from "vitest";
import { CallLimitsPart, callSpan, typedCall } from "../src/administration/call_limits";
import { LimitsPart } from "../src/administration/limits";
import { Commands } from "../src/desk/commands";

const TOLD = {
  tiers: [],
  legs: [],
  telephone: [
    { name: "answer", shipped: 20, own: null, least: 5, most: 120 },
    { name: "finish", shipped: 900, own: 600, least: 60, most: 7200 },
    { name: "tries", shipped: 3, own: null, least: 1, most: 10 },
  ],
  may_set: true,
};

async function part(refusal: string | null = null) {
  const sent: unknown[] = [];
  const get = async (path: string, init?: RequestInit) => {
    if (!path.endsWith("telephone.limits")) return new Response(JSON.stringify(TOLD), { status: 200 });
    sent.push(JSON.parse(String(init?.body)));
    return new Response(JSON.stringify(refusal === null ? { ok: true } : { error: refusal }), { status: refusal === null ? 200 : 403 });
  };
  const commands = new Commands(() => "", get as unknown as typeof fetch);
  const limits = new LimitsPart(commands, () => undefined, () => undefined); // prettier-ignore
  const done: string[] = [];
  const made = new CallLimitsPart(commands, limits, () => undefined, (words) => done.push(words)); // prettier-ignore
  await limits.load();
  return { made, sent, done };
}

describe("limits of calls", () => {
  it.each([["answer", "90 s", 90], ["answer", "2 min", 120], ["answer", " ", null], ["answer", "soon", "soon"], ["tries", "4", 4], ["tries", "4 times", 4], ["tries", "once", 1], ["tries", "2 min", "2 min"], ["tries", "", null]])("%s typed as %s", (name, typed, value) => {
    expect(typedCall({ name }, typed)).toBe(value);
  }); // prettier-ignore

  it.each([["answer", 20], ["again", 300], ["finish", 7200], ["tries", 1], ["tries", 3]])("%s of %d is read back as what is shown of it", (name, value) => {
    expect(typedCall({ name }, callSpan({ name }, value))).toBe(value);
  }); // prettier-ignore

  it("says what would change, and what is wrong at its field", async () => {
    const { made } = await part();
    expect(made.changes).toEqual([]);
    made.edit("answer", "15 s");
    expect(made.changes.map(([{ name }, was, value]) => [name, was, value])).toEqual([["answer", 20, 15]]);
    made.edit("finish", "");
    expect(made.changes.map(([{ name }, was, value]) => [name, was, value])).toContainEqual(["finish", 600, 900]);
    for (const typed of ["4 s", "3 min", "7.5 s", "soon"]) {
      made.edit("answer", typed);
      expect(made.wrong).toBe(true);
    }
    expect(made.fault({ name: "answer", shipped: 20, own: null, least: 5, most: 120 })).toBe("from 5 s to 2 min");
    made.startOver();
    expect([made.wrong, made.changes]).toEqual([false, []]);
  });

  it("sends all that is the center's own, with the reason", async () => {
    const { made, sent, done } = await part();
    made.edit("answer", "15");
    made.write(" we are quick ");
    expect(await made.set()).toBe(true);
    expect(sent).toEqual([{ limits: { answer: 15, finish: 600 }, why: "we are quick" }]);
    expect(done).toHaveLength(1);
    expect([made.edits.size, made.why]).toEqual([0, ""]);
  });

  it("keeps what was typed where it is refused", async () => {
    const { made } = await part("sign in first");
    made.edit("tries", "4");
    made.write("more tries");
    expect(await made.set()).toBe(false);
    expect(made.problem).toContain("sign in first");
    expect(made.edits.get("tries")).toBe("4");
  });
});
