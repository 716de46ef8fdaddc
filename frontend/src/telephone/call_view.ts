/** The page of a call as markup: its head, who it is, and what stands where there is no call. */

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { clockTime, coarse, duration, when } from "../chrome/format";
import { home } from "../chrome/home";
import type { CallPage } from "./call_page";
import { isOnLine, isUnattended, pressingOf, type Telephone } from "./entity";
import { beside } from "./say_view";
import { middle } from "./strip_view";
import type { Known } from "./told";
import { voiceWords } from "./voice";
import { callerOf, escalatedWords, howWords, spaced, stateWords } from "./words";

type Part = TemplateResult | typeof nothing;

export function callView(page: CallPage, tail: TemplateResult): TemplateResult {
  const { call } = page;
  const said = page.words();
  return html`${call === null ? head(page, tail) : callHead(page, call, tail)}
    <main class="telephone one">
      ${call === null ? none(page) : html`${who(page, call)} ${middle(page, call)} ${page.emergency.isOpen ? nothing : beside(page, call)}`} ${page.emergency.view()}
    </main>
    <div class="telephone-said" role="status">${said === null ? nothing : html`<span class=${said.bad ? "problem" : "done"}>${said.words}</span>`}</div>
    ${page.overlays.view()}`;
}

function head(page: CallPage, tail: TemplateResult): TemplateResult {
  return html`<header class="top telephone-top"><a class="brand" href="/telephone">◂ calls</a><h1>Call ${page.number}</h1><span class="room"></span>${tail}</header>`;
}

function none(page: CallPage): TemplateResult {
  const known = page.desk.store.n !== null && (page.told !== null || /no telephone call/.test(page.failure ?? ""));
  return html`<section class="empty" role="status">
    ${
      known
        ? html`<h2>There is no call ${page.number} here</h2><p>Its number is wrong, or it is a call of another practice's patient.</p><p><a href="/telephone">To the calls</a> · <a href="/">to ${home()}</a></p>`
        : html`<h2>Asking for call ${page.number}</h2><p>${page.failure === null ? "The desk has not told of it yet." : `It cannot be shown: ${page.failure}. It is asked for again every three seconds.`}</p>`
    }
  </section>`;
}

function callHead(page: CallPage, call: Telephone, tail: TemplateResult): TemplateResult {
  const waits = isUnattended(call);
  const { now } = page.desk;
  const clock = call.taken_ms ?? call.rang_ms;
  return html`<header class="top telephone-top">
    <a class="brand" href="/telephone">◂ calls</a>
    <h1>${callerOf(call)}</h1>
    <span class=${waits ? `call-state waits ${pressingOf(call)}` : "call-state"}>${stateWords(call, now)}${call.escalated > 0 && waits ? html` · <b>${escalatedWords(call.escalated)}</b>` : nothing}</span>
    ${isOnLine(call) && clock !== null ? html`<b class="call-clock" title=${`since ${when(clock, now)}`}>${minutes(now - clock)}</b>` : nothing}
    ${buttons(page, call)}
    <span class="room"></span>${tail}
  </header>`;
}

export const minutes = (ms: number): string => {
  const s = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
};

function buttons(page: CallPage, call: Telephone): Part {
  const on = isOnLine(call);
  if (call.state === "closed") return nothing;
  if (isUnattended(call))
    return html`<button class="strong" ?disabled=${page.busy !== ""} @click=${() => void page.take()}>${on ? "take the call" : call.state === "missed" ? "I call back" : "take it"} <kbd>t</kbd></button>`;
  if (!page.mine) return call.offered_to?.id === page.id ? html`<button class="strong" @click=${() => void page.take()}>take it from ${call.taken_by?.name ?? "them"} <kbd>t</kbd></button>` : page.supervises ? html`<button @click=${() => void page.take()}>take it over… <kbd>t</kbd></button>` : nothing;
  if (!on) return nothing;
  return html`${
      page.hanging
        ? html`<span class="hanging" role="alertdialog" aria-label="hang up"><button class="strong main" @click=${() => void page.hang(true)}>hang up now <kbd>H</kbd></button><button class="quiet" @click=${() => page.escape()}>go on speaking <kbd>Esc</kbd></button></span>`
        : html`<button @click=${() => void page.hang()}>hang up <kbd>H</kbd></button>`
    }
    <button class="emergency-key" @click=${() => page.emergencyKey()}>emergency <kbd>E</kbd></button>`;
}

// ---- who it is -------------------------------------------------------------------------------------------

function who(page: CallPage, call: Telephone): TemplateResult {
  return html`<section class="who-calls" aria-label="who calls">
    ${voice(page, call)}
    ${call.stream === null || page.again ? asking(page, call) : tied(page, call)}
    ${passing(page, call)}
    <dl class="call-facts">
      <dt>number</dt><dd>${call.caller === "" ? html`<span class="faint">withheld</span>` : spaced(call.caller)}</dd>
      ${call.called === "" ? nothing : html`<dt>${call.line === "file" ? "file" : "called"}</dt><dd>${spaced(call.called)}</dd>`}
      <dt>code keyed</dt><dd>${call.digits === "" ? html`<span class="faint">none</span>` : html`<b>${call.digits}</b>`}</dd>
      <dt>rang</dt><dd>${call.rang_ms === null ? "–" : when(call.rang_ms, page.desk.now)}</dd>
      ${call.taken_by === null ? nothing : html`<dt>with</dt><dd>${call.taken_by.name}${call.station === null ? nothing : html` <span class="faint">station ${call.station}</span>`}${page.mine && !page.passing ? html` <button class="quiet" @click=${() => page.pass()}>hand over <kbd>a</kbd></button>` : nothing}</dd>`}
      ${call.offered_to === null ? nothing : html`<dt>offered to</dt><dd>${call.offered_to.name}</dd>`}
      ${call.ended_ms === null ? nothing : html`<dt>line down</dt><dd>${clockTime(call.ended_ms)} <span class="faint">${call.why}</span></dd>`}
      ${call.tries.map((one) => html`<dt>called back</dt><dd>${one.at_ms === null ? "" : clockTime(one.at_ms)} ${one.reached ? "reached" : "not reached"} <span class="faint">${one.by}${one.note === "" ? "" : `: ${one.note}`}</span></dd>`)}
      ${isOnLine(call) || call.strips.length === 0 ? nothing : html`<dt>sound</dt><dd><a href=${`/api/telephone/${call.call}/sound.wav`} download>of the whole call</a></dd>`}
      ${call.earlier.length === 0 ? nothing : html`<dt>also open</dt><dd>${call.earlier.map((number) => html`<a href=${`/telephone/${number}`}>call ${number}</a> `)}</dd>`}
    </dl>
  </section>`;
}

/** It is offered to another, let go, or taken from another with a reason. */
function passing(page: CallPage, call: Telephone): Part {
  if (!page.passing) return nothing;
  const submit = (act: (given: FormData) => void) => (event: SubmitEvent) => {
    event.preventDefault();
    act(new FormData(event.target as HTMLFormElement));
  };
  if (!page.mine)
    return html`<form class="passing" @submit=${submit((given) => void page.takeOver(String(given.get("why") ?? "").trim()))}><label>Why you take it from ${call.taken_by?.name ?? "them"} <input name="why" required maxlength="500" /></label><button class="strong">take it over</button></form>`;
  return html`<form class="passing" @submit=${submit((given) => void page.offer(Number(given.get("to"))))}>
    ${page.others.length === 0 ? html`<p class="faint">Nobody else is at a station.</p>` : html`<label>Hand it to <select name="to">${page.others.map(({ id, name, station }) => html`<option value=${id}>${name}, ${station}</option>`)}</select></label><button class="strong">offer it</button>`}
    <button type="button" @click=${() => void page.letGo()}>let it go: it sounds again</button>
  </form>`;
}

function voice(page: CallPage, call: Telephone): Part {
  if (!isOnLine(call) || call.line === "file" || !page.mine) return nothing;
  const { state, muted, hushed, blocked } = page.voice;
  const speaks = state === "talking" && !blocked;
  return html`<div class=${`voice ${speaks && !muted && !hushed ? "live" : "silent"}`}>
    <p role="status"><b class="sign" aria-hidden="true">${speaks && !muted && !hushed ? "●" : "○"}</b> ${voiceWords(page.voice)}</p>
    ${speaks ? html`<button aria-pressed=${muted} ?disabled=${hushed} @click=${() => page.voice.mute()}>microphone off <kbd>m</kbd></button>` : state === "joining" ? nothing : html`<button @click=${() => void page.join()}>${state === "heard" ? "try the microphone again" : "join the line"} <kbd>l</kbd></button>`}
  </div>`;
}

function asking(page: CallPage, call: Telephone): TemplateResult {
  const guesses = call.guesses.filter(({ stream }) => stream !== call.stream);
  return html`<div class="who-asks">
    <p class="ask">Ask: <q>What is your name, and your date of birth?</q></p>
    ${guesses.length === 0 && call.stream === null ? html`<p class="faint">${call.caller === "" ? "The number is withheld" : "Nobody of the service has this number"}${call.digits === "" ? "." : ", and nobody this code."} Look for the patient by name.</p>` : nothing}
    <ul class="guesses" aria-label="who it may be">
      ${guesses.map(
        (guess, i) => html`<li><button class="guess" ?disabled=${page.busy !== "" || (call.state === "closed" && !page.supervises)} @click=${() => void page.tie(guess.stream)}><span><kbd>${i + 1}</kbd></span> <b>${guess.patient || guess.stream}</b><span class="faint">${howWords(guess.how)}</span><span class="born">born ${page.born(guess.stream) || "not known"}</span></button></li>`,
      )}
    </ul>
    ${search(page)}
    ${page.again && page.placed ? html`<label class="find">Why <input name="why" maxlength="500" placeholder="gave another name when asked again" .value=${live(page.why)} @input=${(event: InputEvent) => (page.why = (event.target as HTMLInputElement).value)} /></label><p class="faint">Its strips lie in ${call.patient}'s ECG: they are taken back there and put to the other patient.</p>` : nothing}
    ${page.again ? html`<button class="quiet" @click=${() => page.escape()}>leave it as it is <kbd>Esc</kbd></button>` : nothing}
  </div>`;
}

function search(page: CallPage): TemplateResult {
  const { results } = page;
  const none = page.query.trim() !== "" && results.length === 0;
  return html`<label class="find">Another patient of the service <kbd>/</kbd>
      <input name="who" type="search" autocomplete="off" role="combobox" aria-expanded=${results.length > 0} aria-controls="who-found" aria-activedescendant=${results.length > 0 ? `who-${page.at}` : nothing}
        placeholder="name, date of birth, code, number" .value=${live(page.query)} @input=${(event: InputEvent) => page.search((event.target as HTMLInputElement).value)} />
    </label>
    <ul class="found" id="who-found" role="listbox" aria-label="patients found">
      ${results.map((one, i) => html`<li id=${`who-${i}`} role="option" aria-selected=${i === page.at} @pointerdown=${(event: Event) => (event.preventDefault(), void page.tie(one.stream))}><b>${one.patient || one.stream}</b> <span>born ${one.born || "not known"}</span> <span class="faint">code ${one.code || "–"}</span></li>`)}
    </ul>
    ${none ? html`<p class="faint" role="status">${page.told === null ? "The list of patients is not here yet." : `Nobody of the ${page.patients.length} patients of the service has these words.`}</p>` : nothing}`;
}

function tied(page: CallPage, call: Telephone): TemplateResult {
  const known: Known | undefined = page.patients.find((one) => one.stream === call.stream);
  return html`<div class="tied">
    <h2>${call.patient || call.stream}</h2>
    <p>born <b>${page.born(call.stream!) || "not known"}</b> <span class="faint">${howWords(call.tied)}</span></p>
    <p class="links"><a href=${`/patient/${call.stream}`} target="_blank" rel="noopener">ECG and events</a> <a href=${`/service/${call.stream}`} target="_blank" rel="noopener">service</a>
      ${known === undefined || known.last_ms === null || known.last_ms >= (call.rang_ms ?? 0) ? nothing : html`<span class="faint">last strip ${coarse(page.desk.now - known.last_ms)} ago</span>`}</p>
    ${page.maySetRight ? html`<button class="quiet" @click=${() => page.tieAgain()}>not this patient…</button>` : nothing}
  </div>`;
}

/** How long something took, for a table. */
export const took = (from: number | null, to: number | null, now: number): string => (from === null ? "" : duration((to ?? now) - from));
