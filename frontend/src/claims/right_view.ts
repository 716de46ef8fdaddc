/** What is put right of a claim after it was handed in: what to do, its chain, what goes back to the payer. */

import { html, nothing, type TemplateResult } from "lit";
import { plural, when } from "../chrome/format";
import type { ClaimPage } from "./claim";
import { centsOf, type ClaimTold, daysWords, dollars, type Link, type Refund } from "./told";

type Part = TemplateResult | typeof nothing;

/** A form behind a line that opens it: what will happen, the fields, one button. */
function behind(label: string, says: TemplateResult | string, fields: TemplateResult, button: string, act: (given: (name: string) => string) => void): TemplateResult {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const given = new FormData(form);
    act((name) => String(given.get(name) ?? "").trim());
    form.closest("details")?.removeAttribute("open");
  };
  return html`<details><summary>${label}</summary><form class="act" @submit=${submit}><p class="faint">${says}</p>${fields}<button class="main">${button}</button></form></details>`;
}

const why = (words: string, name = "why"): TemplateResult => html`<label><span>${words}</span><input name=${name} required maxlength="500" autocomplete="off" /></label>`;

export function putRight(page: ClaimPage, told: ClaimTold): Part {
  const dues = told.dues.filter((one) => one.settled === "");
  const nothingTo = told.works.length === 0 && dues.length === 0;
  const cannot = !told.may || (told.lacks_amend !== "" && !told.due && !told.can_finish);
  if (nothingTo && cannot) return nothing;
  return html`<section class=${`right ${told.works.length > 0 ? "wanted" : ""}`} aria-label="put right">
    <h2>${told.works.length > 0 ? "To put right" : "What was handed in"}</h2>
    ${told.works.map((one) => html`<p><b>${sentence(one)}</b></p>`)}
    ${dues.map((one) => html`<p class="reason">${one.why} <span class="faint">${when(one.at_ms, told.now_ms)}</span></p>`)}
    ${told.may ? acts(page, told) : nothing}
  </section>`;
}

function acts(page: ClaimPage, told: ClaimTold): TemplateResult {
  const number = html`<label><span>the payer's number of it</span><input name="original" required maxlength="50" autocomplete="off" .value=${told.payer_number} /></label>`;
  const medicare = told.medicare ? html` <b>Medicare part B takes none of these [M!]</b>: pay back what was paid, or ask for a reopening.` : nothing;
  const next = "It is checked, and goes out only when you release it; until the payer decides, this claim stays as it is.";
  const replace = html`Makes a claim with the same content to be mended, that takes the place of this one (frequency 7). ${next}${medicare}`;
  const cancel = html`Makes a claim that asks the payer to void this one (frequency 8). ${next}${medicare}`;
  return html`
    ${told.lacks_amend === "" && !told.wrong ? behind("Replace it…", replace, html`${number}${why("what is wrong of it")}`, "Make the replacement", (given) => void page.amend("claim.replace", given("why"), given("original"))) : nothing}
    ${told.lacks_amend === "" ? behind("Void it with the payer…", cancel, html`${number}${why("why")}`, "Make the void", (given) => void page.amend("claim.cancel", given("why"), given("original"))) : nothing}
    ${told.can_finish ? behind("The payer voided it…", "For a payer that says so otherwise than in a file: by letter, portal or telephone. The claim that this one voids is cancelled by it, for good.", why("how and when it was said", "how"), "It was carried out", (given) => page.finish(given("how"))) : nothing}
    ${told.due ? behind("It stands as it is…", "Nothing is to be put right. The reason stays on record.", why("why"), "It stands", (given) => page.stands(given("why"))) : nothing}
  `;
}

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

// ---- the chain ---------------------------------------------------------------------------------------------

export function chain(told: ClaimTold): Part {
  if (told.chain.length < 2) return nothing;
  return html`<section class="chain" aria-label="chain">
    <h2>Chain <span class="faint">${plural(told.chain.length, "claim")}, nothing overwritten</span></h2>
    ${told.amend_why === "" ? nothing : html`<p class="faint">${told.kind === "void" ? "Voids" : "Replaces"}: ${told.amend_why}</p>`}
    <table><tbody>${told.chain.map(link)}</tbody></table>
  </section>`;
}

function link(one: Link): TemplateResult {
  const to = one.original === "" ? nothing : html` <span class="faint">${one.original}</span>`;
  return html`<tr aria-current=${one.here ? "true" : nothing}>
    <th scope="row">${one.here ? html`<b>${one.id}</b>` : html`<a href=${`/claims/${one.claim}`}>${one.id}</a>`}</th>
    <td>${one.kind}${to}</td>
    <td><b class=${`state ${one.state.replace(" ", "-")}`}>${one.state}</b></td>
    <td class="n">${one.paid === 0 ? html`<span class="faint">–</span>` : dollars(one.paid)}</td>
  </tr>`;
}

// ---- what goes back ----------------------------------------------------------------------------------------

export function refunds(page: ClaimPage, told: ClaimTold): Part {
  const can = told.may && told.kind !== "void" && told.net > 0 && !told.owed;
  if (told.refunds.length === 0 && !can) return nothing;
  const owed = told.refunds.at(-1);
  const duty = html`<span class="faint">60 days from the day it was known: 42 CFR 401.305 [${told.refund_sure}], the law of Medicare and Medicaid</span>`;
  const owe = html`<label><span>amount</span><input name="cents" required inputmode="decimal" size="9" .value=${dollars(told.net)} /></label><label><span>known since</span><input name="known" type="date" required max=${told.today} .value=${told.today} /></label>${why("why")}`;
  const back = html`<label><span>went back on</span><input name="day" type="date" required max=${told.today} .value=${told.today} /></label>${why("how: check, transfer, offset, its number", "how")}`;
  return html`<section class="chain back" aria-label="refunds">
    <h2>Back to the payer ${told.refunds.length === 0 ? nothing : duty}</h2>
    ${told.refunds.map((one) => refund(one, told))}
    ${can ? behind("Pay back…", html`${dollars(told.net)} were paid and did not go back. ${duty}`, owe, "It is owed", (given) => page.owe(centsOf(given("cents")) ?? 0, given("known"), given("why"))) : nothing}
    ${told.may && told.owed && owed !== undefined ? html`${behind("It went back…", html`${dollars(owed.cents)}, the whole of what is owed. This cannot be taken back.`, back, `${dollars(owed.cents)} went back`, (given) => page.paidBack(given("day"), given("how")))}${behind("It is not owed…", "The reason stays on record.", why("why"), "Not owed", (given) => page.notOwed(given("why")))}` : nothing}
  </section>`;
}

function refund(one: Refund, told: ClaimTold): TemplateResult {
  const left = Math.round((Date.parse(one.by) - Date.parse(told.today)) / 86_400_000);
  const says = one.state === "owed" ? html`by <b class=${left <= 14 ? "soon" : ""}>${one.by}</b>, ${daysWords(left)}` : one.state === "paid back" ? html`on ${one.day}: ${one.how}` : html`after all: ${one.how}`;
  return html`<p><b>${dollars(one.cents)} ${one.state}</b> ${says}<br /><span class="faint">known since ${one.known}: ${one.why} (${one.who})</span></p>`;
}
