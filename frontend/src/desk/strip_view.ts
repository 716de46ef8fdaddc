/** The centre: whose case it is, the strip on paper with its controls, and earlier episodes that look alike. */

import { html, nothing, type TemplateResult } from "lit";
import { clockTime, day, when, zone } from "../chrome/format";
import type { Case } from "./entities";
import type { Phase } from "./key_caliper";
import { VERDICT_WORDS } from "./order";
import { CLASSES } from "./relabel";
import { type CaseStrip, GAINS, SPEEDS } from "./strip";
import type { Similar } from "./whole";

export interface CentreModel {
  readonly one: Case;
  readonly name: string;
  readonly strip: CaseStrip;
  readonly similar: readonly Similar[];
  readonly now: number;
  readonly calibrated: boolean;
  readonly light: boolean;
  /** Whether keys are the strip's: not while a panel is open beside it. */
  readonly keys: boolean;
}

export interface CentreActs {
  readonly compare: (one: Similar | null) => void;
  readonly home: () => void;
  readonly measure: () => void;
  readonly relabel: () => void;
  readonly label: (symbol: string) => void;
  readonly toggleStrip: () => void;
  readonly paper: () => void;
  readonly retry: () => void;
}

export function centreView(model: CentreModel, acts: CentreActs): TemplateResult {
  const { one, strip, name, now } = model;
  const onset = one.onset_ms === null ? "" : when(one.onset_ms, now);
  return html`<section class="centre" aria-label="strip">
    <header class="of-case">
      <h1>${name}</h1>
      <p class="what">${one.title}</p>
      ${model.calibrated ? nothing : html`<p class="uncalibrated">mm not calibrated</p>`}
      <p class="faint">${onset} <a href=${`/patient/${one.stream}`} title="all of the patient (o)">${one.stream}</a></p>
    </header>
    ${controls(model, acts)}
    ${strip.failure === null ? nothing : html`<div class="empty" role="alert"><h2>The strip is not here</h2><p>${strip.failure}. The criteria and the numbers beside it hold.</p><p><button class="main" @click=${acts.retry}>Ask again</button></p></div>`}
    <div class=${strip.compare === null ? "papers" : "papers comparing"} data-paper=${model.light ? "light" : "dark"} ?hidden=${strip.failure !== null}>
      ${strip.moment}
      ${strip.relabel === null ? nothing : relabelBar(strip, acts)}
      ${strip.measuring ? caliperBar(strip, model.keys) : nothing}
      ${strip.compare === null ? strip.lines : html`<p class="compare-title">${similarWords(strip.compare, now)}</p>${strip.compared}`}
    </div>
    ${similarView(model, acts)}
    <div class="spoken" role="status" aria-live="polite">${strip.said}</div>
  </section>`;
}

function controls({ strip, light }: CentreModel, acts: CentreActs): TemplateResult {
  const leads = strip.details?.leads ?? [];
  return html`<div class="controls strip-controls">
    <span class="buttons">
      <span class="segmented" role="group" aria-label="speed, mm/s">
        ${SPEEDS.map((speed) => html`<button aria-pressed=${strip.speed === speed} @click=${() => strip.set({ speed })}>${speed}</button>`)}
      </span><span class="unit">mm/s <kbd>v</kbd></span>
      <span class="segmented" role="group" aria-label="gain, mm/mV">
        ${GAINS.map((gain) => html`<button aria-pressed=${strip.gain === gain} @click=${() => strip.set({ gain })}>${gain}</button>`)}
      </span><span class="unit">mm/mV <kbd>g</kbd></span>
      <span class="segmented" role="group" aria-label="leads">
        <button aria-pressed=${strip.lead === null} @click=${() => strip.set({ lead: null })}>all</button>
        ${leads.map((lead, i) => html`<button aria-pressed=${strip.lead === i} @click=${() => strip.set({ lead: i })}>${lead.name}</button>`)}
      </span><kbd>l</kbd>
    </span>
    <span class="buttons tools-of-strip">
      <button class="quiet" @click=${acts.home}>onset <kbd>0</kbd></button>
      <button aria-pressed=${strip.measuring} @click=${acts.measure}>caliper <kbd>d</kbd></button>
      <button aria-pressed=${strip.relabel !== null} @click=${acts.relabel}>relabel <kbd>R</kbd></button>
      <button title="the strip on the screen into the report" @click=${acts.toggleStrip}>to report <kbd>S</kbd></button>
      <button class="quiet colour" @click=${acts.paper}>${light ? "dark" : "white"} paper <kbd>b</kbd></button>
    </span>
  </div>`;
}

const NEXT: Readonly<Record<Phase, string>> = {
  first: "first point",
  second: "second point",
  set: "another",
};

function caliperBar({ measured, phase }: CaseStrip, keys: boolean): TemplateResult {
  if (!keys) return html`<div class="relabel-bar one-line" role="group" aria-label="caliper"><b>${measured}</b><span>drag to measure</span></div>`;
  return html`<div class="relabel-bar one-line" role="group" aria-label="caliper">
    <b>${measured || "caliper"}</b>
    <span><kbd>Enter</kbd> ${NEXT[phase]}</span>
    <span><kbd>Esc</kbd> leaves</span>
    <span><kbd>←</kbd> <kbd>→</kbd> <kbd>↑</kbd> <kbd>↓</kbd> with <kbd>Shift</kbd> a small square</span>
  </div>`;
}

function relabelBar(strip: CaseStrip, acts: CentreActs): TemplateResult {
  const { details } = strip;
  const at = strip.relabel?.at ?? null;
  const count = strip.relabel?.changes.length ?? 0;
  const time = at === null || details === null ? "no beat here" : details.time.known ? clockTime(details.time.ms(at)) : `sample ${at}`;
  return html`<div class="relabel-bar" role="group" aria-label="class of the chosen beat">
    <b>${time}</b>
    <span><kbd>←</kbd> <kbd>→</kbd> beat</span>
    ${CLASSES.map(({ key, symbol, words }) => html`<button ?disabled=${at === null} @click=${() => acts.label(symbol)}><kbd>${key}</kbd> ${words}</button>`)}
    <span class="faint">${count === 0 ? "nothing changed" : `${count} changed`} · <kbd>4</kbd> gives the verdict · <kbd>Esc</kbd> leaves</span>
  </div>`;
}

/** "Sat 21 Nov 03:12 · VT 174 /min · true, Kim". */
function similarWords({ title, at_ms, verdict }: Similar, now: number): string {
  const date = at_ms === null ? "" : day(at_ms) === day(now) ? `${clockTime(at_ms)} ${zone(at_ms)}` : when(at_ms, now);
  const judged = verdict === null ? "not judged" : `${verdict.verdict === null ? "judged" : VERDICT_WORDS[verdict.verdict].toLowerCase()}, ${verdict.by}`;
  return [date, title, judged].filter(Boolean).join(" · ");
}

function similarView({ similar, strip, now }: CentreModel, acts: CentreActs): TemplateResult {
  return html`<div class="similar" aria-label="earlier episodes that look alike">
    <span class="faint">Earlier ones like it</span>
    ${similar.length === 0 ? html`<span class="faint">none</span>` : html`<kbd>[</kbd><kbd>]</kbd>`}
    ${similar.slice(0, 6).map((one) => {
      const open = strip.compare === one;
      return html`<button class="chip" aria-pressed=${open} ?disabled=${one.start === null} @click=${() => acts.compare(open ? null : one)}>${similarWords(one, now)}</button>`;
    })}
  </div>`;
}
