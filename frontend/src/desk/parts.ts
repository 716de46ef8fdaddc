/** Small pieces of markup that the desk's panels share. */

import { html, nothing, type TemplateResult } from "lit";
import { type AlarmPriority, SIGNS } from "../wall/findings";
import { dial } from "./call";
import type { Case, Contact } from "./entities";
import { isOpen, TIER_WORDS, undecided } from "./order";

/** Why something was not done, where it was asked for. */
export const problemView = (words: string | null): TemplateResult | typeof nothing =>
  words === null ? nothing : html`<p class="problem" role="alert">${words}</p>`;

/** The rank of a case: filled while nobody has judged it, outlined after that. */
export function tierView(one: Case): TemplateResult {
  const priority: AlarmPriority = one.priority;
  const state = undecided(one) ? "" : isOpen(one) ? " ended" : " ended past";
  return html`<span class=${`alarm ${priority}${state}`}><b class="sign">${SIGNS[priority]}</b><b>${TIER_WORDS[one.tier]}</b></span>`;
}

/** A number to be read from a distance, and to be clicked where the machine can dial. */
export const numberView = (number: string, large = false): TemplateResult =>
  number === ""
    ? html`<span class="faint">no number</span>`
    : html`<a class=${large ? "number large" : "number"} href=${dial(number)}>${number}</a>`;

export const contactView = ({ name, role, number }: Contact): TemplateResult =>
  html`<li class="contact"><span><b>${name}</b>${role === "" ? nothing : html` <span class="faint">${role}</span>`}</span>${numberView(number)}</li>`;

/** A field whose words stand above it and whose fault stands below it. */
export function fieldView(
  id: string,
  label: string,
  value: string,
  fault: string | undefined,
  input: (text: string) => void,
  hint = "",
  /** What is offered to be written; nothing of it is written by itself. */
  offered: readonly string[] = [],
): TemplateResult {
  return html`<div class=${fault === undefined ? "field" : "field wrong"}>
    <label for=${id}>${label}</label>
    <input
      id=${id}
      type="text"
      autocomplete="off"
      placeholder=${hint}
      list=${offered.length === 0 ? nothing : `${id}-offered`}
      aria-invalid=${fault !== undefined}
      aria-describedby=${fault === undefined ? nothing : `${id}-fault`}
      .value=${value}
      @input=${(event: InputEvent) => input((event.target as HTMLInputElement).value)}
    />
    ${offered.length === 0 ? nothing : html`<datalist id=${`${id}-offered`}>${offered.map((one) => html`<option value=${one}></option>`)}</datalist>`}
    ${fault === undefined ? nothing : html`<p class="fault" id=${`${id}-fault`}>${fault}</p>`}
  </div>`;
}
