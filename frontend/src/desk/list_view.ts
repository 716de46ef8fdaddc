/** The left column: the cases, most urgent first, with their age as a bar that grows towards the limit. */

import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { clockTime, coarse } from "../chrome/format";
import { properties } from "../chrome/properties";
import { endingsView } from "../service/ending";
import type { Case, Ending, Me, Tier } from "./entities";
import { ageOf, type Filter, filtersOf, heldByMe, isOpen, TIER_WORDS, undecided, VERDICT_WORDS } from "./order";
import { tierView } from "./parts";

export interface ListModel {
  readonly cases: readonly Case[];
  readonly counts: Readonly<Record<Filter, number>>;
  readonly filter: Filter;
  readonly selected: number | null;
  readonly me: Me | undefined;
  readonly now: number;
  readonly name: (one: { readonly patient: string; readonly stream: string }) => string;
  /** Services that end by themselves. */
  readonly endings: readonly Ending[];
}

export interface ListActs {
  readonly select: (id: number) => void;
  readonly filter: (filter: Filter) => void;
}

const FILTER_WORDS: Readonly<Record<Filter, string>> = { open: "Open", mine: "Mine", again: "Re-read", all: "All" };
const SPOKEN: Readonly<Partial<Record<Filter, string>>> = { again: "to be read again" };

export function listView(model: ListModel, acts: ListActs): TemplateResult {
  return html`<section class="cases" aria-label="cases">
    <div class="filters" role="group" aria-label="which cases">
      ${filtersOf(model.me).map(
        (filter) =>
          html`<button aria-pressed=${filter === model.filter} aria-label=${spoken(filter, model.counts[filter])} @click=${() => acts.filter(filter)}>${FILTER_WORDS[filter]} <b>${model.counts[filter]}</b></button>`,
      )}
      <kbd>f</kbd>
    </div>
    ${endingsView(model.endings, model.now, model.name)}
    ${model.cases.length === 0 ? emptyView(model) : rowsView(model, acts)}
  </section>`;
}

/** What a screen reader calls a button; nothing where its words say it. */
function spoken(filter: Filter, count: number): string | typeof nothing {
  const words = SPOKEN[filter];
  return words === undefined ? nothing : `${FILTER_WORDS[filter]} ${count}, ${words}`;
}

function rowsView(model: ListModel, acts: ListActs): TemplateResult {
  const first = model.cases[0]?.id;
  const groups = model.cases.map((one) => (model.filter === "again" ? "Second readings" : groupOf(one)));
  const size = (group: string) => groups.filter((other) => other === group).length;
  return html`<ul class="rows">
    ${repeat(
      model.cases,
      ({ id }) => id,
      (one, i) => html`<li class="row-item">
        ${groups[i] === groups[i - 1] ? nothing : html`<h2 class="group">${groups[i]} <span>${size(groups[i]!)}</span></h2>`}
        ${rowView(one, model, (model.selected ?? first) === one.id, acts)}
      </li>`,
    )}
  </ul>`;
}

function groupOf(one: Case): string {
  if (undecided(one)) return TIER_WORDS[one.tier as Tier];
  if (one.state === "notifying") return "To be told";
  return one.state === "closed" ? "Closed" : "Judged";
}

function rowView(one: Case, model: ListModel, focusable: boolean, acts: ListActs): TemplateResult {
  const { share, late, age, due } = ageOf(one, model.now);
  const selected = model.selected === one.id;
  return html`<button
    class=${`case${late ? " late" : ""}${isOpen(one) ? "" : " past"}`}
    data-id=${one.id}
    tabindex=${focusable ? 0 : -1}
    aria-current=${selected}
    @click=${() => acts.select(one.id)}
  >
    <span class="line first">${tierView(one)}<b class="name">${model.name(one)}</b><span class="age">${age}</span></span>
    <span class="line what">${one.title}</span>
    <span class="line under">
      <span class="state">${stateWords(one, model)}</span>
      ${one.escalated ? html`<b class="escalated">▲ escalated</b>` : nothing}
      <span class="due">${due}</span>
    </span>
    <span class=${late ? "bar full hatch" : "bar"} aria-hidden="true"
      >${share === null ? nothing : html`<i ${properties({ width: `${(share * 100).toFixed(1)}%` })}></i>`}</span
    >
  </button>`;
}

/** Who has it, or what came of it. */
function stateWords(one: Case, { me, now, filter }: ListModel): string {
  if (filter === "again") return `first read by ${one.first_reader?.name ?? "somebody"}`;
  if (one.verdict !== null && !undecided(one)) {
    const verdict = one.verdict.verdict === null ? "judged" : VERDICT_WORDS[one.verdict.verdict];
    return `${verdict}, ${one.verdict.by}${one.verdict.at_ms === null ? "" : ` ${clockTime(one.verdict.at_ms).slice(0, 5)}`}`;
  }
  if (heldByMe(one, me)) return "with you";
  if (one.held_by !== null) return `${one.held_by.name}${one.held_ms === null ? "" : `, ${coarse(now - one.held_ms)}`}`;
  return one.symptom === null ? "nobody has it" : "nobody has it · symptom";
}

function emptyView({ filter, counts }: ListModel): TemplateResult {
  if (filter === "mine")
    return html`<p class="none">You have no case. <b>Enter</b> takes the one that is selected; <kbd>f</kbd> shows the ${counts.open} open.</p>`;
  if (filter === "again") return html`<p class="none">Nothing is to be read a second time. Every emergent verdict comes here, and of others a share that is drawn.</p>`;
  if (filter === "open")
    return html`<p class="none">No case is open. New ones come here by themselves, the most urgent first.${counts.all > 0 ? html` <kbd>f</kbd> shows those that are judged.` : nothing}</p>`;
  return html`<p class="none">There has been no case. What the analysis finds and criteria ask for comes here by itself.</p>`;
}
