/** One code with everything known of it, and what was loaded where none is chosen. */

import { html, nothing, type TemplateResult } from "lit";
import { plural } from "../chrome/format";
import type { CodesPage } from "./page";
import { type Code, dayWords, type Edge, type Exclusion, type LoadedFile, type Rule, type Said, stretchWords, validOn } from "./told";

type Part = TemplateResult | typeof nothing;

export function factsView(page: CodesPage, code: Code): TemplateResult {
  return html`<section class="one" aria-label=${code.code}>
    <h2><span class="big">${code.code}</span> <span class="faint">${code.part} · ${page.familyName(code.family)} · ${code.system}${code.medicare ? "" : " · private payers"}</span></h2>
    <p class="what">${code.words}</p>
    ${code.descriptor === "" ? nothing : html`<p class="licensed"><span class="faint">licensed</span> ${code.descriptor}</p>`}
    ${verdict(page, code)}
    <dl>
      <dt>First day</dt><dd>${edge(page, code.start)}</dd>
      <dt>Last day</dt><dd>${code.end === null ? html`none known <span class="faint">in ${page.book?.gathered}</span>` : edge(page, code.end)}</dd>
      ${code.units === null ? nothing : html`<dt>Units</dt><dd>${said(page, code.units)}</dd>`}
      ${code.service_date === null ? nothing : html`<dt>Date of service</dt><dd>${said(page, code.service_date)}</dd>`}
      ${rules(page, code.rules)}
    </dl>
    ${exclusions(page, code)} ${notes(page, code)} ${sources(page, code)}
  </section>`;
}

function verdict(page: CodesPage, code: Code): TemplateResult {
  const answer = validOn(code, page.on);
  const { replaced } = code;
  const after = answer !== "valid" && replaced !== null && code.end !== null && page.on > (code.end.first ?? "");
  return html`<div class=${`verdict ${answer.replace(" ", "-")}`} role="status">
    <b>${answer}</b> on ${dayWords(page.on)}
    ${
      after
        ? html`<p>In its place: ${replaced.codes.map((one) => html`<button type="button" class="chip" @click=${() => page.choose(one)}>${one}</button> `)} ${replaced.words === "" ? nothing : html`<span class="faint">${replaced.words}</span>`} ${mark(page, replaced)}</p>`
        : nothing
    }
  </div>`;
}

/** How sure, and by which sources, at the end of a fact. */
function mark(page: CodesPage, one: Said): TemplateResult {
  const from = one.sources.map((id) => page.book?.sources[id] ?? id).join("; ");
  const words = `${page.book?.marks[one.mark] ?? one.mark}${from === "" ? "" : `: ${from}`}`;
  return html`<span class=${`mark ${one.mark.startsWith("M") && one.mark !== "M!" ? "weak" : ""}`} title=${words}><span aria-hidden="true">${one.mark}</span><span class="spoken">(${words})</span></span>`;
}

const said = (page: CodesPage, one: Said): TemplateResult => html`${one.words} ${mark(page, one)}`;
const edge = (page: CodesPage, one: Edge): TemplateResult => html`${one.exact ? dayWords(one.words) : one.words} ${mark(page, one)}`;

function rules(page: CodesPage, all: readonly Rule[]): Part {
  const kinds = [...new Set(all.map((rule) => rule.kind))];
  return html`${kinds.map(
    (kind) => html`<dt>${kind[0]?.toUpperCase()}${kind.slice(1)}</dt>
      <dd>${all.filter((rule) => rule.kind === kind).map((rule) => html`<p>${rule.words}<span class="faint">${stretchWords(rule.from, rule.to)}</span> ${mark(page, rule)}</p>`)}</dd>`,
  )}`;
}

function exclusions(page: CodesPage, code: Code): TemplateResult {
  const others = page.book?.codes.filter((one) => one.code !== code.code) ?? [];
  return html`<h3>Not together with</h3>
    <p class="pair"><label>${code.code} and <select name="other" aria-label=${`another code beside ${code.code}`} @change=${(event: Event) => page.together((event.target as HTMLSelectElement).value)}>
      <option value="" ?selected=${page.other === ""}>another code …</option>${others.map((one) => html`<option value=${one.code} ?selected=${page.other === one.code}>${one.code} ${one.words}</option>`)}
    </select></label> <span role="status">${page.pair === null ? nothing : html`<b>${page.pair.answer}</b> on ${dayWords(page.pair.on)}`}</span></p>
    ${page.pair === null ? nothing : html`<p class="faint">${page.pair.words}.</p>`}
    ${page.problem === null ? nothing : html`<p class="problem" role="alert">${page.problem}</p>`}
    ${code.exclusions.length === 0 ? html`<p class="faint">Nothing is held against it here.</p>` : html`<ul class="pairs">${code.exclusions.map((one) => exclusion(page, one))}</ul>`}`;
}

function exclusion(page: CodesPage, one: Exclusion): TemplateResult {
  const past = (one.from !== null && page.on < one.from) || (one.to !== null && page.on > one.to);
  return html`<li class=${past ? "past" : ""}>
    <span>${one.with.map((other) => html`<button type="button" class="chip" @click=${() => page.choose(other)}>${other}</button> `)}</span>
    <p>${one.words} <span class="faint">${one.scope}${stretchWords(one.from, one.to)}${past ? ", not on this day" : ""}</span> ${mark(page, one)}</p>
  </li>`;
}

function notes(page: CodesPage, code: Code): Part {
  const of = page.book?.families.find((family) => family.id === code.family)?.notes ?? [];
  const all = [...code.notes, ...of];
  if (all.length === 0) return nothing;
  return html`<h3>To be known</h3><ul class="notes">${all.map((one) => html`<li>${said(page, one)}</li>`)}</ul>`;
}

function sources(page: CodesPage, code: Code): Part {
  const of = page.book?.families.find((family) => family.id === code.family)?.notes ?? [];
  const facts: readonly (Said | null)[] = [code.start, code.end, code.replaced, code.units, code.service_date, ...code.rules, ...code.exclusions, ...code.notes, ...of];
  const ids = [...new Set(facts.flatMap((one) => one?.sources ?? []))];
  const marks = Object.entries(page.book?.marks ?? {});
  return html`<details class="sources"><summary>${plural(ids.length, "source")}, and what the marks say</summary>
    <dl>${marks.map(([one, words]) => html`<dt><span class="mark">${one}</span></dt><dd>${words}</dd>`)}</dl>
    <ul>${ids.map((id) => html`<li>${page.book?.sources[id] ?? id}</li>`)}</ul></details>`;
}

/** Where no code is chosen: how to begin, and which files count. */
export function loadedView(page: CodesPage): TemplateResult {
  const files = page.book?.files ?? [];
  return html`<section class="one" aria-label="about">
    <h2>Which code?</h2>
    <p>Choose a bar, or type a number, a part, or a word; a diagnosis such as I48.1 too. Everything is judged on the day of the line.</p>
    <p class="faint">Facts of ${page.book?.gathered}, in our own words, each with how sure it is. Check one against its source before it decides a claim.</p>
    <h3>Files of this center</h3>
    ${
      files.length === 0
        ? html`<p class="faint">None: bundles are those remembered here, and of diagnoses only a few splits are known. <code>einthoven codes load</code> takes the quarterly NCCI files, ICD-10-CM order files and licensed descriptors.</p>`
        : html`<ul class="notes">${files.map((one) => html`<li class=${one.trouble === undefined ? "" : "problem"}>${fileWords(one)}</li>`)}</ul>`
    }
  </section>`;
}

function fileWords(one: LoadedFile): TemplateResult {
  if (one.trouble !== undefined) return html`<b>${one.name}</b> ${one.trouble}`;
  const what = one.kind === "icd10" ? `ICD-10-CM, fiscal year ${one.year}` : one.kind === "ncci" ? `NCCI edits up to ${one.through}` : "licensed descriptors";
  return html`<b>${one.name}</b> ${what}: ${plural(one.rows ?? 0, "line")}${one.of_our_codes === undefined ? nothing : `, ${one.of_our_codes} of our codes`}`;
}
