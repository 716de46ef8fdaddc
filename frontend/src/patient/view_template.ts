/** The patient page as markup; the panes are canvases that the view paints. */

import { html, nothing, type TemplateResult } from "lit";
import { clockTime, day, duration, elapsed, plural, when, zone } from "../chrome/format";
import { properties } from "../chrome/properties";
import { byTelephone, meansWords } from "../protocol/means";
import { alike, type Condition } from "../wall/condition";
import type { Alarm } from "../wall/findings";
import { batteryIcon, qualityIcon } from "../wall/icons";
import { type Banner, bannersView } from "../wall/header_view";
import { alarmView } from "../wall/tile_view";
import { type Details, holeWords } from "./details";

/** What stands beside the panes. */
export type Side = "events" | "figures" | "review";

export interface ViewModel {
  readonly id: string;
  readonly name: string;
  readonly told: readonly Banner[];
  readonly compact: boolean;
  readonly details: Details | null;
  readonly alarm: Alarm | null;
  readonly side: Side;
  /** There is a reviewer's desk. */
  readonly review: boolean;
  /** The list of events or the measurements. */
  readonly events: TemplateResult | null;
  /** Who spoke with the patient. */
  readonly spoken: TemplateResult | typeof nothing;
  /** Samples have come, stored or live. */
  readonly ready: boolean;
  readonly condition: Condition | null;
  readonly failure: string | null;
  readonly following: boolean;
  readonly trueScale: boolean;
  readonly caliperMode: boolean;
  readonly scale: string;
  readonly startMs: number | null;
  readonly centerNow: number;
  readonly tooltip: { readonly x: number; readonly y: number; readonly text: string } | null;
  readonly asking: string | null;
  readonly light: boolean;
  readonly lead: number;
  /** Height that the moment asks for, CSS pixels. */
  readonly momentPx: number;
}

export interface ViewActs {
  readonly follow: () => void;
  readonly trueScale: () => void;
  readonly caliper: () => void;
  readonly print: () => void;
  readonly theme: (() => void) | null;
  readonly close: (() => void) | null;
  readonly goTo: (text: string) => void;
  readonly jump: (sample: number) => void;
  readonly retry: () => void;
  readonly lead: (lead: number) => void;
  readonly side: (side: Side) => void;
}

export interface Panes {
  readonly overview: HTMLElement;
  readonly lines: HTMLElement;
  readonly moment: HTMLElement;
  readonly tip: HTMLElement;
}

export function patientView(model: ViewModel, acts: ViewActs, panes: Panes): TemplateResult {
  const { details, ready } = model;
  return html`<article class="map" data-compact=${model.compact}>
    ${heading(model, acts)}
    ${model.failure === null ? nothing : failure(model, acts)}
    ${details !== null && !ready ? noSamples(details) : nothing}
    <div class="panes" ?hidden=${!ready} ${properties({ "--moment": `${model.momentPx}px` })}>
      ${panes.overview}
      ${panes.lines}
      ${controls(model, acts)} ${panes.moment} ${panes.tip}
    </div>
    ${details === null ? nothing : aside(model, details, acts)}
  </article>`;
}

/** A name longer than this, letters, stands in two lines of smaller type. */
const LONG_NAME = 22;
/** More leads alike than this are counted. */
const NAMED = 3;

function heading(model: ViewModel, acts: ViewActs): TemplateResult {
  const { condition } = model;
  const rate = condition?.rate == null ? "––" : String(Math.round(condition.rate));
  return html`<header class="who">
    ${model.compact ? nothing : html`<a class="back" href="/" title="back to the wall">◂ wall</a>`}
    <h1 class=${model.name.length > LONG_NAME ? "long" : ""} title=${model.name}>${model.name}</h1>
    <span class="faint id">${model.id}${model.details === null ? nothing : ` · ${meansWords(model.details.state.transmitter)}`}</span>
    ${model.compact ? nothing : bannersView(model.told)}
    <span class="now">
      ${condition === null ? nothing : html`<b class=${condition.kind === "live" ? "" : "off"}>${condition.headline ?? "live"}</b>`}
      ${condition?.toCome == null ? nothing : html`<b>${condition.toCome}</b>`}
      ${alike(condition?.leads ?? []).map(
        ({ icon, word, names }) =>
          html`<span class=${icon === "good" ? "q" : "q off"} title=${`${names.join(", ")}: ${word}`}>${qualityIcon(icon)}${names.length > NAMED ? `${names.length} leads` : names.join(", ")}${icon === "good" ? nothing : html` ${word}`}</span>`,
      )}
      ${condition?.battery == null ? nothing : html`<span class=${condition.battery.low ? "q off" : "q"}>${batteryIcon(condition.battery.percent)}${condition.battery.percent} %</span>`}
    </span>
    ${model.alarm === null ? nothing : alarmView(model.alarm, model.compact ? model.alarm.short : model.alarm.words, true)}
    <span class="rate"><span class="figure">${rate}</span><span class="unit">bpm</span>${condition?.rhythm == null ? nothing : html`<b class="rhythm">${condition.rhythm}</b>`}</span>
    ${model.compact ? html`<a class="open-page" href=${`/patient/${model.id}`}>own page</a>` : nothing}
    ${acts.close === null ? nothing : html`<button class="quiet" @click=${acts.close}>close <kbd>Esc</kbd></button>`}
  </header>`;
}

function controls(model: ViewModel, acts: ViewActs): TemplateResult {
  const ms = model.startMs;
  const known = model.details?.time.known === true;
  const at =
    ms === null ? "" : known ? `${day(ms)} ${clockTime(ms)} ${zone(ms)}` : `${elapsed(ms)} after the first sample`;
  return html`<div class="controls">
    <b class="at">${at}</b>
    <span class="faint scale">${model.scale}</span>
    <span class="buttons">
      ${leadChoice(model, acts)}
      <button aria-pressed=${model.following} @click=${acts.follow}>live <kbd>l</kbd></button>
      <button aria-pressed=${model.trueScale} @click=${acts.trueScale}>25 mm/s <kbd>0</kbd></button>
      <button aria-pressed=${model.caliperMode} @click=${acts.caliper}>caliper <kbd>c</kbd></button>
      <input
        class="goto"
        type="text"
        aria-label="go to time"
        placeholder="go to time …"
        @keydown=${(event: KeyboardEvent) => {
          if (event.key !== "Enter") return;
          acts.goTo((event.target as HTMLInputElement).value);
        }}
      />
      ${model.asking === null ? nothing : html`<span class="asking">${model.asking}</span>`}
      <button class="quiet" @click=${acts.print}>print</button>
      ${acts.theme === null ? nothing : html`<button class="quiet" @click=${acts.theme}>${model.light ? "dark" : "light"} <kbd>t</kbd></button>`}
    </span>
  </div>`;
}

function leadChoice(model: ViewModel, acts: ViewActs): TemplateResult | typeof nothing {
  const leads = model.details?.leads ?? [];
  if (leads.length < 2) return nothing;
  return html`<span class="lead-choice" role="group" aria-label="lead of the lines">
    ${leads.map((lead, i) => html`<button aria-pressed=${i === model.lead} @click=${() => acts.lead(i)}>${lead.name}</button>`)}
  </span>`;
}

function failure(model: ViewModel, acts: ViewActs): TemplateResult {
  return html`<div class="empty" role="alert">
    <h2>${model.name} cannot be shown</h2>
    <p>${model.failure}.</p>
    <p><button class="main" @click=${acts.retry}>Ask again</button></p>
  </div>`;
}

function noSamples(details: Details): TemplateResult {
  return html`<div class="empty">
    <h2>No samples yet</h2>
    <p>${byTelephone(details.state.transmitter) ? `${details.state.patient} sends strips by telephone; none has come yet.` : `${details.state.patient} is enrolled with transmitter ${details.state.transmitter}; it has not sent anything yet.`}</p>
    <p class="faint">The picture begins here with the first sample.</p>
  </div>`;
}

function sides({ side, review }: ViewModel, acts: ViewActs): TemplateResult {
  const one = (name: Side, words: string, key: string) =>
    html`<button aria-pressed=${side === name} @click=${() => acts.side(name)}>${words} <kbd>${key}</kbd></button>`;
  return html`<div class="sides" role="group" aria-label="beside the picture">
    ${one("events", "Events", "e")} ${one("figures", "Measurements", "d")}
    ${review ? one("review", "Review", "f") : nothing}
  </div>`;
}

function aside(model: ViewModel, details: Details, acts: ViewActs): TemplateResult {
  const time = (sample: number) =>
    details.time.known
      ? when(details.time.ms(sample), model.centerNow)
      : elapsed(details.time.ms(sample)).slice(0, 8);
  const length = (samples: number) => duration((samples / details.rate) * 1000);
  const stored = details.stored.reduce((sum, [start, stop]) => sum + stop - start, 0);
  return html`<aside class="facts-list">
    ${model.events === null ? nothing : sides(model, acts)} ${model.events}
    <div class="others" ?hidden=${model.side === "figures"}><section class="prescribed">
      <h2>Prescribed</h2>
      <p><a href=${`/criteria/${model.id}`}>criteria</a> <a href=${`/reports?stream=${model.id}`}>reports</a> <a href=${`/ladder/${model.id}`}>who is called</a></p>
    </section>
    ${model.spoken}
    <section>
      <h2>Marks <small>${details.marks.length}</small></h2>
      ${details.marks.length === 0 ? html`<p class="faint">The patient has marked nothing.</p>` : nothing}
      <ol>
        ${[...details.marks].reverse().map(
          (mark) =>
            html`<li><button class="row" @click=${() => acts.jump(mark.sample)}>
              <span>${time(mark.sample)}</span><b>${mark.symptom}</b>
              <span class="faint">${[mark.severity === null ? "" : `severity ${mark.severity}`, mark.activity, mark.text].filter(Boolean).join(", ")}</span>
            </button></li>`,
        )}
      </ol>
    </section>
    <section>
      <h2>Holes <small>${details.holes.length}</small></h2>
      ${details.holes.length === 0 ? html`<p class="faint">Every sample is here.</p>` : nothing}
      <ol>
        ${[...details.holes].reverse().map(
          (hole) =>
            html`<li><button class="row" @click=${() => acts.jump(hole.start)}>
              <span>${time(hole.start)}</span><b>${length(hole.stop - hole.start)}</b><span class="faint">${holeWords(hole)}</span>
            </button></li>`,
        )}
      </ol>
    </section>
    <section>
      <h2>Stream</h2>
      <dl>
        <dt>stored</dt><dd>${length(stored)} of ${length(details.end)}, ${plural(details.segments, "sealed segment")}</dd>
        <dt>rate</dt><dd>${details.rate} Hz</dd>
        ${details.leads.map((lead) => html`<dt>${lead.name}</dt><dd>${lead.gain} units/${lead.units}, 0 at ${lead.baseline}${lead.resolution === null ? "" : `, ${lead.resolution} bit`}</dd>`)}
        <dt>clock</dt><dd>${details.time.known ? `first sample ${when(details.time.ms(0), model.centerNow)}` : "not known yet: times count from the first sample"}</dd>
      </dl>
    </section></div>
  </aside>`;
}
