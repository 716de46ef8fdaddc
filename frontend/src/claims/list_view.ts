/** The worklist of claims as markup. */

import { html, nothing, type TemplateResult } from "lit";
import { coarse, plural, when } from "../chrome/format";
import { home } from "../chrome/home";
import { above, goesOn, lines, stale, waiting } from "../chrome/listing_view";
import type { ClaimsList } from "./list";
import { into } from "./proof_view";
import { daysWords, dollars, type FileTold, type ListTold, type Remit, type Row, type Tab, type Unmatched } from "./told";

type Part = TemplateResult | typeof nothing;

export function listView(page: ClaimsList): TemplateResult {
  const { told, failure } = page.asked;
  return html`<div class=${`prescribe orders claims ${page.over ? "over" : ""}`}>
    <header class="top">
      <a class="brand" href="/">◂ ${home()}</a>
      <h1>Claims</h1>
      <a href="/orders">orders</a>
      <a href="/reports">reports</a>
      <a href="/codes">codes</a>
      ${told !== null && told.counts.denied > 0 ? html`<span><b>${told.counts.denied}</b> denied or turned down</span>` : nothing}
      ${told !== null && told.unmatched.length > 0 ? html`<span><b>${plural(told.unmatched.length, "answer")}</b> without a claim</span>` : nothing}
      ${told !== null && told.counts.amend > 0 ? html`<span><b>${told.counts.amend}</b> to put right</span>` : nothing}
      ${stale(told, failure)}
    </header>
    ${
      told === null
        ? html`<main class="inbox"><section class="list" aria-label="claims">${waiting(failure, "three seconds")}</section></main>`
        : html`<main class="inbox">
            ${said(page)} ${lacking(told)}
            <section class="list" aria-label="claims">
              ${finding(page, told)} ${told.tab !== page.list.tab ? waiting(failure, "three seconds") : told.claims.length === 0 ? html`<p class="none">${noneWords(page)}</p>` : table(page, told)}
              ${goesOn(told.left_out > 0 && told.tab === page.list.tab, told.left_out, () => page.more())}
            </section>
            ${unmatched(page, told)}
            <div class="both">${files(page, told)} ${remits(told)}</div>
          </main>`
    }
    ${page.over ? html`<p class="drop" role="status">Let go: a payer's answer (835, 277CA, 999, ClaimResponse, ExplanationOfBenefit) is read.</p>` : nothing}
  </div>`;
}

function said(page: ClaimsList): TemplateResult {
  return html`<p role="status" class="done">${page.busy ? "Reading the file." : (page.done ?? nothing)}</p>
    ${page.problem === null ? nothing : html`<p class="problem" role="alert">${page.problem}</p>`}`;
}

function lacking(told: ListTold): Part {
  if (told.lacks.length === 0) return nothing;
  return html`<p class="lacks">No claim can go out before the billing file (setting <code>billing</code>) says: ${told.lacks.join(", ")}.</p>`;
}

function finding(page: ClaimsList, told: ListTold): TemplateResult {
  const take = (event: Event) => {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    if (file !== undefined) void page.import(file);
    input.value = "";
  };
  return above(page.list, {
    label: "which claims",
    counts: (tab) => told.counts[tab as Tab],
    placeholder: "patient, born, payer, code, E000012",
    beside: told.may ? html`<label class="take"><span>Take a payer's answers in… <kbd>i</kbd></span><input type="file" aria-label="a payer's answers" @change=${take} /></label>` : nothing,
  });
}

function table(page: ClaimsList, told: ListTold): TemplateResult {
  const denied = page.list.tab === "denied";
  const amend = page.list.tab === "amend";
  const released = told.claims.filter((one) => one.state === "released").length;
  return html`${
      page.list.tab === "ready" && told.may
        ? html`<p class="buttons"><button type="button" class="main" ?disabled=${released === 0} @click=${() => void page.file()}>Put ${plural(released, "released claim")} into an 837P file</button> <span class="faint">what stands in a file does not change any more; the others here are ready to be released</span></p>`
        : nothing
    }
    <div class="wide"><table>
      <thead><tr><th scope="col">Patient</th><th scope="col">Claim</th><th scope="col">Payer</th><th scope="col">Service</th><th scope="col" class="n">Charge</th><th scope="col">${denied ? "Why" : amend ? "To do" : "State"}</th>${denied ? html`<th scope="col">Ask again by</th>` : amend ? html`<th scope="col">Back by</th>` : nothing}<th scope="col" class="n">Since</th></tr></thead>
      <tbody>${lines(page.list, (one) => cells(one, page.list.tab, told.now_ms))}</tbody>
    </table></div>`;
}

function cells(one: Row, tab: Tab, now: number): TemplateResult {
  const [denied, amend] = [tab === "denied", tab === "amend"];
  return html`<th scope="row"><a href=${`/claims/${one.claim}`}>${one.patient === "" ? one.stream : one.patient}</a></th>
    <td>${one.id} <span class="faint">${one.part}${one.kind === "original" ? "" : `, ${one.kind}`}</span></td>
    <td>${one.payer === "" ? html`<span class="faint">not said</span>` : one.payer}</td>
    <td>${[...one.codes, ...one.modifiers.map((each) => `-${each}`)].join(" ")} <span class="faint">${one.day}</span></td>
    <td class="n">${one.cents === 0 ? html`<span class="faint">–</span>` : dollars(one.cents)}</td>
    <td class="out">${amend ? html`${one.works.map((each) => html`<span class="said" title=${each}>${each}</span>`)} <span class="faint">${one.state}</span>` : stateOf(one)}</td>
    ${denied ? html`<td class=${one.days_left !== null && one.days_left <= 14 ? "soon" : ""}>${one.deadline === "" ? html`<span class="faint">–</span>` : html`${one.deadline} <span class="faint">${daysWords(one.days_left ?? 0)}</span>`}</td>` : nothing}
    ${amend ? html`<td class=${one.back_left !== null && one.back_left <= 14 ? "soon" : ""}>${one.back_by === "" ? html`<span class="faint">–</span>` : html`${one.back_by} <span class="faint">${daysWords(one.back_left ?? 0)}</span>`}</td>` : nothing}
    <td class="n" title=${when(one.since_ms, now)}>${coarse(now - one.since_ms)}</td>`;
}

function stateOf(one: Row): Part {
  if (one.state === "held") return html`<div class="held"><span class="said" title=${one.why}><b class="mark" aria-hidden="true">${one.stops > 0 ? "✕" : "!"}</b> ${one.why}</span>${one.held > 1 ? html` <b class="count">+ ${one.held - 1} more</b>` : nothing}</div>`;
  if (one.works.length > 0) return html`<b>${one.state}</b> <span class="said" title=${one.works.join("; ")}><b class="mark" aria-hidden="true">!</b> ${one.works[0]}</span>`;
  if (one.state === "paid") return html`paid ${dollars(one.paid)}`;
  const more = one.state === "released" && one.over > 0 ? `, ${plural(one.over, "check")} passed over` : "";
  const file = one.file > 0 && (one.state === "filed" || one.state === "sent") ? ` in file ${one.file}${one.accepted === true ? ", taken by the receiver" : ""}` : "";
  return html`<b>${one.state}</b>${more}${file}${one.why === "" ? nothing : html` ${one.why}`}`;
}

function noneWords(page: ClaimsList): string {
  if (page.list.typed !== "") return "No claim here has these words.";
  const words: Readonly<Record<Tab, string>> = {
    held: "Nothing is held. A claim appears when a service under an order ends.",
    ready: "Nothing waits to be released or put into a file.",
    sent: "Nothing is on its way.",
    denied: "Nothing is denied, partly paid or turned down.",
    amend: "Nothing that was handed in is to be put right.",
    paid: "Nothing is paid yet.",
    check: "Nothing is being checked.",
    void: "Nothing was voided, replaced or paid back.",
  };
  return words[page.list.tab];
}

// ---- what came back ----------------------------------------------------------------------------------------

function unmatched(page: ClaimsList, told: ListTold): Part {
  if (told.unmatched.length === 0) return nothing;
  return html`<section class="unmatched" aria-label="answers without a claim">
    <h2>Answers without a claim <b>${told.unmatched.length}</b> <span class="faint">nothing that a payer says is dropped: say to which claim each is, or put it aside</span></h2>
    <table><tbody>${told.unmatched.map((one) => answer(page, told, one))}</tbody></table>
  </section>`;
}

function answer(page: ClaimsList, told: ListTold, one: Unmatched): TemplateResult {
  const submit = (act: (given: FormData) => void) => (event: SubmitEvent) => {
    event.preventDefault();
    act(new FormData(event.target as HTMLFormElement));
  };
  const match = submit((given) => page.match(one.remit, one.place, Number(String(given.get("claim")).replace(/\D/g, ""))));
  const aside = submit((given) => page.setAside(one.remit, one.place, String(given.get("why"))));
  return html`<tr>
    <th scope="row">${one.patient === "" ? one.number : one.patient} <span class="faint">${one.number}</span></th>
    <td>${one.payer} <span class="faint">${one.day}</span></td>
    <td class="n">${one.notice ? dollars(one.charged) : html`${dollars(one.paid)} of ${dollars(one.charged)}`}</td>
    <td class="out">${one.why}${one.reasons.length === 0 ? nothing : html` <span class="faint">${one.reasons.join("; ")}</span>`}</td>
    <td>${
      told.may
        ? html`<form class="line" @submit=${match}><input name="claim" required pattern="\\s*[Ee]?0*[1-9]\\d*\\s*" title="number of a claim, as in E000012" placeholder="E000012" aria-label="claim that it answers" size="9" /><button>It is to this claim</button></form>
            <details @toggle=${into}><summary>None of ours</summary><form class="line" @submit=${aside}><input name="why" required maxlength="500" placeholder="why" aria-label="why it is none of ours" size="20" /><button>Put aside</button></form></details>`
        : nothing
    }</td>
  </tr>`;
}

function files(page: ClaimsList, told: ListTold): Part {
  if (told.files.length === 0) return nothing;
  const line = (one: FileTold) => html`<tr>
    <th scope="row"><a href=${`/api/claims/files/${one.file}`}>file ${one.file}</a></th>
    <td>${plural(one.claims, "claim")}</td>
    <td class="out">${one.accepted === false ? html`<b>turned down</b> ${one.said}` : one.accepted ? "taken by the receiver" : one.sent_ms === null ? html`<b>not handed in yet</b>` : `handed in ${when(one.sent_ms, told.now_ms)}`}</td>
    <td class="n">${one.sent_ms === null && told.may ? page.asking === one.file
        ? html`<span class="asking"><button type="button" class="main" @click=${() => page.sent(one.file)}>Yes, it was handed in</button> <button type="button" class="quiet" @click=${() => page.ask(null)}>Not yet</button></span>`
        : html`<button type="button" @click=${() => page.ask(one.file)}>It was handed in</button>` : html`<span class="faint">${when(one.made_ms, told.now_ms)}</span>`}</td>
  </tr>`;
  return html`<section aria-label="files"><h2>Files made <span class="faint">837P; saved, and handed in by you</span></h2><table><tbody>${told.files.map(line)}</tbody></table></section>`;
}

function remits(told: ListTold): Part {
  if (told.remits.length === 0) return nothing;
  const line = (one: Remit) => html`<tr>
    <th scope="row">${one.payer === "" ? one.kind : one.payer}</th>
    <td>${one.kind} <span class="faint">${one.trace}</span></td>
    <td>${one.day}</td>
    <td class="n">${one.kind === "277CA" ? nothing : dollars(one.cents)}</td>
    <td class="out"><span class="faint">${one.posted < one.answers ? html`<b>${one.posted.toLocaleString("en-US")} of ${one.answers.toLocaleString("en-US")} on record</b>: where that stands still, take the file in again` : plural(one.answers, "claim")}${one.faults.length > 0 ? html`; <b>${one.faults[0]}</b>` : nothing}${one.settled.length > 0 ? `; settled beside claims: ${one.settled.map(([why, cents]) => `${why} ${dollars(cents)}`).join(", ")}` : ""}</span></td>
  </tr>`;
  return html`<section aria-label="payments"><h2>Answers taken in</h2><table><tbody>${told.remits.map(line)}</tbody></table></section>`;
}
