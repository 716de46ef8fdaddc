/** What people decide about an order: sign, take a paper signature in, return, refuse, withdraw, enroll; and what was done. */

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { dayText } from "../administration/form";
import { when } from "../chrome/format";
import type { Part } from "./controls";
import { enrollPanel } from "./enrolling_view";
import { fileField } from "./lists_view";
import { textAt } from "./order";
import type { OrderPage, Panel } from "./page";
import { proof } from "./signing_view";
import { type OrderTold, stateWords } from "./told";

export const problem = (page: OrderPage, place: string): Part => {
  const words = page.problems.get(place);
  return words === undefined ? nothing : html`<p class="problem" role="alert">${words}</p>`;
};

export function deciding(page: OrderPage): Part {
  const { told } = page;
  if (page.number === null || told === null) return nothing;
  return html`<section class="deciding" aria-label="decide" tabindex="-1">
    ${after(page, told)} ${whose(page, told)}
    ${page.panel === "" ? buttons(page, told) : panel(page)}
    ${page.panel === "enroll" ? nothing : problem(page, "panel")}
  </section>`;
}

/** What must be known before anything is decided. */
function after(page: OrderPage, told: OrderTold): Part {
  return html`<p><b>${stateLine(told)}</b></p>
    ${told.returned === "" ? nothing : html`<p><b>Given back by ${told.returned_by}:</b> ${told.returned} <span class="faint">It goes on when it is saved again.</span></p>`}
    ${told.stream === "" ? nothing : html`<p>${page.mayReadPatient ? html`<a href=${`/patient/${told.stream}`}>The patient's page</a> · ` : nothing}<a href=${`/service/${told.stream}`}>The service</a> · <a href=${`/service/${told.stream}/instructions`}>instructions to print</a> <span class="faint">stream ${told.stream}</span></p>`}
    ${told.moved === "" ? nothing : html`<p role="alert"><b>Wrong patient.</b> ${told.moved}</p>`}
    ${told.allowed === "" ? nothing : html`<p><b>A supervisor allows it against a rule of enrollment:</b> ${told.allowed}</p>`}
    ${told.wish === null ? nothing : html`<p role="alert"><b>The ordering system asks to ${told.wish.what} it.</b> ${told.wish.words} <span class="faint">A note answers it.</span></p>`}`;
}

const stateLine = (told: OrderTold): string => {
  if (told.ended !== "") return `${told.state === "refused" ? "Refused" : "Withdrawn"}: ${told.ended}`;
  const words = stateWords(told.state);
  return `${words[0]?.toUpperCase() ?? ""}${words.slice(1)}`;
};

/** An order of nobody's practice is given to one. */
function whose(page: OrderPage, told: OrderTold): Part {
  if (!told.may.assign || told.practices.length === 0 || page.panel !== "") return nothing;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void page.assign(Number(new FormData(event.target as HTMLFormElement).get("practice")));
  };
  return html`<form aria-label="practice" @submit=${submit}><label>It is of no practice: nobody but the center sees it. <select name="practice">${told.practices.map((one) => html`<option value=${one.id}>${one.name}</option>`)}</select> <button ?disabled=${page.busy}>Give it to them</button></label></form>`;
}

function buttons(page: OrderPage, told: OrderTold): Part {
  const { may } = told;
  const main: Panel = may.enroll ? "enroll" : may.sign ? "sign" : "";
  const one = (allowed: boolean, panel: Panel, words: string): Part =>
    allowed ? html`<button type="button" class=${panel === main ? "main" : ""} ?disabled=${page.busy} @click=${() => page.show(panel)}>${words} …</button> ` : nothing;
  const unsigned = told.signature === null;
  const allow = page.mayAllow && told.state === "ready" && told.allowed === "";
  const place = one(told.place.length > 0, "place", "Put under a corrected service");
  if (!may.edit && !may.enroll && told.place.length > 0) return html`<p class="buttons">${place}</p>`;
  if (!may.edit && !may.enroll) return page.mayOrder ? nothing : html`<p class="faint">You read this order; others decide about it.</p>`;
  return html`<p class="buttons">
    ${one(may.enroll, "enroll", "Enroll")}${one(may.sign, "sign", "Sign")}${one(may.paper_signature && unsigned && !may.sign, "paper", "Signed on paper")}
    ${one(may.return, "return", "Return")}${one(may.refuse, "refuse", "Refuse")}${one(allow, "allow", "Allow")}${one(may.withdraw, "withdraw", "Withdraw")}${place}
  </p>`;
}

function panel(page: OrderPage): Part {
  if (page.panel === "sign") return proof(page);
  if (page.panel === "paper") return paper(page);
  if (page.panel === "enroll") return enrollPanel(page);
  if (page.panel === "place") return place(page);
  const [act, title, label, button] = WHY[page.panel as keyof typeof WHY];
  return why(page, act, title, label, button);
}

const WHY = {
  return: ["order.return", "Return to the ordering office", "What is to be completed or changed", "Return"],
  refuse: ["order.refuse", "Refuse: no service begins by this order", "Why", "Refuse"],
  allow: ["period.allow", "Allow what a rule of 30 days, 12 months or of a facility refuses: the payer may not pay", "Why", "Allow"],
  withdraw: ["order.withdraw", "Withdraw: it is wanted no more", "Why", "Withdraw"],
} as const;

function why(page: OrderPage, act: string, title: string, label: string, button: string): TemplateResult {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void page.decide(act, { why: String(new FormData(event.target as HTMLFormElement).get("why") ?? "").trim() });
  };
  return html`<form class="panel-of" aria-label=${title} @submit=${submit}>
    <p><b>${title}</b></p>
    <label>${label} <textarea name="why" rows="2" required maxlength="500"></textarea></label>
    <p class="buttons"><button class="main" ?disabled=${page.busy}>${button}</button><button type="button" class="quiet" @click=${() => page.show("")}>Not now</button></p>
  </form>`;
}

/** The order of a service that was corrected to its patient: which, and why. */
function place(page: OrderPage): TemplateResult {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.target as HTMLFormElement);
    void page.decide("order.place", { stream: String(given.get("stream")), why: String(given.get("why") ?? "").trim() });
  };
  return html`<form class="panel-of" aria-label="put under a corrected service" @submit=${submit}>
    <p><b>Put under a corrected service</b> <span class="faint">of this patient, begun for somebody else; the claim is checked by this order from then on</span></p>
    <label>Service <select name="stream">${page.told?.place.map((one) => html`<option>${one}</option>`)}</select></label>
    <label>Why <textarea name="why" rows="2" required maxlength="500"></textarea></label>
    <p class="buttons"><button class="main" ?disabled=${page.busy}>Put it under it</button><button type="button" class="quiet" @click=${() => page.show("")}>Not now</button></p>
  </form>`;
}

/** A signature on paper: whose, of when, the paper itself, and whether it can be read. */
function paper(page: OrderPage): TemplateResult {
  const { current } = page.paper;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.target as HTMLFormElement);
    const document = current.state === "kept" ? current.digest : "";
    const legible = given.get("legible") === "yes";
    void page.decide("order.paper_signature", { name: String(given.get("name")).trim(), at: String(given.get("at")), document, legible }).then((ok) => {
      if (ok) page.paper.clear();
    });
  };
  return html`<form class="panel-of" aria-label="signed on paper" @submit=${submit}>
    <p><b>Signed on paper</b> <span class="faint">by who orders; the paper is on file</span></p>
    <label>Printed name <input name="name" required maxlength="200" autocomplete="off" .value=${live(textAt(page.order, "orderer.name"))} /></label>
    <label>Day <input name="at" type="date" required .value=${live(textAt(page.order, "dated") || dayText(Date.now()))} /></label>
    ${fileField("o-paper", "The paper", current, (file) => page.paper.choose(file))}
    <fieldset class="choice"><legend>Can the signature be read?</legend>
      <label><input type="radio" name="legible" value="yes" required /> yes</label> <label><input type="radio" name="legible" value="no" /> no</label>
    </fieldset>
    ${current.state === "kept" ? nothing : html`<p class="faint">The paper is put on file first.</p>`}
    <p class="buttons"><button class="main" ?disabled=${page.busy || current.state !== "kept"}>Record the signature</button><button type="button" class="quiet" @click=${() => page.show("")}>Not now</button></p>
  </form>`;
}

// ---- what was done -----------------------------------------------------------------------------------------

export function history(page: OrderPage): Part {
  const { told } = page;
  if (told === null) return nothing;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    void page.note(String(new FormData(form).get("text") ?? "").trim()).then((ok) => {
      if (ok) form.reset();
    });
  };
  return html`<section class="history" aria-label="what was done">
    <h2>What was done</h2>
    <ol>${[...told.log].reverse().map((one) => html`<li>${one.words} <span class="faint">${one.by}, ${when(one.at_ms, told.now_ms)}</span></li>`)}</ol>
    ${told.may.note ? html`<form @submit=${submit}><label>A note <input name="text" required maxlength="500" autocomplete="off" /></label></form>` : nothing}
    ${problem(page, "note")}
  </section>`;
}
