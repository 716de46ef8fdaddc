/** The worklist of orders as markup. */

import { html, nothing, type TemplateResult } from "lit";
import { coarse, plural, when } from "../chrome/format";
import { home } from "../chrome/home";
import { above, goesOn, lines, stale, waiting } from "../chrome/listing_view";
import type { OrdersList } from "./list";
import { OUTCOME, type Row, type Show, shortState, whatWords } from "./told";

export function listView(page: OrdersList): TemplateResult {
  const { rows, list } = page;
  const { failure, told } = page.asked;
  return html`<div class="prescribe orders">
    <header class="top">
      <a class="brand" href="/">◂ ${home()}</a>
      <h1>Orders</h1>
      ${page.mayOrder ? html`<a class="main" href="/orders/new">New order</a>` : nothing}
      ${page.may("service.call") || page.may("kit") ? html`<a href="/service">service periods and kits</a>` : nothing} ${page.may("read.report") ? html`<a href="/reports">reports</a>` : nothing}
      ${rows === null ? nothing : html`<span>${plural(rows.length, "order")}${page.goesOn ? " and more" : ""} ${list.tab === "all" ? "" : list.tab}</span>`}
      ${stale(rows, failure)}
    </header>
    <main class="inbox">
      <section class="list" aria-label="orders">
        ${above(list, {
          label: "which orders",
          counts: (tab) => told?.counts[tab],
          placeholder: "patient, physician, what is missing",
          beside: html`<button type="button" class="quiet" @click=${() => page.turn()}>${page.oldestFirst ? "oldest first" : "newest first"} <kbd>o</kbd></button>`,
          keys: page.mayOrder ? html`<kbd>n</kbd> new ` : nothing,
        })}
        ${rows === null ? waiting(failure, "ten seconds") : list.kind.rows().length === 0 ? html`<p class="none">${noneWords(page)}</p>` : table(page)}
        ${goesOn(page.goesOn, null, () => page.more())}
      </section>
    </main>
  </div>`;
}

function table(page: OrdersList): TemplateResult {
  const now = page.asked.told?.now_ms ?? Date.now();
  return html`<div class="wide"><table>
    <thead><tr><th scope="col">Patient</th><th scope="col">Ordered by</th><th scope="col">What</th><th scope="col">State</th><th scope="col">Missing</th><th scope="col">Coverage</th><th scope="col" class="n">Since</th></tr></thead>
    <tbody>${lines(page.list, (one) => cells(one, now))}</tbody>
  </table></div>`;
}

function cells(one: Row, now: number): TemplateResult {
  return html`<th scope="row"><a href=${`/orders/${one.order}`}>${one.patient === "" ? `order ${one.order}, nobody named` : one.patient}</a> <span class="faint">${one.birth_date}</span></th>
    <td>${one.orderer === "" ? html`<span class="faint">nobody named</span>` : one.orderer} <span class="faint">${one.practice}</span></td>
    <td>${whatWords(one)}</td>
    <td class="state">${shortState(one.state)}</td>
    <td class="out">${lacking(one)}</td>
    <td class="outcome">${one.outcome === "" ? html`<span class="faint">–</span>` : html`<span aria-hidden="true">${OUTCOME[one.outcome][0]}</span> ${OUTCOME[one.outcome][1].toLowerCase()}`}</td>
    <td class="n" title=${when(one.since_ms, now)}>${one.since_ms > 0 ? coarse(now - one.since_ms) : ""}</td>`;
}

function lacking(one: Row): TemplateResult {
  if (one.ended !== "") return html`${one.ended}`;
  if (one.wish !== "") return html`<b>${one.wish === "cancel" ? "The office asks to cancel it." : "The office asks to change it."}</b>`;
  if (one.lacks === 0) return html`<span class="faint">nothing</span>`;
  return html`${one.void ? "The signature no longer holds: " : ""}${one.first}${one.lacks > 1 ? html` <b class="count">and ${one.lacks - 1} more</b>` : nothing}`;
}

function noneWords(page: OrdersList): string {
  if (page.list.typed !== "") return "No order has all these words.";
  const words: Readonly<Record<Show, string>> = {
    held: "Nothing is held: every order is complete.",
    ready: "No order waits to be enrolled.",
    enrolled: "No service runs by an order.",
    ended: "No order has ended.",
    all: page.mayOrder ? "There are no orders yet. They come over HL7 and FHIR, or by n, the form." : "There are no orders yet.",
  };
  return words[page.list.tab];
}
