/** The written plans as a page: what is in force, every version, and who supervises. */

import { html, nothing, type TemplateResult } from "lit";
import { type Field, type Form, dayMs, dayText, text } from "./form";
import type { Office } from "./forms";
import type { Plans, PlanVersion, SupervisorRecord, WrittenPlan } from "./plans";

export interface PlansActs {
  readonly adopt: (plan: WrittenPlan) => void;
  readonly supervise: () => void;
  /** Show or hide the text of a version. */
  readonly open: (key: string) => void;
}

const day = (ms: number): string => dayText(ms);
const filed = (one: { readonly atMs: number; readonly by: string; readonly why: string }): string =>
  `put on file ${day(one.atMs)} by ${one.by}${one.why === "" ? "" : `: ${one.why}`}`;

function versionView(plan: WrittenPlan, one: PlanVersion, open: string | null, acts: PlansActs): TemplateResult {
  const key = `${plan.kind} ${one.version}`;
  const shown = open === key;
  const held = one.version === plan.inForce;
  const state = held ? "in force" : plan.inForce !== null && one.version < plan.inForce ? "past" : "not yet";
  return html`<li class=${held ? "held" : ""}>
    <button class="quiet" aria-expanded=${shown} @click=${() => acts.open(key)}>version ${one.version}</button>
    <span>from ${day(one.sinceMs)}</span> <b>${state}</b> <span class="faint">${filed(one)}</span>
    ${one.document === "" ? nothing : html` <a href=${`/api/documents/${one.document}`} target="_blank" rel="noopener">document</a>`}
    ${shown ? html`<div class="plan-text">${one.text === "" ? html`<p class="faint">Its text is the document.</p>` : one.text}</div>` : nothing}
  </li>`;
}

function planView(plan: WrittenPlan, able: boolean, open: string | null, acts: PlansActs): TemplateResult {
  return html`<section class="part plan" aria-labelledby=${`plan-${plan.kind}`}>
    <h2 id=${`plan-${plan.kind}`}>${plan.title}</h2>
    ${
      plan.inForce === null
        ? html`<p class="problem">No plan is in force: a record on request says that it is missing.</p>`
        : nothing
    }
    ${plan.versions.length === 0 ? nothing : html`<ol class="versions">${plan.versions.map((one) => versionView(plan, one, open, acts))}</ol>`}
    ${able ? html`<button @click=${() => acts.adopt(plan)}>${plan.versions.length === 0 ? "write it, from the template" : "another version"}</button>` : nothing}
  </section>`;
}

function supervisorRow(one: SupervisorRecord, now: Plans["supervisor"]): TemplateResult {
  const state = one.version === now?.version ? "supervises" : one.future ? "not yet" : "past";
  return html`<li class=${state === "supervises" ? "held" : ""}>
    <b>${one.name}</b> <span>${one.specialty}${one.npi === "" ? "" : `, NPI ${one.npi}`}</span> <span>from ${day(one.sinceMs)}</span> <b>${state}</b>
    <span class="faint">${filed(one)}</span>
  </li>`;
}

export function plansView(told: Plans, open: string | null, acts: PlansActs): TemplateResult {
  return html`<p class="faint">What was in force on a day stays in force on that day: a version is never changed, another one follows it.</p>
    ${told.plans.map((plan) => planView(plan, told.able, open, acts))}
    <section class="part plan" aria-labelledby="plan-supervisor">
      <h2 id="plan-supervisor">Supervising physician</h2>
      ${told.supervisor === null ? html`<p class="problem">Nobody supervises: a record on request says that it is missing.</p>` : nothing}
      ${told.supervisors.length === 0 ? nothing : html`<ol class="versions">${told.supervisors.map((one) => supervisorRow(one, told.supervisor))}</ol>`}
      ${told.able ? html`<button @click=${acts.supervise}>${told.supervisors.length === 0 ? "say who" : "somebody else"}</button>` : nothing}
    </section>`;
}

const WHY: Field = { name: "why", label: "Why", kind: "text", optional: true };
const BLANK = /\[\[[^\]]*\]?\]?/;

/** From the template, or from the version that came last. */
export function planForm(office: Office, plan: WrittenPlan): Form {
  const last = plan.versions[0];
  const blanks = "a blank in double brackets is filled in before the plan is anybody's";
  return {
    title: `${plan.title}: ${last === undefined ? "a plan" : `version ${last.version + 1}`}`,
    ...(last === undefined ? { warning: "The text is a template: make it this center's own. Nothing is in force before you keep it." } : {}),
    fields: [
      { name: "text", label: "Plan", kind: "lines", rows: 16, optional: true, hint: last === undefined ? blanks : "or its document alone" },
      { name: "document", label: "Document", kind: "document", optional: true },
      { name: "effective", label: "In force from", kind: "date", hint: last === undefined ? "a plan that was on paper before may name that day" : "from yesterday on: what was in force stays so" },
      WHY,
    ],
    values: { text: last === undefined ? plan.template : last.text, effective: dayText(Date.now()) },
    submit: "adopt it",
    send: async (values) => {
      const written = text(values, "text");
      const blank = BLANK.exec(written);
      if (blank !== null) return `text: a blank of the template is not filled in: ${blank[0]}`;
      return office.act("plan.set", {
        kind: plan.kind,
        title: "",
        text: written,
        document: text(values, "document"),
        effective_ms: dayMs(text(values, "effective")),
        why: text(values, "why"),
      });
    },
  };
}

export const supervisorForm = (office: Office, told: Plans): Form => ({
  title: "Supervising physician",
  fields: [
    { name: "person", label: "Of the staff", kind: "choice", optional: true, options: told.physicians.map(({ id, name }) => [String(id), name]) },
    { name: "name", label: "Or by name", kind: "text", optional: true },
    { name: "npi", label: "NPI", kind: "text", optional: true, hint: "ten digits" },
    { name: "specialty", label: "Specialty", kind: "choice", options: told.specialties.map((one) => [one, one]) },
    { name: "since", label: "From", kind: "date" },
    WHY,
  ],
  values: { since: dayText(Date.now()) },
  submit: "keep it",
  send: (values) => {
    const person = text(values, "person");
    return office.act("supervisor.set", {
      ...(person === "" ? { name: text(values, "name") } : { person: Number(person), ...(text(values, "name") === "" ? {} : { name: text(values, "name") }) }),
      npi: text(values, "npi"),
      specialty: text(values, "specialty"),
      since_ms: dayMs(text(values, "since")),
      why: text(values, "why"),
    });
  },
});
