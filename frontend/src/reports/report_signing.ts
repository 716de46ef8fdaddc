/** Impression, signatures and addenda of a report as markup. */

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { when } from "../chrome/format";
import type { Keeping } from "./keeping";
import type { ReportPage, Signing } from "./report";
import { problem } from "./report_view";
import { isTechnical, type ReportTold, type Signature, type Written } from "./told";

type Part = TemplateResult | typeof nothing;

// ---- technical reports ------------------------------------------------------------------------------------

/** A strip by telephone or a period of them: looked at and issued by who watches. */
export function technical(page: ReportPage, told: ReportTold): Part {
  if (!isTechnical(told.kind)) return nothing;
  const released = told.released ?? [];
  return html`<section class="technical" aria-label="technical report">
    <h2>Technical report</h2>
    <p>Tracing, counts and quality. It holds no interpretation; a physician of the practice may review and sign it.</p>
    ${released.length === 0 ? html`<p class="faint">Not issued yet.</p>` : html`<ol>${released.map((one, place) => html`<li>${place === 0 ? "issued" : "issued, corrected,"} by <b>${one.by}</b> ${when(one.at_ms, told.now_ms)}</li>`)}</ol>`}
    ${told.may.release === true ? html`<p class="buttons"><button class="main release" ?disabled=${page.busy} @click=${() => page.release()}>${released.length === 0 ? "Issue" : "Issue again, corrected"}</button></p>` : nothing}
    ${problem(page, "release")}
  </section>`;
}

// ---- the impression ----------------------------------------------------------------------------------------

export function impression(page: ReportPage, told: ReportTold): TemplateResult {
  const { may } = told;
  const by = told.impression.at_ms === null ? nothing : html`<span class="faint">version ${told.impression.version}, by ${told.impression.by} ${when(told.impression.at_ms, told.now_ms)}</span>`;
  return html`<section class="impression" aria-label="impression">
    <h2>Impression ${by}</h2>
    ${may.write ? editor(page, told) : told.impression.text === "" ? html`<p class="faint">Nobody has written one yet.</p>` : html`<p class="written">${told.impression.text}</p>`}
    ${told.authors.length > 1 ? html`<p class="faint">written by ${told.authors.join(", ")}</p>` : nothing}
    ${told.returned === "" ? nothing : html`<p><b>Given back:</b> ${told.returned}</p>`}
    ${problem(page, "impression")}
  </section>`;
}

function editor(page: ReportPage, told: ReportTold): TemplateResult {
  const { impression: kept } = page;
  return html`<textarea name="impression" aria-label="impression" rows="8" maxlength=${told.most.text} placeholder="What the figures mean. Nothing is written here by the center."
      .value=${live(kept.text)} @input=${(event: InputEvent) => kept.typed((event.target as HTMLTextAreaElement).value)} @blur=${() => void kept.keep()}></textarea>
    ${keptWords(page, kept, told.impression)}
    ${told.sentences.length === 0 ? nothing : html`<div class="sentences" role="group" aria-label="the practice's sentences">${told.sentences.map((one) => html`<button type="button" title=${one.text} @click=${() => page.insert(one.text)}>${one.title}</button>`)}</div>`}
    <p class="buttons">
      ${told.state === "drafted" ? html`<button ?disabled=${page.busy} @click=${() => page.prepare()}>Ready for signature</button>` : html`<span class="faint">ready for signature, by ${told.prepared}</span>`}
      ${told.may.return && !page.returning ? html`<button ?disabled=${page.busy} @click=${() => page.openReturn()}>Give back …</button>` : nothing}
    </p>
    ${page.returning ? returning(page, told) : nothing}`;
}

function returning(page: ReportPage, told: ReportTold): TemplateResult {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    page.giveBack(String(new FormData(event.target as HTMLFormElement).get("why") ?? ""));
  };
  return html`<form aria-label="give back" @submit=${submit}>
    <label>What is to be written <input name="why" required maxlength=${told.most.why} autocomplete="off" /></label>
    <p class="buttons"><button class="main" ?disabled=${page.busy}>Give back</button><button type="button" class="quiet" @click=${() => page.open(null)}>Not now</button></p>
    ${problem(page, "return")}
  </form>`;
}

/** Whether what stands in the field is on record; where it is not, why, and what can be done. */
function keptWords(page: ReportPage, kept: Keeping, theirs: Written): TemplateResult {
  const { standing, restored } = kept;
  const back = restored ? html` <b>What was typed before and not kept was brought back.</b>` : nothing;
  if (standing.is !== "unkept") {
    const words = { kept: "on record", typing: "being typed", keeping: "being kept" }[standing.is];
    return html`<p class="kept-words faint" aria-live="off">${words}${back}</p>`;
  }
  const insist = () => void kept.insist(theirs).then(() => page.load());
  return html`<div class="unkept" role="alert">
    <p><b>Not on record: ${standing.words}.</b> What you typed is still here.</p>
    ${standing.changed ? html`<p>${theirs.by} wrote: <q>${theirs.text}</q></p><p class="buttons"><button @click=${insist}>Put mine in its place</button><button @click=${() => kept.yield(theirs)}>Take theirs</button></p>` : html`<p class="buttons"><button @click=${() => void kept.keep()}>Try again</button></p>`}
  </div>`;
}

// ---- signatures --------------------------------------------------------------------------------------------

export function signatures(page: ReportPage, told: ReportTold): TemplateResult {
  const { may } = told;
  const what: Signing | null = may.cosign ? "cosign" : may.sign ? "sign" : null;
  const open = page.signing === "sign" || page.signing === "cosign";
  return html`<section class="signatures" aria-label="signatures">
    <h2>Signatures</h2>
    ${told.signatures.length === 0 ? html`<p class="faint">Nobody has signed.</p>` : html`<ol>${told.signatures.map((one) => html`<li>${signed(told, one)}</li>`)}</ol>`}
    ${told.state === "cosign" ? html`<p><b>Awaits ${told.cosigner === "" ? "the signature of another physician of the practice" : `the signature of ${told.cosigner}`}.</b> It is issued then.</p>` : nothing}
    ${open && what !== null ? proof(page, told, what) : nothing}
    ${
      open || told.state === "signed" || told.state === "withdrawn"
        ? nothing
        : html`<p class="buttons">
            ${what === null ? nothing : html`<button class="main" ?disabled=${page.busy} @click=${() => page.open(what)}>${what === "cosign" ? "Co-sign …" : "Sign …"}</button>`}
            <span class="faint">${what === null ? (may.why_not !== "" ? may.why_not : "another physician of the practice signs second") : ""}</span>
          </p>`
    }
    ${page.signing === "add" ? nothing : problem(page, "sign")}
  </section>`;
}

const COMPONENTS: Readonly<Record<string, string>> = { password: "password", code: "time code", "passkey-verified": "passkey", demo: "a click in a demo" };

export function signed(told: ReportTold, one: Signature): TemplateResult {
  return html`<p class=${one.ok ? "signed" : "signed broken"}>
    ${one.ok ? nothing : html`<b role="alert">THE SIGNATURE DOES NOT HOLD: ${one.reasons.join("; ")}.</b><br />`}
    ${one.meaning}. <b>${one.name}</b>, ${when(one.at_ms, told.now_ms)}
    <span class="faint">by ${one.components.map((each) => COMPONENTS[each] ?? each).join(" and ")}, content <code title=${one.content}>${one.content.slice(0, 12)}…</code></span>
  </p>`;
}

function proof(page: ReportPage, told: ReportTold, what: Signing): TemplateResult {
  const { requests } = page;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const given = new FormData(form);
    page.sign(what, (content) => requests.confirm(content, String(given.get("password") ?? ""), String(given.get("code") ?? "")));
    // A code is taken once, whatever comes of it.
    form.querySelector<HTMLInputElement>("input[name=code]")?.select();
  };
  const secrets = html`<label>Password <input name="password" type="password" autocomplete="current-password" required /></label>
    <label>Time code <input name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="9" placeholder="6 digits" required /></label>`;
  const of = what === "add" ? "the addendum as it stands above" : "the figures beside and the impression as they stand";
  return html`<form class="proof" aria-label="signature" @submit=${submit}>
    <p><b>“${told.meanings[what]}”</b> <span class="faint">${requests.me?.staff?.name ?? ""}: ${of}</span></p>
    ${what === "sign" ? second(page, told) : nothing}
    ${requests.way === "secrets" ? secrets : html`<p class="faint">A demo: you sign by a click, and the signature says so.</p>`}
    <p class="buttons">
      <button class="main" ?disabled=${page.busy}>${page.busy ? "Signing" : what === "cosign" ? "Co-sign" : "Sign"}</button>
      ${requests.way === "secrets" && requests.me?.ways.passkey === true ? html`<button type="button" ?disabled=${page.busy} @click=${() => page.sign(what, (content) => requests.confirmByPasskey(content))}>Sign with a passkey</button>` : nothing}
      <button type="button" class="quiet" @click=${() => page.open(null)}>Not now</button>
    </p>
  </form>`;
}

function second(page: ReportPage, told: ReportTold): Part {
  if (told.cosigners.length === 0) return nothing;
  return html`<label>Second signature
    <select name="cosign" .value=${live(page.cosign)} @change=${(event: Event) => page.chooseCosign((event.target as HTMLSelectElement).value)}>
      <option value="">not wanted</option>
      <option value="any">of any physician of the practice</option>
      ${told.cosigners.map((one) => html`<option value=${String(one.person)}>of ${one.name}</option>`)}
    </select></label>`;
}

// ---- addenda -----------------------------------------------------------------------------------------------

export function addenda(page: ReportPage, told: ReportTold): Part {
  const final = told.state === "signed" || told.state === "cosign";
  if (!final) return nothing;
  const writing = page.adding || page.addendum.text !== "";
  return html`<section class="addenda" aria-label="addenda">
    <h2>Addenda <b>${told.added.length}</b></h2>
    <ol>${told.added.map((one) => html`<li><p class="written">${one.text}</p>${signed(told, one.signature)}</li>`)}</ol>
    ${told.may.add && writing ? addendumEditor(page, told) : nothing}
    ${told.may.add && !writing ? html`<p class="buttons"><button ?disabled=${page.busy} @click=${() => page.open("add", true)}>Add …</button> <span class="faint">what was signed does not change</span></p>` : nothing}
    ${!told.may.add && told.added.length === 0 ? html`<p class="faint">None.</p>` : nothing}
  </section>`;
}

function addendumEditor(page: ReportPage, told: ReportTold): TemplateResult {
  const { addendum: kept } = page;
  return html`<textarea name="addendum" aria-label="addendum" rows="4" maxlength=${told.most.text} placeholder="What is to be added; it holds once a physician of the practice has signed it."
      .value=${live(kept.text)} @input=${(event: InputEvent) => kept.typed((event.target as HTMLTextAreaElement).value)} @blur=${() => void kept.keep()}></textarea>
    ${keptWords(page, kept, told.writing)}
    ${page.signing === "add" ? proof(page, told, "add") : html`<p class="buttons">${told.may.sign_addendum ? html`<button class="main" ?disabled=${page.busy || kept.text.trim() === ""} @click=${() => page.open("add")}>Sign the addendum …</button>` : html`<span class="faint">${told.may.why_not}</span>`}</p>`}
    ${page.signing === "add" ? problem(page, "sign") : nothing}`;
}
