/** The lines over and under the tiles, from what the wall shows. */

import { nothing, type TemplateResult } from "lit";
import { scaleLabel } from "../live/geometry";
import { countOpen, countWords } from "./findings";
import { footerView, headerView } from "./header_view";
import type { Page, Shown } from "./order";
import type { Wall } from "./wall";

export function headerOf(wall: Wall, shown: readonly Shown[], stale: number): TemplateResult {
  const { station, prefs } = wall;
  const { speed, gain } = prefs;
  return headerView(
    {
      center: station.picture?.center ?? null,
      centerNow: station.centerNow,
      total: shown.length,
      connected: shown.filter(({ patient }) => patient.link === "connected").length,
      stale,
      never: shown.filter(({ condition }) => condition.kind === "never").length,
      found: countOpen(shown.map(({ patient }) => patient)),
      silentMs: station.silentMs,
      still: station.still,
      trouble: station.trouble,
      tiles: prefs.tiles,
      scale: scaleLabel({ speed, gain, shrink: 1 }),
      calibrated: prefs.calibrated,
      filter: wall.filter,
    },
    {
      tiles: (tiles) => wall.set({ tiles }),
      filter: (text) => wall.setFilter(text),
      palette: () => wall.overlays.show("palette"),
      help: () => wall.overlays.show("help"),
      calibrate: () => wall.overlays.show("ruler"),
      nextFinding: () => wall.nextFinding(),
    },
  );
}

export function footerOf(
  wall: Wall,
  shown: readonly Shown[],
  found: readonly Shown[],
  page: Page<Shown>,
  stale: (list: readonly Shown[]) => number,
): TemplateResult | typeof nothing {
  const hidden = shown.filter((one) => !found.includes(one));
  const open = (list: readonly Shown[]) => countWords(countOpen(list.map(({ patient }) => patient)));
  const model = {
    first: page.first,
    last: page.last,
    found: found.length,
    total: shown.length,
    page: page.page,
    pages: page.pages,
    staleElsewhere: stale(page.elsewhere),
    foundElsewhere: open(page.elsewhere),
    foundHidden: open(hidden),
    filter: wall.filter,
    hidden: hidden.length,
    staleHidden: stale(hidden),
  };
  return footerView(model, { page: (by) => wall.turn(by), filter: (text) => wall.setFilter(text) });
}
