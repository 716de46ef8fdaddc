/** The right column of a case: what it met, what was measured, whom to tell, what was said, and the verdict. */

import { html, nothing, type TemplateResult } from "lit";
import { clockTime, coarse, duration, when } from "../chrome/format";
import { type Finding, valueRows } from "../patient/findings";
import { OUTCOME_WORDS } from "./call";
import type { Call, Case, Me, Met, Notification } from "./entities";
import { heldByMe, undecided, VERDICT_WORDS } from "./order";
import { numberView, problemView, tierView } from "./parts";
import type { Stretch } from "./strip";
import { verdictView } from "./verdict_view";
import type { CaseWhole, PatientWhole } from "./whole";

export interface CaseModel {
  readonly one: Case;
  readonly me: Me | undefined;
  readonly now: number;
  readonly evidence: readonly Finding[];
  readonly whole: CaseWhole | null;
  readonly wholeFailure: string | null;
  readonly patient: PatientWhole | null;
  readonly patientFailure: string | null;
  readonly notification: Notification | null;
  readonly strips: readonly Stretch[];
  readonly relabels: number | null;
  readonly note: string;
  readonly busy: boolean;
  readonly problem: (place: string) => string | null;
  /** The verdict that can still be taken back, and for how long, ms. */
  readonly undo: { readonly words: string; readonly leftMs: number } | null;
  /** Whether it is read a second time here: the first verdict is kept out of sight. */
  readonly again: boolean;
}

export interface CaseActs {
  readonly take: () => void;
  readonly release: () => void;
  readonly verdict: (key: number) => void;
  readonly note: (text: string) => void;
  readonly dropStrip: (index: number) => void;
  readonly undo: () => void;
  readonly close: () => void;
  readonly call: () => void;
  readonly acknowledge: () => void;
}

export function caseView(model: CaseModel, acts: CaseActs): TemplateResult {
  const { one } = model;
  return html`<div class="side-scroll">
      ${heldView(model, acts)}
      ${one.symptom === null ? nothing : symptomView(model)}
      <section>
        <h2>Criteria met</h2>
        ${one.met.length === 0 ? html`<p class="faint">None: the case was opened for what the patient or the transmitter told.</p>` : html`<ul class="met">${onceEach(one.met).map(metView)}</ul>`}
        <p class="faint by-criteria">${criteriaWords(model)} <a href=${`/criteria/${one.stream}`}>criteria</a></p>
      </section>
      ${measuredView(model)} ${physicianView(model)} ${spokenView(model)} ${callsView(model)} ${earlierView(model)}
    </div>
    ${verdictView(model, acts)}`;
}

function heldView({ one, me, now, problem }: CaseModel, acts: CaseActs): TemplateResult {
  const opened = one.opened_ms === null ? "" : `opened ${when(one.opened_ms, now)}`;
  const onset = one.onset_ms === null ? "" : `began ${clockTime(one.onset_ms)}, `;
  return html`<section class="held">
    <p class="of">${tierView(one)} <b>case ${one.id}</b> <span class="faint">${onset}${opened}</span></p>
    ${holder(one, me, now, acts)} ${alarmView(one, now, acts)} ${problemView(problem("case"))}
    ${one.faults.length === 0 ? nothing : html`<p class="problem">Not understood: ${one.faults.join("; ")}. Taken as the most pressing.</p>`}
  </section>`;
}

function holder(one: Case, me: Me | undefined, now: number, acts: CaseActs): TemplateResult {
  const since = one.held_ms === null ? "" : ` since ${clockTime(one.held_ms)}, ${duration(now - one.held_ms)}`;
  if (heldByMe(one, me))
    return html`<p class="holder mine"><b>You have it</b><span class="faint">${since}</span>${undecided(one) ? html`<button class="quiet" @click=${acts.release}>release <kbd>Esc</kbd></button>` : nothing}</p>`;
  if (one.held_by !== null)
    return html`<p class="holder other"><b>${one.held_by.name} has it</b><span class="faint">${since}. You can read along.</span></p>`;
  if (one.state === "closed") return html`<p class="holder faint">Closed. You can read it.</p>`;
  return html`<p class="holder"><b>Nobody has it</b><button class="main" @click=${acts.take}>Take it <kbd>Enter</kbd></button></p>`;
}

function alarmView(one: Case, now: number, acts: CaseActs): TemplateResult | typeof nothing {
  const { state, since_ms, acknowledged_by, acknowledged_ms } = one.alarm;
  if (state === "acknowledged") {
    const at = acknowledged_ms === null ? "" : ` ${clockTime(acknowledged_ms)}`;
    return html`<p class="faint">Alarm acknowledged${acknowledged_by === null ? "" : ` by ${acknowledged_by}`}${at}</p>`;
  }
  if (!undecided(one)) return nothing;
  const since = since_ms === null ? "" : ` for ${coarse(now - since_ms)}`;
  const words = state === "active" ? `Alarm on${since}` : `Alarm held${since}, its cause is over`;
  return html`<p class="sounding"><span>${words}</span><button class="quiet" @click=${acts.acknowledge}>acknowledge <kbd>a</kbd></button></p>`;
}

function symptomView({ one, now }: CaseModel): TemplateResult {
  const { text, severity, at_ms } = one.symptom!;
  return html`<section>
    <h2>The patient said</h2>
    <p class="said"><b>${text === "" ? "pressed the button" : text}</b>${severity === null ? nothing : html`, severity ${severity}`}${at_ms === null ? nothing : html` <span class="faint">${when(at_ms, now)}</span>`}</p>
  </section>`;
}

/** By whose criteria it is a case: those in force at its onset. */
function criteriaWords({ whole, now }: CaseModel): string {
  const held = whole?.criteria ?? null;
  if (held === null) return "";
  if (held.version === 0) return "By the shipped criteria, which nobody has signed.";
  const of = held.layer === "practice" ? "the practice's criteria" : "criteria";
  return `By ${of} v${held.version}, signed by ${held.signed_by}${held.signed_ms === null ? "" : ` on ${when(held.signed_ms, now)}`}.`;
}

/** A criterion that several findings met stands once, with the value farthest past its limit and how many met it. */
export function onceEach(met: readonly Met[]): readonly (Met & { readonly times: number })[] {
  const past = ({ value, limit }: Met) => (value === null || limit === null ? -1 : Math.abs(value - limit));
  const found = new Map<string, Met & { readonly times: number }>();
  for (const one of met) {
    const before = found.get(one.criterion);
    const worst = before === undefined || past(one) > past(before) ? one : before;
    found.set(one.criterion, { ...worst, times: (before?.times ?? 0) + 1 });
  }
  return [...found.values()];
}

function metView({ criterion, value, limit, unit, words, times }: Met & { readonly times: number }): TemplateResult {
  const shown = (number: number) => (Number.isInteger(number) ? String(number) : number.toFixed(1));
  return html`<li>
    <b>${words === "" ? criterion : words}</b>
    <span class="numbers">${value === null ? nothing : html`<b>${shown(value)}</b>`}${limit === null ? nothing : html` <span class="faint">limit ${shown(limit)}</span>`} <span class="unit">${unit}</span></span>
    <span class="faint criterion">${criterion}${times > 1 ? ` · met by ${times} findings` : ""}</span>
  </li>`;
}

function measuredView({ evidence, one }: CaseModel): TemplateResult {
  if (evidence.length === 0)
    return html`<section><h2>Measured</h2><p class="faint">${one.findings.length === 0 ? "Nothing: no finding of the analysis belongs to it." : "The values of the findings are not here yet."}</p></section>`;
  return html`<section>
    <h2>Measured</h2>
    ${evidence.slice(0, 4).map(
      (finding) => html`<h3>${finding.words} <span class="faint">${finding.rule} ${finding.version}</span></h3>
        <table class="values">
          ${valueRows(finding).map(
            ({ name, value, limit }) =>
              html`<tr><th scope="row">${name}</th><td>${value}</td><td class="faint">${limit === "" ? "" : `limit ${limit}`}</td></tr>`,
          )}
        </table>`,
    )}
    ${evidence.length > 4 ? html`<p class="faint">and ${evidence.length - 4} more findings on the <a href=${`/patient/${one.stream}`}>patient's page</a></p>` : nothing}
  </section>`;
}

function physicianView({ patient, patientFailure }: CaseModel): TemplateResult {
  const physician = patient?.physician ?? null;
  return html`<section>
    <h2>Physician</h2>
    ${patient === null ? html`<p class="faint">${patientFailure === null ? "Asked for." : `Not known: ${patientFailure}.`}</p>` : nothing}
    ${patient !== null && physician === null ? html`<p class="problem">No physician is on record for this patient.</p>` : nothing}
    ${
      physician === null
        ? nothing
        : html`<p><b>${physician.name}</b> <span class="faint">${physician.practice}</span></p>
          <ul class="contacts">${physician.numbers.map(({ role, number }) => html`<li class="contact"><span class="faint">${role}</span>${numberView(number)}</li>`)}</ul>`
    }
  </section>`;
}

/** The last of those who spoke with the patient, the newest first. */
const SPOKEN_SHOWN = 5;

function spokenView({ patient, now }: CaseModel): TemplateResult | typeof nothing {
  const log = patient?.log ?? [];
  if (log.length === 0) return nothing;
  return html`<section>
    <h2>Contacts with the patient</h2>
    <ol class="calls">
      ${log.slice(-SPOKEN_SHOWN).reverse().map(
        ({ at_ms, by, how, said }) => html`<li><span>${at_ms === null ? "" : when(at_ms, now)}</span><span><b>${how}</b> by ${by}<br />${said}</span></li>`,
      )}
    </ol>
    ${log.length > SPOKEN_SHOWN ? html`<p class="faint">and ${log.length - SPOKEN_SHOWN} before</p>` : nothing}
  </section>`;
}

function callsView({ notification, now }: CaseModel): TemplateResult | typeof nothing {
  if (notification === null) return nothing;
  return html`<section>
    <h2>Calls</h2>
    ${notification.calls.length === 0 ? html`<p class="faint">None yet.</p>` : html`<ol class="calls">${notification.calls.map((call) => callLine(call, now))}</ol>`}
  </section>`;
}

/** One call as a line of the log. */
export function callLine(call: Call, now: number): TemplateResult {
  const at = call.started_ms === null ? "" : clockTime(call.started_ms);
  const long = call.ended_ms === null || call.started_ms === null ? "" : duration(call.ended_ms - call.started_ms);
  const outcome = call.outcome === null ? `under way${call.started_ms === null ? "" : `, ${duration(now - call.started_ms)}`}` : OUTCOME_WORDS[call.outcome];
  const person = call.person === "" ? "" : `: ${call.person}${call.person_role === "" ? "" : `, ${call.person_role}`}${call.readback ? ", read back" : ""}`;
  const aside = [long, call.by === "" ? "" : `by ${call.by}`].filter((words) => words !== "").join(", ");
  return html`<li>
    <span>${at}</span><span><b>${call.name || call.number}</b> ${outcome}${person} <span class="faint">${aside}</span>
    ${call.said === "" ? nothing : html`<br />said: ${call.said}`}${call.action === "" ? nothing : html`<br />did: ${call.action}`}</span>
  </li>`;
}

function earlierView({ whole, wholeFailure, now, again }: CaseModel): TemplateResult | typeof nothing {
  if (whole === null) return wholeFailure === null ? nothing : html`<section><p class="problem">The rest of the case is not here: ${wholeFailure}.</p></section>`;
  const verdicts = again ? [] : whole.verdicts;
  if (verdicts.length === 0 && whole.reasons.length === 0) return nothing;
  return html`<section>
    <h2>How it came here</h2>
    <ul class="reasons">
      ${whole.reasons.map((words) => html`<li class="faint">${words}</li>`)}
      ${verdicts.map(({ verdict, by, at_ms, note }) => html`<li><b>${verdict === null ? "judged" : VERDICT_WORDS[verdict]}</b> by ${by}${at_ms === null ? "" : ` ${when(at_ms, now)}`}${note === "" ? nothing : html`: ${note}`}</li>`)}
    </ul>
  </section>`;
}
