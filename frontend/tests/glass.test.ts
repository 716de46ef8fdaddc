import { describe, expect, it } from "vitest";
import { leftOf } from "../src/signin/glass_strip";
import { askGlass, bound, faultOf, placeOf, readGlass } from "../src/signin/glass_told";

const TOLD = { sees: false, may_break: true, now_ms: 1000, until_ms: null, why: "", minutes: 60, least: 10, most: 500, looks: [] };
const PLACE = { page: "patient", stream: "s000018" } as const;
const answer = (status: number, body: unknown) => async () => new Response(JSON.stringify(body), { status });

describe("before a patient", () => {
  it.each([
    ["/patient/s000018", PLACE],
    ["/criteria/s000018/", { page: "criteria", stream: "s000018" }],
    ["/ladder/s000018", { page: "ladder", stream: "s000018" }],
    ["/criteria/practice/1", null],
    ["/patient/18", null],
    ["/", null],
  ])("%s is a page of %j", (path, place) => {
    expect(placeOf(path)).toEqual(place);
  });

  it.each([
    [["physician"], ["read.ecg"], true],
    [["office"], ["read.ecg"], true],
    [["physician", "technician"], ["read.ecg", "read.wall"], false],
    [["enrollment"], ["read.contacts"], false],
    [[], [], false],
  ])("%j with %j sees one practice alone: %j", (roles, permissions, sees) => {
    expect(bound({ sign_in: "in", permissions, staff: { id: 1, name: "", login: "", roles } })).toBe(sees);
  });

  it("nobody is bound where sign-in is off", () => {
    expect(bound({ sign_in: "off", permissions: [] })).toBe(false);
  });

  it("what cannot be understood shows nothing", () => {
    expect(readGlass(TOLD)).toEqual(TOLD);
    expect(() => readGlass({ ...TOLD, sees: "yes" })).toThrow("glass.sees");
    expect(() => readGlass(null)).toThrow("is not an object");
  });

  it("the center is asked, and its words are the failure", async () => {
    expect(await askGlass(PLACE, answer(200, TOLD))).toEqual(TOLD);
    expect(await askGlass(PLACE, answer(404, { error: "no stream s000018" }))).toBeNull();
    await expect(askGlass(PLACE, answer(403, { error: "the controls are locked", reason: "locked" }))).rejects.toThrow("the controls are locked");
    await expect(askGlass(PLACE, answer(500, null))).rejects.toThrow("the center answered 500");
    await expect(askGlass(PLACE, async () => Promise.reject(new TypeError("network")))).rejects.toThrow("does not answer");
  });
});

describe("a reason", () => {
  it.each([
    ["", 10, "Say why"],
    ["because", 10, "10 characters or more"],
  ])("%j is none", (why, least, words) => {
    expect(faultOf(why, least)).toContain(words);
  });

  it("is counted in signs", () => {
    expect(faultOf("on call now", 10)).toBeNull();
    expect(faultOf("🫀🫀🫀🫀🫀", 10)).not.toBeNull();
  });
});

it("the hour ends by whichever clock went farther: a machine that slept", () => {
  let [steady, wall] = [0, 50];
  const left = leftOf(3_600_000, 0, [() => steady, () => wall]);
  expect(left()).toBe(3_600_000);
  steady += 1000;
  wall += 1_800_000;
  expect(left()).toBe(1_800_000);
  wall -= 7_200_000;
  expect(left()).toBe(3_599_000);
});
