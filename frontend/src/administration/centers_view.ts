/** Other centers: their keys, whether they answer, who is lent there and who is a guest here. */

import { html, nothing, type TemplateResult } from "lit";
import { coarse, day, plural } from "../chrome/format";
import { Reader } from "../desk/reader";

export interface Center {
  readonly id: number;
  readonly name: string;
  readonly key: string;
  readonly url: string;
  readonly pinned: boolean;
  readonly sinceMs: number;
  readonly alive: boolean;
  /** Their last message, and their last answer to one of ours. */
  readonly heardMs: number | null;
  readonly answeredMs: number | null;
  readonly trouble: string;
  readonly lent: readonly { readonly stream: string; readonly watched: boolean; readonly by: string }[];
  readonly guests: readonly { readonly stream: string; readonly theirs: string; readonly sinceMs: number }[];
}

export interface Centers {
  readonly key: string;
  readonly centers: readonly Center[];
}

export function readCenters(told: unknown): Centers {
  const from = new Reader("centers", told);
  return {
    key: from.text("key"),
    centers: from.list("centers", (one) => ({
      id: one.number("id", 0),
      name: one.text("name", "?"),
      key: one.text("key"),
      url: one.text("url"),
      pinned: one.flag("pinned", false),
      sinceMs: one.number("since_ms", 0),
      alive: one.flag("alive", false),
      heardMs: one.numberOrNull("heard_ms"),
      answeredMs: one.numberOrNull("answered_ms"),
      trouble: one.text("trouble"),
      lent: one.list("lent", (loan) => ({ stream: loan.text("stream"), watched: loan.flag("watched", false), by: loan.text("by") })),
      guests: one.list("guests", (guest) => ({ stream: guest.text("stream"), theirs: guest.text("theirs"), sinceMs: guest.number("since_ms", 0) })),
    })),
  };
}

/** A key as it is read out over the telephone: fours. */
export const fours = (key: string): string => key.match(/.{1,4}/g)?.join(" ") ?? "";

const ago = (at: number | null, now: number): string => (at === null ? "not since this center started" : `${coarse(Math.max(0, now - at))} ago`);

/** What the link is like, in words: both ways must have gone. */
export function linkWords({ alive, heardMs, answeredMs, trouble }: Center): string {
  if (trouble !== "") return trouble;
  if (answeredMs === null && heardMs === null) return "nothing was heard from it yet";
  if (answeredMs === null) return "it sends, and has not answered yet";
  if (heardMs === null) return "it answers, and has sent nothing: is this center entered there?";
  return alive ? "" : "it has not answered for a while";
}

function center(one: Center, now: number): TemplateResult {
  const wrong = linkWords(one);
  const stream = (name: string) => html`<a href=${`/patient/${name}`}>${name}</a>`;
  return html`<section class=${wrong === "" ? "part" : "part loud"}>
    <header><h2><span class="site-name">${one.name}</span> <span class="faint">${one.id}</span> ${wrong === "" ? html`<b>answers</b>` : html`<b class="flag">${wrong}</b>`}</h2></header>
    <dl class="center">
      <dt>key</dt><dd><code>${fours(one.key)}</code></dd>
      <dt>pages</dt><dd>${one.url} <span class="faint">${one.pinned ? "known by its own certificate" : "as public authorities certify it"}</span></dd>
      <dt>trusted since</dt><dd>${day(one.sinceMs)}</dd>
      <dt>its last message</dt><dd>${ago(one.heardMs, now)}</dd>
      <dt>its last answer</dt><dd>${ago(one.answeredMs, now)}</dd>
      <dt>lent there</dt><dd>${
        one.lent.length === 0
          ? html`<span class="faint">nobody</span>`
          : html`${plural(one.lent.length, "patient")}, ${one.lent.filter(({ watched }) => watched).length} watched there
              <ul>${one.lent.map((loan) => html`<li>${stream(loan.stream)} ${loan.watched ? loan.by : html`<b>not watched there</b>`}</li>`)}</ul>`
      }</dd>
      <dt>guests here</dt><dd>${one.guests.length === 0 ? html`<span class="faint">nobody</span>` : html`${plural(one.guests.length, "patient")}
          <ul>${one.guests.map((guest) => html`<li>${stream(guest.stream)} <span class="faint">${guest.theirs} there</span></li>`)}</ul>`}</dd>
    </dl>
  </section>`;
}

export function centersView({ key, centers }: Centers, now: number): TemplateResult {
  return html`${centers.length === 0 ? html`<section class="part"><p class="none">No other center is trusted: no watch can be handed to one.</p></section>` : centers.map((one) => center(one, now))}
    <section class="part">
      <h2>Trust</h2>
      ${key === "" ? nothing : html`<p>This center's key <code>${fours(key)}</code></p>`}
      <p class="faint">A center is entered and removed on this center's own machine, where its key and certificate are at hand, and not on a page. Each side enters the other;
        read the keys to one another over the telephone. A center that is removed loses at once whatever it watches of ours.</p>
      <ul class="commands">
        <li><code>einthoven peer add --data … --name Denver --key … --url https://denver.example:8093</code></li>
        <li><code>einthoven peer remove NUMBER --data … --why "the contract ended"</code></li>
      </ul>
    </section>`;
}
