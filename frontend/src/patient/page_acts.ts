/** What the page of one patient does beside the map, and the keys of it. */

import type { Act } from "../chrome/acts";
import { go } from "../chrome/leaving";
import { takeCall } from "../telephone/call_line";
import type { PatientPage } from "./page";

export function pageActs(page: PatientPage): readonly Act[] {
  const act = (group: Act["group"], label: string, keys: readonly string[], run: () => void, keyOnly = false): Act => ({
    group,
    label,
    keys,
    run,
    keyOnly,
  });
  return [
    act("Patient", "emergency (a second key begins it)", ["E"], () => page.emergency.open(page.id, page.name)),
    act("Screen", "names or initials", ["p"], () => page.set({ privacy: !page.prefs.privacy })),
    act("Screen", "calibrate millimetres with a ruler", ["m"], () => page.overlays.show("ruler")),
    act("Go", "search patients, pages and acts", ["Ctrl+K"], () => page.overlays.show("palette")),
    act("Go", "the patient's criteria", ["K"], () => go(`/criteria/${page.id}`)),
    act("Go", "the telephone: take the patient's call that waits longest", ["T"], () => takeCall()),
    act("Go", "back to the wall", ["w"], () => go("/")),
    act("Go", "this sheet", ["?"], () => page.overlays.show(page.overlays.shown === "help" ? null : "help")),
    act("Go", "close what was opened last", ["Esc"], () => (page.overlays.shown === null ? page.view.measure(false) : page.overlays.show(null)), true),
  ];
}
