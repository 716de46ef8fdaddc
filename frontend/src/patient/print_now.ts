/** Lay a sheet for the printer: wait for the samples, write it into the page, open the print dialog. */

import { nothing, render } from "lit";
import { STRIP_S, sheetView, stripsOnSheet } from "./print";
import type { PatientView } from "./view";

const PATIENCE_MS = 5_000;

function paper(): HTMLElement {
  const found = document.getElementById("paper");
  if (found !== null) return found;
  const made = document.createElement("div");
  made.id = "paper";
  document.body.append(made);
  return made;
}

/** Write the sheet that begins where the picture begins; returns whether there was one to write. */
export function laySheet(view: PatientView): boolean {
  const { details, cache, beats } = view;
  if (details === null || cache === null || beats === null) {
    render(nothing, paper());
    return false;
  }
  const sheet = { details, name: view.name, cache, beats, start: Math.max(0, Math.round(view.view.start)) };
  render(sheetView(sheet), paper());
  return true;
}

/** Fetch the raw samples of the sheet; resolves when they are here, or after five seconds with what there is. */
export async function samplesOfSheet(view: PatientView): Promise<void> {
  const { details, cache } = view;
  if (details === null || cache === null) return;
  const start = Math.max(0, view.view.start);
  const stop = start + STRIP_S * details.rate * stripsOnSheet(Math.min(6, details.leads.length));
  const begun = performance.now();
  while (performance.now() - begun < PATIENCE_MS) {
    cache.want([{ start, stop, spp: 1 }], view.end);
    const parts = cache.pieces(start, Math.min(stop, view.end), 1);
    if (parts.length > 0 && parts.every((part) => part.sharp)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function printNow(view: PatientView): Promise<void> {
  view.follow(false);
  await samplesOfSheet(view);
  if (laySheet(view)) window.print();
}
