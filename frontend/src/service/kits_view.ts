/** The inventory as markup: where each kit is, what is overdue, and what can be done with it. */

import { html, nothing, type TemplateResult } from "lit";
import { coarse, when } from "../chrome/format";
import type { ServiceList } from "./list";
import { empty, formRow, type Part } from "./list_view";
import type { Kit } from "./told";

const COLUMNS = 6;

export function kitsView(page: ServiceList): TemplateResult {
  const { inventory, failures } = page;
  const none = page.typed !== "" || page.state !== "" ? "No kit is like this." : "There are no kits yet. Add one with the identifier and the public key on its label.";
  return html`${filters(page)} ${page.open === "add" ? adding(page) : nothing}
    ${
      inventory === null || page.kits.length === 0
        ? empty(inventory !== null, failures.kits, none)
        : html`<div class="wide"><table>
            <thead><tr><th scope="col">Transmitter</th><th scope="col">Sends</th><th scope="col">State</th><th scope="col">With</th><th scope="col">Sent by</th><th scope="col"></th></tr></thead>
            <tbody>${page.kits.map((one) => row(page, one, inventory.change))}</tbody>
          </table></div>`
    }`;
}

function filters(page: ServiceList): Part {
  const { inventory } = page;
  if (inventory === null) return nothing;
  const one = (state: string, words: string, count: number): Part => html`<button type="button" aria-pressed=${page.state === state} @click=${() => page.show("kits", state)}>${words} <span class="faint">${count}</span></button>`;
  return html`<div class="finding">
    <div class="tabs" role="group" aria-label="state of kits">
      ${one("", "all", inventory.kits.length)}
      ${inventory.states.filter(([state, count]) => count > 0 || state === page.state).map(([state, count]) => one(state, state, count))}
      ${inventory.overdue > 0 || page.state === "overdue" ? one("overdue", "overdue", inventory.overdue) : nothing}
    </div>
    ${inventory.change ? html`<button type="button" class="add" @click=${() => page.form("add")}>Add a kit …</button>` : nothing}
  </div>`;
}

function row(page: ServiceList, kit: Kit, change: boolean): TemplateResult {
  const now = page.inventory?.nowMs ?? Date.now();
  return html`<tr class=${kit.overdue ? "late" : ""}>
      <th scope="row">${kit.transmitter} <span class="faint">${kit.made}</span></th>
      <td class="faint">${kit.sends}</td>
      <td title=${when(kit.sinceMs, now)}>${stateOf(kit, now)}</td>
      <td>${kit.patient === "" ? nothing : html`<a href=${`/service/${kit.stream}`}>${kit.patient}</a>`}${kit.unclean ? html` <span class="faint">not cleaned here before</span>` : nothing}</td>
      <td>${kit.shipping}</td>
      <td class="acts">${change ? buttons(page, kit) : nothing}</td>
    </tr>
    ${form(page, kit)}`;
}

function stateOf(kit: Kit, now: number): Part {
  if (kit.overdue) return html`<b>overdue</b> <span class="faint">due back ${coarse(now - (kit.dueMs ?? now))} ago</span>`;
  return html`${kit.state} <span class="faint">${kit.said === "" ? `for ${coarse(now - kit.sinceMs)}` : kit.said}</span>`;
}

function buttons(page: ServiceList, kit: Kit): Part {
  const has = (act: string): boolean => kit.acts.includes(act);
  const { transmitter } = kit;
  const direct = (act: string, done: boolean, words: string): Part =>
    has(act) ? html`<button type="button" ?disabled=${page.busy} @click=${() => void page.act("kit.clean", { transmitter, done }, done ? `${transmitter} is clean and in stock.` : `${transmitter} is being cleaned.`)}>${words}</button> ` : nothing;
  const asked = (act: string, words: string): Part => (has(act) ? html`<button type="button" class=${act === "return" ? "" : "quiet"} @click=${() => page.form(`${act} ${transmitter}`)}>${words} …</button> ` : nothing);
  return html`${asked("return", kit.state === "lost" ? "Found" : "Returned")}${kit.state === "returned" ? direct("clean", false, "Clean") : nothing}${kit.state === "cleaning" ? direct("cleaned", true, "Cleaned") : nothing}${asked("lost", "Lost")}${asked("retire", "Retire")}`;
}

const textOf = (given: FormData, name: string): string => String(given.get(name) ?? "").trim();

function form(page: ServiceList, kit: Kit): Part {
  const { transmitter } = kit;
  if (page.open === `return ${transmitter}`) {
    const inside = html`<p>${transmitter} is here again. It is cleaned before anybody else has it.</p><label>Came by <input name="shipping" maxlength="100" autocomplete="off" placeholder="tracking number, or nothing" /></label>`;
    return formRow(page, COLUMNS, `${transmitter} is back`, (given) => void page.act("kit.return", { transmitter, shipping: textOf(given, "shipping") }, `${transmitter} is back.`), inside, "It is here");
  }
  const why = html`<label>Why <input name="why" required maxlength="500" autocomplete="off" /></label>`;
  if (page.open === `lost ${transmitter}`) return formRow(page, COLUMNS, `${transmitter} is lost`, (given) => void page.act("kit.lost", { transmitter, why: textOf(given, "why") }, `${transmitter} is noted as lost; it can be found again.`), why, "It is lost");
  if (page.open === `retire ${transmitter}`) return formRow(page, COLUMNS, `retire ${transmitter}`, (given) => void page.act("kit.retire", { transmitter, why: textOf(given, "why") }, `${transmitter} is retired.`), html`<p><b>${transmitter} is never assigned again.</b> This cannot be taken back.</p>${why}`, "Retire it");
  return nothing;
}

function adding(page: ServiceList): TemplateResult {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.target as HTMLFormElement);
    const leads = textOf(given, "leads").split(/[\s,]+/).filter(Boolean); // prettier-ignore
    const transmitter = textOf(given, "transmitter");
    const body = { transmitter, rate_hz: Number(textOf(given, "rate")), leads, public_key: textOf(given, "key"), model: textOf(given, "model"), serial: textOf(given, "serial") };
    void page.act("kit.add", body, `${transmitter} is in stock.`);
  };
  return html`<form class="row-form adding" aria-label="add a kit" @submit=${submit}>
    <label>Transmitter <input name="transmitter" required maxlength="64" autocomplete="off" placeholder="as on its label" /></label>
    <label>Samples a second <input name="rate" type="number" required min="100" max="1000" step="any" value="250" /></label>
    <label>Leads <input name="leads" required maxlength="200" autocomplete="off" value="II, V1" /></label>
    <label class="key">Public key <input name="key" required pattern="[0-9a-fA-F]{64}" title="64 hexadecimal digits" autocomplete="off" /></label>
    <label>Model <input name="model" maxlength="100" autocomplete="off" /></label>
    <label>Serial number <input name="serial" maxlength="100" autocomplete="off" /></label>
    ${page.problem === "" ? nothing : html`<p class="problem" role="alert">${page.problem}</p>`}
    <p class="buttons"><button class="main" ?disabled=${page.busy}>Take it into stock</button><button type="button" class="quiet" @click=${() => page.form("")}>Not now</button></p>
  </form>`;
}
