/** The acts of the wall and their keys. */

import type { Act } from "../chrome/acts";
import { go } from "../chrome/leaving";
import { GAINS, SPEEDS } from "../live/geometry";
import { takeCall } from "../telephone/call_line";
import { openWorklist } from "../watch/guide";
import type { Wall } from "./wall";

const next = (choices: readonly number[], value: number): number =>
  choices[(choices.indexOf(value) + 1) % choices.length] ?? value;

export function wallActs(wall: Wall): readonly Act[] {
  const act = (
    group: Act["group"],
    label: string,
    keys: readonly string[],
    run: () => void,
    keyOnly = false,
  ): Act => ({
    group,
    label,
    keys,
    run,
    keyOnly,
  });
  return [
    act("Wall", "select left", ["←"], () => wall.step(-1, 0), true),
    act("Wall", "select right", ["→"], () => wall.step(1, 0), true),
    act("Wall", "select above", ["↑"], () => wall.step(0, -1), true),
    act("Wall", "select below", ["↓"], () => wall.step(0, 1), true),
    act("Wall", "open the selected patient beside the wall", ["v"], () => wall.open(wall.selected)),
    act("Wall", "open the case of the selected patient's alarm beside the wall; without an alarm the patient", ["Enter"], () => wall.enter(wall.selected), true),
    act("Wall", "the cases beside the wall, or away with them", ["w"], () => wall.beside.toggleCases()),
    act("Wall", "the case of the selected patient, else the most pressing", ["o"], () => wall.openCase()),
    act("Wall", "emergency of the selected patient (a second key begins it)", ["E", "e"], () => wall.emergency()),
    act("Wall", "close what was opened last", ["Esc"], () => wall.close(), true),
    act("Wall", "16 tiles", ["1"], () => wall.tilesNext(0)),
    act("Wall", "32 tiles", ["2"], () => wall.tilesNext(1)),
    act("Wall", "64 tiles", ["3"], () => wall.tilesNext(2)),
    act("Wall", "next patient with an open finding", ["n"], () => wall.nextFinding()),
    act("Wall", "next page", ["PgDn"], () => wall.turn(1)),
    act("Wall", "previous page", ["PgUp"], () => wall.turn(-1)),
    act("Wall", "move the tile left", ["Alt+←"], () => wall.move(-1, 0), true),
    act("Wall", "move the tile right", ["Alt+→"], () => wall.move(1, 0), true),
    act("Wall", "move the tile up", ["Alt+↑"], () => wall.move(0, -1), true),
    act("Wall", "move the tile down", ["Alt+↓"], () => wall.move(0, 1), true),
    act("Wall", "sort by name", [], () => wall.sort("name")),
    act("Wall", "sort by stream", [], () => wall.sort("stream")),
    act("Wall", "sort: what needs a look first", [], () => wall.sort("attention")),
    act("Wall", "undo the last change of order", ["u"], () => wall.undoOrder()),
    act("Wall", "filter the patients", ["/"], () => wall.openFilter()),
    act("Screen", "names or initials", ["p"], () => wall.set({ privacy: !wall.prefs.privacy })),
    act("Screen", "next speed (12.5, 25, 50 mm/s)", ["s"], () =>
      wall.set({ speed: next(SPEEDS, wall.prefs.speed) }),
    ),
    act("Screen", "next gain (5, 10, 20 mm/mV)", ["g"], () => wall.set({ gain: next(GAINS, wall.prefs.gain) })),
    act("Screen", "25 mm/s and 10 mm/mV", ["0"], () => wall.set({ speed: 25, gain: 10 })),
    act("Screen", "calibrate millimetres with a ruler", ["m"], () => wall.overlays.show("ruler")),
    act("Go", "the telephone: take the patient's call that waits longest", ["T"], () => takeCall()),
    act("Go", "the worklist in a window of its own", ["W"], () => openWorklist()),
    act("Go", "search patients, pages and acts", ["Ctrl+K"], () => wall.overlays.show("palette")),
    act("Go", "open the selected patient on a page of its own", ["Shift+Enter"], () => {
      if (wall.selected !== null) go(`/patient/${wall.selected}`);
    }),
    act("Go", "this sheet", ["?"], () => wall.overlays.show(wall.overlays.shown === "help" ? null : "help")),
  ];
}
