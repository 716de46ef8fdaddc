/** One tile as markup. The trace itself is painted underneath by the worker. */

import { html, nothing, type TemplateResult } from "lit";
import { classMap } from "lit/directives/class-map.js";
import { coarse, initials } from "../chrome/format";
import type { Mark, PatientState } from "../protocol/messages";
import type { Condition, LeadCondition } from "./condition";
import { type Alarm, foremost } from "./findings";
import type { TileSize } from "./fit";
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
export function spoken({ patient, condition, privacy, centerNow }: TileModel): string {
  const alarm = foremost(patient.findings, centerNow);
  const found = alarm === null ? null : `${alarm.words}, ${alarm.open ? `${alarm.priority} priority` : "ended"}`;
  const rate = condition.rate === null ? "rate unknown" : `rate ${Math.round(condition.rate)}`;
  const leads = condition.leads.map((lead) => `${lead.name} ${lead.word}`).join(", ");
  const battery = condition.battery === null ? "battery unknown" : `battery ${condition.battery.percent} percent`;
  const state = condition.headline ?? "live";
  const rhythm = condition.rhythm === null ? "rhythm unknown" : `rhythm ${condition.rhythm}`;
  return [shownName(patient, privacy), found, state, condition.detail, rate, leads, battery, rhythm, condition.toCome]
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

/** The leads that a tile has room to tell of; the smallest names those that are not good, or one for all that are. */
function qualities(leads: readonly LeadCondition[], size: TileSize): readonly LeadCondition[] {
  if (size !== "xs") return leads.slice(0, /l$/.test(size) ? 4 : 2);
  const off = leads.filter(({ icon }) => icon !== "good");
  return off.length > 0 ? off.slice(0, 2) : leads.slice(0, 1);
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
    <ul class="quality">
      ${qualities(condition.leads, size).map(
        (lead) =>
          html`<li class=${lead.icon === "good" ? "fine" : "off"}>
            ${qualityIcon(lead.icon)}<span class="name">${lead.name}</span> <span class="word">${lead.word}</span>
          </li>`,
      )}
    </ul>
    <div class="device">
      ${
        condition.battery === null
          ? html`<span class="battery unknown" title="battery unknown">${batteryIcon(0)}?</span>`
          : html`<span class=${condition.battery.low ? "battery low" : "battery"}
              >${batteryIcon(condition.battery.percent)}${condition.battery.percent}<small>${condition.battery.low ? "% low" : "%"}</small></span
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
  return words === null ? nothing : html`<span class="mark" title="marked by the patient">⚑ ${words}</span>`;
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
  const large = size === "l" || size === "xl";
  return alarmView(alarm, large && alarm.words.length <= LONGEST_WORDS ? alarm.words : alarm.short, large);
}

/** The tile of one patient. */
export function tileView(model: TileModel, acts: TileActs): TemplateResult {
  const { patient, condition } = model;
  const live = condition.kind === "live";
  const more = patient.leads.length - model.leadsShown;
  const alarm = foremost(patient.findings, model.centerNow);
  return html`<li
    class=${classMap({ tile: true, [condition.kind]: true, alarmed: alarm !== null, selected: model.selected, open: model.open })}
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
    <div class=${alarm === null ? "edge" : `edge ${alarm.priority}${alarm.open ? "" : " ended"}`}></div>
    <div class="title">
      <span class="patient">${shownName(patient, model.privacy)}</span>
      <span class="ids">${patient.transmitter}</span>
      ${flag(patient.mark, model.centerNow)} ${/l$/.test(model.size) ? nothing : news(condition)}
      ${banner(alarm, model.size)}
    </div>
    <div class="wave">
      ${condition.leads.slice(0, model.leadsShown).map((lead) => leadLabel(lead, live))}
      <span class="scale">${model.scale}${more > 0 ? ` · +${more}` : ""}</span>
      <div class="veil ${TEXTURE[condition.kind]}" ?hidden=${live}>
        <p><b>${headline(condition.headline)}</b><span class="detail">${condition.detail}</span></p>
      </div>
    </div>
    ${facts(model)} ${model.trend ?? nothing}
  </li>`;
}
