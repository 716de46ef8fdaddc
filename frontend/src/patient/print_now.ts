/** Lay a sheet for the printer: wait for the samples, write it into the page, open the print dialog. */

import { html, nothing, render, type TemplateResult } from "lit";
import { printedLeads, STRIP_S, sheetView, stripsOnSheet } from "./print";
import type { PatientView } from "./view";

const PATIENCE_MS = 5_000;
const LOOK_MS = 50;

function paper(): HTMLElement {
  const found = document.getElementById("paper");
  if (found !== null) return found;
  const made = document.createElement("div");
  made.id = "paper";
  document.body.append(made);
  return made;
}

function lay(what: TemplateResult | typeof nothing): void {
  render(what, paper());
}

const noticeView = (words: string): TemplateResult => html`<section class="sheet-of-paper"><p>${words}</p></section>`;

/** Nothing of a sheet stays: the next print may be of something else. */
export const clearPaper = (): void => lay(nothing);

/** The wall itself is not for paper: say where paper comes from, unless a sheet has just been laid. */
export function layNotice(): void {
  if (paper().querySelector(".strip") !== null) return;
  lay(noticeView("einthoven: nothing is printed from the wall. Open a patient's page and press P there."));
}

/** Write the sheet that begins where the picture begins; returns whether there was one to write. */
export function laySheet(view: PatientView): boolean {
  const { details, cache, beats, quality } = view;
  if (details === null || cache === null || beats === null || quality === null || view.end === 0) {
    lay(noticeView(`einthoven: there is nothing of ${view.name} to print yet.`));
    return false;
  }
  const { name, end } = view;
  lay(sheetView({ details, name, cache, beats, quality, end, start: Math.max(0, Math.round(view.view.start)) }));
  return true;
}

/** Fetch the raw samples of the sheet; resolves when they are here, or after five seconds with what there is. */
export async function samplesOfSheet(view: PatientView): Promise<void> {
  const { details, cache, beats, quality, end } = view;
  if (details === null || cache === null || beats === null || quality === null) return;
  const start = Math.max(0, view.view.start);
  const strips = stripsOnSheet(printedLeads(details.leads.length));
  const stop = Math.min(end, start + STRIP_S * details.rate * strips);
  const begun = performance.now();
  // The screen goes on asking for what it shows; that must not cancel what the sheet needs.
  cache.hold([{ start, stop, spp: 0 }]);
  try {
    while (performance.now() - begun < PATIENCE_MS) {
      cache.want([], end);
      beats.want(start, stop, end);
      quality.want(start, stop, end);
      if (cache.has(start, stop, 0) && beats.has(start, stop) && quality.has(start, stop)) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  } finally {
    cache.hold([]);
  }
}

export async function printNow(view: PatientView): Promise<void> {
  view.follow(false);
  await samplesOfSheet(view);
  if (laySheet(view)) window.print();
}
