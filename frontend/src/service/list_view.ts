/** Calls that are due and service periods as markup; the inventory is in `kits_view`. */

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { coarse, day, plural, when } from "../chrome/format";
import { home } from "../chrome/home";
import { meansWords } from "../protocol/means";
import { kitsView } from "./kits_view";
import type { ServiceList } from "./list";
import type { Due, Period } from "./told";

export type Part = TemplateResult | typeof nothing;

export function listView(page: ServiceList): TemplateResult {
  const { services, inventory, failures } = page;
  const counts = { calls: services?.calls.length, periods: services?.periods.length, kits: inventory?.kits.length };
  const stale = page.tab === "kits" ? inventory !== null && failures.kits : services !== null && failures.services;
  return html`<div class="prescribe orders service">
    <header class="top">
      <a class="brand" href="/">◂ ${home()}</a>
      <h1>Service periods</h1>
      <a href="/orders">orders</a> <a href="/reports">reports</a>
      ${services !== null && services.overdue > 0 ? html`<b>${plural(services.overdue, "call")} overdue</b>` : nothing}
      ${inventory !== null && inventory.overdue > 0 ? html`<b>${plural(inventory.overdue, "kit")} overdue</b>` : nothing}
      ${typeof stale === "string" ? html`<b class="cut">as of a while ago: ${stale}</b>` : nothing}
    </header>
    <main class="inbox">
      <section class="list" aria-label="service periods">
        <div class="finding">
          <div class="tabs" role="group" aria-label="what is shown">${page.tabs.map(([tab, words], place) => html`<button type="button" aria-pressed=${tab === page.tab} @click=${() => page.show(tab)}>${words} ${counts[tab] === undefined ? nothing : html`<span class="faint">${counts[tab]}</span> `}<kbd>${place + 1}</kbd></button>`)}</div>
          <label>Find <input name="find" type="search" placeholder="patient, transmitter, place" autocomplete="off" .value=${live(page.typed)} @input=${(event: InputEvent) => page.type((event.target as HTMLInputElement).value)} /></label>
          <span class="faint keys"><kbd>/</kbd> find <kbd>Esc</kbd> not now <kbd>w</kbd> ${home()}</span>
        </div>
        <p class="done" role="status">${page.done === "" ? nothing : page.done}</p>
        ${page.tab === "kits" ? kitsView(page) : page.tab === "calls" ? calls(page) : periods(page)}
      </section>
    </main>
  </div>`;
}

/** What stands where there is no list: it is asked for, cannot be shown, or is empty. */
export function empty(known: boolean, failure: string | undefined, none: string): TemplateResult {
  if (!known) return html`<p class="none" role="status">${failure === undefined ? "Asked for." : `This cannot be shown: ${failure}. It is asked for again every five seconds.`}</p>`;
  return html`<p class="none">${none}</p>`;
}

const WHAT: Readonly<Record<string, string>> = { "first day": "how the first day went", "return of the kit": "the kit that is not back", "end of service": "whether the service goes on" };

function calls(page: ServiceList): TemplateResult {
  const { services, failures } = page;
  if (services === null || page.calls.length === 0) return empty(services !== null, failures.services, page.typed === "" ? "Nobody is to be called now. A patient is called 24 hours after the beginning, and about a kit that is not back after seven days; the practice is asked the day before a service ends by itself." : "No call has all these words.");
  return html`<div class="wide"><table>
    <thead><tr><th scope="col">Patient</th><th scope="col">Call</th><th scope="col">About</th><th scope="col">Due</th><th scope="col" class="n">Tries</th><th scope="col"></th></tr></thead>
    <tbody>${page.calls.map((one) => callRow(page, one, services.may.call))}</tbody>
  </table></div>`;
}

function callRow(page: ServiceList, one: Due, may: boolean): TemplateResult {
  const name = `call ${one.stream} ${one.what}`;
  const late = `put off ${one.stream} ${one.what}`;
  const now = page.services?.nowMs ?? Date.now();
  return html`<tr class=${one.overdue ? "late" : ""}>
      <th scope="row"><a href=${`/service/${one.stream}`}>${one.patient}</a></th>
      <td>${one.telephone === "" ? html`<span class="faint">no number on file</span>` : html`<b>${one.telephone}</b>`} ${one.who === "" ? nothing : html`<span class="faint">${one.who}</span>`}</td>
      <td>${WHAT[one.what] ?? one.what} ${one.kit === "" ? nothing : html`<span class="faint">${one.kit}</span>`}</td>
      <td title=${when(one.dueMs, now)}>${one.overdue ? html`<b>overdue</b> by ` : "for "}${coarse(now - one.dueMs)}</td>
      <td class="n">${one.tries === 0 ? "" : one.tries}</td>
      <td class="acts">${may ? html`<button type="button" @click=${() => page.form(name)}>Called …</button> <button type="button" class="quiet" @click=${() => page.form(late)}>Later …</button>` : nothing}</td>
    </tr>
    ${page.open === name ? callForm(page, one) : page.open === late ? laterForm(page, one) : nothing}`;
}

/** A row below another with a form in it. */
export function formRow(page: ServiceList, columns: number, label: string, submit: (given: FormData) => void, inside: TemplateResult, button: string): TemplateResult {
  const send = (event: SubmitEvent) => {
    event.preventDefault();
    submit(new FormData(event.target as HTMLFormElement));
  };
  return html`<tr class="row-form"><td colspan=${columns}><form aria-label=${label} @submit=${send}>
    ${inside}
    ${page.problem === "" ? nothing : html`<p class="problem" role="alert">${page.problem}</p>`}
    <p class="buttons"><button class="main" ?disabled=${page.busy}>${button}</button><button type="button" class="quiet" @click=${() => page.form("")}>Not now</button></p>
  </form></td></tr>`;
}

const textOf = (given: FormData, name: string): string => String(given.get(name) ?? "").trim();

/** Whom a call is to: of the end of a service the practice. */
const whom = (one: Due): string => (one.what === "end of service" ? one.who || "the practice" : one.patient);

function callForm(page: ServiceList, one: Due): TemplateResult {
  const submit = (given: FormData) => {
    const reached = given.get("reached") === "yes";
    void page.act("followup.done", { stream: one.stream, what: one.what, reached, said: textOf(given, "said") }, reached ? `The call to ${whom(one)} is on record.` : `${whom(one)} was not reached; the call stays due.`);
  };
  const inside = html`<fieldset class="choice"><legend>Was ${whom(one)} reached?</legend>
      <label><input type="radio" name="reached" value="yes" required /> yes</label> <label><input type="radio" name="reached" value="no" /> no, nobody or a machine</label>
    </fieldset>
    <label>What was said <textarea name="said" rows="2" maxlength="2000"></textarea></label>
    ${one.what === "end of service" ? html`<p class="faint">If it goes on: the treating physician's words and document, by <a href=${`/service/${one.stream}`}>Extend</a>. If not, it ends by itself.</p>` : nothing}`;
  return formRow(page, 6, `the call to ${whom(one)}`, submit, inside, "Put it on record");
}

function laterForm(page: ServiceList, one: Due): TemplateResult {
  const submit = (given: FormData) => {
    const at = new Date(textOf(given, "until")).getTime();
    void page.act("followup.move", { stream: one.stream, what: one.what, until_ms: at, why: textOf(given, "why") }, `The call to ${one.patient} is put off.`);
  };
  const inside = html`<label>Call again at <input name="until" type="datetime-local" required /></label> <label>Because <input name="why" required maxlength="500" autocomplete="off" /></label>`;
  return formRow(page, 6, `put the call to ${one.patient} off`, submit, inside, "Put it off");
}

function periods(page: ServiceList): TemplateResult {
  const { services, failures } = page;
  if (services === null || page.periods.length === 0) return empty(services !== null, failures.services, page.typed === "" ? "Nobody is in service. A period begins from an order that is ready." : "No period has all these words.");
  return html`<div class="wide"><table>
    <thead><tr><th scope="col">Patient</th><th scope="col">Practice</th><th scope="col">Transmitter</th><th scope="col">Began</th><th scope="col">Ends</th><th scope="col">State</th><th scope="col">First call</th></tr></thead>
    <tbody>${page.periods.map((one) => periodRow(one, services.nowMs))}</tbody>
  </table></div>`;
}

function periodRow(one: Period, now: number): TemplateResult {
  return html`<tr class=${one.endedMs === null ? "" : "over"}>
    <th scope="row"><a href=${`/service/${one.stream}`}>${one.patient}</a> <span class="faint">${one.birthDate}</span></th>
    <td>${one.practice === "" ? html`<span class="faint">–</span>` : one.practice}</td>
    <td>${meansWords(one.transmitter)} <span class="faint">${one.kit}</span></td>
    <td>${day(one.startedMs)}</td>
    <td>${day(one.endedMs ?? one.limitMs)} ${one.endedMs === null ? html`<span class="faint">${left(one.limitMs - now)}</span>` : nothing}</td>
    <td>${stateWords(one)}</td>
    <td>${callWords(one, now)}</td>
  </tr>`;
}

const left = (ms: number): string => (ms < 0 ? "" : ms < 86_400_000 ? "less than a day left" : `${plural(Math.floor(ms / 86_400_000), "day")} left`);

export function stateWords(one: Period): Part {
  if (one.endedMs !== null) return html`ended${one.endedWhy !== "" ? `: ${one.endedWhy}` : one.over ? " by itself" : ""}`;
  if (one.interrupted !== null) return html`<b>interrupted</b>: ${one.interrupted.where}`;
  return html`in service${one.extendedDays > 0 ? html` <span class="faint">extended by ${plural(one.extendedDays, "day")}</span>` : nothing}`;
}

function callWords(one: Period, now: number): Part {
  if (one.calledMs !== null) return html`<span class="faint">done ${day(one.calledMs)}</span>`;
  if (one.callDueMs === null || one.endedMs !== null) return html`<span class="faint">–</span>`;
  if (one.callOverdue) return html`<b>overdue</b>`;
  return one.callDueMs <= now ? html`<b>due now</b>` : html`in ${coarse(one.callDueMs - now)}`;
}
