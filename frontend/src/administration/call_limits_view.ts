/** The limits of calls as a table, and what would change before they are set. */

import { html, nothing, type TemplateResult } from "lit";
import { CALL_WORDS, type CallLimit, type CallLimitsPart, callSpan } from "./call_limits";
import type { Limits } from "./limits";

function row(one: CallLimit, part: CallLimitsPart, able: boolean): TemplateResult {
  const shipped = callSpan(one, one.shipped);
  const own = one.own === null ? "" : callSpan(one, one.own);
  const fault = part.fault(one);
  const id = `call-limit-${one.name}`;
  const words = CALL_WORDS[one.name] ?? one.name;
  return html`<tr>
    <th scope="row">${words}</th>
    <td class=${part.changes.some(([{ name }]) => name === one.name) ? "limit changes" : "limit"}>
      ${
        able
          ? html`<input name=${one.name} aria-label=${`${words}; shipped ${shipped}`} placeholder=${shipped} autocomplete="off" spellcheck="false"
                aria-invalid=${fault === null ? nothing : "true"} aria-describedby=${fault === null ? nothing : id}
                .value=${part.edits.get(one.name) ?? own} @input=${(event: InputEvent) => part.edit(one.name, (event.target as HTMLInputElement).value)} />
              ${fault === null ? nothing : html`<span class="wrong" id=${id} role="alert">${fault}</span>`}`
          : html`<b>${own === "" ? shipped : own}</b>`
      }
    </td>
    <td class="faint">shipped ${shipped}; ${callSpan(one, one.least)} to ${callSpan(one, one.most)}</td>
  </tr>`;
}

function changes(part: CallLimitsPart): TemplateResult {
  if (part.wrong) return html`<p class="none">What is marked above is wrong, and so nothing is set.</p>`;
  if (part.changes.length === 0) return html`<p class="none">${part.edits.size === 0 ? "Nothing is changed. A field that is left empty has the shipped limit." : "This is what is in force already."}</p>`;
  return html`<table class="limit-changes">
    <tbody>${part.changes.map(([one, was, value]) => html`<tr><th scope="row">${CALL_WORDS[one.name] ?? one.name}</th><td class="number">${callSpan(one, was)} → <b>${callSpan(one, value)}</b></td></tr>`)}</tbody>
  </table>`;
}

function form(part: CallLimitsPart): TemplateResult {
  const ready = !part.wrong && part.changes.length > 0 && part.why.trim() !== "";
  const submit = (event: Event) => {
    event.preventDefault();
    if (ready) void part.set();
  };
  return html`<div aria-live="polite"><h3>What changes of calls</h3>${changes(part)}</div>
    <form class="limits-form" @submit=${submit}>
      <label>Why <input name="why-calls" maxlength="500" autocomplete="off" .value=${part.why} @input=${(event: InputEvent) => part.write((event.target as HTMLInputElement).value)} /></label>
      <div class="buttons">
        <button class="strong" ?disabled=${part.busy || !ready}>set the limits of calls</button>
        <button type="button" class="quiet" ?disabled=${part.edits.size === 0} @click=${() => part.startOver()}>as they were</button>
      </div>
      ${part.problem === null ? nothing : html`<p class="problem" role="alert">${part.problem}</p>`}
    </form>`;
}

export function callLimitsView({ calls, maySet }: Limits, part: CallLimitsPart): TemplateResult {
  return html`<section class="part call-limits" aria-labelledby="call-limits-title">
    <h2 id="call-limits-title">Calls of patients: how long one may wait</h2>
    <p class="faint">A call that nobody has sounds from its first moment; each of these is when it goes further. ${maySet ? html`Typed as <code>20 s</code>, <code>5 min</code>.` : "Set by administrators."}</p>
    <table class="limits">
      <thead><tr><th scope="col">A call</th><th scope="col">in force</th><th scope="col">allowed</th></tr></thead>
      <tbody>${calls.map((one) => row(one, part, maySet))}</tbody>
    </table>
    ${maySet ? form(part) : nothing}
  </section>`;
}
