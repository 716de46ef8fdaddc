/** The page of calls as markup. */

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { clockTime, coarse, plural, when } from "../chrome/format";
import { home } from "../chrome/home";
import { properties } from "../chrome/properties";
import type { CallsPage, GroupName } from "./calls_page";
import { isOnLine, isUnattended, pressingOf, type Telephone } from "./entity";
import type { Known } from "./told";
import { callerOf, escalatedWords, guessWords, spaced, stateWords } from "./words";

type Part = TemplateResult | typeof nothing;

const GROUPS: readonly (readonly [GroupName, string, string])[] = [
  ["waiting", "Nobody has them", "the one to take first stands first"],
  ["spoken", "Being spoken with", ""],
  ["ended", "Ended, to be closed", "say whose it is and how it ended"],
  ["closed", "Closed today", ""],
  ["older", "Closed before", ""],
];

export function callsView(page: CallsPage, tail: TemplateResult): TemplateResult {
  const { groups } = page;
  return html`<header class="top telephone-top">
      <a class="brand" href="/">◂ ${home()}</a>
      <h1>Telephone</h1>
      <span>${groups.waiting.length > 0 ? html`<b>${plural(groups.waiting.length, "call")}</b> without anybody` : html`<span class="faint">no call waits</span>`}</span>
      <span class="room"></span>${tail}
    </header>
    <main class="telephone all">
      <section class="all-calls" aria-label="calls">${handing(page)} ${nobody(page)} ${toTell(page)} ${body(page, groups)} ${lapses(page)} ${page.said === "" ? nothing : html`<p class="problem" role="alert">${page.said}</p>`}</section>
      ${patients(page)}
    </main>
    ${page.over ? html`<p class="drop-here" role="status">Let go: the recording (WAV or FLAC) becomes a call, and its strips are looked for.</p>` : nothing}
    ${page.overlays.view()}`;
}

function body(page: CallsPage, groups: Readonly<Record<GroupName, readonly Telephone[]>>): TemplateResult {
  if (page.desk.store.n === null) return html`<p class="none" role="status">Asked for.</p>`;
  const open = groups.waiting.length + groups.spoken.length + groups.ended.length;
  return html`${
      open === 0
        ? html`<div class="none"><h2>No call is open</h2><p>A call stands over every page of this station as soon as it rings, with its sound; <kbd>T</kbd> takes it. A recording that came another way is dropped on this page, or taken in with <kbd>i</kbd>.</p></div>`
        : nothing
    }
    ${GROUPS.map(([name, title, words]) => (groups[name].length === 0 ? nothing : html`<h2>${title} <b>${groups[name].length}</b> <span class="faint">${words}</span></h2><ul class="rows-of">${groups[name].map((one) => row(page, one))}</ul>`))}
    ${page.more === null ? nothing : html`<p><button class="quiet older" @click=${() => void page.older()}>calls closed before <kbd>o</kbd></button></p>`}
    ${page.failure === null ? nothing : html`<p class="problem" role="alert">Closed calls and patients cannot be shown: ${page.failure}. They are asked for again every three seconds.</p>`}`;
}

/** Somebody may call, and nobody who answers is there. */
function nobody({ told, desk }: CallsPage): Part {
  if (told?.nobody_since_ms == null) return nothing;
  return html`<p class="problem" role="alert"><b>Nobody is there to answer since ${when(told.nobody_since_ms, desk.now)}</b>: ${told.nobody_why}.</p>`;
}

/** Somebody was told what does not count, and does not know better yet. */
function toTell({ told }: CallsPage): Part {
  if (told === null || told.to_follow.length === 0) return nothing;
  return html`<p class="problem"><b>Closed, and somebody is still to be told</b> that a strip does not count: ${told.to_follow.map((call) => html`<a href=${`/telephone/${call}`}>call ${call}</a> `)}</p>`;
}

/** Moments in which nobody was there, until a supervisor has said why. */
function lapses(page: CallsPage): Part {
  const open = page.told?.lapses.filter(({ until_ms }) => until_ms !== null) ?? [];
  if (open.length === 0) return nothing;
  const { now } = page.desk;
  const submit = (lapse: number) => (event: SubmitEvent) => {
    event.preventDefault();
    void page.explain(lapse, String(new FormData(event.target as HTMLFormElement).get("note") ?? "").trim());
  };
  return html`<h2>Nobody was there to answer <b>${open.length}</b></h2>
    <ul class="rows-of lapses">${open.map((one) => html`<li><b>${one.since_ms === null ? "" : when(one.since_ms, now)}</b> <span>for ${one.since_ms === null || one.until_ms === null ? "?" : coarse(one.until_ms - one.since_ms)}</span> <span class="faint">${one.cause}</span>${one.note !== "" ? html`<span>${one.note} <span class="faint">${one.explained_by}</span></span>` : page.explains ? html`<form @submit=${submit(one.lapse)}><input name="note" required maxlength="500" aria-label="why nobody was there" placeholder="what happened" /><button>put on record</button></form>` : html`<span class="faint">a supervisor says why</span>`}</li>`)}</ul>
`;
}

function row(page: CallsPage, one: Telephone): TemplateResult {
  const { now } = page.desk;
  const waits = isUnattended(one);
  const chosen = page.one?.call === one.call;
  const who = guessWords(one);
  return html`<li>
    <a class=${`call-row ${waits ? `waits ${pressingOf(one)}` : ""}`} href=${`/telephone/${one.call}`} aria-current=${chosen ? "true" : nothing} @pointerdown=${() => page.choose(one.call)}>
      <b class="caller">${callerOf(one)}</b>
      <span class="whose">${who === "" ? html`<span class="faint">${one.caller === "" ? "not known yet" : "nobody known by this number"}</span>` : who}</span>
      <span class="how">${one.state === "closed" ? html`${one.outcome}${one.note === "" ? nothing : html` <span class="faint">${one.note}</span>`}` : stateWords(one, now)}${waits && one.escalated > 0 ? html` · <b>${escalatedWords(one.escalated)}</b>` : nothing}</span>
      <span class="strips">${one.strips.length === 0 ? html`<span class="faint">no strip</span>` : html`${plural(one.strips.length, "strip")}${one.strips.some(({ closed_ms }) => closed_ms === null) && isOnLine(one) ? html` <b>comes</b>` : nothing}`}</span>
      <span class="at faint">${one.rang_ms === null ? "" : when(one.rang_ms, now)}</span>
    </a>
  </li>`;
}

function handing(page: CallsPage): TemplateResult {
  const take = (event: Event) => {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    if (file !== undefined) page.handing.send(file);
    input.value = "";
  };
  return html`<div class="handing">
    <label class="take-in"><span>Take a recording in… <kbd>i</kbd></span><input type="file" accept=".wav,.wave,.flac,audio/wav,audio/flac" aria-label="a recording of a call" @change=${take} /></label>
    <span class="faint">WAV or FLAC; or drop it anywhere on this page</span>
    <span class="handed" role="status">${handed(page)}</span>
  </div>`;
}

function handed({ handing: { current }, handing }: CallsPage): Part {
  if (current.state === "sending") return html`<b>${current.name}</b> is sent: ${Math.round(current.share * 100)} % <span class="sent"><i ${properties({ width: `${Math.round(current.share * 100)}%` })}></i></span>`;
  if (current.state === "wrong") return html`<span class="problem"><b>${current.name}</b>: ${current.words}. Nothing was taken.</span>`;
  if (current.state === "again") return html`<b>${current.name}</b> came before as <a href=${`/telephone/${current.call}`}>call ${current.call}</a>. <button @click=${() => handing.sendAgain()}>take it once more</button>`;
  return current.state === "taken" ? html`<b>${current.name}</b> is <a href=${`/telephone/${current.call}`}>call ${current.call}</a>.` : nothing;
}

function patients(page: CallsPage): TemplateResult {
  const all = page.told?.patients.length ?? 0;
  return html`<section class="known" aria-label="patients of the service">
    <h2>Patients of the service <b>${page.told === null ? "" : all}</b></h2>
    <label class="find">Find <kbd>/</kbd> <input name="find" type="search" autocomplete="off" placeholder="name, date of birth, code, number" .value=${live(page.query)} @input=${(event: InputEvent) => page.search((event.target as HTMLInputElement).value)} /></label>
    ${
      page.told === null
        ? html`<p class="none" role="status">${page.failure === null ? "Asked for." : "Not here yet."}</p>`
        : all === 0
          ? html`<div class="none"><p>Nobody is enrolled for strips by telephone. An order for post-symptom strips is enrolled at <a href="/orders">orders</a>, without a kit.</p></div>`
          : page.patients.length === 0
            ? html`<p class="none">No patient has these words.</p>`
            : html`<table><thead><tr><th scope="col">Patient</th><th scope="col">Code</th><th scope="col">Numbers</th><th scope="col" class="n">Last strip</th></tr></thead><tbody>${page.patients.map((one) => known(page, one))}</tbody></table>`
    }
  </section>`;
}

function known(page: CallsPage, one: Known): TemplateResult {
  return html`<tr>
    <th scope="row"><a href=${`/patient/${one.stream}`}>${one.patient || one.stream}</a> <span class="faint born">${one.born === "" ? "" : `born ${one.born}`}</span></th>
    <td><b>${one.code || "–"}</b></td>
    <td>${one.numbers.length === 0 ? html`<span class="faint">none on file</span>` : one.numbers.map((number) => html`<span class="number">${spaced(number)}</span> `)}</td>
    <td class="n" title=${one.last_ms === null ? "" : clockTime(one.last_ms)}>${one.last_ms === null ? html`<span class="faint">none yet</span>` : `${coarse(page.desk.now - one.last_ms)} ago`}</td>
  </tr>`;
}
