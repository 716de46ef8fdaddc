/** What the wall says when there is nothing to show: what is so, since when, what to do next. */

import { html, type TemplateResult } from "lit";
import { duration } from "../chrome/format";

/** The command that enrolls a first patient at this center. */
export const enrollCommand = (origin: string): string =>
  `einthoven enroll --center ${origin} --patient "Doe, Jane" --transmitter T-100 --rate 360 --leads II,V1 --out T-100.key`;

export const noPatients = (origin: string): TemplateResult => html`<div class="empty">
  <h2>No patients yet</h2>
  <p>Enroll one with</p>
  <pre><code>${enrollCommand(origin)}</code></pre>
  <p>and let its transmitter send, or replay a record:</p>
  <pre><code>einthoven transmit RECORD --center ${origin} --key T-100.key</code></pre>
  <p class="faint">The tile appears here as soon as the patient is enrolled.</p>
</div>`;

export const noCenter = (origin: string, waitedMs: number): TemplateResult => html`<div class="empty" role="alert">
  <h2>No word from the center <span aria-hidden="true">for ${duration(waitedMs)}</span></h2>
  <p>This screen asks ${origin} for the patients and gets no answer. It goes on trying by itself.</p>
  <p>Is the center running?</p>
  <pre><code>einthoven serve --data DIR</code></pre>
</div>`;

export const waiting = (): TemplateResult =>
  html`<div class="empty faint"><p>Asking the center for the patients.</p></div>`;

export const noPicture = (why: string): TemplateResult => html`<div class="empty" role="alert">
  <h2>This screen cannot paint</h2>
  <p>${why}</p>
  <p>Load the page again with <kbd>F5</kbd>. If it stays so, use a current Chromium, Firefox or Safari.</p>
</div>`;
