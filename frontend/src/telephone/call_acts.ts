/** The acts of the page of a call, and their keys. */

import type { Act } from "../chrome/acts";
import type { CallPage } from "./call_page";

export function callActs(page: CallPage): readonly Act[] {
  const act = (group: Act["group"], label: string, keys: readonly string[], run: () => void, keyOnly = false): Act => ({ group, label, keys, run, keyOnly });
  const focus = (what: string) => () => page.root.querySelector<HTMLElement>(what)?.focus();
  return [
    act("Telephone", "take this call; a supervisor: take it over", ["t"], () => void page.take()),
    act("Telephone", "hand the call to another, or let it go", ["a"], () => page.mine && page.pass()),
    act("Telephone", "microphone off, and on again", ["m"], () => page.voice.mute()),
    act("Telephone", "join the line: hear and speak", ["l"], () => void page.join()),
    act("Telephone", "hang up (asked once more)", ["H", "h"], () => void page.hang()),
    act("Telephone", "emergency of the patient (a second key begins it)", ["E", "e"], () => page.emergencyKey()),
    act("Telephone", "close the call: how it ended", ["x"], focus(".ending-call button")),
    ...[1, 2, 3].map((digit) => act("Telephone", `the patient is guess ${digit}`, [String(digit)], () => page.digit(digit), true)),
    act("Telephone", "look for the patient by name, birth date, code or number", ["/"], focus("input[name=who]")),
    act("Telephone", "what the patient feels", ["f"], focus(".asked button")),
    act("Telephone", "put what the patient said on record", ["s"], () => void page.keep()),
    act("Telephone", "next thing to say", ["n", "Space"], () => page.say(1)),
    act("Telephone", "thing to say before", ["p"], () => page.say(-1)),
    act("Telephone", "other instructions", ["i"], () => page.turnGuide()),
    act("Telephone", "the case of this call", ["o"], () => page.openCase()),
    act("Strip", "strip before", ["["], () => page.pane.step(-1)),
    act("Strip", "strip after", ["]"], () => page.pane.step(1)),
    act("Strip", "earlier rows", ["PgUp"], () => page.pane.turn(1)),
    act("Strip", "later rows", ["PgDn"], () => page.pane.turn(-1)),
    act("Strip", "next gain (5, 10, 20 mm/mV)", ["g"], () => page.pane.turnGain()),
    act("Strip", "caliper: arrows move a point, Enter sets it (or drag)", ["d"], () => page.pane.measure()),
    act("Strip", "white or dark paper", ["b"], () => page.turnPaper()),
  ];
}
