/** The page of the billing codes as markup: the picture or the table on the left, one code on the right. */

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { plural } from "../chrome/format";
import { home } from "../chrome/home";
import { factsView, loadedView } from "./facts_view";
import type { CodesPage } from "./page";
import { picture } from "./timeline_view";
import { type Code, dayWords, isDiagnosis, validOn } from "./told";

type Part = TemplateResult | typeof nothing;

export function pageView(page: CodesPage): TemplateResult {
  return html`<div class="prescribe codes">
    <header class="top">
      <a class="brand" href="/">◂ ${home()}</a>
      <h1>Billing codes</h1>
      ${page.book === null ? nothing : finding(page)}
    </header>
    ${
      page.book === null
        ? html`<main class="empty"><p role="status">${page.failure === null ? "Asked for." : `The codes cannot be shown: ${page.failure}. Load the page again.`}</p></main>`
        : html`<main class="codes-book">
            <section class="codes-chart" aria-label=${page.way === "picture" ? "families of codes since 1990" : "codes as a table"}>
              ${page.way === "picture" ? html`<div class="codes-room">${page.laid === null ? nothing : picture(page, page.laid)}</div>` : table(page)}
              ${reading(page)} ${page.way === "picture" ? legend() : nothing}
            </section>
            <aside class="codes-facts" aria-label="the code">${side(page)}</aside>
          </main>`
    }
  </div>`;
}

function finding(page: CodesPage): TemplateResult {
  const typed = page.typed.trim();
  const told = typed === "" ? "" : isDiagnosis(typed) ? "a diagnosis" : plural(page.found.length, "code");
  return html`<label class="find">Find <input name="find" type="search" placeholder="93012, holter scan, I48.1" autocomplete="off" spellcheck="false" .value=${live(page.typed)} @input=${(event: InputEvent) => page.type((event.target as HTMLInputElement).value)} /> <span class="faint" role="status">${told}</span></label>
    <label class="on">On <input name="on" type="date" min="1990-01-01" .value=${live(page.on)} @change=${(event: Event) => page.day((event.target as HTMLInputElement).value)} /></label>
    <button type="button" class="quiet" ?disabled=${page.on === page.book?.today} @click=${() => page.day(page.book?.today ?? "")}>today <kbd>t</kbd></button>
    <div class="tabs" role="group" aria-label="shown as"><button type="button" aria-pressed=${page.way === "picture"} @click=${() => page.show("picture")}>picture</button><button type="button" aria-pressed=${page.way === "table"} @click=${() => page.show("table")}>table <kbd>v</kbd></button></div>
    <span class="faint keys"><kbd>/</kbd> find <kbd>j</kbd> <kbd>k</kbd> choose <kbd>[</kbd> <kbd>]</kbd> a year <kbd>w</kbd> ${home()}</span>`;
}

/** One line under the picture says what is under the hand; its room is kept. */
function reading(page: CodesPage): TemplateResult {
  const code = page.book?.codes.find((one) => one.code === (page.hovered ?? page.chosen));
  return html`<p class="reading" aria-hidden="true">${code === undefined ? html`<span class="faint">Point at a bar, or choose one. Drag the line to another day.</span>` : html`<b>${code.code}</b> ${code.part} · ${code.words} · <b>${validOn(code, page.on)}</b> on ${dayWords(page.on)}`}</p>`;
}

function legend(): TemplateResult {
  const parts: readonly [string, string, string][] = [
    ["technical", "T", "technical"],
    ["professional", "P", "professional"],
    ["global", "G", "global"],
    ["hook-up", "H", "hook-up"],
    ["scan", "S", "scan"],
  ];
  return html`<ul class="legend" aria-label="legend">
    ${parts.map(([part, letter, words]) => html`<li class=${`part ${part}`}><span class="swatch" aria-hidden="true"></span><b>${letter}</b> ${words}</li>`)}
    <li class="part technical"><span class="swatch unsure" aria-hidden="true"></span>day not known</li>
    <li>▸ no end known</li>
    <li><span class="signs" aria-hidden="true">● ○ –</span><span>valid, not known, not valid on the day</span></li>
  </ul>`;
}

function table(page: CodesPage): TemplateResult {
  return html`<div class="wide"><table>
    <caption class="spoken">Codes by family, on ${dayWords(page.on)}</caption>
    <thead><tr><th scope="col">Code</th><th scope="col">Part</th><th scope="col">What</th><th scope="col">First day</th><th scope="col">Last day</th><th scope="col">On ${dayWords(page.on)}</th></tr></thead>
    ${page.book?.families.map((family) => {
      const rows = page.found.filter((code) => code.family === family.id);
      if (rows.length === 0) return nothing;
      return html`<tbody><tr class="event"><th colspan="6" scope="rowgroup">${family.name} <span class="faint">${family.words}</span></th></tr>${rows.map((code) => row(page, code))}</tbody>`;
    })}
  </table></div>`;
}

function row(page: CodesPage, code: Code): TemplateResult {
  return html`<tr id=${`code-${code.code}`} class=${page.chosen === code.code ? "chosen" : ""} aria-current=${page.chosen === code.code ? "true" : nothing}>
    <th scope="row"><button type="button" class="quiet link" @click=${() => page.choose(code.code)}>${code.code}</button></th>
    <td>${code.part}</td><td>${code.words}</td>
    <td>${code.start.words} <span class="mark">${code.start.mark}</span></td>
    <td>${code.end === null ? html`<span class="faint">none known</span>` : html`${code.end.words} <span class="mark">${code.end.mark}</span>`}</td>
    <td><b>${validOn(code, page.on)}</b></td>
  </tr>`;
}

function side(page: CodesPage): Part {
  if (isDiagnosis(page.typed)) return diagnosis(page);
  if (page.typed.trim() !== "" && page.found.length === 0) {
    return html`<section><h2>No code holds “${page.typed.trim()}”.</h2><p class="faint">Numbers, parts and our own short words are searched: try 932, holter, technical.</p></section>`;
  }
  return page.code === null ? loadedView(page) : factsView(page, page.code);
}

function diagnosis(page: CodesPage): TemplateResult {
  const told = page.diagnosis;
  return html`<section class="one" aria-label="diagnosis">
    <h2>${page.typed.trim().toUpperCase()} <span class="faint">diagnosis, ICD-10-CM</span></h2>
    ${page.problem === null ? nothing : html`<p class="problem" role="alert">${page.problem}</p>`}
    ${
      told === null
        ? html`<p class="faint" role="status">Asked for.</p>`
        : html`<div class=${`verdict ${told.valid.answer.replace(" ", "-")}`} role="status"><b>${told.valid.answer}</b> on ${dayWords(told.on)} <span class="mark">${told.valid.mark}</span><p>${told.valid.words}.</p></div>
            ${told.valid.instead.length === 0 ? nothing : html`<p>In its place: ${told.valid.instead.map((one) => html`<button type="button" class="chip" @click=${() => page.type(one)}>${one}</button> `)}</p>`}`
    }
  </section>`;
}
