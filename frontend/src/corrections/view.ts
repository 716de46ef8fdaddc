/** The pages of corrections as markup: the list, the form, and one with what went out. */

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { coarse, plural, when } from "../chrome/format";
import { home } from "../chrome/home";
import type { CorrectionsPage } from "./page";
import { type CorrectionsTold, type CorrectionTold, type Form, inOrder, type Item, type Line, type Out, type Person, STATE_WORDS, type Whose } from "./told";

type Part = TemplateResult | typeof nothing;

export function correctionsView(page: CorrectionsPage): TemplateResult {
  const { told, one, failure, place } = page;
  const there = place.is === "one" ? one !== null : told !== null;
  return html`<div class="prescribe reports corrections">
    <header class="top">
      ${place.is === "list" ? html`<a class="brand" href="/">◂ ${home()}</a>` : html`<a class="brand" href="/corrections">◂ wrong patient</a>`}
      <h1>Wrong patient</h1>
      ${told === null ? nothing : html`<span>${plural(told.open, "item")} to follow up${told.overdue > 0 ? html`, <b>${told.overdue} overdue</b>` : nothing}</span>`}
      ${there && failure !== null ? html`<b class="cut">as of a while ago: ${failure}</b>` : nothing}
    </header>
    ${!there ? html`<main class="empty"><p role="status">${failure === null ? "Asked for." : `It cannot be shown: ${failure}.`}</p></main>` : body(page)}
  </div>`;
}

function body(page: CorrectionsPage): TemplateResult {
  const said = html`${page.problem === null ? nothing : html`<p class="problem" role="alert">${page.problem}</p>`}${
    page.done === null || page.done === "" ? nothing : html`<p class="done" role="status">${page.done}</p>`
  }`;
  if (page.place.is === "one") return html`<main class="inbox">${said}${single(page, page.one!)}</main>`;
  if (page.place.is === "new") return html`<main class="inbox">${said}${writing(page, page.told!)}</main>`;
  return html`<main class="inbox">${said}${list(page.told!)}</main>`;
}

// ---- the list ----------------------------------------------------------------------------------------------

const arrow = (one: Line): TemplateResult => html`${one.was.join(" / ")} <span aria-label="is">→</span> <b>${one.now.join(" / ")}</b>`;

function list(told: CorrectionsTold): TemplateResult {
  const start = (event: SubmitEvent) => {
    event.preventDefault();
    const typed = new FormData(event.target as HTMLFormElement).get("stream");
    location.assign(`/corrections?stream=${encodeURIComponent(String(typed).trim())}`);
  };
  return html`<section class="list" aria-label="corrections">
    <p>A period was on record for the wrong person: kits were mixed up, somebody else wore the transmitter, two patients were mistaken for one another.
      Nothing is overwritten; what went out under the wrong name is listed and followed up.</p>
    ${
      told.may_correct
        ? html`<form class="finding" @submit=${start}><label>Stream <input name="stream" required pattern="s[0-9]{6,}" placeholder="s000017" autocomplete="off" /></label><button>Say what is wrong</button>
            <span class="faint">or from the patient's page</span></form>`
        : nothing
    }
    ${
      told.corrections.length === 0
        ? html`<p class="none">No period was ever on record for the wrong person.</p>`
        : html`<div class="wide"><table>
            <thead><tr><th scope="col">Period</th><th scope="col">Was → is</th><th scope="col">Why</th><th scope="col">State</th><th scope="col" class="n">To follow up</th></tr></thead>
            <tbody>${told.corrections.map((one) => row(one, told.now_ms))}</tbody>
          </table></div>`
    }
  </section>`;
}

function row(one: Line, nowMs: number): TemplateResult {
  return html`<tr class=${one.overdue > 0 ? "overdue" : ""}>
    <th scope="row"><a href=${`/corrections/${one.correction}`}>${one.stream}${one.swap === null ? nothing : html` ⇄ ${one.swap}`}</a></th>
    <td>${arrow(one)}</td>
    <td class="out">${one.why}</td>
    <td>${STATE_WORDS[one.state]} <span class="faint">${when(one.applied_ms ?? one.at_ms, nowMs)}</span></td>
    <td class="n">${one.state !== "applied" ? "–" : one.open === 0 ? html`<span class="faint">all ${one.items} done</span>` : html`${one.open} of ${one.items}${one.overdue > 0 ? html`, <b>${one.overdue} late</b>` : nothing}`}</td>
  </tr>`;
}

// ---- a new one ---------------------------------------------------------------------------------------------

function writing(page: CorrectionsPage, told: CorrectionsTold): TemplateResult {
  const { form, checked } = page;
  const faults = checked?.faults ?? [];
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void page.propose();
  };
  return html`<form class="steps" @submit=${submit}>
    <section class="step" aria-label="what is wrong">
      <h2>1 · What is wrong</h2>
      ${checked === null ? html`<p class="faint">Asked for.</p>` : html`<p>${form.stream} is on record for ${person(checked.was)}</p>`}
      <label class="long">What happened <input name="why" required maxlength="500" autocomplete="off" placeholder="the kits of two patients were mixed up at the counter" .value=${live(form.why)} @input=${(event: InputEvent) => page.write({ why: value(event) })} /></label>
      <label>From when on the ECG is the other person's <input name="from" type="datetime-local" .value=${live(form.from)} @input=${(event: InputEvent) => page.write({ from: value(event) })} /></label>
      <p class="faint">Empty: the whole period was the other person's.</p>
    </section>
    <section class="step" aria-label="who is it">
      <h2>2 · Who is it</h2>
      <div class="tabs" role="group" aria-label="who is it">
        ${(
          [
            ["known", "somebody on file"],
            ["swap", "two were swapped"],
            ["new", "somebody new"],
          ] as const
        ).map(([who, words]) => html`<button type="button" aria-pressed=${form.who === who} @click=${() => page.write({ who })}>${words}</button>`)}
      </div>
      ${form.who === "known" ? known(page) : form.who === "swap" ? swapped(page, form) : fresh(page, form)}
      ${form.who === "swap" ? nothing : practices(page, told)}
    </section>
    <section class="step" aria-label="what went out">
      <h2>3 · What went out under the wrong name</h2>
      ${checked === null ? html`<p class="faint">Asked for.</p>` : outList(checked.ahead, "As far as is known now; the audit is looked through as well when it is carried out.")}
    </section>
    <section class="step" aria-label="two persons">
      <h2>4 · A second person confirms</h2>
      <p>Nothing changes now: somebody else of enrollment, or a supervisor, reads this and confirms it.</p>
      ${faults.map((one) => html`<p class="missing">${one}</p>`)}
      <div class="buttons"><button class="primary" ?disabled=${page.busy || faults.length > 0}>Ask for confirmation</button> <a href="/corrections">leave it</a></div>
    </section>
  </form>`;
}

const value = (event: Event): string => (event.target as HTMLInputElement).value;

function known(page: CorrectionsPage): TemplateResult {
  const { persons, form } = page;
  return html`<label class="long">Find <input name="find" type="search" autocomplete="off" placeholder="name, number or date of birth" .value=${live(page.looked)} @input=${(event: InputEvent) => page.look(value(event))} /></label>
    ${persons === null ? nothing : persons.length === 0 ? html`<p class="none">Nobody on file has that name, number or date of birth.</p>` : html`<ul class="persons">${persons.map((one) => choice(page, one))}</ul>`}
    ${form.person === null ? html`<p class="faint">Nobody is chosen.</p>` : html`<p>Chosen: <b>${form.person.name}</b> ${form.person.birth_date} <span class="faint">patient ${form.person.patient}</span></p>`}`;
}

function choice(page: CorrectionsPage, one: Person): TemplateResult {
  return html`<li><button type="button" aria-pressed=${page.form.person?.patient === one.patient} @click=${() => page.write({ person: one })}>
    <b>${one.name}</b> ${one.birth_date === "" ? html`<span class="faint">birth date not known</span>` : one.birth_date}
    <span class="faint">patient ${one.patient} · ${one.streams.map(({ stream, open }) => `${stream}${open ? " (open)" : ""}`).join(", ")}</span></button></li>`;
}

function swapped(page: CorrectionsPage, form: Form): TemplateResult {
  return html`<label>The other's stream <input name="swap" autocomplete="off" placeholder="s000018" .value=${live(form.swap)} @input=${(event: InputEvent) => page.write({ swap: value(event) })} /></label>
    <p class="faint">Each takes name, practice, physician, signed criteria, ladder and notes along.</p>`;
}

function fresh(page: CorrectionsPage, form: Form): TemplateResult {
  return html`<label class="long">Complete name <input name="name" autocomplete="off" maxlength="200" placeholder="Family, Given" .value=${live(form.name)} @input=${(event: InputEvent) => page.write({ name: value(event) })} /></label>
    <label>Date of birth <input name="birth" autocomplete="off" placeholder="1951-02-28" .value=${live(form.birth)} @input=${(event: InputEvent) => page.write({ birth: value(event) })} /></label>`;
}

function practices(page: CorrectionsPage, told: CorrectionsTold): TemplateResult {
  return html`<label>Their practice <select name="practice" @change=${(event: Event) => page.write({ practice: value(event) })}>
    <option value="">none yet</option>${told.practices.map((one) => html`<option value=${one.id} ?selected=${String(one.id) === page.form.practice}>${one.name}</option>`)}
  </select></label>
  <p class="faint">Its physicians see the patient from then on; the other practice no more.</p>`;
}

// ---- one ---------------------------------------------------------------------------------------------------

const person = (one: Whose): TemplateResult =>
  html`<b>${one.name}</b> ${one.birth_date} <span class="faint">patient ${one.patient}${one.practice === "" ? "" : ` · ${one.practice}`}${one.physician === "" ? "" : ` · ordered by ${one.physician}`}</span>`;

function single(page: CorrectionsPage, one: CorrectionTold): TemplateResult {
  return html`<section class="step" aria-label="the correction">
      <h2>${one.stream}${one.swap === null ? nothing : html` ⇄ ${one.swap}`} <span class="faint">${STATE_WORDS[one.state]}</span></h2>
      ${
        one.parts.length === 0
          ? html`<p>${arrow(one)}${one.practice === "" ? nothing : html` <span class="faint">of ${one.practice}</span>`}</p>`
          : one.parts.map(
              (part) => html`<p><a href=${`/patient/${part.stream}`}>${part.stream}</a>: was on record as ${person(part.was)} until ${when(one.applied_ms ?? one.at_ms, one.now_ms)}, is ${person(part.is)}</p>`,
            )
      }
      <p>${one.since_ms === null ? "The whole period." : `From ${when(one.since_ms, one.now_ms)} on; what lies before stays as it was.`} “${one.why}”</p>
      <p class="faint">Said by ${one.by}, ${when(one.at_ms, one.now_ms)}${one.confirmed_ms === null ? "" : `; confirmed by ${one.confirmed_by}, ${when(one.confirmed_ms, one.now_ms)}`}${one.dropped_why === "" ? "" : `; dropped: ${one.dropped_why}`}</p>
      ${one.trouble === "" ? nothing : html`<p class="problem" role="alert">It could not be carried out so far: ${one.trouble}. It is tried again every minute.</p>`}
      ${deciding(page, one)}
    </section>
    ${
      one.state === "applied"
        ? followed(page, one)
        : one.state === "dropped"
          ? nothing
          : html`<section class="step" aria-label="what went out"><h2>What went out under the wrong name</h2>${outList(one.ahead, "As far as is known now; the audit is looked through as well when it is carried out.")}</section>`
    }`;
}

function deciding(page: CorrectionsPage, one: CorrectionTold): Part {
  if (one.state !== "proposed" && one.state !== "confirmed") return nothing;
  const drop = (event: SubmitEvent) => {
    event.preventDefault();
    page.drop(String(new FormData(event.target as HTMLFormElement).get("why")));
  };
  return html`<div class="deciding">
    ${one.state === "proposed" ? html`<button class="primary" ?disabled=${!one.may.confirm || page.busy} @click=${() => page.confirm()}>Confirm: it is ${one.now.join(" / ")}</button>` : nothing}
    ${one.why_not === "" ? nothing : html`<span class="faint">${one.why_not}</span>`}
    ${one.may.drop ? html`<form @submit=${drop}><input name="why" required maxlength="500" autocomplete="off" aria-label="why it is dropped" placeholder="why it is no mistake" /><button>Drop it</button></form>` : nothing}
  </div>`;
}

function outList(ahead: readonly Out[], note: string): TemplateResult {
  return html`<div class="wide"><table><tbody>${ahead.map(
    (one) => html`<tr><th scope="row">${one.what}</th><td class="out">${one.words}</td><td class="faint">tell: ${one.tell}</td></tr>`,
  )}</tbody></table></div><p class="faint">${note}</p>`;
}

function followed(page: CorrectionsPage, one: CorrectionTold): TemplateResult {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    void page.follow(String(new FormData(form).get("how"))).then((ok) => ok && form.reset());
  };
  const count = page.chosen.size;
  return html`<section class="step list" aria-label="what is to be followed up">
    <h2>What went out, and who must be told <span class="faint">${one.open === 0 ? "all is done" : `${one.open} of ${one.items} open`}</span></h2>
    <div class="wide"><table>
      <thead><tr><th scope="col"></th><th scope="col">What</th><th scope="col">Who must be told</th><th scope="col">By when</th><th scope="col">Done</th></tr></thead>
      <tbody>${inOrder(one.list).map((item) => itemRow(page, one, item))}</tbody>
    </table></div>
    ${
      one.may.follow && one.open > 0
        ? html`<form class="finding" @submit=${submit}><label class="long">How ${count === 0 ? "" : `(${plural(count, "item")})`} <input name="how" required maxlength="1000" autocomplete="off" placeholder="Dr. Fib was told by telephone and takes the report out of the file" /></label>
            <button class="primary" ?disabled=${count === 0 || page.busy}>${count === 0 ? "Choose what was done" : "It is done"}</button></form>`
        : nothing
    }
  </section>`;
}

function itemRow(page: CorrectionsPage, one: CorrectionTold, item: Item): TemplateResult {
  const last = item.log[item.log.length - 1];
  const left = item.due_ms - one.now_ms;
  const open = item.state === "open";
  const reopen = () => {
    const why = prompt("Why was that not enough?");
    if (why !== null && why.trim() !== "") void page.reopen(item.item, why);
  };
  return html`<tr class=${item.overdue ? "overdue" : ""}>
    <td>${open && one.may.follow ? html`<input type="checkbox" aria-label=${`done: ${item.words}`} .checked=${live(page.chosen.has(item.item))} @change=${() => page.choose(item.item)} />` : nothing}</td>
    <th scope="row"><span class="what">${item.what}</span><br /><span class="words">${item.words}</span></th>
    <td>${item.tell}</td>
    <td>${!open ? nothing : item.overdue ? html`<b>late by ${coarse(-left)}</b>` : `in ${coarse(left)}`}</td>
    <td>${last === undefined ? nothing : html`${last.opened ? "opened again: " : ""}${last.how} <span class="faint">${last.by}, ${when(last.at_ms, one.now_ms)}</span>`}
      ${!open && one.may.follow ? html`<button class="small" @click=${reopen}>not enough</button>` : nothing}</td>
  </tr>`;
}
