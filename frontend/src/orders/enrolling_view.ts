/** The panel in which a service begins. */

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { problem } from "./deciding_view";
import type { OrderPage } from "./page";
import { grounds } from "./rules_view";

export function enrollPanel(page: OrderPage): TemplateResult {
  const { enrolling } = page;
  const { kits, failure } = enrolling;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.target as HTMLFormElement);
    enrolling.enroll(given.get("end_previous") !== null, String(given.get("shipping") ?? "").trim());
  };
  if (enrolling.byTelephone) return telephonePanel(page);
  const choose = (event: Event) => enrolling.choose((event.target as HTMLInputElement).value);
  return html`<form class="panel-of" aria-label="enroll" @submit=${submit}>
    <p><b>Enroll</b> <span class="faint">the service begins, and the transmitter is this patient's alone until it ends</span></p>
    ${
      kits === null
        ? html`<p role="status">The free transmitters are asked for.</p>`
        : kits.length > 0
          ? html`<label>Free transmitter <select name="transmitter" .value=${live(enrolling.chosen)} @change=${choose}>${kits.map((one) => html`<option value=${one.transmitter} ?selected=${one.transmitter === enrolling.chosen}>${one.transmitter}${one.words === "" ? "" : ` · ${one.words}`}</option>`)}</select></label>`
          : html`<p class=${failure === null ? "faint" : "problem"}>${failure === null ? "No transmitter is free in the inventory: type the one on the label." : `The inventory cannot be shown: ${failure}. Type the transmitter on the label.`}</p>
              <label>Transmitter <input name="transmitter" required autocomplete="off" .value=${live(enrolling.chosen)} @input=${choose} /></label>`
    }
    <label class="flag"><input type="checkbox" name="end_previous" /> End the patient's service that still runs, if there is one</label>
    <label>Sent by <input name="shipping" autocomplete="off" maxlength="100" placeholder="tracking number, or nothing" /></label>
    ${grounds(page)} ${problem(page, "panel")}
    <p class="buttons"><button class="main" ?disabled=${page.busy || enrolling.chosen.trim() === ""}>${page.busy ? "Enrolling" : "Enroll"}</button><button type="button" class="quiet" @click=${() => page.show("")}>Not now</button></p>
    ${enrolling.ruled ? html`<p>A supervisor allows it on this page, by “Allow …”; then enroll again.</p>` : nothing}
  </form>`;
}

/** Strips by telephone: no kit; which recorder the patient has, and from which numbers they call. */
function telephonePanel(page: OrderPage): TemplateResult {
  const { enrolling } = page;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.target as HTMLFormElement);
    const numbers = String(given.get("numbers") ?? "").split(/[,;\n]/).map((one) => one.trim()).filter((one) => one !== "");
    enrolling.enrollTelephone(given.get("end_previous") !== null, String(given.get("profile") ?? ""), numbers);
  };
  return html`<form class="panel-of" aria-label="enroll" @submit=${submit}>
    <p><b>Enroll</b> <span class="faint">strips come by telephone: no transmitter is given out, the patient gets a code of six digits</span></p>
    <label>Recorder <select name="profile"><option value="">not known</option>${enrolling.recorders.map((one) => html`<option value=${one.transmitter}>${one.words}</option>`)}</select></label>
    <label>Calls from <input name="numbers" autocomplete="off" maxlength="300" placeholder="numbers, with commas between; empty: the number in the order" /></label>
    <label class="flag"><input type="checkbox" name="end_previous" /> End the patient's service that still runs, if there is one</label>
    ${grounds(page)} ${problem(page, "panel")}
    <p class="buttons"><button class="main" ?disabled=${page.busy}>${page.busy ? "Enrolling" : "Enroll"}</button><button type="button" class="quiet" @click=${() => page.show("")}>Not now</button></p>
    ${enrolling.ruled ? html`<p>A supervisor allows it on this page, by “Allow …”; then enroll again.</p>` : nothing}
  </form>`;
}
