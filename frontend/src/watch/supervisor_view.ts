/** The supervisor's page as markup: what needs somebody first stands first, and every empty part says what is so. */

import { html, nothing, type TemplateResult } from "lit";
import { clockTime, coarse, plural, when } from "../chrome/format";
import type { Incident, Person } from "../desk/entities";
import { percent } from "./duty";
import { legsView, pressing, runningView } from "./legs_view";
import type { Exception, SupervisorModel } from "./supervisor";

export interface SupervisorActs {
  readonly choose: (incident: number) => void;
  readonly write: (field: "cause" | "note", text: string) => void;
  readonly close: (incident: number) => void;
  readonly take: () => void;
  readonly turn: (window: string) => void;
}

const section = (title: string, count: number | null, body: TemplateResult, loud = false): TemplateResult =>
  html`<section class=${loud ? "part loud" : "part"}><h2>${title}${count === null ? nothing : html` <b>${count}</b>`}</h2>${body}</section>`;

const none = (words: string): TemplateResult => html`<p class="none">${words}</p>`;

function unwatched({ here, now, offered }: SupervisorModel, acts: SupervisorActs): TemplateResult {
  const { unwatched: alone } = here;
  if (alone.length === 0) return section("Unwatched", 0, none("Every patient in service is watched and displayed."));
  const body = html`<table>
      <tbody>
        ${alone.map(
          ({ stream, patient, watched, sinceMs }) =>
            html`<tr><th scope="row"><a href=${`/patient/${stream}`}>${patient}</a> <span class="faint">${stream}</span></th>
              <td>${watched ? "watched, not displayed" : "nobody watches"}${offered.has(stream) ? ", offered" : ""}</td>
              <td class="number"><b>${sinceMs === null ? "?" : coarse(now - sinceMs)}</b></td></tr>`,
        )}
      </tbody>
    </table>
    <button class="strong" @click=${acts.take}>take them myself <kbd>t</kbd></button>`;
  return section("Unwatched", alone.length, body, true);
}

function bar({ held, limit, warn }: Person): TemplateResult {
  const state = held >= limit ? "full" : held >= warn ? "many" : "";
  return html`<meter class=${state} min="0" max=${Math.max(1, limit)} value=${held}></meter>`;
}

/** What a station's screen says of itself; a page without tiles, as a supervisor's, is no fault of it. */
function screen({ alive, held, since_ms }: Person): TemplateResult {
  if (alive) return html`<span class="faint">since ${since_ms === null ? "?" : clockTime(since_ms).slice(0, 5)}</span>`;
  return held === 0 ? html`<span class="faint">shows no wall</span>` : html`<b>no word from it</b>`;
}

function people({ people: all }: SupervisorModel): TemplateResult {
  if (all.length === 0) return section("At stations", 0, none("Nobody is signed in at a station."));
  const held = all.reduce((sum, one) => sum + one.held, 0);
  const room = all.reduce((sum, one) => sum + (one.alive ? Math.max(0, one.limit - one.held) : 0), 0);
  const body = html`<table>
      <tbody>
        ${all.map(
          (one) =>
            html`<tr class=${one.alive || one.held === 0 ? "" : "gone"}><th scope="row">${one.name} <span class="faint">${one.roles.join(", ")}</span></th>
              <td>${[one.site ?? "–", one.station].filter((part) => part !== null).join(" · ")}</td>
              <td class="nowrap">${screen(one)}</td>
              <td class="number"><b>${one.held}</b> of ${one.limit}${one.limit > 0 && one.held >= one.limit ? html` <b>full</b>` : one.warn > 0 && one.held >= one.warn ? html` <b>many</b>` : nothing}</td>
              <td>${bar(one)}</td></tr>`,
        )}
      </tbody>
    </table>
    <p class="sum">${plural(held, "watch", "watches")} held, room for ${room} more</p>`;
  return section("At stations", all.length, body);
}

function incidents(model: SupervisorModel, acts: SupervisorActs): TemplateResult {
  const { open, now } = model;
  if (open.length === 0) return section("Incidents", 0, none("No incident is open."));
  const body = html`<ul class="incidents">${open.map((one) => incident(one, model, now, acts))}</ul>`;
  return section("Incidents", open.length, body, open.some(({ until_ms }) => until_ms === null));
}

function incident(one: Incident, { chosen, cause, note, busy, said }: SupervisorModel, now: number, acts: SupervisorActs): TemplateResult {
  const { id, since_ms, until_ms } = one;
  const lasts = since_ms === null ? "?" : coarse((until_ms ?? now) - since_ms);
  const line = html`<button class="quiet row" aria-expanded=${chosen === id} @click=${() => acts.choose(id)}>
    <b>${one.kind}</b> <span>${one.patient ?? "center"}</span> <span class="faint">${one.cause}</span>
    <span class="number">${since_ms === null ? "?" : when(since_ms, now)} · ${until_ms === null ? html`<b>goes on, ${lasts}</b>` : lasts}</span>
  </button>`;
  if (chosen !== id) return html`<li>${line}</li>`;
  return html`<li class="chosen">
    ${line}
    <form
      @submit=${(event: Event) => {
        event.preventDefault();
        acts.close(id);
      }}
    >
      <label>Cause <input name="cause" required maxlength="200" .value=${cause} @input=${(event: InputEvent) => acts.write("cause", (event.target as HTMLInputElement).value)} /></label>
      <label>Note <input name="note" maxlength="1000" .value=${note} @input=${(event: InputEvent) => acts.write("note", (event.target as HTMLInputElement).value)} /></label>
      <button class="strong" ?disabled=${busy || cause.trim() === "" || until_ms === null}>${until_ms === null ? "goes on: cannot be closed" : "close incident"}</button>
      ${said === null ? nothing : html`<span class="problem" role="alert">${said}</span>`}
    </form>
  </li>`;
}

function running({ legs: told, now }: SupervisorModel): TemplateResult {
  if (told === null) return section("Time left", null, none("The desk has not told of any case."));
  const late = pressing(told, now);
  return section("Time left", late > 0 ? late : null, runningView(told, now), late > 0);
}

function legs({ legs: told, window }: SupervisorModel, acts: SupervisorActs): TemplateResult {
  if (told === null) return section("From criterion to action", null, none("Nothing has been measured yet."));
  return section("From criterion to action", null, legsView(told, window, acts.turn));
}

const exception = ({ start_ms, end_ms, stream, patient, cause, by }: Exception, now: number): TemplateResult =>
  html`<tr><td class="number">${when(start_ms, now)}</td><td class="number">${end_ms === null ? html`<b>goes on</b>` : coarse(end_ms - start_ms)}</td>
    <th scope="row">${patient ?? stream}</th><td>${cause}</td><td class="faint">${by ?? "not closed"}</td></tr>`;

function continuity({ duty, report, now }: SupervisorModel): TemplateResult {
  const shift = duty.continuity;
  const told = (title: string, pct: number | null, since: number | null): TemplateResult =>
    html`<p class="pct"><b>${pct === null ? "––" : `${percent(pct)} %`}</b> <span class="faint">${title}${since === null ? "" : ` since ${clockTime(since).slice(0, 5)}`}</span></p>`;
  const list =
    report === null
      ? none("The report of the day has not come yet.")
      : typeof report === "string"
        ? html`<p class="problem" role="alert">The report of the day could not be had: ${report}.</p>`
        : report.exceptions.length === 0
          ? none("No exception: every patient was watched and displayed, every second.")
          : html`<table><tbody>${report.exceptions.map((one) => exception(one, now))}</tbody></table>`;
  const day = report === null || typeof report === "string" ? null : report.pct;
  return section(
    "Continuity",
    null,
    html`<div class="pcts">${told("this shift", shift?.pct ?? null, shift?.sinceMs ?? null)} ${told("today", shift?.todayPct ?? null, null)} ${told("last 24 hours", day, null)}</div>
      ${list}`,
  );
}

/** The parts of the page, what presses first: columns that keep their places, whatever grows in the others. */
export const supervisorView = (model: SupervisorModel, acts: SupervisorActs): TemplateResult =>
  html`<main class=${model.known ? "supervisor" : "supervisor old"}>
    <div class="column presses">${unwatched(model, acts)} ${incidents(model, acts)} ${people(model)}</div>
    <div class="column runs">${running(model)} ${legs(model, acts)}</div>
    <div class="column keeps">${continuity(model)} ${model.more}</div>
  </main>`;
