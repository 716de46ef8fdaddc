/** Worklists without a case: what is so, and what to do next. */

import { html, type TemplateResult } from "lit";
import { duration, plural } from "../chrome/format";

export const waiting = (): TemplateResult =>
  html`<div class="empty" role="status"><h2>Asking the desk</h2><p class="faint">The cases come with its first answer.</p></div>`;

export const noDesk = (origin: string, ms: number): TemplateResult =>
  html`<div class="empty" role="alert">
    <h2>The desk does not answer</h2>
    <p>Nothing was heard from ${origin} for ${duration(ms)}. This page asks again by itself.</p>
    <p>Until then no case can be seen here: watch the patients on <a href="/">the wall</a>, and tell the supervisor.</p>
  </div>`;

export const signIn = (): TemplateResult =>
  html`<div class="empty"><h2>Sign in to see cases</h2><p>Who judges and who calls is written down with the case.</p><p><a class="button main" href="/sign-in">Sign in</a></p></div>`;

export const noCase = (patients: number): TemplateResult =>
  html`<section class="centre none-open"><div class="empty">
    <h2>No case is open</h2>
    <p>${patients === 0 ? "No patient is in service." : `${plural(patients, "patient")} in service; the analysis goes on.`} A new case comes here by itself.</p>
    <p class="faint"><kbd>w</kbd> shows the wall, <kbd>f</kbd> the cases that are judged.</p>
  </div></section>`;
