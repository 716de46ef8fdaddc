/** The questions of the form: yes, no, or not said; a letter answers and goes on to the next. */

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { faultLine, idOf, type Part, segments, wanted } from "./controls";
import { type Fields, get, textAt } from "./order";
import type { OrderPage } from "./page";
import { GROUPS, type Options, type Question, QUESTIONS } from "./words";

const ANSWERS: Options = [["yes", "yes"], ["no", "no"], ["", "not said"]]; // prettier-ignore

export function questions(page: OrderPage): TemplateResult {
  const answered = QUESTIONS.filter(({ key }) => typeof get(page.order, `statements.${key}.answer`) === "boolean").length;
  return html`<div class="questions" data-at="statements" @keydown=${(event: KeyboardEvent) => answering(page, event)}>
    <div class="f l stands">
      <label for="o-stands">Where the answers stand in the record: taken for each that says nothing else</label>
      <input id="o-stands" name="stands" autocomplete="off" placeholder="visit note 2026-10-02" .value=${live(page.stands)} ?readonly=${!page.open} @change=${(event: Event) => page.standsAt((event.target as HTMLInputElement).value)} />
    </div>
    <p class="faint keys">${answered} of ${QUESTIONS.length} answered${page.open ? html` · <kbd>y</kbd> yes <kbd>n</kbd> no <kbd>Delete</kbd> not said; the next one follows` : nothing}</p>
    ${GROUPS.map(([group, title]) => html`<h3>${title}</h3>${QUESTIONS.filter((one) => one.group === group).map((one) => row(page, one))}`)}
  </div>`;
}

/** A letter while a question has the focus: it is answered, and the next one asked. */
function answering(page: OrderPage, event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (!page.open || event.ctrlKey || event.metaKey || event.altKey || !target.matches("input[type=radio]")) return;
  const field = target.closest<HTMLElement>("fieldset.question");
  const key = field?.dataset.key;
  if (field === null || key === undefined || !"yn".includes(event.key) || event.key.length !== 1) return;
  event.preventDefault();
  page.answer(key, event.key === "y");
  const all = [...(field.closest(".questions")?.querySelectorAll<HTMLElement>("fieldset.question") ?? [])];
  const next = all[all.indexOf(field) + 1];
  (next?.querySelector<HTMLElement>("input[type=radio]:checked") ?? next?.querySelector<HTMLElement>("input[type=radio]"))?.focus();
}

function row(page: OrderPage, one: Question): TemplateResult {
  const at = `statements.${one.key}`;
  const said = (get(page.order, at) ?? {}) as Fields;
  const now = said.answer === true ? "yes" : said.answer === false ? "no" : "";
  const words = textAt(said, "words");
  return html`<fieldset class=${now === "" ? "question unanswered" : "question"} data-at=${at} data-key=${one.key}>
    <legend>${one.text}${wanted(page, at)}${wanted(page, `${at}.answer`)}</legend>
    ${now === "" ? nothing : small(page, `${at}.where`, "where it stands", one.text)}
    ${segments(idOf(at), now, ANSWERS, page.open, (chosen) => page.answer(one.key, chosen === "" ? null : chosen === "yes"))}
    ${(one.why && now === "yes") || words !== "" ? small(page, `${at}.words`, "why, in the physician's words", one.text) : nothing}
    ${faultLine(page, at)}
  </fieldset>`;
}

function small(page: OrderPage, path: string, label: string, question: string): Part {
  return html`<div class=${`f small ${path.endsWith(".words") ? "reason" : "stands-in"}`} data-at=${path}>
    <input name=${path} aria-label=${`${label}: ${question}`} placeholder=${label} autocomplete="off" .value=${live(textAt(page.order, path))} ?readonly=${!page.open}
      aria-invalid=${page.faultOf(path) !== undefined} @input=${(event: Event) => page.write(path, (event.target as HTMLInputElement).value)} />
    ${wanted(page, path)}${faultLine(page, path)}
  </div>`; // prettier-ignore
}
