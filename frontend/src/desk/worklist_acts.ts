/** The acts of cases and of their page, and their keys; a key of the watch means the watch here too. */

import type { Act } from "../chrome/acts";
import { go } from "../chrome/leaving";
import { takeCall } from "../telephone/call_line";
import { CHOICES } from "./verdict_view";
import { CLASSES } from "./relabel";
import { GAINS, SPEEDS } from "./strip";
import type { CaseWork } from "./work";
import type { Worklist } from "./worklist";

const next = (choices: readonly number[], value: number): number =>
  choices[(choices.indexOf(value) + 1) % choices.length] ?? value;

const act = (
  group: Act["group"],
  label: string,
  keys: readonly string[],
  run: () => void,
  keyOnly = false,
): Act => ({ group, label, keys, run, keyOnly });

export function workActs(work: CaseWork): readonly Act[] {
  return [...listActs(work), ...caseActs(work), ...stripActs(work)];
}

function listActs(work: CaseWork): readonly Act[] {
  return [
    act("List", "next case", ["↓", "j"], () => work.step(1), true),
    act("List", "previous case", ["↑", "k"], () => work.step(-1), true),
    act("List", "most urgent case", ["Home"], () => work.top()),
    act("List", "open, mine, to be read again, all", ["f"], () => work.turnFilter()),
    act("List", "take the case; in a panel: go on", ["Enter"], () => work.enter()),
  ];
}

function caseActs(work: CaseWork): readonly Act[] {
  const verdicts = CHOICES.map(({ words }, i) =>
    act("Case", `verdict: ${words.toLowerCase()}`, [String(i + 1)], () => work.digit(i + 1)),
  );
  const more = [6, 7, 8, 9].map((digit) =>
    act("Case", `in a panel: number ${digit}`, [String(digit)], () => work.digit(digit), true),
  );
  return [
    ...verdicts,
    act("Case", "take the last verdict back", ["u"], () => work.undo()),
    act("Case", "close a judged case now; by itself a minute after its verdict", ["x"], () => work.closeCase()),
    act("Case", "note to the verdict", ["n"], () => work.focusNote()),
    act("Case", "strip on screen into the report, or out of it", ["S", "s"], () => work.strip.toggleStrip()),
    act("Case", "relabel beats", ["R", "r"], () => work.relabel()),
    act("Case", "call: tell somebody", ["C", "c"], () => work.call()),
    act("Case", "emergency (a second key begins it)", ["E", "e"], () => work.emergencyKey()),
    act("Case", "acknowledge the alarm", ["a"], () => work.acknowledge()),
    ...more,
  ];
}

/** While beats are relabelled their letters come before everything else. */
export function relabelActs(work: CaseWork): readonly Act[] {
  return CLASSES.flatMap(({ key, symbol, words }) => [
    act("Strip", `the beat is ${words}`, [key, key.toUpperCase()], () => work.strip.label(symbol)),
  ]);
}

/** While a caliper is laid its points come before everything else. */
export function caliperActs(work: CaseWork): readonly Act[] {
  const ways = [["←", -1, 0, "earlier"], ["→", 1, 0, "later"], ["↑", 0, 1, "up"], ["↓", 0, -1, "down"]] as const; // prettier-ignore
  return [
    ...ways.flatMap(([key, right, up, words]) => [
      act("Strip", `caliper: point ${words}`, [key], () => work.strip.aim(right, up, false), true),
      act("Strip", `caliper: point a small square ${words}`, [`Shift+${key}`], () => work.strip.aim(right, up, true), true),
    ]),
    act("Strip", "caliper: set the point", ["Enter", "Space"], () => work.strip.setPoint(), true),
  ];
}

function stripActs(work: CaseWork): readonly Act[] {
  const { strip } = work;
  const aside = (by: 1 | -1) => () => (strip.relabel === null ? strip.panBy((by * strip.moment.clientWidth) / 4) : strip.stepBeat(by));
  return [
    act("Strip", "earlier; when relabelling: previous beat", ["←"], aside(-1)),
    act("Strip", "later; when relabelling: next beat", ["→"], aside(1)),
    act("Strip", "a whole strip earlier", ["PgUp", "Shift+←"], () => strip.pages(-1)),
    act("Strip", "a whole strip later", ["PgDn", "Shift+→"], () => strip.pages(1)),
    act("Strip", "closer", ["+", "="], () => strip.zoomBy(1.5)),
    act("Strip", "farther", ["-"], () => strip.zoomBy(1 / 1.5)),
    act("Strip", "back to the onset, 25 mm/s, 10 mm/mV", ["0"], () => strip.home()),
    act("Strip", "next gain (5, 10, 20 mm/mV)", ["g"], () => strip.set({ gain: next(GAINS, strip.gain) })),
    act("Strip", "next speed (12.5, 25, 50 mm/s)", ["v"], () => strip.set({ speed: next(SPEEDS, strip.speed) })),
    act("Strip", "next lead, or all", ["l"], () => strip.turnLead()),
    act("Strip", "caliper: arrows move a point, Enter sets it (or drag with Shift)", ["d"], () => strip.measure()),
    act("Strip", "previous of the earlier episodes", ["["], () => work.compareNext(-1)),
    act("Strip", "next of the earlier episodes", ["]"], () => work.compareNext(1)),
    act("Strip", "white or dark paper", ["b"], () => work.turnPaper()),
  ];
}

export function screenActs(page: Worklist): readonly Act[] {
  return [
    act("List", "release the case; close what was opened last", ["Esc"], () => page.escape(), true),
    act("Screen", "names or initials", ["p"], () => page.set({ privacy: !page.prefs.privacy })),
    act("Screen", "calibrate millimetres with a ruler", ["m"], () => page.overlays.show("ruler")),
    act("Go", "the patient's own page", ["o"], () => page.work.openPatient()),
    act("Go", "the telephone: take the patient's call that waits longest", ["T"], () => takeCall()),
    act("Go", "back to the wall", ["w"], () => go("/")),
    act("Go", "search cases, patients, pages and acts", ["Ctrl+K"], () => page.overlays.show("palette")),
    act("Go", "this sheet", ["?"], () => page.overlays.show(page.overlays.shown === "help" ? null : "help")),
  ];
}
