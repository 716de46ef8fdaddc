/** The line under the header: who watches here, how many, what is offered, what nobody watches, and what sounds. */

import { html, nothing, type TemplateResult } from "lit";
import type { AudioState } from "../alarm/sounder";
import type { Here } from "../alarm/here";
import type { CenterFacts } from "../desk/entities";
import { clockTime, coarse, duration, plural } from "../chrome/format";
import { SIGNS } from "../wall/findings";
import { type DutyModel, percent } from "./duty";

export interface BarModel {
  readonly duty: DutyModel;
  readonly here: Here;
  readonly audio: AudioState;
  readonly now: number;
  /** The desk has never spoken, or not for five seconds. */
  readonly known: boolean;
  /** Patients of mine whose tile is on another page, filtered away or covered: after five seconds they are not watched. */
  readonly notShown: number;
  readonly side: string | null;
  readonly said: string | null;
}

export interface BarActs {
  readonly acceptAll: () => void;
  readonly offers: () => void;
  readonly handOver: () => void;
  readonly take: () => void;
  readonly pauseAudio: () => void;
  readonly unblock: () => void;
  readonly showMine: () => void;
}

const minutes = (ms: number): string => {
  const s = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
};

function held({ duty, known }: BarModel): TemplateResult | typeof nothing {
  const { count } = duty;
  if (!known || count === null) return nothing;
  const full = count.limit > 0 && count.held >= count.limit;
  const many = !full && count.warn > 0 && count.held >= count.warn;
  return html`<span class=${full ? "held full" : many ? "held many" : "held"} title="patients I watch, and my limit">
    <b>${count.held}</b> of ${count.limit}${full ? html` <b class="word">full</b>` : many ? html` <b class="word">many</b>` : nothing}
  </span>`;
}

function offers({ duty, known }: BarModel, acts: BarActs): TemplateResult | typeof nothing {
  const { offers } = duty;
  if (offers.length === 0 || !known) return nothing;
  const [first] = offers;
  const from = new Set(offers.map((one) => one.from?.name ?? one.by?.name ?? "the center"));
  const what = offers.length === 1 ? first!.patient : plural(offers.length, "patient");
  const by = from.size === 1 ? [...from][0] : `${from.size} people`;
  return html`<span class="offers" role="status"><button class="strong" @click=${acts.acceptAll}>accept ${what} from ${by} <kbd>y</kbd></button
    ><button class="quiet" @click=${acts.offers}>one by one <kbd>i</kbd></button></span>`;
}

/** Patients whom nobody watches: never quiet, and loud where the center is answered for. */
function nobodys({ duty, here, now, known }: BarModel, acts: BarActs): TemplateResult | typeof nothing {
  const { nobodys } = duty;
  if (!known || nobodys.length === 0) return nothing;
  const since = Math.min(...nobodys.map(({ sinceMs }) => sinceMs ?? now));
  const named = nobodys.length === 1 ? nobodys[0]!.patient : plural(nobodys.length, "patient");
  const words = nobodys.every(({ watched }) => watched) ? "not displayed" : "unwatched";
  return html`<span class=${here.supervises ? "nobodys loud" : "nobodys"} role="alert"
    ><b class="sign">${SIGNS.medium}</b> <b>${named} ${words}</b><span aria-hidden="true"> for ${coarse(now - since)}</span>
    ${duty.count === null ? nothing : html`<button @click=${acts.take}>take <kbd>t</kbd></button>`}</span
  >`;
}

function continuity({ duty, known }: BarModel): TemplateResult | typeof nothing {
  if (!known || duty.continuity === null || duty.continuity.pct === null) return nothing;
  const { pct, sinceMs, todayPct, incidents } = duty.continuity;
  const today = todayPct === null ? "" : `; today ${percent(todayPct)} %`;
  return html`<span class=${pct < 100 ? "continuity broken" : "continuity"} title=${`watched and displayed, so far this shift${today}`}>
    <b>${percent(pct)} %</b>${sinceMs === null ? nothing : html`<span class="since"> since ${clockTime(sinceMs).slice(0, 5)}</span>`}
    ${incidents === null || incidents === 0 ? nothing : html`<a class="incidents-open" href="/supervisor">${plural(incidents, "incident")} open</a>`}
  </span>`;
}

/** The state of sound is always told, and a pause with the time that is left of it. */
function sound({ here, audio, now, known }: BarModel, acts: BarActs): TemplateResult {
  if (audio === "blocked") return html`<button class="sound off" @click=${acts.unblock}>✕ sound is blocked: turn it on</button>`;
  if (audio === "none") return html`<span class="sound off">✕ no sound in this browser</span>`;
  if (here.pausedUntilMs !== null)
    return html`<button class="sound paused" @click=${acts.pauseAudio} title="sound is paused at this station; sights are not">
      <span aria-hidden="true">♪̸</span> audio paused <b>${minutes(here.pausedUntilMs - now)}</b>
    </button>`;
  return html`<button class="sound quiet" ?disabled=${!known} @click=${acts.pauseAudio} title="pause sound for two minutes">♪ sound on <kbd>q</kbd></button>`;
}

/** The banner over everything: the center is silent, or nothing can be heard here. */
export function loudBanner({ audio, here }: Pick<BarModel, "audio" | "here">, deadMs: number | null, unblock: () => void): TemplateResult | typeof nothing {
  if (deadMs !== null)
    return html`<div class="loud-banner dead" role="alert">
      <b>${SIGNS.high} No word from the center<span aria-hidden="true"> for ${duration(deadMs)}</span></b>
      <span>Watches, alarms and cases on this screen are old, and nobody counts as watched from here. Call the supervisor; go on at another station.</span>
    </div>`;
  if (audio === "blocked")
    return html`<div class=${`loud-banner${here.pressing === null ? "" : " pressing"}`} role="alert">
      <b>Alarms cannot be heard here</b><span>The browser holds sound back until somebody touches the page.</span>
      <button @click=${unblock}>turn sound on</button>
    </div>`;
  return nothing;
}

/** The center says that something is wrong with the desk itself. */
export function troubleBanner({ unsaved, defect }: Pick<CenterFacts, "unsaved" | "defect">, now: number): TemplateResult | typeof nothing {
  if (defect !== null)
    return html`<div class="loud-banner trouble" role="alert">
      <b>${SIGNS.high} A fault in the center's desk (${defect.what})</b>
      <span>${defect.since_ms === null ? "" : `since ${clockTime(defect.since_ms)}: `}a watch, a case or a call may be wrong or missing. Look at every patient yourself and call the supervisor.</span>
    </div>`;
  if (unsaved !== null)
    return html`<div class="loud-banner trouble" role="alert">
      <b>${SIGNS.medium} Decisions are not on record<span aria-hidden="true"> for ${coarse(now - unsaved.since_ms)}</span></b>
      <span>${plural(unsaved.count, "decision")} wait for the center's disk. Go on; tell the supervisor.</span>
    </div>`;
  return nothing;
}

/** The center says that patients cannot telephone by some of its lines. */
export function linesBanner({ lines }: Pick<CenterFacts, "lines">, now: number): TemplateResult | typeof nothing {
  if (lines.length === 0) return nothing;
  const since = Math.min(...lines.map(({ since_ms }) => since_ms ?? now));
  return html`<div class="loud-banner trouble lines" role="alert">
    <b>${SIGNS.medium} Patients cannot telephone: ${lines.length === 1 ? `line ${lines[0]!.line} is down` : `lines ${lines.map(({ line }) => line).join(", ")} are down`}<span aria-hidden="true"> for ${coarse(now - since)}</span></b>
    <span>${lines.map(({ why }) => why).join("; ")}. Who calls is not heard: tell the supervisor, who sends callers to another number.</span>
  </div>`;
}

/** At a standby's or a supervisor's station: a watch was lost, and nobody has the patient. */
export function lostBanner({ here, now, known }: Pick<BarModel, "here" | "now" | "known">, take: (() => void) | null): TemplateResult | typeof nothing {
  const alone = here.unwatched;
  if (!known || !here.standby || alone.length === 0) return nothing;
  const since = Math.min(...alone.map(({ sinceMs }) => sinceMs ?? now));
  const named = alone.length === 1 ? alone[0]!.patient : plural(alone.length, "patient");
  return html`<div class="loud-banner lost" role="alert">
    <b>${SIGNS.high} ${named} without a watch<span aria-hidden="true"> for ${coarse(now - since)}</span></b>
    <span>${alone.length === 1 ? "" : `${alone.slice(0, 4).map(({ patient }) => patient).join(", ")}${alone.length > 4 ? " …" : ""}`}</span>
    ${take === null ? nothing : html`<button @click=${take}>take <kbd>t</kbd></button>`}
  </div>`;
}

/** The watch bar; its height never changes. */
export function barView(model: BarModel, acts: BarActs): TemplateResult {
  const { duty, known, notShown, here, now } = model;
  return html`<div class="watch-bar" role="region" aria-label="watch">
    <span class="watching"><b>${known ? duty.name : "desk not heard"}</b>${duty.place === null ? nothing : html` <span class="place">${duty.place}</span>`}</span>
    ${
      duty.open && known
        ? html`<span class="unfit open" role="status" title="the first administrator switches sign-in on, on the center's machine: einthoven administrator"
            ><b>sign-in is off</b>: whoever opens this page may do everything, and nobody can watch</span
          >`
        : nothing
    }
    ${duty.attended || duty.open || !known ? nothing : html`<span class="unfit" title="no station is registered at this center">surveillance is not set up: nobody watches</span>`}
    ${held(model)}
    ${duty.unqualified.length === 0 || !known || !duty.attended || duty.open ? nothing : html`<span class="unfit" title=${duty.unqualified.join("; ")}>may not watch: ${duty.unqualified[0]}</span>`}
    ${notShown === 0 || !known ? nothing : html`<button class="unshown" @click=${acts.showMine}><b>${notShown} of mine not in view</b> <kbd>3</kbd></button>`}
    ${offers(model, acts)} ${nobodys(model, acts)}
    ${model.said === null ? nothing : html`<span class="said" role="status">${model.said}</span>`}
    <span class="rest">
      ${duty.going.length === 0 ? nothing : html`<span class="going">${plural(duty.going.length, "patient")} offered on, still mine</span>`}
      ${here.pausedPatients.map(({ patient, untilMs }) => html`<span class="alarm-paused" title="alarms of this patient are paused"><b>alarm paused</b> ${patient} ${minutes(untilMs - now)}</span>`)}
      ${duty.mine.length === 0 || !known ? nothing : html`<button class="quiet" aria-pressed=${model.side === "handover"} @click=${acts.handOver}>hand over <kbd>h</kbd></button>`}
      ${continuity(model)} ${sound(model, acts)}
    </span>
  </div>`;
}
