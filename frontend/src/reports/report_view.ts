/** One report as markup: the figures at the left, what people write, sign and say at the right. */

import { html, nothing, type TemplateResult } from "lit";
import { plural, when } from "../chrome/format";
import { contentView } from "./content_view";
import type { ReportPage } from "./report";
import { comments, delivery, history } from "./report_said";
import { addenda, impression, signatures, technical } from "./report_signing";
import { isTechnical, kindWords, type ReportTold, stateWords, stretchWords } from "./told";

type Part = TemplateResult | typeof nothing;

export function reportView(page: ReportPage): TemplateResult {
  const { told } = page;
  return html`<div class="prescribe reports one">
    ${top(page)}
    ${
      told === null
        ? html`<main class="empty"><h2>Report ${page.number}</h2><p role="status">${page.failure === null ? "Asked for." : `It cannot be shown: ${page.failure}.`}</p></main>`
        : html`<main class="sheet-of">${paper(page, told)}${side(page, told)}</main>`
    }
  </div>`;
}

function top({ told, failure, number }: ReportPage): TemplateResult {
  return html`<header class="top">
    <a class="brand" href="/reports" title="the inbox">◂ reports</a>
    <h1>${told === null ? `Report ${number}` : told.patient === "" ? told.stream : told.patient} <span class="faint">${told === null ? "" : `${told.birth_date} · ${kindWords(told.kind)} ${stretchWords(told)} · report ${number}`}</span></h1>
    ${told === null ? nothing : html`<a href=${`/patient/${told.stream}`}>ECG</a>`}
    ${told !== null && failure !== null ? html`<b class="cut">as of a while ago: ${failure}</b>` : nothing}
  </header>`;
}

const STANDING: Readonly<Record<ReportTold["standing"], string>> = {
  preliminary: "PRELIMINARY – not signed by a physician",
  issued: "TECHNICAL REPORT, ISSUED",
  signed: "SIGNED",
  addendum: "SIGNED, WITH ADDENDUM",
  withdrawn: "WITHDRAWN",
};

function paper(page: ReportPage, told: ReportTold): TemplateResult {
  const { content } = page;
  return html`<article class="paper" aria-label="figures">
    <p class=${`standing ${told.standing}`}><b>${isTechnical(told.kind) && told.standing === "preliminary" ? "PRELIMINARY – not issued yet" : STANDING[told.standing]}</b> <span>${content?.dates ?? ""}</span></p>
    ${told.note === "" ? nothing : html`<p class="missing" role="note">${told.note[0]?.toUpperCase()}${told.note.slice(1)}.</p>`}
    ${
      content === null
        ? html`<p role="status" class="none">${page.contentFailure === null ? "The figures are asked for." : `The figures cannot be shown: ${page.contentFailure}. The PDF may be there.`}</p>`
        : html`<h2 class="report-title">${content.title}</h2>${contentView(content, told.stream, isTechnical(told.kind))}`
    }
    <p class="faint made">Made ${when(told.made_ms, told.now_ms)} by analysis ${told.analysis}, content <code title=${told.content}>${told.content.slice(0, 12)}…</code></p>
  </article>`;
}

function side(page: ReportPage, told: ReportTold): TemplateResult {
  return html`<aside class="side" aria-label="what people say of it">
    <p class="done" role="status">${page.done ?? nothing}</p>
    ${problem(page, "page")} ${notices(told)} ${standing(page, told)} ${technical(page, told)} ${isTechnical(told.kind) && !told.may.write && told.impression.text === "" ? nothing : impression(page, told)} ${signatures(page, told)} ${addenda(page, told)}
    ${delivery(page, told)} ${comments(page, told)} ${history(page, told)}
    <p class="faint keys"><kbd>e</kbd> impression <kbd>s</kbd> sign ${isTechnical(told.kind) ? html`<kbd>r</kbd> issue ` : nothing}<kbd>a</kbd> addendum <kbd>p</kbd> PDF <kbd>n</kbd> next that waits <kbd>i</kbd> inbox <kbd>Esc</kbd> not now</p>
  </aside>`;
}

/** What must be known before anything is done. */
function notices(told: ReportTold): Part {
  if (told.newer !== null)
    return html`<section class="due" role="alert"><b>Withdrawn: its figures changed before it was signed.</b> <a class="main" href=${`/reports/${told.newer}`}>Open report ${told.newer}</a> <span class="faint">which took its place with everything that was written.</span></section>`;
  if (told.outdated !== null && told.state === "issued")
    return html`<section class="due" role="alert"><b>To be issued again, corrected.</b> Since ${when(told.outdated.since_ms, told.now_ms)}: ${told.outdated.words}. <span class="faint">What was issued stays on file.</span></section>`;
  if (told.outdated !== null)
    return html`<section class="due" role="alert"><b>An addendum is due.</b> Since ${when(told.outdated.since_ms, told.now_ms)}: ${told.outdated.words}. <span class="faint">What was signed stays as it is.</span></section>`;
  return nothing;
}

/** What an edition is: as a technician issued it, as it was signed, with addenda. */
function editionWords(edition: number, released: number): string {
  if (edition <= released) return edition === 1 ? "PDF as issued" : `PDF as corrected, edition ${edition}`;
  return edition === released + 1 ? "PDF as signed" : `PDF with ${plural(edition - released - 1, "addendum", "addenda")}`;
}

function standing(page: ReportPage, told: ReportTold): TemplateResult {
  const editions = told.pdfs.map((_, place) => place + 1);
  return html`<section class="now" aria-label="state">
    <p><b>${stateWords(told)}</b> <span class="faint">since ${when(told.since_ms, told.now_ms)}</span></p>
    <p>
      ${
        editions.length === 0
          ? html`<a href=${page.pdf(null)} target="_blank" rel="noopener">PDF as it stands</a>`
          : editions.map((edition) => html`<a href=${page.pdf(edition)} target="_blank" rel="noopener">${editionWords(edition, told.released?.length ?? 0)}</a> `)
      }
      ${told.replaces === null ? nothing : html`<span class="faint">takes the place of <a href=${`/reports/${told.replaces}`}>report ${told.replaces}</a></span>`}
    </p>
  </section>`;
}

export const problem = (page: ReportPage, place: string): Part => {
  const words = page.problems.get(place);
  return words === undefined ? nothing : html`<p class="problem" role="alert">${words}</p>`;
};
