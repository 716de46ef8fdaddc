/** The line of calls as markup: one line, always as high. */

import { html, nothing, type TemplateResult } from "lit";
import { SIGNS } from "../wall/findings";
import { plural } from "../chrome/format";
import { pressingOf, type Telephone } from "./entity";
import { callerOf, callWords, escalatedWords, guessWords, stateWords } from "./words";

export interface LineModel {
  readonly waiting: readonly Telephone[];
  /** A call of mine on another page. */
  readonly mine: Telephone | null;
  readonly calls: readonly Telephone[];
  readonly now: number;
  /** The desk speaks. */
  readonly known: boolean;
  /** The browser holds sound back. */
  readonly blocked: boolean;
  readonly said: string | null;
  /** Initials instead of names, as this screen has it. */
  readonly privacy: boolean;
  /** For screen readers. */
  readonly spoken: string;
}

export interface LineActs {
  readonly take: (one: Telephone) => void;
  readonly open: (one: Telephone) => void;
  readonly unblock: () => void;
}

/** How many calls stand beside the first. */
const BESIDE = 2;

export function lineView(model: LineModel, acts: LineActs): TemplateResult {
  const [first] = model.waiting;
  const priority = model.waiting.some((one) => pressingOf(one) === "high") ? "high" : "medium";
  return html`<section class=${first === undefined ? "call-line" : `call-line loud ${priority}`} aria-label="patients who call">
      ${first === undefined ? rest(model, acts) : pressing(model, first, acts)}
      ${model.said === null ? nothing : html`<b class="said" role="status">${model.said}</b>`}
      ${first !== undefined && model.blocked ? html`<button class="unblock" @click=${acts.unblock}>✕ no sound: turn it on</button>` : nothing}
    </section>
    <div class="spoken" aria-live="assertive" aria-atomic="true">${model.spoken}</div>`;
}

function pressing({ waiting, now, privacy }: LineModel, first: Telephone, acts: LineActs): TemplateResult {
  const others = waiting.slice(1, 1 + BESIDE);
  return html`<b class="what"><span class="sign" aria-hidden="true">${SIGNS[pressingOf(first)]}</span> ${callWords(first)}</b>
    <b class="caller">${callerOf(first)}</b>
    <span class="since" aria-hidden="true">${stateWords(first, now)}</span>
    ${first.escalated === 0 ? nothing : html`<b class="escalated">${escalatedWords(first.escalated)}</b>`}
    <span class="probably">${guessWords(first, privacy) || "nobody whom the center knows by number"}</span>
    <button class="take" @click=${() => acts.take(first)}><kbd>T</kbd> take</button>
    <span class="others">${others.length === 0 ? nothing : html`<a href="/telephone">${waiting.length - 1} more</a>`} ${others.map((one) => html`<button class="other" title="take this one" @click=${() => acts.take(one)}><b>${callerOf(one)}</b> <span aria-hidden="true">${stateWords(one, now)}</span></button>`)}</span>`;
}

function rest({ calls, mine, known, now }: LineModel, acts: LineActs): TemplateResult {
  if (!known) return html`<span class="quiet-words">telephone: the desk is not heard, calls are not shown</span>`;
  const spoken = calls.filter(({ state }) => state === "taken").length;
  const open = calls.filter(({ state }) => state === "ended").length;
  return html`<a class="quiet-words" href="/telephone">telephone <kbd>T</kbd></a>
    <span class="quiet-words">no call waits${spoken > 0 ? `, ${spoken} being spoken` : ""}${open > 0 ? `, ${plural(open, "call")} to be closed` : ""}</span>
    ${mine === null ? nothing : html`<button class="back" @click=${() => acts.open(mine)}>back to my call: ${callerOf(mine)} <span aria-hidden="true">${stateWords(mine, now)}</span> <kbd>T</kbd></button>`}`;
}
