/** Beside the living wall: handing patients over, taking offers one by one, pausing a patient's alarms. */

import { html, nothing, type TemplateResult } from "lit";
import { plural } from "../chrome/format";
import type { Peer, Person, Watch } from "../desk/entities";
import type { DutyModel } from "./duty";

export type SideName = "handover" | "offers" | "pause" | "lacking";

/** A person by their number, another center by its number below zero, or everybody. */
export type Recipient = number | "all";

export interface HandOverModel {
  readonly duty: DutyModel;
  readonly marked: ReadonlySet<number>;
  readonly to: Recipient | null;
  readonly busy: boolean;
  readonly said: string | null;
}

export interface HandOverActs {
  readonly mark: (watch: number, on: boolean) => void;
  readonly markAll: (on: boolean) => void;
  readonly choose: (to: Recipient) => void;
  readonly takeBack: (watch: number) => void;
  readonly send: () => void;
  readonly withdraw: (watches: readonly number[]) => void;
  readonly close: () => void;
}

const head = (title: string, close: () => void): TemplateResult =>
  html`<h2>${title} <button type="button" class="quiet" @click=${close}>close <kbd>Esc</kbd></button></h2>`;

/** Refusals by which somebody may not watch at all, whatever the patient. */
export const UNFIT: readonly string[] = ["not_on_duty", "not_qualified", "not_in_place"];

/** What is missing before this person may watch at this screen, each with the command that sets it up. */
export function lackingView(words: readonly string[], close: () => void): TemplateResult {
  return html`<section class="lacking-side" aria-labelledby="lacking-title">
    <h2 id="lacking-title">You may not watch here yet <button type="button" class="quiet" @click=${close}>close <kbd>Esc</kbd></button></h2>
    <ul class="lacking" role="alert">
      ${words.map((one) => {
        const [, why, command] = /^(.*?)(?: \((einthoven [^)]*)\))?$/.exec(one) ?? [null, one, undefined];
        return html`<li>${why}${command === undefined ? nothing : html`<code>${command}</code>`}</li>`;
      })}
    </ul>
    <p class="faint">The commands are your administrator's, on the center's machine. Nothing was taken.</p>
  </section>`;
}

function recipient(one: Person, { marked, to }: HandOverModel, choose: HandOverActs["choose"]): TemplateResult {
  const room = one.limit - one.held;
  const beyond = marked.size > room;
  return html`<label class=${beyond ? "to beyond" : "to"}
    ><input type="radio" name="to" .checked=${to === one.id} @change=${() => choose(one.id)} /><span class="name">${one.name}</span>
    <span class="faint">${[one.site, one.station].filter((part) => part !== null).join(" · ")}</span>
    <span class="room">${one.held} of ${one.limit}${beyond ? html` <b>only ${Math.max(0, room)} more</b>` : nothing}</span></label
  >`;
}

function centerOf(one: Peer, to: Recipient | null, choose: HandOverActs["choose"]): TemplateResult {
  return html`<label class=${one.alive ? "to" : "to beyond"}
    ><input type="radio" name="to" ?disabled=${!one.alive} .checked=${to === -one.id} @change=${() => choose(-one.id)} /><span class="name">${one.name}</span>
    <span class="faint">another center</span>
    <span class="room">${one.alive ? (one.watching === 0 ? nothing : `watches ${one.watching} of ours`) : html`<b>does not answer</b>`}</span></label
  >`;
}

/** One patient, a marked list, or the whole shift; to a person or to all. Nothing ends until another has accepted. */
export function handOverView(model: HandOverModel, acts: HandOverActs): TemplateResult {
  const { duty, marked, to, busy, said } = model;
  const free = duty.mine.filter(({ state }) => state === "held");
  const all = free.length > 0 && free.every(({ id }) => marked.has(id));
  const named: readonly { readonly id: number; readonly name: string }[] = [...duty.others, ...duty.centers.map((one) => ({ id: -one.id, name: one.name }))];
  const name = to === "all" ? "all" : (named.find(({ id }) => id === to)?.name ?? null);
  return html`<form
    class="hand-over"
    @submit=${(event: Event) => {
      event.preventDefault();
      acts.send();
    }}
  >
    ${head("Hand over", acts.close)}
    <p class="faint">They stay yours, painted and heard here, until the other accepts.</p>
    <fieldset>
      <legend>Which <button type="button" class="quiet" @click=${() => acts.markAll(!all)}>${all ? "none" : `whole shift (${free.length})`}</button></legend>
      <ul class="marks">
        ${free.map(
          ({ id, patient, stream }) =>
            html`<li>
              <label><input type="checkbox" .checked=${marked.has(id)} @change=${(event: Event) => acts.mark(id, (event.target as HTMLInputElement).checked)} /><span class="name">${patient}</span> <span class="faint">${stream}</span></label>
            </li>`,
        )}
      </ul>
    </fieldset>
    <fieldset>
      <legend>To</legend>
      ${duty.others.map((one) => recipient(one, model, acts.choose))}
      ${duty.centers.map((one) => centerOf(one, to, acts.choose))}
      <label class="to"><input type="radio" name="to" .checked=${to === "all"} @change=${() => acts.choose("all")} /><span class="name">all</span> <span class="faint">whoever accepts first</span></label>
      ${duty.others.length === 0 ? html`<p class="empty">Nobody else is signed in at a station. Offered to all, they wait for whoever comes.</p>` : nothing}
    </fieldset>
    <p class="send">
      <button class="strong" ?disabled=${busy || marked.size === 0 || to === null}>
        ${marked.size === 0 ? "mark patients" : to === null ? "choose to whom" : `offer ${plural(marked.size, "patient")} to ${name}`} <kbd>Enter</kbd>
      </button>
      ${said === null ? nothing : html`<span class="problem" role="alert">${said}</span>`}
    </p>
    ${goingView(duty.going, acts.withdraw)} ${awayView(duty.away, acts.takeBack)}
  </form>`;
}

function goingView(going: readonly Watch[], withdraw: HandOverActs["withdraw"]): TemplateResult | typeof nothing {
  if (going.length === 0) return nothing;
  return html`<h3>Offered, not accepted yet <button type="button" class="quiet" @click=${() => withdraw(going.map(({ id }) => id))}>take all back</button></h3>
    <ul class="marks">
      ${going.map(
        (one) =>
          html`<li><span class="name">${one.patient}</span> <span class="faint">to ${one.offered_to === "all" ? "all" : (one.offered_to?.name ?? "?")}</span>
            <button type="button" class="quiet" @click=${() => withdraw([one.id])}>take back</button></li>`,
      )}
    </ul>`;
}

/** Patients whom another center watches: they stay its own until somebody here has accepted and paints them. */
function awayView(away: readonly Watch[], takeBack: HandOverActs["takeBack"]): TemplateResult | typeof nothing {
  if (away.length === 0) return nothing;
  return html`<h3>Watched at another center</h3>
    <ul class="marks">
      ${away.map(
        (one) =>
          html`<li><span class="name">${one.patient}</span> <span class="faint">${one.by?.name ?? ""}</span>
            <button type="button" class="quiet" @click=${() => takeBack(one.id)}>take back</button></li>`,
      )}
    </ul>`;
}

export interface OffersActs {
  readonly accept: (watch: number) => void;
  readonly decline: (watch: number) => void;
  readonly close: () => void;
}

/** Offers one by one; the first nine have a key. */
export function offersView(offers: readonly Watch[], said: string | null, acts: OffersActs): TemplateResult {
  return html`<section class="offer-list">
    ${head("Offered to you", acts.close)}
    ${offers.length === 0 ? html`<p class="empty">Nothing is offered to you now.</p>` : nothing}
    <ul class="marks">
      ${offers.map(
        (one, i) => html`<li>
          <span class="name">${one.patient}</span>
          <span class="faint">${one.from === null && one.by === null ? "nobody watches" : `from ${one.from?.name ?? one.by?.name}`}${one.offered_to === "all" ? ", to all" : ""}${one.why === "" ? "" : `: ${one.why}`}</span>
          <button class="strong" @click=${() => acts.accept(one.id)}>accept ${i < 9 ? html`<kbd>${i + 1}</kbd>` : nothing}</button>
          <button class="quiet" @click=${() => acts.decline(one.id)}>decline</button>
        </li>`,
      )}
    </ul>
    ${said === null ? nothing : html`<p class="problem" role="alert">${said}</p>`}
  </section>`;
}

export const PAUSE_WHY = ["electrodes are being changed", "patient is being called", "washing, no transmitter"] as const;
export const PAUSE_SECONDS = [60, 120, 300] as const;

/** Alarms of one patient paused: for a reason, for a time, never those of high priority. */
export function pauseView(patient: string, said: string | null, acts: { readonly pause: (why: string, seconds: number) => void; readonly close: () => void }): TemplateResult {
  return html`<section class="pause">
    ${head(`Pause alarms of ${patient}`, acts.close)}
    <p class="faint">Medium and low alarms of this patient alone; high ones sound on. Written down, and over by itself.</p>
    <ul class="marks">
      ${PAUSE_WHY.map(
        (why) =>
          html`<li><span class="name">${why}</span>${PAUSE_SECONDS.map((seconds) => html`<button @click=${() => acts.pause(why, seconds)}>${seconds / 60} min</button>`)}</li>`,
      )}
    </ul>
    ${said === null ? nothing : html`<p class="problem" role="alert">${said}</p>`}
  </section>`;
}
