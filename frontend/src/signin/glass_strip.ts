/** What stands over a patient's page all the while: that glass is broken, or who of another practice broke it. */

import { html, nothing, render, type TemplateResult } from "lit";
import { toCome, when } from "../chrome/format";
import { leaveFreely } from "../chrome/leaving";
import type { GlassTold, Look } from "./glass_told";

/** Put over the page what must be said of it; nothing where nothing must. */
export function standOver(root: HTMLElement, told: GlassTold): void {
  if (told.until_ms === null && told.looks.length === 0) return;
  const host = document.createElement("div");
  host.className = "glass-host";
  document.body.prepend(host);
  document.body.classList.add("under-glass");
  if (told.until_ms === null) looked(host, told);
  else broken(host, root, told, told.until_ms);
}

/** Milliseconds of the hour that are left, by whichever clock of this machine has gone farther. */
export function leftOf(untilMs: number, nowMs: number, clocks: readonly (() => number)[] = [() => performance.now(), () => Date.now()]): () => number {
  const ends = clocks.map((clock) => clock() + untilMs - nowMs);
  return () => Math.min(...clocks.map((clock, i) => ends[i]! - clock()));
}

function broken(host: HTMLElement, root: HTMLElement, told: GlassTold, untilMs: number): void {
  const left = leftOf(untilMs, told.now_ms);
  const draw = () => {
    const ms = left();
    if (ms <= 0) {
      // What was read is covered at once; the page that comes asks anew, and the center says what holds.
      clearInterval(timer);
      root.style.visibility = "hidden";
      leaveFreely();
      location.reload();
    }
    render(brokenView(told, untilMs, Math.max(ms, 0)), host);
  };
  const timer = setInterval(draw, 1000);
  draw();
}

function brokenView({ now_ms, why }: GlassTold, untilMs: number, leftMs: number): TemplateResult {
  return html`<section class="glass-strip" aria-label="broken glass">
    <b class="glass-title">Glass broken</b>
    <span>a patient of another practice, until <b>${when(untilMs, now_ms)}</b>, <span class="glass-left">${toCome(leftMs / 1000)} left</span></span>
    <span class="glass-why">“${why}”</span>
    <span class="faint">on record, with all that you look at; nothing can be changed</span>
  </section>`;
}

function looked(host: HTMLElement, { looks, now_ms }: GlassTold): void {
  let all = false;
  const line = ({ by, practice, at_ms, why }: Look) =>
    html`<b>${by}</b>${practice === "" ? nothing : html` of ${practice}`}, ${when(at_ms, now_ms)}: <span class="glass-why">“${why}”</span>`;
  const draw = () => {
    const [first, ...others] = looks;
    const turn = () => {
      all = !all;
      draw();
    };
    render(
      html`<section class="glass-strip" aria-label="looks of other practices">
        <b class="glass-title">Another practice looked at this patient</b>
        <span>${line(first!)}</span>
        ${others.length === 0 ? nothing : html`<button aria-expanded=${all} @click=${turn}>${all ? "only the newest" : `and ${others.length} before`}</button>`}
        ${all ? html`<ol>${others.map((look) => html`<li>${line(look)}</li>`)}</ol>` : nothing}
      </section>`,
      host,
    );
  };
  draw();
}
