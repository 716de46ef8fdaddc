/** The controls of the form of an order: each knows its path, says what is wrong with it, and whether it is missing. */

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { get, isDay, textAt } from "./order";
import type { OrderPage } from "./page";
import type { Options } from "./words";

export type Part = TemplateResult | typeof nothing;

export const idOf = (path: string): string => `o-${path.replace(/[^a-z0-9_]+/gi, "-")}`;

interface Given {
  readonly type?: "text" | "date" | "number" | "tel";
  readonly hint?: string;
  readonly suggestions?: readonly string[] | Options;
  /** Of how many letters the field is about. */
  readonly size?: "xs" | "s" | "m" | "l" | "all";
  readonly upper?: boolean;
}

/** "missing" or "asked by the policy" beside a label. */
export function wanted(page: OrderPage, path: string): Part {
  if (page.missingOf(path) !== undefined) return html` <span class="want">missing</span>`;
  return page.askedOf(path) ? html` <span class="want policy">the policy asks</span>` : nothing;
}

export function faultLine(page: OrderPage, path: string): Part {
  const fault = page.faultOf(path);
  return fault === undefined ? nothing : html`<p class="fault" id=${`${idOf(path)}-fault`}>${fault.words}</p>`;
}

function described(page: OrderPage, path: string, hint: string | undefined): string | typeof nothing {
  const ids = [page.faultOf(path) === undefined ? "" : `${idOf(path)}-fault`, hint === undefined ? "" : `${idOf(path)}-hint`].filter(Boolean);
  return ids.length === 0 ? nothing : ids.join(" ");
}

const hintLine = (path: string, hint: string | undefined): Part => (hint === undefined ? nothing : html`<p class="hint" id=${`${idOf(path)}-hint`}>${hint}</p>`);

function suggested(id: string, list: Given["suggestions"]): Part {
  if (list === undefined) return nothing;
  return html`<datalist id=${`${id}-list`}>${list.map((one) => (typeof one === "string" ? html`<option value=${one}></option>` : html`<option value=${one[0]}>${one[1]}</option>`))}</datalist>`;
}

/** A line of text, a date or a number. */
export function line(page: OrderPage, path: string, label: string, given: Given = {}): TemplateResult {
  const id = idOf(path);
  const { hint, suggestions, size = "m", upper = false } = given;
  const value = textAt(page.order, path);
  // What is no date stands there as it came: a field of a date would show nothing.
  const type = given.type === "date" && value !== "" && !isDay(value) ? "text" : (given.type ?? "text");
  const type_ = (event: Event) => {
    const { value } = event.target as HTMLInputElement;
    page.write(path, type === "number" ? (value === "" ? 0 : Number(value)) : upper ? value.toUpperCase() : value);
  };
  return html`<div class=${`f ${size}`} data-at=${path}>
    <label for=${id}>${label}${wanted(page, path)}</label>
    <input id=${id} name=${path} type=${type} autocomplete="off" .value=${live(type === "number" && value === "0" ? "" : value)} ?readonly=${!page.open}
      min=${type === "number" ? "1" : nothing} list=${suggestions === undefined ? nothing : `${id}-list`} aria-invalid=${page.faultOf(path) !== undefined}
      aria-describedby=${described(page, path, hint)} @input=${type_} />
    ${suggested(id, suggestions)}${faultLine(page, path)}${hintLine(path, hint)}
  </div>`; // prettier-ignore
}

/** A text of several lines. */
export function words(page: OrderPage, path: string, label: string, hint?: string): TemplateResult {
  const id = idOf(path);
  return html`<div class="f all" data-at=${path}>
    <label for=${id}>${label}${wanted(page, path)}</label>
    <textarea id=${id} name=${path} rows="2" maxlength="2000" .value=${live(textAt(page.order, path))} ?readonly=${!page.open} aria-invalid=${page.faultOf(path) !== undefined}
      aria-describedby=${described(page, path, hint)} @input=${(event: Event) => page.write(path, (event.target as HTMLTextAreaElement).value)}></textarea>
    ${faultLine(page, path)}${hintLine(path, hint)}
  </div>`; // prettier-ignore
}

/** One of a longer list. */
export function select(page: OrderPage, path: string, label: string, options: Options, size: Given["size"] = "m"): TemplateResult {
  const id = idOf(path);
  const value = textAt(page.order, path);
  const strange = value !== "" && !options.some(([key]) => key === value);
  return html`<div class=${`f ${size}`} data-at=${path}>
    <label for=${id}>${label}${wanted(page, path)}</label>
    <select id=${id} name=${path} ?disabled=${!page.open} aria-invalid=${page.faultOf(path) !== undefined} aria-describedby=${described(page, path, undefined)}
      .value=${live(value)} @change=${(event: Event) => page.write(path, (event.target as HTMLSelectElement).value)}>
      <option value="" ?selected=${value === ""}>${size === "xs" ? "" : "choose …"}</option>
      ${strange ? html`<option value=${value} selected>${value}</option>` : nothing}
      ${options.map(([key, text]) => html`<option value=${key} ?selected=${key === value}>${text}</option>`)}
    </select>
    ${faultLine(page, path)}
  </div>`; // prettier-ignore
}

/** One of a few, all in sight; chosen again it is not said any more. */
export function choice(page: OrderPage, path: string, label: string, options: Options): TemplateResult {
  const value = textAt(page.order, path);
  return html`<fieldset class="f choice" data-at=${path} aria-describedby=${described(page, path, undefined)}>
    <legend>${label}${wanted(page, path)}</legend>
    ${segments(idOf(path), value, options, page.open, (chosen) => page.write(path, chosen))}${faultLine(page, path)}
  </fieldset>`;
}

/** Radio buttons in one box. */
export function segments(name: string, value: string, options: Options, open: boolean, choose: (value: string) => void): TemplateResult {
  // Chosen again, it is taken back; the keyboard does so by Delete as well.
  const again = (key: string) => () => {
    if (open && key === value && key !== "") choose("");
  };
  const clear = (event: KeyboardEvent) => {
    if (open && (event.key === "Delete" || event.key === "Backspace")) choose("");
  };
  return html`<div class="segments" @keydown=${clear}>
    ${options.map(
      ([key, text]) =>
        html`<label class=${key === value ? (key === "" ? "on unsaid" : "on") : ""}><input type="radio" name=${name} value=${key} .checked=${live(key === value)} ?disabled=${!open} @change=${() => choose(key)} @click=${again(key)} /><span>${text}</span></label>`,
    )}
  </div>`;
}

/** Yes, no, or not said. */
export function yesNo(page: OrderPage, path: string, label: string, change: (answer: boolean | null) => void): TemplateResult {
  const value = get(page.order, path);
  const now = value === true ? "yes" : value === false ? "no" : "";
  const options: Options = [["yes", "yes"], ["no", "no"], ["", "not said"]]; // prettier-ignore
  return html`<fieldset class="f choice" data-at=${path}>
    <legend>${label}${wanted(page, path)}</legend>
    ${segments(idOf(path), now, options, page.open, (chosen) => change(chosen === "" ? null : chosen === "yes"))}${faultLine(page, path)}
  </fieldset>`;
}
