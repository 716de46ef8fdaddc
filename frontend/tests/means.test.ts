import { expect, test } from "vitest";
import { byTelephone, meansWords } from "../src/protocol/means";

test.each([
  ["telephone/1", true, "by telephone"],
  ["telephone/417", true, "by telephone"],
  ["T-100", false, "T-100"],
  ["my telephone/1", false, "my telephone/1"],
])("%s", (transmitter, by, words) => {
  expect(byTelephone(transmitter)).toBe(by);
  expect(meansWords(transmitter)).toBe(words);
});
