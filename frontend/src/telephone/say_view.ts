/** The right of a call: what to read aloud, what the patient says, how it ended. */

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { clockTime, when } from "../chrome/format";
import { type Draft, MEMORIES, SEVERITIES, SYMPTOMS, timeBefore } from "./asking";
import type { CallPage } from "./call_page";
import { isOnLine, isUnattended, type Telephone, toFollow } from "./entity";
import { spaced } from "./words";

type Part = TemplateResult | typeof nothing;

/** How a call ended, with the states in which it can have ended so. */
export const OUTCOMES: readonly (readonly [string, string])[] = [
  ["strip taken", "strip taken"],
  ["no strip", "no strip came"],
  ["called back", "called back"],
  ["called again", "called again by itself"],
  ["not reached", "not reached"],
  ["wrong number", "wrong number"],
  ["test call", "test call"],
];

/** These say nothing without a note. */
export const NOTED: readonly string[] = ["no strip", "called back", "wrong number", "test call"];

export function beside(page: CallPage, call: Telephone): TemplateResult {
  return html`<section class="say-side" aria-label="what to do now">${simulated(page, call)} ${instructions(page, call)} ${form(page, call)} ${closing(page, call)}</section>`;
}

/** In a demo: what the simulated patient says; nothing of it is filled in. */
function simulated(page: CallPage, call: Telephone): Part {
  const told = page.desk.store.get("caller", call.call) ?? null;
  if (told === null || told.lines.length === 0) return nothing;
  return html`<div class="answer" role="status">
    <p><b>The patient says:</b> <span class="mark">simulated</span></p>
    ${told.lines.length < 2 || !isOnLine(call) ? nothing : html`<p class="line before">${told.lines.slice(0, -1).map((line) => `“${line}”`).join(" ")}</p>`}
    <p class="line">“${told.lines.at(-1)}”</p>
  </div>`;
}

function instructions(page: CallPage, call: Telephone): TemplateResult {
  if (isUnattended(call)) return html`<div class="now"><h2>Now</h2>${first(page, call)}</div>`;
  if (!isOnLine(call)) return back(page, call);
  const { guides } = page;
  const guide = guides[page.guide] ?? guides[0];
  if (guide === undefined) return html`<div class="now"><h2>Now</h2><p class="big">Ask who calls, and what they feel. Then let them play the strip.</p><p class="faint">${page.failure === null ? "The instructions are not here yet." : `The instructions cannot be shown: ${page.failure}.`}</p></div>`;
  const at = Math.min(page.step, guide.lines.length - 1);
  return html`<div class="now">
    <h2>Read aloud
      ${guides.length < 2 ? html`<span class="faint">${guide.title}</span>` : html`<select aria-label="which instructions" @change=${(event: Event) => page.turnGuide((event.target as HTMLSelectElement).selectedIndex)}>${guides.map((one) => html`<option ?selected=${one === guide}>${one.title}</option>`)}</select>`}
    </h2>
    ${guide.when === "" ? nothing : html`<p class="faint">${guide.when}</p>`}
    <ol class="lines">${guide.lines.map((line, i) => html`<li class=${i < at ? "past" : i === at ? "at" : "next"} aria-current=${i === at ? "step" : nothing} @click=${() => page.say(i - at)}>${line}</li>`)}</ol>
    ${at < guide.lines.length - 1 || guides.length < 2 ? nothing : html`<p class="faint">That is all of it; the strip comes next: <kbd>i</kbd></p>`}
    <p class="keys faint"><kbd>n</kbd> next <kbd>p</kbd> before${guides.length > 1 ? html` <kbd>i</kbd> other instructions` : nothing}</p>
  </div>`;
}

/** Before anybody has it. */
function first(page: CallPage, call: Telephone): TemplateResult {
  if (call.state === "missed") return html`<p class="big">Call the patient back: take it <kbd>t</kbd>, then dial <b>${call.caller === "" ? "the number on file" : spaced(call.caller)}</b>.</p>`;
  if (!isOnLine(call)) return html`<p class="big">Take it <kbd>t</kbd>, and bring it to its end.</p>`;
  const line = page.guides[0]?.lines[0];
  return html`<p class="big">Take the call <kbd>t</kbd>: the patient waits.</p>
    ${line === undefined ? nothing : html`<p>You will say: <q>${line}</q></p>`}`;
}

/** The line is down: who was missed is called back; else what is left to be done. */
function back(page: CallPage, call: Telephone): TemplateResult {
  if (call.state === "closed") return html`<div class="now"><h2>Closed</h2><p class="big">${call.outcome}</p><p>${call.note}</p></div>`;
  const missed = call.missed && !call.tries.some(({ reached }) => reached);
  return html`<div class="now"><h2>Now</h2>
    <p class="big">${call.stream === null && call.strips.length > 0 ? "Say whose call it is." : page.changing ? "Put on record what was said." : toFollow(call) ? "Tell those who were told of the strip that does not count." : missed ? html`Call back <b>${call.caller === "" ? "by the number on file" : spaced(call.caller)}</b>, and say how it went.` : call.strips.length > 0 ? "Look at the strip, judge its case, then close the call." : "Close the call."}</p>
    ${missed && page.mine ? html`<div class="line tries"><input name="said" maxlength="500" autocomplete="off" aria-label="what was said" placeholder="what was said" .value=${live(page.spoken)} @input=${(event: InputEvent) => page.speak((event.target as HTMLInputElement).value)} /><button @click=${() => void page.tried(true)}>reached</button><button @click=${() => void page.tried(false)}>not reached</button></div>${call.tries.length === 0 || call.tries_wanted === 0 ? nothing : html`<p class="faint">Not reached <b>${call.tries.length}</b> of <b>${call.tries_wanted}</b> times; after that it may be closed as not reached.</p>`}` : nothing}
  </div>`;
}

function form(page: CallPage, call: Telephone): Part {
  const asked = page.asked;
  if (asked === null || isUnattended(call)) return nothing;
  const shut = call.state === "closed";
  return html`<div class="asked">
    <h2>What the patient says ${page.changing ? html`<button class="strong" ?disabled=${page.busy !== ""} @click=${() => void page.keep()}>put on record <kbd>s</kbd></button>` : asked.symptom === "" ? nothing : html`<span class="faint">on record</span>`}</h2>
    <div class="chips" role="group" aria-label="symptom">${SYMPTOMS.map(([value, words]) => html`<button ?disabled=${shut} aria-pressed=${asked.symptom === value} @click=${() => page.type({ symptom: asked.symptom === value ? "" : value })}>${words}</button>`)}</div>
    <div class="chips" role="group" aria-label="how bad">${SEVERITIES.map((words, value) => html`<button ?disabled=${shut} aria-pressed=${asked.severity === value} @click=${() => page.type({ severity: value })}>${words}</button>`)}</div>
    ${whenFelt(page, asked, shut)}
    <div class="pairs">${field(page, "activity", "doing what", asked.activity, shut)} ${field(page, "medication", "medication", asked.medication, shut)}</div>
    ${field(page, "text", "own words", asked.text, shut)}
    <label class="line">strip is <select ?disabled=${shut} @change=${(event: Event) => page.type({ memory: (event.target as HTMLSelectElement).value })}>${MEMORIES.map(([value, words]) => html`<option value=${value} ?selected=${asked.memory === value}>${words}</option>`)}</select></label>
  </div>`;
}

function field(page: CallPage, name: "activity" | "medication" | "text", words: string, value: string, shut: boolean): TemplateResult {
  return html`<label class="line">${words} <input name=${name} autocomplete="off" maxlength="500" ?disabled=${shut} .value=${live(value)} @input=${(event: InputEvent) => page.type({ [name]: (event.target as HTMLInputElement).value } as Partial<Draft>)} /></label>`;
}

function whenFelt(page: CallPage, asked: Draft, shut: boolean): TemplateResult {
  const { now } = page.desk;
  const ago = (minutes: number) => () => page.type({ symptom_ms: Math.round(now - minutes * 60_000) });
  const typed = (event: Event) => {
    const input = event.target as HTMLInputElement;
    const at = timeBefore(input.value, now);
    if (at !== null) page.type({ symptom_ms: at });
    else if (input.value.trim() !== "") page.tell("a time is written as 3:05", true);
    input.value = "";
  };
  return html`<div class="chips when" role="group" aria-label="when it was felt"><span class="faint">felt</span>
    <button ?disabled=${shut} @click=${ago(0)}>now</button><button ?disabled=${shut} @click=${ago(5)}>5 min ago</button><button ?disabled=${shut} @click=${ago(15)}>15 min ago</button>
    <label>at <input name="at" size="5" placeholder="3:05" autocomplete="off" ?disabled=${shut} @change=${typed} /></label>
    <b class="felt">${asked.symptom_ms === null ? html`<span class="faint">not said</span>` : when(asked.symptom_ms, now).replace(/:\d\d (?=\S+$)/, " ")}</b></div>`;
}

function closing(page: CallPage, call: Telephone): Part {
  // While the line is open there is nothing to close, and the room belongs to what is said.
  if (isUnattended(call) || isOnLine(call) || call.state === "closed" || !page.mine) return nothing;
  return html`<div class="ending-call">
    <h2>How it ended <kbd>x</kbd> ${call.closes_ms === null ? nothing : html`<span class="faint">to be closed by ${clockTime(call.closes_ms)}</span>`}</h2>
    <div class="chips" role="group" aria-label="how it ended">${OUTCOMES.map(([value, words]) => html`<button aria-pressed=${page.outcome === value} @click=${() => page.choose(value)}>${words}</button>`)}</div>
    <div class="line"><input aria-label="note" placeholder="note" maxlength="500" .value=${live(page.note)} @input=${(event: InputEvent) => page.write((event.target as HTMLInputElement).value)} /><button class="strong" ?disabled=${page.busy !== ""} @click=${() => void page.close()}>close the call</button></div>
  </div>`;
}
