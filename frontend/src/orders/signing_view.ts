/** The signature of an order: what is there, and how it is signed here or taken from paper. */

import { html, nothing, type TemplateResult } from "lit";
import { faultLine, line, type Part, wanted } from "./controls";
import { paperLink } from "./lists_view";
import type { OrderPage } from "./page";

const COMPONENTS: Readonly<Record<string, string>> = { password: "password", code: "time code", "passkey-verified": "passkey", demo: "a click in a demo" };
const HOW: Readonly<Record<string, string>> = { electronic: "signed here", paper: "signed on paper", message: "the sending system says so" };

/** The section of the form. */
export function signing(page: OrderPage): TemplateResult {
  return html`<div class="fields">${line(page, "dated", "Day of the order", { type: "date", size: "s" })} ${line(page, "placer", "The office's own number of it", { size: "m" })}</div>
    <div class="several signature" data-at="signature">
      <h3>Signature of who orders${wanted(page, "signature")}${wanted(page, "signature.legible")}</h3>
      ${signed(page)}
      ${waysToSign(page)}
      ${faultLine(page, "signature")}
    </div>`;
}

function signed(page: OrderPage): Part {
  const { told } = page;
  const one = told?.signature ?? null;
  const lost = told === null || told.void === "" ? nothing : html`<p class="void"><b>${told.void}</b></p>`;
  if (one === null) return html`${lost}${told?.void === "" || told === null ? html`<p class="faint">Nobody has signed.</p>` : nothing}`;
  return html`${lost}<p class=${one.ok ? "signed" : "signed broken"}>
    ${one.ok ? nothing : html`<b role="alert">THE SIGNATURE DOES NOT HOLD: ${one.reasons.join("; ")}.</b><br />`}
    ${one.meaning === "" ? nothing : html`${one.meaning}. `}<b>${one.name}</b>, ${one.at} <span class="faint">${HOW[one.how] ?? one.how}${one.components.length === 0 ? "" : ` by ${one.components.map((each) => COMPONENTS[each] ?? each).join(" and ")}`}</span>
    ${one.content === "" ? nothing : html`<span class="faint">content <code title=${one.content}>${one.content.slice(0, 12)}…</code></span>`}
    ${one.document === "" ? nothing : paperLink(page, one.document, "the paper")}
    ${one.legible === false ? html`<b>cannot be read</b>` : nothing}
  </p>`;
}

function waysToSign(page: OrderPage): Part {
  if (!page.open) return nothing;
  if (page.number === null) return html`<p class="faint">It is signed once it is on record: <button type="button" class="to" @click=${() => void page.save()}>save it</button>.</p>`;
  const may = page.told?.may;
  if (may?.paper_signature !== true) return nothing;
  return html`<p class="buttons">
    ${may.sign ? html`<button type="button" class="main" ?disabled=${page.busy} @click=${() => page.show("sign")}>Sign …</button>` : nothing}
    <button type="button" ?disabled=${page.busy} @click=${() => page.show("paper")}>Signed on paper …</button>
    ${may.sign ? nothing : html`<span class="faint">Here: ${may.why_not}.</span>`}
  </p>`;
}

/** The panel in which a physician signs, with the same proof as for a report. */
export function proof(page: OrderPage): TemplateResult {
  const { requests } = page;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const given = new FormData(form);
    page.sign((content) => requests.confirm(content, String(given.get("password") ?? ""), String(given.get("code") ?? "")));
    // A code is taken once, whatever comes of it.
    form.querySelector<HTMLInputElement>("input[name=code]")?.select();
  };
  const secrets = html`<label>Password <input name="password" type="password" autocomplete="current-password" required /></label>
    <label>Time code <input name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="9" placeholder="6 digits" required /></label>`;
  return html`<form class="proof panel-of" aria-label="signature" @submit=${submit}>
    <p><b>“${page.told?.meaning ?? ""}”</b> <span class="faint">${requests.me?.staff?.name ?? ""}: the order as it stands in the form${page.draft.dirty ? ", which is put on record first" : ""}</span></p>
    ${requests.way === "secrets" ? secrets : html`<p class="faint">A demo: you sign by a click, and the signature says so.</p>`}
    <p class="buttons">
      <button class="main" ?disabled=${page.busy}>${page.busy ? "Signing" : "Sign"}</button>
      ${requests.way === "secrets" && requests.me?.ways.passkey === true ? html`<button type="button" ?disabled=${page.busy} @click=${() => page.sign((content) => requests.confirmByPasskey(content))}>Sign with a passkey</button>` : nothing}
      <button type="button" class="quiet" @click=${() => page.show("")}>Not now</button>
    </p>
  </form>`;
}
