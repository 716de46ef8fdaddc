/** Delivery, comments and the history of a report as markup. */

import { html, nothing, type TemplateResult } from "lit";
import { when } from "../chrome/format";
import type { ReportPage } from "./report";
import { problem } from "./report_view";
import { type ReportTold, sentWords } from "./told";

type Part = TemplateResult | typeof nothing;
const WAYS: Readonly<Record<string, string>> = { portal: "inbox of", "e-mail": "e-mail to", webhook: "webhook of", hl7: "HL7 to" };

export function delivery(page: ReportPage, told: ReportTold): Part {
  if (told.state !== "signed") return nothing;
  const newest = told.pdfs.length;
  const acknowledged = told.sent.some((one) => one.edition === newest && one.state === "acknowledged");
  return html`<section class="delivery" aria-label="delivery">
    <h2>Delivery</h2>
    ${newest === 0 ? html`<p class="faint">The PDF is being set; it goes out then.</p>` : nothing}
    <ul>
      ${told.sent.map(
        (one) =>
          html`<li><span>${WAYS[one.way] ?? one.way} <b>${one.to}</b>${newest > 1 ? html` <span class="faint">edition ${one.edition}</span>` : nothing}</span> <span><b>${sentWords(one.way, one.state)}</b>${one.words === "" ? nothing : ` by ${one.words}`} <span class="faint">${when(one.at_ms, told.now_ms)}</span></span></li>`,
      )}
    </ul>
    ${told.may.acknowledge && !acknowledged ? html`<p class="buttons"><button class="main" ?disabled=${page.busy} @click=${() => page.acknowledge()}>Acknowledge</button> <span class="faint">read, and taken over</span></p>` : nothing}
    ${problem(page, "delivery")}
  </section>`;
}

export function comments(page: ReportPage, told: ReportTold): Part {
  if (told.comments.length === 0 && !told.may.comment) return nothing;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    void page.comment(String(new FormData(form).get("text") ?? "")).then((ok) => {
      if (ok) form.reset();
    });
  };
  return html`<section class="comments" aria-label="comments">
    <h2>Said among those who work on it <span class="faint">no part of the report</span></h2>
    <ul>${told.comments.map((one) => html`<li><b>${one.by}</b> <span class="faint">${when(one.at_ms, told.now_ms)}</span><br />${one.text}</li>`)}</ul>
    ${told.may.comment ? html`<form @submit=${submit}><label>Comment <input name="text" required maxlength=${told.most.comment} autocomplete="off" /></label></form>` : nothing}
    ${problem(page, "comment")}
  </section>`;
}

export function history(page: ReportPage, told: ReportTold): Part {
  if (told.authors.length === 0) return nothing;
  const { versions } = page;
  if (versions === null) return html`<p class="buttons"><button @click=${() => void page.history()}>Who wrote what</button></p>`;
  return html`<section class="history" aria-label="who wrote what">
    <h2>Every version of the impression <b>${versions.length}</b></h2>
    <ol>${[...versions].reverse().map((one) => html`<li><p><b>${one.by}</b> <span class="faint">${when(one.at_ms, told.now_ms)}${one.report === told.report ? "" : `, report ${one.report}`}</span></p><p class="written">${one.text === "" ? "(empty)" : one.text}</p></li>`)}</ol>
  </section>`;
}
