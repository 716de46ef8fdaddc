/** The limits as a table: each leg by tier, what is wrong at its field, what would change before it is set. */

import { html, nothing, type TemplateResult } from "lit";
import type { CallLimitsPart } from "./call_limits";
import { callLimitsView } from "./call_limits_view";
import { plural } from "../chrome/format";
import { type LegLimits, type LimitChange, type Limits, type LimitsPart, span } from "./limits";

function cell(leg: LegLimits, tier: string, part: LimitsPart, able: boolean): TemplateResult {
  const key = `${tier}.${leg.name}`;
  const shipped = span(leg.shipped[tier] ?? 0);
  const own = leg.own[tier] ?? null;
  if (!able) return html`<td class="number">${own === null ? shipped : html`<b>${span(own)}</b> <span class="faint">shipped ${shipped}</span>`}</td>`;
  const typed = part.edits.get(key);
  const fault = part.looked?.faults.get(key);
  const changes = part.looked?.changes.some((one) => one.key === key) ?? false;
  const id = key.replace(/[. ]/g, "-");
  return html`<td class=${changes ? "limit changes" : "limit"}>
    <input
      aria-label=${`${tier}: ${leg.name}; shipped ${shipped}`}
      placeholder=${shipped}
      autocomplete="off"
      spellcheck="false"
      aria-invalid=${fault === undefined ? nothing : "true"}
      aria-describedby=${fault === undefined ? nothing : id}
      .value=${typed ?? (own === null ? "" : span(own))}
      @input=${(event: InputEvent) => part.edit(key, (event.target as HTMLInputElement).value)}
    />
    ${fault === undefined ? nothing : html`<span class="wrong" id=${id} role="alert">${fault}</span>`}
  </td>`;
}

/** What another limit would have made of the last day, and makes of what is open. */
export function changeWords({ ended, missed, wouldMiss, over, limitS, wasS }: LimitChange): string {
  const day =
    ended === 0
      ? "none ended in the last 24 hours"
      : `of ${ended} in the last 24 hours ${wouldMiss} would have missed it, ${missed} ${missed === 1 ? "misses" : "miss"} the one of now`;
  return `${limitS < wasS ? "shorter" : "longer"}; ${day}${over === 0 ? "" : `; ${plural(over, "open case")} would be over at once`}`;
}

function changesView(part: LimitsPart): TemplateResult {
  const changes = part.looked?.changes ?? [];
  if (part.edits.size === 0) return html`<p class="none">Nothing is changed. A field that is left empty has the shipped limit.</p>`;
  if (part.looked === null) return html`<p class="none">Looking at it …</p>`;
  if (part.looked.faults.size > 0) return html`<p class="none">What is marked above is wrong, and so nothing is set.</p>`;
  if (changes.length === 0) return html`<p class="none">This is what is in force already.</p>`;
  return html`<table class="limit-changes">
    <tbody>
      ${changes.map((one) => {
        const [tier, leg] = [one.key.slice(0, one.key.indexOf(".")), one.key.slice(one.key.indexOf(".") + 1)];
        return html`<tr><th scope="row">${leg} <span class="faint">${tier}</span></th>
          <td class="number">${span(one.wasS)} → <b>${span(one.limitS)}</b></td><td>${changeWords(one)}</td></tr>`;
      })}
    </tbody>
  </table>`;
}

function form(part: LimitsPart): TemplateResult {
  const ready = part.looked !== null && part.looked.faults.size === 0 && part.looked.changes.length > 0 && part.why.trim() !== "";
  return html`<section class="part" aria-live="polite"><h2>What changes</h2>${changesView(part)}</section>
    <form
      class="part limits-form"
      @submit=${(event: Event) => {
        event.preventDefault();
        void part.set().then((set) => {
          if (!set) document.querySelector<HTMLElement>('.limits [aria-invalid="true"]')?.focus();
        });
      }}
    >
      <label>Why <input name="why" maxlength="500" autocomplete="off" .value=${part.why} @input=${(event: InputEvent) => part.write((event.target as HTMLInputElement).value)} /></label>
      <div class="buttons">
        <button class="strong" ?disabled=${part.busy || !ready}>set the limits</button>
        <button type="button" class="quiet" ?disabled=${part.edits.size === 0} @click=${() => part.startOver()}>as they were</button>
      </div>
      ${part.problem === null ? nothing : html`<p class="problem" role="alert">${part.problem}</p>`}
    </form>`;
}

export function limitsView(limits: Limits, part: LimitsPart, calls: CallLimitsPart): TemplateResult {
  const { tiers, legs, maySet } = limits;
  return html`<section class="part">
      <h2>From criterion to action: what each leg may take</h2>
      <p class="faint">${maySet ? html`Typed as <code>90 s</code>, <code>2 min</code>, <code>8 h</code>. A graver tier has never more time than a milder one.` : "Set by administrators."}
        They count for legs that end from then on; what was late before stays late.</p>
      <table class="limits">
        <thead><tr><th scope="col">Leg</th>${tiers.map((tier) => html`<th scope="col">${tier}</th>`)}</tr></thead>
        <tbody>${legs.map((leg) => html`<tr><th scope="row">${leg.name}</th>${tiers.map((tier) => cell(leg, tier, part, maySet))}</tr>`)}</tbody>
      </table>
    </section>
    ${maySet ? form(part) : nothing} ${limits.calls.length === 0 ? nothing : callLimitsView(limits, calls)}`;
}
