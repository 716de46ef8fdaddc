/** Beside a claim: what to do with it, what came back, what was measured, the file, what happened. */

import { html, nothing, type TemplateResult } from "lit";
import { plural, when } from "../chrome/format";
import type { ClaimPage } from "./claim";
import { chain, putRight, refunds } from "./right_view";
import { type Answered, type ClaimTold, daysWords, type Determined, dollars, type Family, wantsReason } from "./told";

type Part = TemplateResult | typeof nothing;

export function beside(page: ClaimPage, told: ClaimTold): TemplateResult {
  return html`<aside class="beside" aria-label="what to do, and why">
    ${release(page, told)} ${putRight(page, told)} ${chain(told)} ${refunds(page, told)} ${told.answers.map(answered)} ${again(page, told)}
    ${family(told.proof.family ?? null)} ${determined(told.proof.determination ?? null)} ${file(told)} ${page.record?.view() ?? nothing} ${log(page, told)}
  </aside>`;
}

// ---- what to do --------------------------------------------------------------------------------------------

export function submitted(event: SubmitEvent, name: string, act: (words: string) => void): void {
  event.preventDefault();
  const form = event.target as HTMLFormElement;
  act(String(new FormData(form).get(name) ?? ""));
  form.reset();
}

/** What is opened is written into. */
export const into = (event: Event): void => {
  const part = event.target as HTMLDetailsElement;
  if (part.open) part.querySelector("input")?.focus();
};

function release(page: ClaimPage, told: ClaimTold): Part {
  if (!told.may) return nothing;
  const why = (label: string, button: string, act: (words: string) => void) =>
    html`<details @toggle=${into}><summary>${label}</summary><form class="line" @submit=${(event: SubmitEvent) => submitted(event, "why", act)}><input name="why" required maxlength="500" aria-label="why" placeholder="why" /><button>${button}</button></form></details>`;
  const cancel = why("Void it", "Void", (words) => page.cancel(words));
  if (told.state === "held" || told.state === "ready") {
    const wanted = told.checks.filter(wantsReason);
    const lacks = wanted.filter((one) => (page.reasons[one.rule] ?? "").trim() === "").length;
    const words =
      told.stops > 0
        ? `${plural(told.stops, "check")} stop${told.stops === 1 ? "s" : ""} it: mend the cause first.`
        : lacks > 0
          ? `Say beside ${plural(lacks, "check")} why it goes out all the same.`
          : "It goes into the next file; nothing is sent by itself.";
    const cannot = told.stops > 0 || lacks > 0 || page.changing || page.busy;
    const verb = told.kind === "void" ? `Release the void of ${dollars(told.cents)}` : `Release ${dollars(told.cents)}`;
    return html`<section class="release" aria-label="release" tabindex="-1"><button type="button" class="main" ?disabled=${cannot} @click=${() => page.release()}>${verb}</button> <span class="faint">${!page.changing ? words : "Keep or drop the changes first."}</span>${cancel}</section>`;
  }
  if (told.state === "released") return html`<section class="release" aria-label="release" tabindex="-1"><p>Released. <a href="/claims?tab=ready">Put it into a file</a> with the others.</p>${why("Take it back", "Take back", (words) => page.takeBack(words))}${cancel}</section>`;
  if (told.state === "rejected") return html`<section class="release" aria-label="release" tabindex="-1"><p><b>The receiver turned it down</b>: ${told.why}. No payer has decided it. Change it, and it is checked and released anew.</p>${cancel}</section>`;
  return nothing;
}

function again(page: ClaimPage, told: ClaimTold): Part {
  if (told.appeal !== null) return html`<section aria-label="redetermination"><h2>Redetermination</h2><p>Asked for ${when(told.appeal.at_ms, told.now_ms)}: ${told.appeal.how}</p></section>`;
  if (told.state !== "denied" && told.state !== "partly paid") return nothing;
  return html`<section aria-label="redetermination">
    <h2>Redetermination</h2>
    <p>${told.deadline === "" ? "The notice bears no date: the deadline is not known." : html`To be asked for by <b>${told.deadline}</b>, ${daysWords(told.days_left ?? 0)} <span class="faint">120 days after the notice, presumed to be received 5 days after its date: 42 CFR 405.942 [${told.deadline_sure}]</span>`}</p>
    ${told.may ? (page.packet?.view() ?? nothing) : nothing}
    ${told.may ? html`<form class="line" @submit=${(event: SubmitEvent) => submitted(event, "how", (words) => page.appeal(words))}><input name="how" required maxlength="500" placeholder="how and when it was handed in" aria-label="how it was handed in" /><button>It was asked for</button></form>` : nothing}
  </section>`;
}

function answered(one: Answered): TemplateResult {
  if (one.notice) {
    return html`<section class="answer notice">
      <h2>${one.outcome} <span class="faint">277CA${one.day === "" ? "" : `, ${one.day}`}${one.payer_number === "" ? "" : `, payer's number ${one.payer_number}`}</span></h2>
      <ul>${one.said.map((words) => html`<li>${words}</li>`)}</ul>
    </section>`;
  }
  return html`<section class="answer">
    <h2>${one.outcome} <span class="faint">${one.day}${one.payer_number === "" ? "" : `, payer's number ${one.payer_number}`}</span></h2>
    <p>${dollars(one.paid)} of ${dollars(one.charged)}${one.patient_cents > 0 ? html`; the patient owes ${dollars(one.patient_cents)}` : nothing}</p>
    <table><tbody>
      ${one.adjustments.map((each) => html`<tr><th scope="row" title=${each.group_words}>${each.group}-${each.code}</th><td>${each.words}</td><td class="n">${dollars(each.cents)}</td></tr>`)}
      ${one.remarks.map((each) => html`<tr><th scope="row">${each.code}</th><td>${each.words}</td><td></td></tr>`)}
    </tbody></table>
    ${one.answers.length === 0 ? nothing : html`<p class="faint">What the record says to it: the checks marked “answers the denial”.</p>`}
  </section>`;
}

// ---- why ---------------------------------------------------------------------------------------------------

const SIGN: Readonly<Record<string, string>> = { met: "✓", "not met": "✕", "not measured": "?", "not documented": "?", "not applicable": "–" };

function family(told: Family | null): Part {
  if (told === null) return nothing;
  return html`<section class="family">
    <h2>By what was measured <span class="faint">R39</span></h2>
    <p>${told.words}</p>
    ${told.considered.map((one) => html`<details ?open=${one.kind === "telemetry"}><summary>${one.kind}: ${one.outcome}</summary><ul>${one.conditions.map((each) => html`<li class=${each.outcome.replace(" ", "-")}><b class="mark" aria-hidden="true">${SIGN[each.outcome] ?? "?"}</b> ${each.asks}: ${each.measured} <small class="faint">[${each.mark}]</small></li>`)}</ul></details>`)}
  </section>`;
}

function determined(told: Determined | null): Part {
  if (told === null) return nothing;
  const policy = told.policy === null ? "" : `${told.policy.id}${told.policy.partial ? ", held in part" : ""}`;
  return html`<section class="family">
    <h2>Coverage <span class="faint">${policy} on ${told.date}</span></h2>
    <p><b>${told.outcome}</b>: ${told.summary}</p>
    ${told.clauses.length === 0 ? nothing : html`<details><summary>${plural(told.clauses.length, "clause")}</summary><ul>${told.clauses.map((each) => html`<li class=${each.outcome.replace(" ", "-")}><b class="mark" aria-hidden="true">${SIGN[each.outcome] ?? "?"}</b> ${each.text} <span class="faint">${each.outcome}</span></li>`)}</ul></details>`}
  </section>`;
}

function file(told: ClaimTold): Part {
  if (told.x12 === "") return nothing;
  return html`<section>
    <h2>837P <span class="faint">${told.file > 0 ? html`<a href=${`/api/claims/files/${told.file}`}>file ${told.file}</a>` : "as it would go out, marked as a test"}</span></h2>
    ${told.flaws.length === 0 ? nothing : html`<ul class="flaws">${told.flaws.map((one) => html`<li>${one}</li>`)}</ul>`}
    <details><summary>${plural(told.x12.trimEnd().split("\n").length, "segment")}</summary><pre tabindex="0">${told.x12}</pre></details>
  </section>`;
}

function log(page: ClaimPage, told: ClaimTold): TemplateResult {
  const write = (event: SubmitEvent) => submitted(event, "text", (words) => void page.note(words));
  return html`<section class="log">
    <h2>What happened</h2>
    <ol>${[...told.log].reverse().map((one) => html`<li><span class="faint">${when(one.at_ms, told.now_ms)} ${one.by}</span> ${one.words}</li>`)}</ol>
    ${told.may ? html`<form class="line" @submit=${write}><input name="text" required maxlength="1000" placeholder="a note" aria-label="a note" /><button>Note</button></form>` : nothing}
  </section>`;
}
