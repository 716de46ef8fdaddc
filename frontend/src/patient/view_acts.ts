/** The acts of the patient page and their keys. */

import type { Act } from "../chrome/acts";
import { printNow } from "./print_now";
import type { PatientView } from "./view";

export function patientActs(view: PatientView): readonly Act[] {
  const act = (label: string, keys: readonly string[], run: () => void): Act => ({
    group: "Patient",
    label,
    keys,
    run,
  });
  const width = () => view.bounds.width;
  const mark = (direction: 1 | -1) => {
    const middle = view.view.start + (width() / 2) * view.view.spp;
    const marks = (view.details?.marks ?? []).map(({ sample }) => sample).sort((a, b) => (a - b) * direction);
    const next = marks.find((sample) => (sample - middle) * direction > view.view.spp);
    if (next !== undefined) view.jump(next);
  };
  const event = (direction: 1 | -1) => {
    const middle = view.view.start + (width() / 2) * view.view.spp;
    if (view.findings !== null) view.events?.follow(view.findings, middle, direction);
  };
  return [
    act("earlier", ["←"], () => view.panBy(-width() / 4)),
    act("later", ["→"], () => view.panBy(width() / 4)),
    act("a whole picture earlier", ["Shift+←", "PgUp"], () => view.panBy(-width())),
    act("a whole picture later", ["Shift+→", "PgDn"], () => view.panBy(width())),
    act("closer", ["+", "=", "↑"], () => view.zoomBy(1.5)),
    act("farther", ["-", "_", "↓"], () => view.zoomBy(1 / 1.5)),
    act("first sample", ["Home"], () => view.jump(0, 0.02)),
    act("newest sample", ["End"], () => view.jump(view.end, 0.98)),
    act("follow live", ["l"], () => view.follow()),
    act("25 mm/s", ["0"], () => view.trueScale()),
    act("caliper (or drag with Shift)", ["c"], () => view.measure()),
    act("previous mark", ["["], () => mark(-1)),
    act("next mark", ["]"], () => mark(1)),
    act("next event", ["n"], () => event(1)),
    act("previous event", ["b"], () => event(-1)),
    act("the list of events", ["e"], () => view.turn("events")),
    act("the measurements", ["d"], () => view.turn("figures")),
    act("length of a line: 30 s, 1, 5 min", ["r"], () => {
      view.rowSeconds = { 30: 60, 60: 300, 300: 30 }[view.rowSeconds] ?? 60;
      view.refresh();
    }),
    act("lead of the lines", ["v"], () => {
      view.lead = (view.lead + 1) % Math.max(1, view.details?.leads.length ?? 1);
      view.refresh();
    }),
    act("go to a time", ["/"], () => view.host.querySelector<HTMLInputElement>("input.goto")?.focus()),
    act("print the strips from here", ["P", "Ctrl+P"], () => void printNow(view)),
    ...(view.options.theme === undefined ? [] : [act("light or dark", ["t"], view.options.theme)]),
  ];
}
