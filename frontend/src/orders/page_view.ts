/** An order as markup: the form at the left; what is missing, the determination and what people decide at the right. */

import { html, nothing, type TemplateResult } from "lit";
import { when } from "../chrome/format";
import { beside } from "./beside_view";
import type { Part } from "./controls";
import { deciding, history } from "./deciding_view";
import { form, rail } from "./form_view";
import type { OrderPage } from "./page";
import { nameOf, valueWords } from "./words";

export function orderView(page: OrderPage): TemplateResult {
  const known = page.number === null || page.told !== null;
  return html`<div class="prescribe orders one">
    ${top(page)}
    ${
      known
        ? html`<main class="sheet-of">
            <div class="filling">${rail(page)} ${conflict(page)} ${form(page)}</div>
            <aside class="side" aria-label="what the center and the payer ask">
              <p class="done" role="status">${page.done ?? nothing}</p>
              ${keeping(page)} ${deciding(page)} ${beside(page)} ${history(page)}
              <p class="faint keys"><kbd>Ctrl+S</kbd> save <kbd>m</kbd> first missing <kbd>i</kbd> orders <kbd>Esc</kbd> not now</p>
            </aside>
          </main>`
        : html`<main class="empty"><h2>Order ${page.number}</h2><p role="status">${page.failure === null ? "Asked for." : `It cannot be shown: ${page.failure}.`}</p><p><a href="/orders">All orders</a></p></main>`
    }
  </div>`;
}

const CAME: Readonly<Record<string, string>> = { form: "entered here", hl7: "came over HL7", fhir: "came over FHIR" };

function top(page: OrderPage): TemplateResult {
  const { told, failure, number } = page;
  const from = told === null ? "" : [`order ${told.number}`, told.practice, CAME[told.source] ?? "", told.received_ms > 0 ? when(told.received_ms, told.now_ms) : ""].filter(Boolean).join(" · ");
  return html`<header class="top">
    <a class="brand" href="/orders" title="all orders (i)">◂ orders</a>
    <h1>${number === null ? "A new order" : page.title} <span class="faint">${from}</span></h1>
    ${told !== null && told.stream !== "" && page.mayReadPatient ? html`<a href=${`/patient/${told.stream}`}>ECG</a>` : nothing}
    ${page.demo && page.open && number === null ? html`<button type="button" title="of nobody; nothing is sent before you save" @click=${() => page.example()}>Fill in an example</button>` : nothing}
    ${told !== null && failure !== null ? html`<b class="cut">as of a while ago: ${failure}</b>` : nothing}
  </header>`;
}

/** Whether what stands in the form is on record; where it is not, why, and what can be done. */
function keeping(page: OrderPage): Part {
  const { draft, removed } = page;
  const problem = page.problems.get("save");
  if (!page.open) return page.number === null && page.requests.me !== null ? html`<p class="problem">Your role does not write orders.</p>` : nothing;
  const back = draft.restored ? html`<p><b>What was typed before and not kept was brought back.</b></p>` : nothing;
  return html`<section class="keeping" aria-label="on record or not">
    ${back} ${whose(page)}
    <p class="buttons">
      <button type="button" class="main" ?disabled=${page.busy || (page.number !== null && !draft.dirty)} @click=${() => void page.save()}>${page.busy ? "Being kept" : "Save"}</button>
      <span class="faint">${page.number === null ? "Not on record yet. It can be saved incomplete: it is held until nothing is missing." : draft.dirty ? "Changed, and not on record yet." : "On record as it stands."}</span>
      ${draft.dirty && page.number !== null && draft.theirs === null ? html`<button type="button" class="quiet" @click=${() => page.letGo()}>Back to what is on record</button>` : nothing}
    </p>
    ${removed === null ? nothing : html`<p role="status">Taken out: ${removed.words}. <button type="button" class="quiet" @click=${() => page.undo()}>Undo <kbd>u</kbd></button></p>`}
    ${problem === undefined ? nothing : html`<p class="problem" role="alert">${problem} <span>What you typed is still here.</span></p>`}
  </section>`;
}

/** Whose order a new one is, where somebody of the center enters it. */
function whose(page: OrderPage): Part {
  if (page.number !== null || page.practices.length === 0) return nothing;
  const choose = (event: Event) => page.ofPractice(Number((event.target as HTMLSelectElement).value) || null);
  return html`<p><label>Ordering practice <select name="practice" @change=${choose}>
    <option value="">as the NPI says</option>${page.practices.map((one) => html`<option value=${one.id} ?selected=${one.id === page.practice}>${one.name}</option>`)}
  </select></label></p>`;
}

/** Somebody else wrote meanwhile: both are shown, field by field, and one of each is taken. */
function conflict(page: OrderPage): Part {
  const { draft } = page;
  if (draft.theirs === null) return nothing;
  const { conflicts } = draft;
  const pick = (path: string, theirs: boolean, words: unknown) =>
    html`<label><input type="radio" name=${`conflict-${path}`} .checked=${page.theirs.has(path) === theirs} @change=${() => page.takeTheirs(path, theirs)} /> <span>${valueWords(words)}</span></label>`;
  return html`<section class="unkept" role="alert" aria-label="changed meanwhile">
    <p><b>Somebody else changed this order meanwhile.</b> What you typed is still here. ${conflicts.length === 0 ? "You changed other fields: both can be kept." : "Choose what holds where both of you wrote:"}</p>
    ${
      conflicts.length === 0
        ? nothing
        : html`<table><thead><tr><th scope="col">Field</th><th scope="col">You</th><th scope="col">They</th></tr></thead>
            <tbody>${conflicts.map(({ path, mine, theirs }) => html`<tr><th scope="row">${nameOf(path)}</th><td>${pick(path, false, mine)}</td><td>${pick(path, true, theirs)}</td></tr>`)}</tbody></table>`
    }
    <p class="buttons"><button type="button" class="main" @click=${() => page.settle()}>Go on with this</button> <button type="button" @click=${() => page.letGo()}>Take all of theirs</button></p>
  </section>`;
}
