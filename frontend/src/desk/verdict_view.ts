/** The foot of the right column: the verdict that is given, what it still wants before it closes, or a second reading. */

import { html, nothing, type TemplateResult } from "lit";
import { coarse, when } from "../chrome/format";
import type { CaseActs, CaseModel } from "./case_view";
import type { VerdictKind } from "./entities";
import { heldByMe, judged, undecided, VERDICT_WORDS, whyNot, whyNotAgain } from "./order";
import { problemView } from "./parts";

/** The keys of the verdicts: four words, and the first of them with the call right after it. */
export const CHOICES: readonly { readonly verdict: VerdictKind; readonly words: string; readonly call: boolean }[] = [
  { verdict: "true", words: "True", call: false },
  { verdict: "artefact", words: "Artefact", call: false },
  { verdict: "not_meeting", words: "True, criteria not met", call: false },
  { verdict: "relabel", words: "Beats relabelled", call: false },
  { verdict: "true", words: "True, and call now", call: true },
];

export function verdictView(model: CaseModel, acts: CaseActs): TemplateResult {
  return model.again ? againView(model, acts) : firstView(model, acts);
}

function firstView(model: CaseModel, acts: CaseActs): TemplateResult {
  const { one, me, strips, relabels, busy, problem, undo } = model;
  const barred = whyNot(one, me);
  return html`<section class="verdict" aria-label="verdict">
    <h2>Verdict ${barred === null ? nothing : html`<span class="barred">${barred}</span>`}</h2>
    ${givenView(model)} ${closingView(model, acts)}
    <div class="choices" ?hidden=${!undecided(one)}>
      ${CHOICES.map(
        ({ words, call }, i) =>
          html`<button class=${call ? "wide" : ""} ?disabled=${barred !== null || busy} @click=${() => acts.verdict(i)}><kbd>${i + 1}</kbd> ${words}${i === 3 && relabels !== null && relabels > 0 ? html` <b>${relabels}</b>` : nothing}</button>`,
      )}
    </div>
    ${noteView(model, acts, !undecided(one), barred)}
    <p class="report">
      ${strips.length === 0 ? html`<span class="faint">No strip for the report; <kbd>S</kbd> takes what is seen.</span>` : html`<span class="faint">For the report</span>`}
      ${strips.map((_, i) => html`<button class="chip" aria-label=${`take report strip ${i + 1} out`} @click=${() => acts.dropStrip(i)}>strip ${i + 1} ✕</button>`)}
    </p>
    ${problemView(problem("verdict"))}
    <div class="foot">
      <span class="undo" aria-live="polite">${undo === null ? nothing : html`<span>${undo.words}</span><button @click=${acts.undo}>undo <kbd>u</kbd></button><span class="faint">${Math.ceil(undo.leftMs / 1000)} s</span>`}</span>
      <button @click=${acts.call} ?disabled=${model.notification === null}>Call <kbd>C</kbd></button>
    </div>
  </section>`;
}

function noteView({ note }: CaseModel, acts: CaseActs, hidden: boolean, barred: string | null): TemplateResult {
  return html`<label class="note" ?hidden=${hidden}>
    <span>Note <kbd>n</kbd></span>
    <input id="verdict-note" type="text" autocomplete="off" .value=${note} ?disabled=${barred !== null} @input=${(event: InputEvent) => acts.note((event.target as HTMLInputElement).value)} />
  </label>`;
}

function givenView({ one, now }: CaseModel): TemplateResult | typeof nothing {
  const { verdict: given } = one;
  if (given === null || undecided(one)) return nothing;
  return html`<p class="given"><b>${given.verdict === null ? "Judged" : VERDICT_WORDS[given.verdict]}</b> <span class="faint">by ${given.by}${given.at_ms === null ? "" : ` ${when(given.at_ms, now)}`}</span>${given.note === "" ? nothing : html`<br />${given.note}`}</p>`;
}

/** What a judged case still wants, or when it closes. */
export function stillWants({ one, now, notification }: Pick<CaseModel, "one" | "now" | "notification">): string {
  if (one.closes_ms !== null) {
    const left = one.closes_ms - now;
    return left > 0 ? `Closes by itself in ${coarse(left)}.` : "Closes now.";
  }
  if (one.alarm.state !== "acknowledged") return "Open while its alarm goes on: a acknowledges it.";
  if (notification?.state === "reached") return "Open until it is written down what the physician does.";
  return one.state === "notifying" || notification !== null ? "Open until the physician is reached." : "Open while its emergency goes on.";
}

function closingView(model: CaseModel, acts: CaseActs): TemplateResult | typeof nothing {
  const { one, me } = model;
  if (!judged(one)) return nothing;
  const mine = heldByMe(one, me) && me?.session.locked !== true;
  return html`<p class="closing">
    <span>${stillWants(model)}</span>
    ${mine && one.closes_ms !== null ? html`<button @click=${acts.close}>close it now <kbd>x</kbd></button>` : nothing}
  </p>`;
}

/** A second reading is given without the first verdict in sight. */
function againView(model: CaseModel, acts: CaseActs): TemplateResult {
  const { one, me, busy, now, problem } = model;
  const barred = whyNotAgain(one, me);
  const due = one.overread_due_ms;
  const left = due === null ? "" : due >= now ? `, due in ${coarse(due - now)}` : `, late by ${coarse(now - due)}`;
  return html`<section class="verdict" aria-label="second reading">
    <h2>Second reading ${barred === null ? nothing : html`<span class="barred">${barred}</span>`}</h2>
    <p class="given"><b>First read by ${one.first_reader?.name ?? "somebody"}</b><span class="faint">${left}. What they said is shown once you have.</span></p>
    <div class="choices">
      ${CHOICES.slice(0, 4).map(
        ({ verdict, words }, i) =>
          html`<button ?disabled=${barred !== null || busy} @click=${() => acts.verdict(i)}><kbd>${i + 1}</kbd> ${verdict === "relabel" ? "Beats to be relabelled" : words}</button>`,
      )}
    </div>
    ${noteView(model, acts, false, barred)}
    ${problemView(problem("verdict"))}
    <p class="report faint">Who disagrees opens the case again, for a third person to decide.</p>
  </section>`;
}
