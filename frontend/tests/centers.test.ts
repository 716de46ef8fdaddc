import { describe, expect, it } from "vitest";
import { fours, linkWords, readCenters } from "../src/administration/centers_view";

const told = (change: object) =>
  readCenters({ key: "ab", centers: [{ id: 1, name: "Denver", key: "9f2c", alive: true, heard_ms: 5, answered_ms: 6, trouble: "", ...change }] }).centers[0]!;

describe("the link to another center", () => {
  it.each([
    [{}, ""],
    [{ trouble: "could not be reached" }, "could not be reached"],
    [{ heard_ms: null, answered_ms: null }, "nothing was heard from it yet"],
    [{ heard_ms: null }, "it answers, and has sent nothing: is this center entered there?"],
    [{ answered_ms: null }, "it sends, and has not answered yet"],
    [{ alive: false }, "it has not answered for a while"],
  ])("%o", (change, words) => {
    expect(linkWords(told(change))).toBe(words);
  });

  it("a key is read out by fours, and what is missing is no page without words", () => {
    expect(fours("9f2cab01ff")).toBe("9f2c ab01 ff");
    expect(readCenters(null)).toEqual({ key: "", centers: [] });
  });
});
