/** What stands beside the form: the determination clause by clause, what is missing, and what would change it. */

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { plural } from "../chrome/format";
import type { Part } from "./controls";
import { textAt } from "./order";
import type { OrderPage } from "./page";
import { enrollment } from "./rules_view";
import { type At, type Checked, type Clause, type Determination, type Fact, metWords, OUTCOME, type Policy, type Stands, STANDS_SIGN } from "./told";
import { nameOf, QUESTIONS, sectionOf } from "./words";

export function beside(page: OrderPage): TemplateResult {
  const { checked, unchecked } = page;
  return html`${determination(page)}
    ${unchecked === null ? nothing : html`<p class="problem" role="alert">${checked === null ? "It could not be looked at" : "What stands here is of before: it could not be looked at again"}: ${unchecked}. It is tried again.</p>`}
    ${cautions(page, checked?.determination ?? null)} ${wanted(page)} ${enrollment(page)} ${checked?.determination == null ? nothing : clauses(page, checked.determination)}`;
}

// ---- the outcome -------------------------------------------------------------------------------------------

function determination(page: OrderPage): TemplateResult {
  const told = page.checked?.determination ?? null;
  const [sign, words] = outcome(page, told);
  const kind = (told?.outcome || "nothing").replaceAll(" ", "-");
  return html`<section class=${`determination is-${kind}`} aria-label="determination">
    <p class="outcome" role="status" aria-live="polite"><span class="sign" aria-hidden="true">${sign}</span> <b>${words}</b></p>
    <p class="summary">${summary(page, told)}</p>
    ${told?.policy == null ? nothing : policy(told.policy)}
    <p class="on"><label>For a service on <input name="on" type="date" .value=${live(page.open ? page.day : told?.date || page.day)} ?readonly=${!page.open} @change=${(event: Event) => page.askOn((event.target as HTMLInputElement).value)} /></label>
      ${told === null || told.clauses.length === 0 ? nothing : html`<span class="faint">${counts(told)}</span>`}</p>
  </section>`; // prettier-ignore
}

function outcome(page: OrderPage, told: Determination | null): readonly [string, string] {
  if (page.checked === null) return ["…", page.unchecked === null ? "Being looked at" : "Not looked at"];
  if (textAt(page.order, "payer.id").trim() === "") return ["–", "No payer given"];
  if (told === null || told.outcome === "") return ["–", "Nothing determined"];
  return OUTCOME[told.outcome];
}

/** A line below the outcome, without saying it again. */
function summary(page: OrderPage, told: Determination | null): string {
  if (page.checked === null) return "";
  if (textAt(page.order, "payer.id").trim() === "") return "Say who pays: a policy is chosen by payer, state and day.";
  if (told === null) return "The center holds no policies: it says nothing of coverage.";
  if (told.outcome === "incomplete" && told.clauses.length > 0) {
    const open = told.clauses.filter(({ stands }) => stands === "open" || stands === "against").length;
    return `${plural(open, "clause")} of the policy ${open === 1 ? "is" : "are"} not documented yet.`;
  }
  const rest = told.summary.replace(/^(covered|not covered|incomplete|policy not held)(: | )/i, "");
  return rest === "" ? "" : `${rest[0]!.toUpperCase()}${rest.slice(1)}${/[.!?]$/.test(rest) ? "" : "."}${told.outcome === "policy not held" ? " No other policy is taken instead." : ""}`;
}

function policy(one: Policy): TemplateResult {
  const dates = `${one.from === "" ? "" : `from ${one.from}`}${one.to === "" ? "" : ` to ${one.to}`}`.trim();
  return html`<p class="policy"><b>${one.id}</b>${one.version === "" || one.version === one.id ? nothing : html` <span class="faint">${one.version}</span>`} ${one.title}
    <span class="faint">${[one.contractor, one.jurisdiction].filter(Boolean).join(" · ")}${dates === "" ? nothing : html` · <span class="days">${dates}</span>`}</span>
    ${one.partial ? html`<b class="partial">held in part</b> <span class="faint">${one.missing}</span>` : nothing}</p>
    ${one.marks.length === 0 ? nothing : html`<details class="marks"><summary class="faint">how sure its data are</summary><ul>${one.marks.map((mark) => html`<li class="faint">${mark}</li>`)}</ul></details>`}`;
}

function counts(told: Determination): string {
  const of = (stands: Stands) => told.clauses.filter((one) => one.stands === stands).length;
  return [`${of("for")} met`, of("against") > 0 ? `${of("against")} not met` : "", of("open") > 0 ? `${of("open")} not documented` : ""].filter(Boolean).join(" · ");
}

/** What contradicts itself, and another policy before the service ends: each with the places to look at. */
function cautions(page: OrderPage, told: Determination | null): Part {
  if (told === null || told.cautions.length === 0) return nothing;
  return html`<section class="cautions" aria-label="to be looked at">
    <h2>Look at this <b>${told.cautions.length}</b></h2>
    <ul>${told.cautions.map((one) => html`<li><p>${one.words}</p>
      ${one.looks.length === 0 ? nothing : html`<ul class="asks">${one.looks.map((look) => html`<li>${ask(page, look)}${sectionOf(look.where) === null ? html` <span class="faint">${look.where}</span>` : nothing}</li>`)}</ul>`}</li>`)}</ul>
  </section>`; // prettier-ignore
}

// ---- what is to be done ------------------------------------------------------------------------------------

function wanted(page: OrderPage): TemplateResult {
  const { checked, faults } = page;
  const missing = checked?.missing ?? [];
  const loose = looseChanges(checked);
  const none = checked !== null && faults.length + missing.length === 0;
  return html`<section class="to-do" aria-label="what is to be done">
    ${faults.length === 0 ? nothing : html`<h2>Wrong <b>${faults.length}</b></h2>${items(page, faults, true)}`}
    <h2>Missing <b>${missing.length}</b> <span class="faint">${page.open && !none ? html`<kbd>m</kbd> goes to the first` : nothing}</span></h2>
    ${missing.length === 0 ? html`<p class="faint">${checked === null ? "Being looked at." : "Nothing that the center needs."}</p>` : items(page, missing)}
    ${loose.length === 0 ? nothing : html`<h2>What would change the outcome <b>${loose.length}</b></h2>${items(page, loose)}`}
  </section>`;
}

/** What would change the outcome and is said at no clause beneath. */
function looseChanges(checked: Checked | null): readonly At[] {
  const told = checked?.determination;
  if (told == null) return [];
  const open = new Set(told.clauses.filter(({ stands }) => stands === "against" || stands === "open").map(({ id }) => id));
  return unique(told.change.filter(({ clause: id }) => !open.has(id)));
}

const unique = (list: readonly At[]): readonly At[] => list.filter((one, at) => list.findIndex(({ where, words }) => where === one.where && words === one.words) === at);

const items = (page: OrderPage, list: readonly At[], named = false): TemplateResult => html`<ul>${list.map((one) => html`<li>${named ? html`<span class="faint">${nameOf(one.where)}:</span> ` : nothing}${ask(page, one)}${came(page, one)}</li>`)}</ul>`;

/** Where in a message a fault came in; somebody who has seen it may leave it so. */
const came = (page: OrderPage, one: At): Part =>
  one.origin === undefined ? nothing : html` <span class="faint">as it came in ${one.origin}</span> ${page.open ? html`<button type="button" class="quiet" ?disabled=${page.busy} @click=${() => page.leave(one.where)}>Seen, leave it</button>` : nothing}`;

/** Words that lead to the field they are about, where there is one. */
function ask(page: OrderPage, one: At): TemplateResult {
  const words = one.words === "" ? nameOf(one.where) : one.words;
  return sectionOf(one.where) === null ? html`<span>${words}</span>` : html`<button type="button" class="to" @click=${() => page.jump(one.where)}>${words}</button>`;
}

// ---- clause by clause --------------------------------------------------------------------------------------

const GROUPS: readonly (readonly [Stands, string, boolean])[] = [
  ["against", "Not met", true],
  ["open", "Not documented", true],
  ["for", "Met", true],
  ["aside", "Does not apply to an order, or not to this one", false],
];

function clauses(page: OrderPage, told: Determination): TemplateResult | typeof nothing {
  if (told.clauses.length === 0) return nothing;
  return html`<section class="clauses" aria-label="clause by clause">
    ${GROUPS.map(([stands, title, open]) => {
      const list = told.clauses.filter((one) => one.stands === stands);
      if (list.length === 0) return nothing;
      return html`<details ?open=${open} class=${`is-${stands}`}><summary><h2>${title} <b>${list.length}</b></h2></summary><ol>${list.map((one) => clause(page, told, one))}</ol></details>`;
    })}
  </section>`;
}

function clause(page: OrderPage, told: Determination, one: Clause): TemplateResult {
  const settled = one.stands === "for" || one.stands === "aside";
  const asks = settled ? [] : unique([...one.asks, ...told.change.filter((each) => each.clause === one.id)]);
  const facts = one.stands === "aside" ? [] : one.facts;
  return html`<li class="clause">
    <span class="sign" role="img" aria-label=${metWords(one)}>${STANDS_SIGN[one.stands]}</span>
    <div>
      <p>${one.text} <span class="faint source" title=${one.note}>${one.effect === "excludes" && settled === (one.outcome === "not met") ? `${metWords(one)} · ` : ""}${one.line}</span></p>
      ${facts.map((fact, at) => factLine(page, fact, facts.length > 1, facts[at - 1]))}
      ${asks.length === 0 ? nothing : html`<ul class="asks">${asks.map((each) => html`<li>${ask(page, each)}</li>`)}</ul>`}
    </div>
  </li>`;
}

/** A fact: what of it is so, in whose words, and where that stands. */
function factLine(page: OrderPage, fact: Fact, several: boolean, before?: Fact): TemplateResult {
  // What stands in the same words at the same place as the fact above is not said twice.
  if (fact.words !== "" && fact.words === before?.words && fact.where === before.where) return html`<p class="fact">${fact.name.replaceAll("_", " ")}: <b>${fact.value}</b></p>`;
  const words = fact.words === "" || fact.words === fact.value ? nothing : html` “${fact.words}”`;
  return html`<p class="fact">${several ? html`${fact.label}: ` : nothing}<b>${fact.value}</b>${words}${fact.where === "" ? nothing : html` · ${standsIn(page, fact)}`}</p>`;
}

/** Where a fact stands; it leads to the question that it answers. */
function standsIn(page: OrderPage, { name, where }: Fact): Part {
  const kept = /^register of this center, (s\d{6,})$/.exec(where);
  if (kept !== null && page.mayReadPatient) return html`<a class="faint" href=${`/service/${kept[1]}`}>${where}</a>`;
  const path = sectionOf(where) !== null ? where : QUESTIONS.some(({ key }) => key === name) ? `statements.${name}` : null;
  if (path === null) return html`${where}`;
  return html`<button type="button" class="to faint" @click=${() => page.jump(path)}>${path === where ? "in the order" : where}</button>`;
}
