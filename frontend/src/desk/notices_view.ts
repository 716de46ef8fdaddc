/** Additional notices of a notification: what arrived, what did not and why, what is tried again. */

import { html, nothing, type TemplateResult } from "lit";
import { clockTime, coarse } from "../chrome/format";
import type { Notice } from "./entities";

const WHAT: Readonly<Record<string, string>> = {
  opened: "a physician is being called",
  exhausted: "nobody was reached so far",
  reached: "somebody was reached",
  emergency: "the emergency procedure",
};

const at = (ms: number | null): string => (ms === null ? "?" : clockTime(ms));

/** What became of one, in words. */
export function noticeWords({ state, at_ms, next_ms, receipt, known }: Notice, now: number): string {
  const why = receipt === "" ? "no reason was told" : receipt;
  const maybe = known ? "" : ", though it may have arrived";
  if (state === "sent") return `delivered ${at(at_ms)}`;
  if (state === "queued") return "on its way";
  if (state === "given_up") return `not delivered${maybe}: ${why}`;
  const next = next_ms === null ? "" : next_ms <= now ? "; tried again now" : `; tried again in ${coarse(next_ms - now)}`;
  return `not delivered so far${maybe}: ${why}${next}`;
}

const SIGN: Readonly<Record<Notice["state"], string>> = { sent: "✓", queued: "…", failed: "↻", given_up: "✕" };

export function noticesView(notices: readonly Notice[], now: number): TemplateResult | typeof nothing {
  if (notices.length === 0) return nothing;
  return html`<h3>Notices besides</h3>
    <ul class="notices">
      ${notices.map(
        (one) =>
          html`<li class=${one.state}><span class="sign" aria-hidden="true">${SIGN[one.state]}</span>
            <span>${one.channel} to <b>${one.to}</b>${WHAT[one.what] === undefined ? nothing : html` <span class="faint">(${WHAT[one.what]})</span>`}: <span class="became">${noticeWords(one, now)}</span></span></li>`,
      )}
    </ul>
    <p class="faint">They replace no call: somebody who can act is to be reached by telephone.</p>`;
}
