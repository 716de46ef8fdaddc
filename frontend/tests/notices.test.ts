import { expect, it } from "vitest";
import type { Notice } from "../src/desk/entities";
import { noticeWords } from "../src/desk/notices_view";
import { caseOf } from "../src/desk/order";
import { readEntity } from "../src/desk/parse";

const NOW = new Date(2026, 10, 21, 2, 13, 5).getTime();
const told = (change: Partial<Notice>): string =>
  noticeWords(
    { channel: "e-mail", to: "on-call@clinic.example", what: "opened", state: "sent", at_ms: NOW, next_ms: null, receipt: "250 ok", known: true, ...change },
    NOW,
  );

it("a notice says when it was delivered, or why not and what follows", () => {
  expect(told({})).toBe("delivered 02:13:05");
  expect(told({ state: "queued" })).toBe("on its way");
  expect(told({ state: "failed", receipt: "451 later", next_ms: NOW + 15_000 })).toBe(
    "not delivered so far: 451 later; tried again in 15 s",
  );
  expect(told({ state: "failed", receipt: "lost", known: false, next_ms: NOW - 1 })).toBe(
    "not delivered so far, though it may have arrived: lost; tried again now",
  );
  expect(told({ state: "given_up", receipt: "" })).toBe("not delivered: no reason was told");
});

it("a notice in a state that is not known did not arrive", () => {
  const read = readEntity("notification", "notification:1", { id: 1, notices: [{ state: "flown" }, { state: "sent" }] });
  expect(read.notices.map(({ state }) => state)).toEqual(["given_up", "sent"]);
});

it("an address names a case, or none", () => {
  expect(["?case=5", "?x=1&case=12", "", "?case=", "?case=5x", "?case=-1"].map(caseOf)).toEqual([5, 12, null, null, null, null]);
});
