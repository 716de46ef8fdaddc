/** The page of a ladder as markup: the plan at the left, what would come of it at the right. */

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { home } from "../chrome/home";
import { properties } from "../chrome/properties";
import { plural } from "../chrome/format";
import { dial } from "../desk/call";
import type { LadderPage, LadderTold, Looked } from "./ladder";
import { faultsAt, LADDER_TIERS, type LadderTier, newKey, newRung, NUMBER_KINDS, type PlanForm, ROLES } from "./plan";
import { pathOf } from "./told";

const SOURCES: Readonly<Record<LadderTold["source"], string>> = {
  own: "A plan of its own",
  practice: "The practice's plan; what is saved here is the patient's own",
  order: "No plan was set: the ordering physician, at any hour",
  none: "No plan was set, and nobody can be called",
};

export function ladderView(page: LadderPage): TemplateResult {
  const { told, form } = page;
  return html`<div class="prescribe">
    ${top(page)}
    ${
      told === null || form === null
        ? html`<main class="empty"><h2>Who is called</h2><p role="status">${page.failure === null ? "Asked for." : `It cannot be shown: ${page.failure}.`}</p></main>`
        : html`<main class="sheet-of ladder-form">
            <section class="numbers plan" aria-label="plan">
              <fieldset ?disabled=${!told.may_set}>${persons(page, form)} ${cover(page, form)} ${LADDER_TIERS.map((tier) => ladder(page, told, form, tier))}</fieldset>
            </section>
            ${side(page, told)}
          </main>`
    }
  </div>`;
}

function top({ told }: LadderPage): TemplateResult {
  return html`<header class="top">
    <a class="brand" href="/">◂ ${home()}</a>
    <h1>Who is called for ${told === null ? "…" : (told.patient ?? told.practice?.name)} <span class="faint">${told?.stream ?? "practice"}</span></h1>
    ${told?.stream == null ? nothing : html`<a href=${`/patient/${told.stream}`}>patient</a>`}
    ${told?.stream != null && told.practice !== null ? html`<a href=${`/ladder/practice/${told.practice.id}`}>plan of ${told.practice.name}</a>` : nothing}
    ${told === null ? nothing : html`<a href=${`/criteria/${pathOf(told)}`}>criteria</a>`}
  </header>`;
}

// ---- fields ------------------------------------------------------------------------------------------------

const said = (page: LadderPage, where: string): TemplateResult | typeof nothing => {
  const words = faultsAt(page.faults, where);
  return words.length === 0 ? nothing : html`<p class="problem" id=${`fault-${where}`} role="alert">${words.join("; ")}</p>`;
};

interface Field {
  readonly where: string;
  readonly label: string;
  readonly value: string;
  readonly hint?: string;
  readonly kind?: string;
  readonly set: (form: PlanForm, text: string) => void;
}

const input = (page: LadderPage, { where, label, value, hint = "", kind = "text", set }: Field): TemplateResult => {
  const wrong = faultsAt(page.faults, where).length > 0;
  return html`<input type=${kind} name=${where} aria-label=${label} placeholder=${hint} autocomplete="off" aria-invalid=${wrong} aria-describedby=${wrong ? `fault-${where}` : nothing}
    .value=${live(value)} @input=${(event: InputEvent) => page.change((form) => set(form, (event.target as HTMLInputElement).value))} />`; // prettier-ignore
};

function choice(page: LadderPage, { where, label, value, set }: Field, options: readonly (readonly [string, string])[]): TemplateResult {
  const wrong = faultsAt(page.faults, where).length > 0;
  const known = options.some(([one]) => one === value) ? options : [...options, [value, value === "" ? "choose" : value] as const];
  return html`<select name=${where} aria-label=${label} aria-invalid=${wrong} @change=${(event: Event) => page.change((form) => set(form, (event.target as HTMLSelectElement).value))}>
    ${known.map(([one, words]) => html`<option value=${one} .selected=${one === value}>${words}</option>`)}
  </select>`;
}

const button = (page: LadderPage, words: string, act: (form: PlanForm) => void, label = words, able = true): TemplateResult =>
  html`<button type="button" class="quiet" aria-label=${label} ?disabled=${!able} @click=${() => page.change(act)}>${words}</button>`;

const same = (list: readonly string[]): readonly (readonly [string, string])[] => list.map((one) => [one, one.replaceAll("-", " ")] as const);
const people = (form: PlanForm): readonly (readonly [string, string])[] => form.persons.map(({ key, name }) => [key, name || "somebody without a name"] as const);

// ---- who ---------------------------------------------------------------------------------------------------

function persons(page: LadderPage, form: PlanForm): TemplateResult {
  return html`<section><h2>Contacts <b>${form.persons.length}</b></h2>
    ${form.persons.length === 0 ? html`<p class="faint">Nobody yet.</p>` : nothing} ${said(page, "persons")}
    ${form.persons.map(
      (person, i) => html`<div class="person" role="group" aria-label=${person.name || "new contact"}>
        <div class="line">
          ${input(page, { where: `persons[${i}].name`, label: "name", value: person.name, hint: "name", set: (plan, text) => void (plan.persons[i]!.name = text) })}
          ${choice(page, { where: `persons[${i}].role`, label: "role", value: person.role, set: (plan, text) => void (plan.persons[i]!.role = text) }, same(ROLES))}
          ${button(page, "+ number", (plan) => void plan.persons[i]!.numbers.push({ kind: "mobile", number: "", hours: "" }), `another number of ${person.name}`)}
          ${button(page, "remove", (plan) => void plan.persons.splice(i, 1), `remove ${person.name}`)}
        </div>
        ${said(page, `persons[${i}].name`)} ${said(page, `persons[${i}].role`)} ${said(page, `persons[${i}].numbers`)}
        ${person.numbers.map(
          (_, j) => html`<div class="line sub">${number(page, form, i, j)}</div>
            ${said(page, `persons[${i}].numbers[${j}].kind`)} ${said(page, `persons[${i}].numbers[${j}].number`)} ${said(page, `persons[${i}].numbers[${j}].hours`)}`,
        )}
      </div>`,
    )}
    ${button(page, "+ contact", (plan) => void plan.persons.push({ key: newKey(plan.persons), name: "", role: "physician", numbers: [{ kind: "mobile", number: "", hours: "" }] }))}
  </section>`;
}

function number(page: LadderPage, form: PlanForm, i: number, j: number): TemplateResult {
  const { kind, number: dialled, hours } = form.persons[i]!.numbers[j]!;
  const where = `persons[${i}].numbers[${j}]`;
  return html`${choice(page, { where: `${where}.kind`, label: "kind of number", value: kind, set: (plan, text) => void (plan.persons[i]!.numbers[j]!.kind = text) }, same(NUMBER_KINDS))}
    ${input(page, { where: `${where}.number`, label: "number", value: dialled, hint: "+1 555 …", kind: "tel", set: (plan, text) => void (plan.persons[i]!.numbers[j]!.number = text) })}
    ${input(page, { where: `${where}.hours`, label: "in use", value: hours, hint: "always, or mon-fri 08:00-17:00", set: (plan, text) => void (plan.persons[i]!.numbers[j]!.hours = text) })}
    ${button(page, "✕", (plan) => void plan.persons[i]!.numbers.splice(j, 1), `remove number ${dialled}`)}`;
}

// ---- who covers when ---------------------------------------------------------------------------------------

function cover(page: LadderPage, form: PlanForm): TemplateResult {
  return html`<section><h2>Who covers</h2>
    <p class="line">
      <label>Times are of ${input(page, { where: "zone", label: "time zone", value: form.zone, hint: "America/New_York", set: (plan, text) => void (plan.zone = text) })}</label>
      <label>Holidays ${input(page, { where: "holidays", label: "holidays", value: form.holidays, hint: "2026-12-25, …", set: (plan, text) => void (plan.holidays = text) })}</label>
    </p>
    ${said(page, "zone")} ${said(page, "holidays")}
    ${form.cover.map(
      ({ when, person }, i) => html`<div class="line">
          ${input(page, { where: `cover[${i}]`, label: "hours of cover", value: when, hint: "mon-fri 17:00-08:00", set: (plan, text) => void (plan.cover[i]!.when = text) })}
          ${choice(page, { where: `cover[${i}].person`, label: "who covers", value: person, set: (plan, text) => void (plan.cover[i]!.person = text) }, people(form))}
          ${button(page, "✕", (plan) => void plan.cover.splice(i, 1), `remove these hours of cover`)}
        </div>
        ${said(page, `cover[${i}]`)} ${["days", "from", "to", "person"].map((name) => said(page, `cover[${i}].${name}`))}`,
    )}
    ${form.exceptions.map((one, i) => instead(page, form, one, i))}
    ${button(page, "+ hours", (plan) => void plan.cover.push({ when: "", person: plan.persons[0]?.key ?? "" }))}
    ${button(page, "+ exception", (plan) => void plan.exceptions.push({ from: "", to: "", person: "" }))}
  </section>`;
}

function instead(page: LadderPage, form: PlanForm, { from, to, person }: PlanForm["exceptions"][number], i: number): TemplateResult {
  const where = `exceptions[${i}]`;
  return html`<div class="line">
      <span class="faint">but from</span>
      ${input(page, { where: `${where}.from`, label: "exception from", value: from, kind: "datetime-local", set: (plan, text) => void (plan.exceptions[i]!.from = text) })}
      <span class="faint">to</span>
      ${input(page, { where: `${where}.to`, label: "exception to", value: to, kind: "datetime-local", set: (plan, text) => void (plan.exceptions[i]!.to = text) })}
      ${choice(page, { where: `${where}.person`, label: "who covers instead", value: person, set: (plan, text) => void (plan.exceptions[i]!.person = text) }, [["", "nobody"], ...people(form)])}
      ${button(page, "✕", (plan) => void plan.exceptions.splice(i, 1), "remove this exception")}
    </div>
    ${["from", "to", "person"].map((name) => said(page, `${where}.${name}`))}`; // prettier-ignore
}

// ---- in what order -----------------------------------------------------------------------------------------

const TIER_WORDS: Readonly<Record<LadderTier, string>> = { emergent: "Emergent: call now", urgent: "Urgent", daily: "Daily list" };

function ladder(page: LadderPage, told: LadderTold, form: PlanForm, tier: LadderTier): TemplateResult {
  const { rungs } = form.ladders[tier];
  const usual = told.usual[tier];
  const who: readonly (readonly [string, string])[] = [["cover", "whoever covers"], ...people(form)];
  return html`<section aria-label=${TIER_WORDS[tier]}><h2>${TIER_WORDS[tier]}</h2>
    ${said(page, `ladders.${tier}`)}
    ${rungs.map((rung, i) => {
      const where = `ladders.${tier}.rungs[${i}]`;
      const small = (name: "tries" | "retry_s" | "wait_s", label: string) =>
        input(page, { where: `${where}.${name}`, label: `${label}, step ${i + 1}`, value: rung[name], set: (plan, text) => void (plan.ladders[tier].rungs[i]![name] = text) });
      return html`<div class="line rung">
          <b>${i + 1}</b>
          ${choice(page, { where: `${where}.who`, label: `who, step ${i + 1}`, value: rung.who, set: (plan, text) => void (plan.ladders[tier].rungs[i]!.who = text) }, who)}
          <label>${small("tries", "tries")} tries</label> <label>${small("retry_s", "seconds between tries")} s apart</label> <label>then wait ${small("wait_s", "seconds to wait")} s</label>
          ${input(page, { where: `${where}.hours`, label: `hours, step ${i + 1}`, value: rung.hours, hint: "at any hour", set: (plan, text) => void (plan.ladders[tier].rungs[i]!.hours = text) })}
          ${button(page, "↑", (plan) => swap(plan.ladders[tier].rungs, i - 1), `step ${i + 1} earlier`, i > 0)}
          ${button(page, "✕", (plan) => void plan.ladders[tier].rungs.splice(i, 1), `remove step ${i + 1}`)}
        </div>
        ${["who", "tries", "retry_s", "wait_s", "hours"].map((name) => said(page, `${where}.${name}`))}`;
    })}
    <div class="line">
      ${button(page, "+ step", (plan) => void plan.ladders[tier].rungs.push(newRung(plan.persons[0]?.key ?? "cover", usual)), `another step, ${tier}`)}
      <label>nobody reached: again after ${input(page, { where: `ladders.${tier}.again_s`, label: `seconds until the next round, ${tier}`, value: form.ladders[tier].again_s, hint: String(usual?.again_s ?? ""), set: (plan, text) => void (plan.ladders[tier].again_s = text) })} s</label>
      ${tier === "daily" ? html`<label>from ${input(page, { where: "ladders.daily.at", label: "time of the daily list", value: form.ladders.daily.at, hint: "09:00", set: (plan, text) => void (plan.ladders.daily.at = text) })}</label>` : nothing}
    </div>
    ${said(page, `ladders.${tier}.again_s`)} ${said(page, `ladders.${tier}.at`)}
  </section>`;
}

function swap<T>(list: T[], at: number): void {
  list.splice(at, 2, list[at + 1]!, list[at]!);
}

// ---- what comes of it --------------------------------------------------------------------------------------

function side(page: LadderPage, told: LadderTold): TemplateResult {
  const looked = page.looked ?? told.looked;
  return html`<aside class="side">
    <section>
      <h2>${SOURCES[told.source]}${told.version > 0 ? html` <span class="faint">version ${told.version}</span>` : nothing}</h2>
      ${
        told.may_set
          ? html`<p class="buttons">
              <button class="main" ?disabled=${page.busy || (!page.edited && told.source === "own")} @click=${() => void page.save()}>Save</button>
              ${page.edited ? html`<button class="quiet" @click=${() => void page.load()}>Start over</button>` : nothing}
              <span role="status">${page.done ?? nothing}</span>
            </p>`
          : html`<p class="faint">You can read this.</p>`
      }
      ${page.faults.length > 0 ? html`<p class="problem">${plural(page.faults.length, "fault")}: each is said at its field.</p>` : nothing}
      ${page.problem === null ? nothing : html`<p class="problem" role="alert">${page.problem}</p>`}
    </section>
    ${flaws(looked)} ${calls(page, looked)} ${days(looked)}
  </aside>`;
}

function calls(page: LadderPage, { calls: of }: Looked): TemplateResult {
  return html`<section aria-label="who would be called">
    <h2>If something happened ${page.at === "" ? "now" : `at ${page.at.replace("T", " ")}`}, and nobody answered</h2>
    <p class="line"><label>at <input type="datetime-local" name="at" aria-label="when something happens" .value=${live(page.at)} @input=${(event: InputEvent) => page.ask((event.target as HTMLInputElement).value)} /></label> <span class="faint">on this screen's clock; empty: now. Below, times of ${page.form?.zone ?? ""}</span></p>
    ${LADDER_TIERS.map((tier) => {
      const list = of[tier] ?? [];
      return html`<h3>${TIER_WORDS[tier]}</h3>
        ${list.length === 0 ? html`<p class=${page.faults.length > 0 ? "faint" : "problem"}>${page.faults.length > 0 ? "Known once the plan has no faults." : "Nobody would be called: the supervisor is told."}</p>` : nothing}
        <ol class="would">${list.map(({ local, name, role, number: dialled, kind }) => html`<li><span class="faint">${local}</span><span><b>${name}</b> <span class="faint">${role.replaceAll("-", " ")}, ${kind}</span></span><a href=${dial(dialled)}>${dialled}</a></li>`)}</ol>`;
    })}
  </section>`;
}

function flaws({ flaws: list, covering }: Looked): TemplateResult | typeof nothing {
  if (!covering) return nothing;
  return html`<section aria-label="holes and overlaps">
    <h2>Holes and overlaps of four weeks <b>${list.length}</b></h2>
    ${list.length === 0 ? html`<p class="faint">Somebody covers at every hour, and one alone.</p>` : html`<ul class="flaws">${list.map(({ words }) => html`<li>${words}</li>`)}</ul>`}
  </section>`;
}

function days({ days: list }: Looked): TemplateResult | typeof nothing {
  if (list.length === 0) return nothing;
  return html`<section class="days" aria-label="who is on when">
    <h2>Who is on when</h2>
    ${list.map(
      ({ day, holiday, parts }) => html`<div class="day"><span class="faint">${day}${holiday ? " ✶" : ""}</span>
        <div class="bar">${parts.map(({ from, to, words, who, kind }) => html`<span class=${`part ${kind}`} ${properties({ left: `${from}%`, width: `${to - from}%` })} title=${`${words} ${who.join(" and ") || "nobody"}`}>${who.join(" + ") || "nobody"}</span>`)}</div></div>`,
    )}
  </section>`;
}
