/** What an order has several of: contacts, diagnoses, symptoms, earlier tests, documents. */

import { html, nothing, type TemplateResult } from "lit";
import { MOST_MB, type Upload } from "../administration/upload";
import { choice, faultLine, idOf, line, type Part, wanted, yesNo } from "./controls";
import { type Fields, get, listAt, textAt } from "./order";
import type { OrderPage } from "./page";
import { OFTEN, optionsOf, wordOf } from "./words";

const remove = (page: OrderPage, list: string, at: number, words: string): Part =>
  page.open ? html`<button type="button" class="quiet out" title=${`take out ${words}`} aria-label=${`take out ${words}`} @click=${() => page.remove(list, at, words)}>✕</button>` : nothing;

export function contacts(page: OrderPage): TemplateResult {
  const path = "patient.contacts";
  const items = listAt(page.order, path);
  return html`<div class="several" data-at=${path} role="group" aria-labelledby=${idOf(path)}>
    <h3 id=${idOf(path)}>Whom to call in an emergency${wanted(page, path)}</h3>
    ${items.map((one, at) => {
      const item = `${path}[${at}]`;
      return html`<div class="item">${line(page, `${item}.name`, "Name")} ${line(page, `${item}.telephone`, "Telephone", { type: "tel" })} ${line(page, `${item}.relation`, "Relation", { size: "s" })}
        ${remove(page, path, at, textAt(one as Fields, "name") || "this contact")}</div>`;
    })}
    ${page.open ? html`<button type="button" @click=${() => page.add(path, {}, "name")}>+ somebody</button>` : nothing}${faultLine(page, path)}
  </div>`;
}

// ---- diagnoses ---------------------------------------------------------------------------------------------

export function diagnoses(page: OrderPage): TemplateResult {
  const path = "diagnoses";
  const codes = listAt(page.order, path).map(String);
  const take = (input: HTMLInputElement) => {
    const typed = input.value.toUpperCase().split(/[\s,;]+/).filter((code) => code !== "" && !codes.includes(code)); // prettier-ignore
    if (typed.length > 0) page.write(path, [...codes, ...typed]);
    input.value = "";
  };
  const key = (event: KeyboardEvent) => {
    const input = event.target as HTMLInputElement;
    if (event.key === "Enter" || event.key === "," || event.key === ";") {
      event.preventDefault();
      take(input);
    } else if (event.key === "Backspace" && input.value === "" && codes.length > 0) page.remove(path, codes.length - 1, codes.at(-1)!);
  };
  return html`<div class="f all several" data-at=${path}>
    <label for="o-diagnosis">Diagnoses <span class="faint">ICD-10-CM, the main one first</span>${wanted(page, path)}</label>
    <div class="chips">
      ${codes.map(
        (code, at) => html`<span class="chip" data-at=${`${path}[${at}]`} aria-invalid=${page.faultOf(`${path}[${at}]`) !== undefined}><b>${code}</b> <span class="faint">${OFTEN.find(([one]) => one === code)?.[1] ?? ""}</span>${remove(page, path, at, code)}</span>`,
      )}
      ${page.open ? html`<input id="o-diagnosis" name="diagnosis" autocomplete="off" placeholder=${codes.length === 0 ? "R55" : "another"} list="o-diagnosis-list" @keydown=${key} @change=${(event: Event) => take(event.target as HTMLInputElement)} />` : nothing}
      <datalist id="o-diagnosis-list">${OFTEN.map(([code, words]) => html`<option value=${code}>${words}</option>`)}</datalist>
    </div>
    ${page.open && codes.length === 0 ? html`<p class="often" role="group" aria-label="often"><span class="faint">often</span> ${OFTEN.slice(0, 5).map(([code, words]) => html`<button type="button" class="quiet" @click=${() => page.write(path, [...codes, code])}>${code} <span class="faint">${words}</span></button>`)}</p>` : nothing}
    ${faultLine(page, path)} ${codes.map((_, at) => faultLine(page, `${path}[${at}]`))}
  </div>`;
}

// ---- symptoms ----------------------------------------------------------------------------------------------

const OFTEN_COME = ["once a month", "twice a month", "once a week", "several times a week", "daily", "less than once a month"];

export function symptoms(page: OrderPage): TemplateResult {
  const path = "symptoms";
  const items = listAt(page.order, path);
  const there = new Set(items.map((one) => textAt(one as Fields, "what")));
  return html`<div class="several" data-at=${path} role="group" aria-labelledby=${idOf(path)}>
    <h3 id=${idOf(path)}>Symptoms${wanted(page, path)}</h3>
    ${
      page.open
        ? html`<p class="adders">${optionsOf("symptom")
            .filter(([key]) => !there.has(key) || key === "other")
            .map(([key, text]) => html`<button type="button" @click=${() => page.add(path, { what: key }, "how_often")}>+ ${text}</button>`)}</p>`
        : nothing
    }
    ${items.map((one, at) => {
      const item = `${path}[${at}]`;
      const what = wordOf("symptom", textAt(one as Fields, "what"));
      return html`<div class="item" role="group" aria-label=${what}>
        <b class="what">${what}</b> ${line(page, `${item}.how_often`, "How often", { suggestions: OFTEN_COME })} ${choice(page, `${item}.severity`, "How severe", optionsOf("severity"))}
        ${line(page, `${item}.since`, "Since when", { size: "s", hint: "2025-10, or in words" })} ${line(page, `${item}.words`, "In the physician's words", { size: "l" })} ${remove(page, path, at, what)}
      </div>`;
    })}
    ${faultLine(page, path)}
  </div>`;
}

// ---- earlier tests -----------------------------------------------------------------------------------------

export function tests(page: OrderPage): TemplateResult {
  const path = "prior_tests";
  const items = listAt(page.order, path);
  return html`<div class="several" data-at=${path} role="group" aria-label="earlier tests">
    ${items.length === 0 ? html`<p class="faint">None is named. Add each test that was done, with its date and result.</p>` : nothing}
    ${page.open ? html`<p class="adders">${optionsOf("prior").map(([key, text]) => html`<button type="button" @click=${() => page.add(path, { kind: key }, "on")}>+ ${text}</button>`)}</p>` : nothing}
    ${items.map((one, at) => {
      const item = `${path}[${at}]`;
      const kind = wordOf("prior", textAt(one as Fields, "kind"));
      return html`<div class="item" role="group" aria-label=${kind}>
        <b class="what">${kind}</b> ${line(page, `${item}.on`, "On", { type: "date", size: "s" })} ${line(page, `${item}.until`, "Until", { type: "date", size: "s" })} ${line(page, `${item}.result`, "Result", { size: "l" })}
        ${yesNo(page, `${item}.revealing`, "Did it explain the symptoms?", (answer) => page.write(`${item}.revealing`, answer))} ${remove(page, path, at, kind)}
      </div>`;
    })}
    ${faultLine(page, path)}
  </div>`;
}

// ---- documents ---------------------------------------------------------------------------------------------

const PAPERS = ["visit note", "Holter report", "ECG", "order", "referral"];

export function documents(page: OrderPage): TemplateResult {
  const path = "documents";
  const items = listAt(page.order, path);
  return html`<div class="several" data-at=${path} role="group" aria-label="documents">
    ${items.length === 0 ? html`<p class="faint">No paper is with the order.</p>` : nothing}
    ${items.map((one, at) => {
      const item = `${path}[${at}]`;
      const digest = textAt(one as Fields, "sha256");
      const name = textAt(one as Fields, "name") || "document";
      return html`<div class="item" role="group" aria-label=${name}>
        <span class="what">${paperLink(page, digest, name)} <code title=${digest}>${digest.slice(0, 12)}…</code></span>
        ${line(page, `${item}.kind`, "What it is", { suggestions: PAPERS })} ${yesNo(page, `${item}.legible`, "Can every page be read?", (answer) => page.write(`${item}.legible`, answer))}
        ${remove(page, path, at, name)}
      </div>`;
    })}
    ${page.open ? fileField("o-file", "Add a paper", page.upload.current, (file) => page.upload.choose(file)) : nothing}${faultLine(page, path)}
  </div>`;
}

/** A paper is read with the order that names it: before that is on record there is its name alone. */
export function paperLink(page: OrderPage, digest: string, name: string): TemplateResult {
  if (page.number === null) return html`<b>${name}</b>`;
  return html`<a href=${`/api/orders/${page.number}/documents/${digest}`} target="_blank" rel="noopener">${name}</a>`;
}

/** A file that is sent as soon as it is chosen. */
export function fileField(id: string, label: string, upload: Upload, choose: (file: File | null) => void): TemplateResult {
  const wrong = upload.state === "wrong" ? `${upload.name}: ${upload.words}` : null;
  const chosen = (event: Event) => {
    const input = event.target as HTMLInputElement;
    choose(input.files?.[0] ?? null);
    input.value = "";
  };
  return html`<div class="f l file">
    <label for=${id}>${label} <span class="faint">PDF, PNG or JPEG, at most ${MOST_MB} MB</span></label>
    <input id=${id} type="file" accept=".pdf,.png,.jpg,.jpeg,application/pdf,image/png,image/jpeg" aria-invalid=${wrong !== null} @change=${chosen} />
    <p role="status">${upload.state === "sending" ? html`sending ${upload.name}, ${Math.round(100 * upload.share)} %` : upload.state === "kept" ? html`<b>on file</b> ${upload.name}` : nothing}</p>
    ${wrong === null ? nothing : html`<p class="fault" role="alert">${wrong}</p>`}
  </div>`;
}

/** Whether an order has any of a list. */
export const has = (order: Fields, path: string): boolean => Array.isArray(get(order, path)) && listAt(order, path).length > 0;
