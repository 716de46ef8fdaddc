/** What enrollment would say if it were asked now, and the services that the center itself has on record. */

import { html, nothing, type TemplateResult } from "lit";
import type { Part } from "./controls";
import type { OrderPage } from "./page";
import type { Before, Ground, Rules } from "./told";
import { sectionOf } from "./words";

/** Beside the form: rules with reasons, and what would change them. */
export function enrollment(page: OrderPage): Part {
  const { checked } = page;
  // The panel in which it is enrolled says the same.
  if (checked === null || checked.rules === null || page.panel === "enroll") return nothing;
  return html`<section class="to-do rules" aria-label="rules of enrollment">
    <h2>Enrollment today <span class="faint">${checked.rules.day}</span></h2>
    ${before(page, checked.earlier, checked.limited)} ${list(page, checked.rules)}
  </section>`;
}

/** In the panel: what stands in the way, before the click. */
export function grounds(page: OrderPage): Part {
  const rules = page.checked?.rules ?? null;
  if (rules === null) return html`<p class="faint" role="status">The rules of enrollment are asked for.</p>`;
  return html`<div class="rules" role="status">${before(page, page.checked?.earlier ?? [], page.checked?.limited === true)} ${list(page, rules)}</div>`;
}

const SAID: Readonly<Record<string, string>> = { telemetry: "Real-time telemetry", "post-symptom": "Strips by telephone", holter: "A Holter recording" };

function before(page: OrderPage, earlier: readonly Before[], limited: boolean): TemplateResult {
  const hidden = limited ? html`<p class="faint">Of other services of this patient only those of your own practice are looked up until the order is on record.</p>` : nothing;
  if (earlier.length === 0) return html`<p class="faint">No earlier service of this patient is on record here.</p>${hidden}`;
  return html`<p>On record here:</p><ul>${earlier.map((one) => html`<li>${SAID[one.test] ?? one.test} ${days(one)} · ${stream(page, one)}</li>`)}</ul>${hidden}`;
}

const days = ({ first_day, last_day }: Before): TemplateResult =>
  html`<span class="days">${last_day === "" ? `since ${first_day}` : last_day === first_day ? first_day : `${first_day} to ${last_day}`}</span>`;

const stream = (page: OrderPage, { stream: name }: Before): TemplateResult => (page.mayReadPatient ? html`<a href=${`/service/${name}`}>${name}</a>` : html`<span class="faint">${name}</span>`);

function list(page: OrderPage, { grounds: all, allowed: then }: Rules): TemplateResult {
  const allowed = page.told?.allowed || then; // it may have been allowed since the form was looked at
  const refused = all.filter((one) => one.refused);
  const held = all.filter((one) => !one.refused);
  return html`${refused.length === 0 ? html`<p>✓ No rule stands in the way.</p>` : html`<ul class="refused">${refused.map((one) => ground(page, one, allowed))}</ul>`}
    ${held.length === 0 ? nothing : html`<ul>${held.map((one) => html`<li><span class="faint">✓ ${sentence(one.reason)}</span></li>`)}</ul>`}`;
}

function ground(page: OrderPage, one: Ground, allowed: string): TemplateResult {
  const goes = one.allowable && allowed !== "";
  const who = !one.allowable ? "Nobody can allow it." : goes ? `Allowed by a supervisor: ${allowed}` : "Or a supervisor allows it, with a reason: the payer may not pay then.";
  const change = sectionOf(one.where) === null || !page.open ? html`${one.change}` : html`<button type="button" class="to" @click=${() => page.jump(one.where)}>${one.change}</button>`;
  return html`<li><p><b>${goes ? "◐ Against a rule" : "✕ Refused"}:</b> ${sentence(one.reason)} <span class="faint">${one.source}</span></p><p class="asks">${change} <span class="faint">${who}</span></p></li>`;
}

const sentence = (text: string): string => `${text[0]?.toUpperCase() ?? ""}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
