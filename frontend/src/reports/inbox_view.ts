/** The inbox of reports as markup. */

import { html, nothing, type TemplateResult } from "lit";
import { plural, when } from "../chrome/format";
import { home } from "../chrome/home";
import { above, lines, stale, waiting } from "../chrome/listing_view";
import type { InboxActs, ReportsInbox } from "./inbox";
import { deliveryWords, type InboxTold, kindWords, type Line, type Show, shownOf, stateWords, stretchWords, waitingWords } from "./told";

type Part = TemplateResult | typeof nothing;

export function inboxView(page: ReportsInbox, acts: InboxActs): TemplateResult {
  const { told, failure } = page.asked;
  return html`<div class="prescribe reports">
    <header class="top">
      <a class="brand" href="/">◂ ${home()}</a>
      <h1>Reports${page.stream === null ? nothing : html` <span class="faint">of ${told?.reports[0]?.patient ?? page.stream}</span>`}</h1>
      ${page.stream === null ? nothing : html`<a href="/reports">all that wait</a> <a href=${`/patient/${page.stream}`}>ECG</a>`}
      <a href="/criteria">criteria</a>
      ${told === null ? nothing : html`<span>${plural(told.waiting, "report")} to be signed${told.overdue > 0 ? html`, <b>${told.overdue} overdue</b>` : nothing}</span>`}
      ${told === null || told.cut === "" ? nothing : html`<span class="faint">days are cut at ${told.cut}</span>`}
      ${stale(told, failure)}
    </header>
    ${
      told === null
        ? html`<main class="inbox"><section class="list" aria-label="reports">${waiting(failure, "ten seconds")}</section></main>`
        : html`<main class="inbox">${listed(page, told)} ${page.stream === null ? html`${troubles(told)} ${own(page, told, acts)}` : nothing}</main>`
    }
  </div>`;
}

function listed(page: ReportsInbox, told: InboxTold): TemplateResult {
  const { list } = page;
  return html`<section class="list" aria-label="reports">
    ${told.stalled === null ? nothing : html`<p class="problem" role="alert">No reports are made since ${when(told.stalled.since_ms, told.now_ms)}: ${told.stalled.words}. It is tried again every minute.</p>`}
    ${above(list, { label: "which reports", counts: (tab) => shownOf(told.reports, tab as Show, "").length, placeholder: "patient, day, what stands out" })}
    ${
      list.kind.rows().length === 0
        ? html`<p class="none">${noneWords(page, told)}</p>`
        : html`<div class="wide"><table>
            <thead><tr><th scope="col">Patient</th><th scope="col">Report</th><th scope="col">What stands out</th><th scope="col">State</th><th scope="col">Delivery</th><th scope="col" class="n">Waits</th></tr></thead>
            <tbody>${lines(list, (one) => cells(one, told.now_ms), (one) => (one.overdue ? "overdue" : ""))}</tbody>
          </table></div>`
    }
    ${told.left_out > 0 ? html`<p class="faint">${plural(told.left_out, "more report")} of the last days: the patient's page leads to those of a patient.</p>` : nothing}
  </section>`;
}

function cells(one: Line, nowMs: number): TemplateResult {
  return html`<th scope="row"><a href=${`/reports/${one.report}`}>${one.patient === "" ? one.stream : one.patient}</a> <span class="faint">${one.birth_date}</span></th>
    <td><b>${kindWords(one.kind)}</b> ${stretchWords(one)}</td>
    <td class="out">${one.headline === "" ? html`<span class="faint">nothing</span>` : one.headline}${one.note === "" ? nothing : html` <span class="missing">${one.note}</span>`}</td>
    <td>${stateWords(one)}</td>
    <td class="faint">${deliveryWords(one)}</td>
    <td class="n">${one.overdue ? html`<b>${waitingWords(one, nowMs)}</b>` : waitingWords(one, nowMs)}</td>`;
}

function noneWords(page: ReportsInbox, told: InboxTold): string {
  const { tab, typed } = page.list;
  if (typed !== "") return "No report has all these words.";
  if (!told.made && told.reports.length === 0) return "Reports are not made at this center.";
  const none = "There are no reports yet: the first comes when a day of wear is over, or when a physician was reached.";
  const words: Readonly<Record<Show, string>> = {
    waiting: told.reports.length === 0 ? none : "Nothing waits for you: every report is signed.",
    overdue: "Nothing is overdue.",
    signed: page.stream === null ? "Nothing was signed in the last seven days." : "Nothing of this patient is signed.",
    all: none,
  };
  return words[tab];
}

function troubles(told: InboxTold): Part {
  if (told.troubles.length === 0) return nothing;
  return html`<section aria-label="not made">
    <h2>Due, and could not be made <b>${told.troubles.length}</b></h2>
    <table><tbody>
      ${told.troubles.map((one) => html`<tr><th scope="row">${one.patient} <span class="faint">${one.stream}</span></th><td>${kindWords(one.kind)} ${one.which}</td><td class="out">${one.words}</td><td class="faint">since ${when(one.since_ms, told.now_ms)}; tried again every ten minutes</td></tr>`)}
    </tbody></table>
  </section>`;
}

// ---- what a practice keeps ---------------------------------------------------------------------------------

function own(page: ReportsInbox, told: InboxTold, acts: InboxActs): Part {
  if (told.practice === null) return nothing;
  return html`<div class="own" role="group" aria-label=${told.practice.name}>
    <p role="status" class="done">${page.done ?? nothing}</p>
    ${page.problem === null ? nothing : html`<p class="problem" role="alert">${page.problem}</p>`}
    ${sentences(told, acts)} ${delegates(told, acts)}
  </div>`;
}

function submitted(event: SubmitEvent, act: (given: FormData) => Promise<boolean>): void {
  event.preventDefault();
  const form = event.target as HTMLFormElement;
  void act(new FormData(form)).then((ok) => {
    if (ok) form.reset();
  });
}

function sentences(told: InboxTold, acts: InboxActs): TemplateResult {
  const keep = (event: SubmitEvent) => submitted(event, (given) => acts.keepSentence(null, String(given.get("title")), String(given.get("text"))));
  return html`<section aria-label="sentences">
    <h2>Sentences of ${told.practice?.name} <b>${told.sentences.length}</b> <span class="faint">put into an impression by a click</span></h2>
    ${told.sentences.length === 0 ? html`<p class="faint">None is kept yet.</p>` : nothing}
    <ul class="kept">${told.sentences.map((one) => html`<li><b>${one.title}</b> <span>${one.text}</span> <button class="quiet" aria-label=${`drop ${one.title}`} @click=${() => acts.dropSentence(one.sentence)}>drop</button></li>`)}</ul>
    <form @submit=${keep}>
      <label>Title <input name="title" required maxlength="60" autocomplete="off" /></label>
      <label>Sentence <textarea name="text" required maxlength="2000" rows="2"></textarea></label>
      <p class="buttons"><button>Keep the sentence</button></p>
    </form>
  </section>`;
}

function delegates(told: InboxTold, acts: InboxActs): TemplateResult {
  const delegate = (event: SubmitEvent) => submitted(event, (given) => acts.delegate(Number(given.get("person")), String(given.get("until") ?? "")));
  return html`<section aria-label="delegates">
    <h2>Who prepares for the physicians <b>${told.delegates.length}</b> <span class="faint">they write and make ready, and never sign</span></h2>
    ${told.delegates.length === 0 ? html`<p class="faint">Nobody of the office does; technicians of the center prepare.</p>` : nothing}
    <ul class="kept">${told.delegates.map((one) => html`<li><b>${one.name}</b> <span class="faint">by ${one.by} ${when(one.since_ms, told.now_ms)}${one.until_ms === null ? ", until it is ended" : `, until ${when(one.until_ms, told.now_ms)}`}</span> ${told.may_delegate ? html`<button class="quiet" aria-label=${`end for ${one.name}`} @click=${() => acts.undelegate(one.person)}>end</button>` : nothing}</li>`)}</ul>
    ${
      !told.may_delegate || told.office.length === 0
        ? nothing
        : html`<form @submit=${delegate}>
            <label>Somebody of the office <select name="person">${told.office.map((one) => html`<option value=${one.person}>${one.name}</option>`)}</select></label>
            <label>Until <input name="until" type="date" /> <span class="faint">empty: until it is ended</span></label>
            <p class="buttons"><button>Delegate</button></p>
          </form>`
    }
  </section>`;
}
