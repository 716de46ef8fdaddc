/** The acts of the reviewer's desk and their keys. */

import type { Act } from "../chrome/acts";
import { CLASSES } from "./classes";
import { fits, WHATS, WHICHES } from "./jumps";
import { type Review, type Tab, TABS } from "./review";
import { gainBy, speedBy } from "./scale";

const TAB_WORDS: Readonly<Record<Tab, string>> = {
  shapes: "beat templates",
  intervals: "histogram and Poincaré plot of RR",
  hours: "rate, AF burden and ectopy by hour",
  cart: "strip cart, and what was said of the beats",
};

export function reviewActs(review: Review): readonly Act[] {
  const act = (label: string, keys: readonly string[], run: () => void): Act => ({ group: "Review", label, keys, run });
  return [
    act("templates and figures beside the picture", ["f"], () => review.map.turn("review")),
    ...TABS.map((tab, at) => act(TAB_WORDS[tab], [String(at + 1)], () => review.open(tab))),
    act("next beat", ["."], () => review.step(1)),
    act("previous beat", [","], () => review.step(-1)),
    ...CLASSES.map(({ key, symbol, words }) => act(`the chosen beat is: ${words}`, [key.toUpperCase()], () => void review.label(symbol))),
    act("put a beat where the caliper stands", ["a"], () => void review.put()),
    act("take the last relabelling back", ["Ctrl+Z"], () => void review.turnBack("beats.undo")),
    act("put it in force again", ["Ctrl+Y"], () => void review.turnBack("beats.redo")),
    act("strip into the cart", ["s"], () => void review.keep()),
    act("jump to the longest, fastest, next …", ["j"], () => {
      review.jumping = review.jumping === null ? "" : null;
      if (review.map.side !== "review") review.map.turn("review");
      review.map.refresh();
    }),
    act("an hour earlier", ["<"], () => review.travel(-3600)),
    act("an hour later", [">"], () => review.travel(3600)),
    act("a day earlier", ["{"], () => review.travel(-86_400)),
    act("a day later", ["}"], () => review.travel(86_400)),
    act("gain 5, 10, 20 mm/mV", ["g"], () => gainBy(review.map)),
    act("speed 12.5, 25, 50 mm/s", ["x"], () => speedBy(review.map)),
    ...WHATS.flatMap(({ what, words }) =>
      WHICHES.filter(({ which }) => fits(what, which)).map(({ which }) => act(`jump: ${which} ${words}`, [], () => void review.jump(what, which))),
    ),
  ];
}

/** A key of a jump that was begun, or of the caliper that is out; false where it is none of theirs. */
export function catches(review: Review, event: KeyboardEvent): boolean {
  const plain = !event.ctrlKey && !event.altKey && !event.metaKey;
  if (review.jumping !== null && plain) {
    if (event.key === "Escape") {
      review.jumping = null;
      review.map.refresh();
      return true;
    }
    const { jumping } = review;
    if (jumping === "") {
      const one = WHATS.find(({ key }) => key === event.key);
      if (one === undefined) return false;
      review.jumping = one.what;
      review.map.refresh();
      return true;
    }
    const one = WHICHES.find(({ key, which }) => key === event.key && fits(jumping, which));
    if (one === undefined) return false;
    void review.jump(jumping, one.which);
    return true;
  }
  return review.caliper.catches(event);
}
