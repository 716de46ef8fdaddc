/** The form of an order, section by section. */

import { html, nothing, type TemplateResult } from "lit";
import { choice, line, type Part, select, words } from "./controls";
import { contacts, diagnoses, documents, symptoms, tests } from "./lists_view";
import { DEMO_PAYER } from "./example";
import { textAt } from "./order";
import type { OrderPage } from "./page";
import { questions } from "./questions_view";
import { signing } from "./signing_view";
import { CRITERIA, KINDS, optionsOf, SECTIONS, sectionOf, SEXES, STATES } from "./words";

const PLACES = STATES.map((one) => [one, one] as const);

export function form(page: OrderPage): TemplateResult {
  const parts: Readonly<Record<string, () => TemplateResult>> = {
    patient: () => patient(page),
    orderer: () => orderer(page),
    payer: () => payer(page),
    why: () => why(page),
    tests: () => tests(page),
    questions: () => questions(page),
    where: () => where(page),
    documents: () => documents(page),
    signature: () => signing(page),
  };
  return html`<div class="order-form" aria-label="order" role="form">
    ${SECTIONS.map(([key, title]) => html`<section id=${`s-${key}`} aria-labelledby=${`h-${key}`}><h2 id=${`h-${key}`}>${title}</h2>${parts[key]!()}</section>`)}
  </div>`;
}

/** What leads to each section, with the number of things that are to be done there. */
export function rail(page: OrderPage): TemplateResult {
  const counts = new Map<string, number>();
  const wanted = new Set([...page.faults, ...(page.checked?.missing ?? []), ...(page.checked?.determination?.change ?? [])].map(({ where }) => where));
  for (const path of wanted) {
    const section = sectionOf(path);
    if (section !== null) counts.set(section, (counts.get(section) ?? 0) + 1);
  }
  const to = (key: string) => (event: Event) => {
    event.preventDefault();
    const section = document.getElementById(`s-${key}`);
    section?.scrollIntoView({ block: "start" });
    section?.querySelector<HTMLElement>("input:not(:disabled), select:not(:disabled), button:not(:disabled)")?.focus({ preventScroll: true });
  };
  return html`<nav class="rail" aria-label="sections of the order">
    ${SECTIONS.map(([key, title]) => {
      const count = counts.get(key) ?? 0;
      return html`<a href=${`#s-${key}`} class=${count > 0 ? "open" : ""} aria-label=${count > 0 ? `${title}, ${count} to be done` : title} @click=${to(key)}>${title}${count > 0 ? html` <b>${count}</b>` : nothing}</a>`;
    })}
  </nav>`;
}

function patient(page: OrderPage): TemplateResult {
  return html`<div class="fields">
      ${line(page, "patient.name", "Name", { size: "l" })} ${line(page, "patient.birth_date", "Date of birth", { type: "date", size: "s" })} ${choice(page, "patient.sex", "Sex", SEXES)}
      ${line(page, "patient.telephone", "Telephone", { type: "tel" })} ${line(page, "patient.record_number", "The office's record number", { size: "s" })}
    </div>
    <div class="fields">
      ${line(page, "patient.postal.street", "Street", { size: "l" })} ${line(page, "patient.postal.city", "City")} ${select(page, "patient.postal.state", "State", PLACES, "xs")}
      ${line(page, "patient.postal.zip", "ZIP", { size: "s" })} ${line(page, "patient.postal.country", "Country", { size: "s", upper: true })}
    </div>
    ${contacts(page)}`;
}

function orderer(page: OrderPage): TemplateResult {
  return html`<div class="fields">
    ${line(page, "orderer.name", "Name", { size: "l" })} ${line(page, "orderer.npi", "NPI", { size: "s" })} ${choice(page, "orderer.kind", "Who is", KINDS)}
    ${line(page, "orderer.telephone", "Telephone", { type: "tel" })} ${line(page, "orderer.fax", "Fax", { type: "tel" })} ${line(page, "orderer.specialty", "Specialty", { suggestions: ["cardiology", "internal medicine", "family medicine", "neurology"] })}
    ${line(page, "orderer.practice", "Practice", { size: "l" })} ${line(page, "orderer.country", "Practises in", { size: "s", upper: true })}
  </div>`;
}

const HELD: Readonly<Record<string, string>> = { yes: "✓ ", part: "◐ ", no: "✕ " };

/** Payers of whom the center knows a policy. */
function payers(page: OrderPage): readonly string[] {
  const told = page.checked?.payer?.payers ?? [];
  const known = told.length === 0 ? ["medicare"] : told;
  return page.demo && !known.includes(DEMO_PAYER) ? [...known, DEMO_PAYER] : known;
}

/** Which policy of the payer that is typed is held for the day. */
function policyHeld(page: OrderPage): TemplateResult {
  const told = page.checked?.payer ?? null;
  const demo = page.demo && told?.held !== "yes" ? ` ${DEMO_PAYER} is the demo's payer.` : "";
  const words = told === null || told.words === "" ? "Named as the center calls it: medicare." : `${HELD[told.held] ?? ""}${told.words}`;
  return html`<p class="hint payer-held" id="o-payer-held" role="status">${words}${demo}</p>`;
}

function payer(page: OrderPage): TemplateResult {
  return html`<div class="fields">
    ${line(page, "payer.id", "Payer", { suggestions: payers(page) })} ${select(page, "payer.state", "State of the service", PLACES)}
    ${line(page, "payer.contractor", "Contractor", { suggestions: ["novitas"], hint: "empty: by state" })} ${line(page, "payer.member", "Member number")}
  </div>
  ${policyHeld(page)}`;
}

function why(page: OrderPage): TemplateResult {
  return html`<div class="fields">${choice(page, "test", "What is ordered", optionsOf("test"))} ${choice(page, "indication", "Indication", optionsOf("indication"))} ${words(page, "indication_words", "In the physician's own words")}</div>
    ${diagnoses(page)} ${symptoms(page)}`;
}

function where(page: OrderPage): TemplateResult {
  const own: Part = textAt(page.order, "criteria") === "own" || textAt(page.order, "criteria_words") !== "" ? words(page, "criteria_words", "The physician's own criteria") : nothing;
  return html`<div class="fields">
    ${choice(page, "setting", "Where the patient will be", optionsOf("setting"))} ${line(page, "country", "Country", { size: "s", upper: true })} ${line(page, "days", "Days", { type: "number", size: "s" })}
    ${line(page, "start", "First day", { type: "date", size: "s" })} ${choice(page, "criteria", "By which criteria the physician is told", CRITERIA)} ${own}
  </div>`;
}
