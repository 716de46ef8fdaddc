import { expect, it } from "vitest";
import { readEntity } from "../src/desk/parse";
import { alarmsHere, type Facts } from "../src/alarm/here";
import { leftWords, pressing, seconds } from "../src/watch/legs_view";

const NOW = 1_000_000_000;
const run = (left_s: number, about: boolean) => ({
  case: 1, stream: "s000001", patient: "Doe", tier: "urgent", leg: "held to verdict", since_ms: NOW - 60_000, due_ms: NOW + left_s * 1000, about,
}); // prettier-ignore

it("says what is left of a limit, or by how much it is over", () => {
  expect([leftWords(NOW + 41_000, NOW), leftWords(NOW - 130_000, NOW), leftWords(null, NOW)]).toEqual(["41 s left", "2 min over", "?"]);
  expect([seconds(null), seconds(0.94), seconds(51), seconds(7200)]).toEqual(["–", "0.9 s", "51 s", "2 h"]);
});

it("counts what is over or about to be, also where the center has not looked again yet", () => {
  const legs = readEntity("legs", "legs", { windows: [], running: [run(-1, false), run(20, true), run(500, false)], open: 3 });
  expect(legs.faults).toEqual([]);
  expect(pressing(legs, NOW)).toBe(2);
});

it("what cannot be read of legs reassures nobody", () => {
  const legs = readEntity("legs", "legs", { windows: 3, running: [{ case: "x" }] });
  expect(legs.faults.length).toBeGreaterThan(0);
  expect(legs.running[0]).toMatchObject({ tier: "emergent", due_ms: null });
});

it("a standby's station alarms for a patient whom nobody watches, whoever sits there", () => {
  const told = (standby_alarm: boolean): Facts => {
    const all: Record<string, unknown> = {
      me: readEntity("me", "me", { sign_in: "in", staff: { id: 4, name: "Sato", roles: ["technician"] } }),
      center: readEntity("center", "center", { name: "c", attended: true, continuity: null, sound: {}, standby_alarm }),
    };
    const patient = readEntity("patient", "patient:s000001", {
      stream: "s000001", patient: "Doe", watched: false, displayed: false, unwatched_since_ms: NOW - 2000,
    }); // prettier-ignore
    return {
      get: (kind) => all[kind] as never,
      all: (kind) => (kind === "patient" ? [patient] : []) as never,
    };
  };
  expect(alarmsHere(told(true), NOW)).toMatchObject({ standby: true, sound: "medium" });
  expect(alarmsHere(told(false), NOW)).toMatchObject({ standby: false, sound: null });
});
