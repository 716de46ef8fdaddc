/** One tile as markup. The trace itself is painted underneath by the worker. */

import { html, nothing, type TemplateResult } from "lit";
import { classMap } from "lit/directives/class-map.js";
import { clockTime, coarse, initials, plural } from "../chrome/format";
import type { TileAlarm } from "../alarm/here";
import type { Mark, PatientState } from "../protocol/messages";
import { type Condition, type LeadCondition, worstFirst } from "./condition";
import { type Alarm, foremost, SIGNS } from "./findings";
import type { TileSize } from "./fit";
import type { TileMark } from "../watch/duty";
import { batteryIcon, qualityIcon } from "./icons";

export interface TileModel {
  readonly patient: PatientState;
  readonly condition: Condition;
  readonly size: TileSize;
  readonly leadsShown: number;
  readonly scale: string;
  readonly privacy: boolean;
  readonly selected: boolean;
  readonly open: boolean;
  readonly focusable: boolean;
  readonly trend: TemplateResult | null;
  readonly centerNow: number;
  /** Who watches the patient. */
  readonly watch: TileMark;
  /** The alarm of the patient's cases, null where none is lit. */
  readonly alarm: TileAlarm | null;
}

export interface TileActs {
  readonly select: (id: string) => void;
  readonly open: (id: string) => void;
  readonly drop: (id: string, target: string) => void;
}

const TEXTURE: Readonly<Record<Condition["kind"], string>> = {
  live: "",
  stale: "hatch",
  lost: "hatch",
  never: "void",
};

export const shownName = (patient: PatientState, privacy: boolean): string =>
  privacy ? initials(patient.patient, patient.id) : patient.patient;

/** What a screen reader says of a tile. */
export function spoken({ patient, condition, privacy, centerNow, watch }: TileModel): string {
  const alarm = foremost(patient.findings, centerNow);
  const found = alarm === null ? null : `${alarm.words}, ${alarm.open ? `${alarm.priority} priority` : "ended"}`;
  const rate = condition.rate === null ? "rate unknown" : `rate ${Math.round(condition.rate)}`;
  const leads = leadWords(condition.leads);
  const battery = condition.battery === null ? "battery unknown" : `battery ${condition.battery.percent} percent`;
  const state = condition.headline ?? "live";
  const rhythm = condition.rhythm === null ? "rhythm unknown" : `rhythm ${condition.rhythm}`;
  const marked = markWords(patient.mark, centerNow);
  const mark = marked === null ? null : `marked ${marked}`;
  const unheld = watch.kind === "nobody" || watch.kind === "unknown";
  const by = watch.kind === "none" ? [] : [unheld ? watch.words : `watched by ${watch.words}`, watch.note];
  const named = watch.corrected == null ? null : "name corrected";
  return [shownName(patient, privacy), named, found, ...by, state, condition.detail, rate, leads, battery, rhythm, condition.toCome, mark]
    .filter((part) => part !== null)
    .join(", ");
}

function leadLabel(lead: LeadCondition, live: boolean): TemplateResult {
  const word =
    live && lead.icon === "good" ? nothing : html` <span class="word">${live ? lead.word : nothing}</span>`;
  return html`<span class="lead">${lead.name}${word}</span>`;
}

/** What is outstanding: in the facts where there is room below them, else in the title. */
function news(condition: Condition): TemplateResult {
  return html`${condition.toCome === null ? nothing : html`<span class="coming">${condition.toCome}</span>`}
  ${condition.stored ? nothing : html`<span class="unstored">live, not stored</span>`}`;
}

const leadWords = (leads: readonly LeadCondition[]): string => leads.map(({ name, word }) => `${name} ${word}`).join(", ");

/** The leads that a tile has room to tell of; the smallest has one line for all while they are good. */
function qualities(leads: readonly LeadCondition[], size: TileSize): TemplateResult {
  const all = size === "xs" && leads.length > 1 && leads.every(({ icon }) => icon === "good");
  const { told, rest } = worstFirst(leads, all ? 1 : /l$/.test(size) ? 4 : 2);
  const line = ({ icon, name, word }: LeadCondition, last: boolean) => html`<li class=${icon === "good" ? "fine" : "off"}>
    ${qualityIcon(icon)}<span class="name">${name}</span> <span class="word">${all ? `all ${word}` : word}</span>
    ${last && rest > 0 && !all ? html`<span class="rest">+${rest}</span>` : nothing}
  </li>`;
  return html`<ul class="quality" title=${leadWords(leads)}>
    ${told.map((lead, i) => line(lead, i === told.length - 1))}
  </ul>`;
}

function facts(model: TileModel): TemplateResult {
  const { condition, size } = model;
  const rate = condition.rate === null ? "––" : String(Math.round(condition.rate));
  const last = condition.rate === null && condition.lastRate !== null && condition.kind !== "never";
  return html`<div class="facts">
    <div class="rate">
      <span class="figure">${rate}</span><span class="unit">${last ? `last ${Math.round(condition.lastRate ?? 0)}` : "bpm"}</span>
    </div>
    <div class="rhythm" title="rhythm">${condition.rhythm ?? html`<span class="unknown">–</span>`}</div>
    ${qualities(condition.leads, size)}
    <div class="device">
      ${
        condition.battery === null
          ? html`<span class="battery unknown" title="battery unknown">${batteryIcon(0)}?</span>`
          : html`<span class=${condition.battery.low ? "battery low" : "battery"}
              >${batteryIcon(condition.battery.percent)}${condition.battery.percent}<small>%</small>${condition.battery.low ? html` <small class="word">low</small>` : nothing}</span
            >`
      }
      <span class="age" title="age of the newest sample">${condition.age}</span>
    </div>
    ${/l$/.test(size) ? news(condition) : nothing}
  </div>`;
}

/** The number of a headline stays on one line. */
function headline(text: string | null): TemplateResult {
  const parts = /^(.*?)(\d.*)$/.exec(text ?? "");
  return parts === null ? html`${text}` : html`${parts[1]}<span class="number">${parts[2]}</span>`;
}

const MARK_SHOWN_MS = 86_400_000;

/** What the patient marked last, and how long ago; gone from the wall after a day. */
export function markWords(mark: Mark | null, centerNow: number): string | null {
  if (mark === null) return null;
  if (mark.at_ms === null) return `${mark.symptom}, time not known`;
  const age = centerNow - mark.at_ms;
  return age > MARK_SHOWN_MS ? null : `${mark.symptom} ${coarse(age)} ago`;
}

function flag(mark: Mark | null, centerNow: number): TemplateResult | typeof nothing {
  const words = markWords(mark, centerNow);
  return words === null ? nothing : html`<span class="mark" title=${`${words}, marked by the patient`}>⚑<span class="words"> ${words}</span></span>`;
}

/** Letters of a finding's words that a large tile has room for beside a name. */
const LONGEST_WORDS = 28;

/** A finding in few words: filled while it is open, outlined when it ended. */
export const alarmView = (alarm: Alarm, words: string, unit: boolean): TemplateResult =>
  html`<span class=${classMap({ alarm: true, [alarm.priority]: true, ended: !alarm.open })} title=${alarm.words}>
    <b class="sign">${alarm.sign}</b><b class="what">${words}</b>
    ${alarm.rate === null ? nothing : html`<span class="at">${alarm.rate}${unit ? html`<small> bpm</small>` : nothing}</span>`}
    <span class="when">${alarm.when}</span>
    ${alarm.more > 0 ? html`<span class="more">+${alarm.more}</span>` : nothing}
  </span>`;

/** The most pressing finding, in the space that the title keeps for it. */
function banner(alarm: Alarm | null, size: TileSize): TemplateResult | typeof nothing {
  if (alarm === null) return nothing;
  const large = size.endsWith("l");
  return alarmView(alarm, large && alarm.words.length <= LONGEST_WORDS ? alarm.words : alarm.short, large);
}

const WATCH_SIGN: Readonly<Record<TileMark["kind"], string>> = { mine: "◆", other: "◇", nobody: "▲", unknown: "?", none: "" };

/** The name was put right not long ago: whoever was told the other one sees it. */
const corrected = ({ watch }: TileModel): TemplateResult | typeof nothing =>
  watch.corrected == null
    ? nothing
    : html`<span class="corrected" title=${`the name was corrected at ${clockTime(watch.corrected).slice(0, 5)}: another person was on record before`}>name corrected</span>`;

/** Who watches: a shape and words; quiet only while somebody does. */
function watcher({ watch }: TileModel): TemplateResult | typeof nothing {
  if (watch.kind === "none") return nothing;
  const words = watch.note === null ? watch.words : `${watch.words}, ${watch.note}`;
  return html`<span class=${`watcher ${watch.kind}${watch.note === null ? "" : " noted"}`} title=${words}
    ><span aria-hidden="true">${WATCH_SIGN[watch.kind]}</span><span class="by"> ${watch.note ?? watch.words}</span></span
  >`;
}

/** The edge of a tile: the alarm of the patient's cases where one is lit, else what was found. */
function edge(found: Alarm | null, lit: TileAlarm | null): string {
  if (lit !== null) return `edge ${lit.priority}${lit.flashing ? " flashing" : ""}${lit.state === "latched" ? " ended" : ""}`;
  return found === null ? "edge" : `edge ${found.priority}${found.open ? "" : " ended"}`;
}

/** The alarm of a case stays, though nothing is found any more: outlined where it is over and nobody acknowledged it. */
const stays = (found: Alarm | null, lit: TileAlarm | null): TemplateResult | typeof nothing =>
  found !== null || lit === null
    ? nothing
    : html`<span class=${`alarm ${lit.priority}${lit.state === "latched" ? " ended" : ""}`} title=${lit.title}><b class="sign">${SIGNS[lit.priority]}</b><b class="what">${lit.title}</b></span>`;

/** The tile of one patient. */
export function tileView(model: TileModel, acts: TileActs): TemplateResult {
  const { patient, condition } = model;
  const live = condition.kind === "live";
  const more = patient.leads.length - model.leadsShown;
  const alarm = foremost(patient.findings, model.centerNow);
  return html`<li
    class=${classMap({ tile: true, [condition.kind]: true, alarmed: alarm !== null || model.alarm !== null, unwatched: model.watch.kind === "nobody", selected: model.selected, open: model.open })}
    data-id=${patient.id}
    tabindex=${model.focusable ? 0 : -1}
    aria-label=${spoken(model)}
    aria-current=${model.selected ? "true" : "false"}
    draggable="true"
    @focus=${() => acts.select(patient.id)}
    @click=${() => acts.select(patient.id)}
    @dblclick=${() => acts.open(patient.id)}
    @dragstart=${(event: DragEvent) => event.dataTransfer?.setData("text/x-einthoven-stream", patient.id)}
    @dragover=${(event: DragEvent) => event.preventDefault()}
    @drop=${(event: DragEvent) => {
      event.preventDefault();
      acts.drop(event.dataTransfer?.getData("text/x-einthoven-stream") ?? "", patient.id);
    }}
  >
    <div class=${edge(alarm, model.alarm)}></div>
    <div class="title">
      ${watcher(model)}
      <span class="patient" title=${shownName(patient, model.privacy)}>${shownName(patient, model.privacy)}</span>
      ${corrected(model)}
      <span class="ids">${patient.transmitter}</span>
      ${flag(patient.mark, model.centerNow)} ${/l$/.test(model.size) ? nothing : news(condition)}
      ${banner(alarm, model.size)}${stays(alarm, model.alarm)}
    </div>
    <div class="wave">
      ${condition.leads.slice(0, model.leadsShown).map((lead) => leadLabel(lead, live))}
      <span class="scale" title=${more > 0 ? `${plural(more, "more lead")} without a trace here` : nothing}>${model.scale}${more > 0 ? ` · +${more}` : ""}</span>
      <div class="veil ${TEXTURE[condition.kind]}" ?hidden=${live}>
        <p><b>${headline(condition.headline)}</b><span class="detail">${condition.detail}</span></p>
      </div>
    </div>
    ${facts(model)} ${model.trend ?? nothing}
  </li>`;
}
