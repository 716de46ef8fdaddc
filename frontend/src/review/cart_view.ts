/** The strip cart, and what was said of the beats, with who said it. */

import { html, nothing, type TemplateResult } from "lit";
import { elapsed, plural, when } from "../chrome/format";
import type { EventScene } from "../patient/event_list";
import { CLASSES } from "./classes";
import type { Review } from "./review";
import type { CartStrip, Change } from "./told";

export function cartView(review: Review, scene: EventScene): TemplateResult {
  const { value, failure } = review.said;
  if (failure !== null) return html`<p class="failed" role="status">The cart cannot be fetched: ${failure}. Asked again by itself.</p>`;
  if (value === null) return html`<p class="faint">Asking for the cart …</p>`;
  return html`<h2>Strips for the report <small>${value.strips.length}</small></h2>
    ${value.strips.length === 0 ? html`<p class="faint">None yet: <kbd>s</kbd> puts the moment here.</p>` : nothing}
    <ol class="cart">${value.strips.map((strip) => stripRow(review, scene, strip))}</ol>
    <h2>Said of the beats <small>${value.changes.length}${value.more ? "+" : ""}</small></h2>
    ${value.changes.length === 0 ? html`<p class="faint">The classes are those of the analysis.</p>` : nothing}
    <ol class="changes">${value.changes.map((one) => changeRow(review, scene, one))}</ol>`;
}

const timeOf = ({ details: { time }, centerNow }: EventScene, sample: number): string =>
  time.known ? when(time.ms(sample), centerNow) : elapsed(time.ms(sample)).slice(0, 8);

function stripRow(review: Review, scene: EventScene, strip: CartStrip): TemplateResult {
  const seconds = (strip.stop - strip.start) / scene.details.rate;
  const leads = strip.leads.length === 0 ? "all leads" : strip.leads.join(", ");
  return html`<li>
    <button class="row" @click=${() => review.map.jump((strip.start + strip.stop) / 2)}>
      <span>${timeOf(scene, strip.start)}</span><b>${seconds.toFixed(seconds < 10 ? 1 : 0)} s</b>
      <span class="faint">${leads} · ${strip.by}${strip.case === null ? "" : ` · case ${strip.case}`}</span>
    </button>
    <span class="caption">
      <input
        type="text"
        maxlength="300"
        aria-label="caption of the strip"
        placeholder="caption …"
        .value=${strip.caption}
        @change=${(event: Event) => void review.entitle(strip.strip, (event.target as HTMLInputElement).value)}
      />
      <button class="quiet" @click=${() => void review.drop(strip.strip)}>take out</button>
    </span>
  </li>`;
}

const words = (symbol: string): string => CLASSES.find((one) => one.symbol === symbol)?.words ?? symbol;

function changeRow(review: Review, scene: EventScene, one: Change): TemplateResult {
  const was = Object.entries(one.was).map(([name, count]) => `${count.toLocaleString("en")} ${words(name)}`);
  const said = one.added ? `${plural(one.count, "beat")} put in: ${one.to.map(words).join(", ")}` : `${was.join(", ")} → ${one.to.map(words).join(", ")}`;
  const now = scene.centerNow;
  return html`<li class=${one.undone === null ? "" : "undone"}>
    <button class="row" @click=${() => review.map.jump(one.first)}>
      <span>${said}</span>
      <span class="faint">${one.by}, ${when(one.atMs, now)}${one.why === "" ? "" : `: ${one.why}`}${one.undone === null ? "" : ` · taken back by ${one.undone.by}, ${when(one.undone.at_ms, now)}`}</span>
    </button>
    ${one.change === 0
      ? nothing
      : one.undone === null
        ? html`<button class="quiet" @click=${() => void review.turn(one, "beats.undo")}>take back</button>`
        : html`<button class="quiet" @click=${() => void review.turn(one, "beats.redo")}>in force again</button>`}
  </li>`;
}
