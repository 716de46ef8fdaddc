/** From criterion met to action: what is about to miss its limit, and what the legs took. */

import { html, nothing, type TemplateResult } from "lit";
import { clockTime, coarse } from "../chrome/format";
import { type Leg, type Legs, type RunningLeg, TIERS } from "../desk/entities";
import { SIGNS } from "../wall/findings";

export const WINDOWS: Readonly<Record<string, string>> = { hour: "last hour", shift: "this shift", day: "24 hours" };
/** Open cases that are listed; of the others the number is told. */
const SHOWN = 12;

export const seconds = (value: number | null): string =>
  value === null ? "–" : value < 10 ? `${value.toFixed(1)} s` : coarse(value * 1000);

/** How much is left, or by how much it is over, in words. */
export function leftWords(due: number | null, now: number): string {
  if (due === null) return "?";
  return due < now ? `${coarse(now - due)} over` : `${coarse(due - now)} left`;
}

function runningRow(one: RunningLeg, now: number): TemplateResult {
  const over = one.due_ms !== null && one.due_ms < now;
  const spent = one.since_ms === null || one.due_ms === null ? 1 : (now - one.since_ms) / Math.max(1, one.due_ms - one.since_ms);
  const sign = over ? SIGNS.high : one.about ? SIGNS.medium : "";
  return html`<tr class=${over ? "over" : one.about ? "soon" : ""}>
    <td class="sign" aria-hidden="true">${sign}</td>
    <th scope="row"><a href=${`/worklist?case=${one.case}`}>case ${one.case}</a> ${one.patient === "" ? one.stream : one.patient} <span class="faint">${one.tier}</span></th>
    <td>${one.leg}</td>
    <td><meter class=${over ? "full" : one.about ? "many" : ""} min="0" max="1" value=${Math.min(1, Math.max(0, spent))} aria-hidden="true"></meter></td>
    <td class="number"><b>${leftWords(one.due_ms, now)}</b></td>
  </tr>`;
}

/** Open cases, the least time left first. */
export function runningView(legs: Legs, now: number): TemplateResult {
  const shown = legs.running.slice(0, SHOWN);
  if (shown.length === 0) return html`<p class="none">No case is open.</p>`;
  const more = legs.open - shown.length;
  return html`<table class="time-left">
      <tbody>${shown.map((one) => runningRow(one, now))}</tbody>
    </table>
    ${more > 0 ? html`<p class="sum">and ${more} more with more time left</p>` : nothing}`;
}

/** How many are over, or about to be. */
export const pressing = (legs: Legs, now: number): number =>
  legs.running.filter(({ about, due_ms }) => about || (due_ms !== null && due_ms < now)).length;

function legRow(leg: Leg): TemplateResult {
  const late = (value: number | null) => value !== null && leg.limit_s !== null && value > leg.limit_s;
  const cell = (value: number | null) => html`<td class=${late(value) ? "number late" : "number"}>${late(value) ? html`<span title="over the limit">${SIGNS.medium} ${seconds(value)}</span>` : seconds(value)}</td>`;
  return html`<tr class=${leg.missed > 0 ? "missed" : ""}>
    <th scope="row">${leg.name}</th>${cell(leg.p50_s)}${cell(leg.p90_s)}${cell(leg.p99_s)}<td class="number faint">${seconds(leg.limit_s)}</td>
    <td class="number">${leg.n}</td><td class="number">${leg.within_pct === null ? "–" : html`${leg.missed > 0 ? html`<b>${leg.within_pct.toFixed(1)} %</b>` : html`${leg.within_pct.toFixed(0)} %`}`}</td>
  </tr>`;
}

/** Percentiles of every leg over one window. */
export function legsView(legs: Legs, chosen: string, choose: (window: string) => void): TemplateResult {
  const window = legs.windows.find(({ name }) => name === chosen) ?? legs.windows[0];
  const tabs = html`<p class="tabs">
    ${legs.windows.map(({ name }) => html`<button class="quiet" aria-pressed=${name === window?.name} @click=${() => choose(name)}>${WINDOWS[name] ?? name}</button>`)}
    ${window?.since_ms == null ? nothing : html`<span class="faint">since ${clockTime(window.since_ms).slice(0, 5)}</span>`}
  </p>`;
  if (window === undefined || window.legs.length === 0)
    return html`${tabs}<p class="none">No leg has ended in this time.</p>`;
  return html`${tabs}
    <table class="legs">
      <thead><tr><th scope="col">leg</th><th scope="col">50 %</th><th scope="col">90 %</th><th scope="col">99 %</th><th scope="col">limit</th><th scope="col">of</th><th scope="col">within</th></tr></thead>
      ${TIERS.map((tier) => {
        const rows = window.legs.filter((leg) => leg.tier === tier);
        return rows.length === 0 ? nothing : html`<tbody><tr class="tier"><th colspan="7" scope="rowgroup">${tier}</th></tr>${rows.map(legRow)}</tbody>`;
      })}
    </table>`;
}
