/** Services that end by themselves: the day before, and afterwards until somebody has put it on record. */

import { html, nothing, type TemplateResult } from "lit";
import { coarse, plural, when } from "../chrome/format";
import type { Ending } from "../desk/entities";

/** So many are named; of the others it is said how many there are. */
const SHOWN = 3;

export const HOW = "Longer: the treating physician's words and document, on the page of the service.";

/** When it ends, or that it has; a limit that could not be read is no reason to say nothing. */
export function endingWords(one: Ending, now: number): string {
  const at = one.limit_ms;
  if (one.over) {
    const open = one.cases.length === 0 ? "" : ` ${plural(one.cases.length, "case")} of it to be judged.`;
    return `service ended by itself${at === null ? "" : ` ${when(at, now)}`}: nobody watches.${open}`;
  }
  if (at === null) return "service ends by itself within a day";
  return at <= now ? "service ends now" : `service ends by itself in ${coarse(at - now)}, ${when(at, now)}`;
}

/** Those that nobody has asked about, what is over first. */
export const unasked = (all: readonly Ending[]): readonly Ending[] =>
  all.filter((one) => one.over || !one.asked).sort((a, b) => Number(b.over) - Number(a.over) || (a.limit_ms ?? 0) - (b.limit_ms ?? 0));

/** Above the cases; nothing where nothing ends. */
export function endingsView(all: readonly Ending[], now: number, name: (one: Ending) => string): TemplateResult | typeof nothing {
  const listed = unasked(all);
  if (listed.length === 0) return nothing;
  const more = listed.length - SHOWN;
  return html`<div class="endings" role="group" aria-label="services that end">
    ${listed.slice(0, SHOWN).map((one) => html`<p class=${one.over ? "over" : ""} title=${one.over ? "" : HOW}><a href=${`/service/${one.stream}`}>${name(one)}</a> ${endingWords(one, now)}</p>`)}
    ${more > 0 ? html`<p><a href="/service">and ${plural(more, "other service")}</a></p>` : nothing}
  </div>`;
}

/** On the patient's own page, whether somebody has asked or not. */
export function endingNote(one: Ending | undefined, now: number): TemplateResult | typeof nothing {
  if (one === undefined) return nothing;
  const words = endingWords(one, now);
  const asked = one.asked ? "The practice was asked." : one.over ? "" : "Nobody has asked the practice yet.";
  return html`<p class=${one.over ? "ending over" : "ending"} role="status"><b>${words.charAt(0).toUpperCase()}${words.slice(1)}${words.endsWith(".") ? "" : "."}</b> ${asked} ${one.over ? nothing : HOW} <a href=${`/service/${one.stream}`}>service</a></p>`;
}
