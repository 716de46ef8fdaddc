/** One claim as markup: what goes out at the left, its checks in the middle, what to do and why at the right. */

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { plural } from "../chrome/format";
import type { ClaimPage } from "./claim";
import { beside } from "./proof_view";
import { centsOf, type Check, type ClaimTold, type Content, dollars, fails, inOrder, stops, valueAt, wantsReason } from "./told";

type Part = TemplateResult | typeof nothing;

export function claimView(page: ClaimPage): TemplateResult {
  const { told, failure } = page;
  return html`<div class="prescribe claims one">
    <header class="top">
      <a class="brand" href="/claims" title="all claims">◂ claims</a>
      <h1 tabindex="-1">${told === null ? `Claim ${page.number}` : html`${told.patient} <span class="faint">${told.id} · ${told.part}${told.kind === "original" ? "" : ` · ${told.kind} of ${told.chain.find((one) => one.claim === told.replaces)?.id ?? ""}`}</span>`}</h1>
      ${
        told === null
          ? nothing
          : html`<b class=${`state ${told.state.replace(" ", "-")}`}>${told.state}</b>
              ${told.proof.order === undefined || told.proof.order === null ? nothing : html`<a href=${`/orders/${told.proof.order}`}>order ${told.proof.order}</a>`}
              <a href=${`/patient/${told.stream}`}>ECG</a> <a href=${`/reports?stream=${told.stream}`}>reports</a>
              <span class="faint keys">${told.next === null ? nothing : html`<kbd>n</kbd> next ${told.state} `}${page.editable ? html`<kbd>e</kbd> change <kbd>r</kbd> release ` : nothing}${told.may && (told.lacks_amend === "" || told.due) ? html`<kbd>p</kbd> put right ` : nothing}<kbd>Esc</kbd> list</span>`
      }
      ${told !== null && failure !== null ? html`<b class="cut">as of a while ago: ${failure}</b>` : nothing}
    </header>
    ${
      told === null
        ? html`<main class="empty"><p role="status">${failure === null ? "Asked for." : `It cannot be shown: ${failure}.`}</p></main>`
        : html`<main class="three">${what(page, told)} ${checks(page, told)} ${beside(page, told)}</main>`
    }
  </div>`;
}

// ---- what goes out -----------------------------------------------------------------------------------------

const PARTS: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  ["Patient", [["Last name", "patient.name.last"], ["First name", "patient.name.first"], ["Born", "patient.birth_date"], ["Sex", "patient.sex"], ["Member", "patient.member"], ["Street", "patient.postal.street"], ["City", "patient.postal.city"], ["State", "patient.postal.state"], ["ZIP", "patient.postal.zip"]]],
  ["Payer", [["Name", "payer.name"], ["Number", "payer.number"]]],
  ["Ordered by", [["Last name", "ordering.name.last"], ["First name", "ordering.name.first"], ["NPI", "ordering.npi"]]],
  ["Read by", [["Last name", "rendering.name.last"], ["First name", "rendering.name.first"], ["NPI", "rendering.npi"]]],
  ["Furnished at", [["Name", "facility.name"], ["NPI", "facility.npi"], ["Street", "facility.postal.street"], ["City", "facility.postal.city"], ["State", "facility.postal.state"], ["ZIP", "facility.postal.zip"]]],
  ["Supervised by", [["Last name", "supervising.name.last"], ["First name", "supervising.name.first"], ["NPI", "supervising.npi"]]],
];

function what(page: ClaimPage, told: ClaimTold): TemplateResult {
  const content = page.content;
  if (content === null) return html`<section class="what" aria-label="claim"><p role="status">${told.why === "" ? "It is being made." : told.why}</p></section>`;
  const without = [told.part === "technical" ? "Read by" : "Supervised by", content.place === HOME || valueAt(content, "facility.same") === "true" ? "Furnished at" : ""];
  const wide = PARTS.filter(([name]) => !without.includes(name));
  return html`<section class="what" aria-label="what is claimed">
    ${lines(page, content)}
    <div class="fields">
      ${textField(page, content, "Place of service", "place")} ${textField(page, content, "Diagnoses", "diagnoses")}
      ${choice(page, content, "Notice (ABN)", "abn", ABN, "Advance Beneficiary Notice")} ${valueAt(content, "abn") === "on file" || valueAt(content, "abn") === "voluntary" ? textField(page, content, "Notice signed", "abn_day") : nothing}
      ${textField(page, content, told.kind === "void" ? "Voids" : "Replaces", "original")} ${textField(page, content, "Note", "note")}
    </div>
    <h2>Signed</h2>
    <div class="fields">
      ${choice(page, content, "Payer may be told", "release.given", SAID, "the patient signed that the payer may be told (CLM09)")} ${textField(page, content, "Signed on", "release.day")} ${textField(page, content, "You signed", "signed")}
      ${choice(page, content, "Payer pays you", "benefits.given", SAID, "the patient signed that the payer may pay who bills (CLM08)")} ${textField(page, content, "Signed on", "benefits.day")} ${choice(page, content, "Assignment", "assignment", ASSIGNED, "whether what the payer allows is the whole price (CLM07)")}
    </div>
    ${wide.map(([name, fields]) => html`<h2>${name}</h2><div class="fields">${fields.map(([words, path]) => textField(page, content, words, path))}</div>`)}
    <h2>Billed by</h2>
    <p class="faint">${valueAt(content, "billing.name") || "not said in the billing file"}${valueAt(content, "billing.npi") === "" ? nothing : html`, NPI ${valueAt(content, "billing.npi")}`}</p>
    ${
      !page.changing
        ? nothing
        : html`<p class="buttons keep"><button type="button" class="main" ?disabled=${page.busy || page.draft === null || Object.keys(page.wrong).length > 0} @click=${() => void page.keep()}>Keep the changes</button> <button type="button" class="quiet" @click=${() => page.drop()}>Drop them</button></p>`
    }
  </section>`;
}

interface LineTold {
  readonly code: string;
  readonly modifiers: readonly string[];
  readonly units: number;
  readonly day: string;
  readonly cents: number;
  readonly pointers: readonly number[];
}

function lines(page: ClaimPage, content: Content): TemplateResult {
  const told = content.lines as readonly LineTold[];
  const list = (text: string): string[] => text.toUpperCase().split(/[\s,]+/).filter((one) => one !== "");
  const whole = (text: string): number | null => (/^\d{1,4}$/.test(text.trim()) ? Number(text) : null);
  const places = (text: string): number[] | null => (list(text).every((one) => /^\d{1,2}$/.test(one)) ? list(text).map(Number) : null);
  const code = (text: string): string => text.trim().toUpperCase();
  const trimmed = (text: string): string => text.trim();
  return html`${told.map((line, at) => html`<div class="fields lines" role="group" aria-label=${`line ${at + 1}`}>
    ${field(page, "Code", `lines.${at}.code`, line.code, code)}
    ${field(page, "Modifiers", `lines.${at}.modifiers`, line.modifiers.join(" "), list)}
    ${field(page, "Date of service", `lines.${at}.day`, line.day, trimmed)}
    ${field(page, "Units", `lines.${at}.units`, String(line.units), whole, "a whole number")}
    ${field(page, "Charge, $", `lines.${at}.cents`, dollars(line.cents), centsOf, "dollars as in 650.00")}
    ${field(page, "Points at", `lines.${at}.pointers`, line.pointers.join(" "), places, "numbers of diagnoses, as in 1 2")}
  </div>`)}`;
}

const WIDE = /street$|^note$/;

/** A field that keeps what is typed while the page is told anew, and takes it when it is left. */
function field<T>(page: ClaimPage, words: string, path: string, held: string, parse: (text: string) => T | null, wanted = ""): TemplateResult {
  const wrong = page.wrong[path];
  const settle = () => page.settle(path, parse, wanted);
  return html`<label class=${WIDE.test(path) ? "wide" : path === "payer.name" ? "two" : ""}><span>${words}</span><input autocomplete="off" ?readonly=${!page.changes(path)} aria-invalid=${wrong === undefined ? nothing : "true"} .value=${live(page.raw[path] ?? held)} @input=${(event: Event) => page.write(path, (event.target as HTMLInputElement).value)} @change=${settle} @blur=${settle} />${wrong === undefined ? nothing : html`<small class="wrong">${wrong}</small>`}</label>`;
}

function textField(page: ClaimPage, content: Content, words: string, path: string): TemplateResult {
  if (path !== "diagnoses") return field(page, words, path, valueAt(content, path), (text) => text.trim());
  const codes = (text: string) => text.toUpperCase().split(/[\s,]+/).filter((one) => one !== ""); // prettier-ignore
  return field(page, words, path, (content.diagnoses as readonly string[]).join(" "), codes);
}

const HOME = "12";
type Choices = readonly (readonly [string, string])[];
const ABN: Choices = [["", "not said"], ["on file", "on file"], ["voluntary", "voluntary"], ["none", "none given"]];
const SAID: Choices = [["", "not said"], ["true", "signed"], ["false", "not signed"]];
const ASSIGNED: Choices = [["", "not said"], ["A", "taken"], ["B", "laboratory alone"], ["C", "not taken"]];

function choice(page: ClaimPage, content: Content, words: string, path: string, choices: Choices, title: string): TemplateResult {
  const held = valueAt(content, path);
  const change = (event: Event) => {
    const value = (event.target as HTMLSelectElement).value;
    page.type(path, choices === SAID ? (value === "" ? null : value === "true") : value);
  };
  return html`<label title=${title}><span>${words}</span><select ?disabled=${!page.changes(path)} @change=${change}>${choices.map(([value, says]) => html`<option value=${value} ?selected=${value === held}>${says}</option>`)}</select></label>`;
}

// ---- its checks --------------------------------------------------------------------------------------------

function checks(page: ClaimPage, told: ClaimTold): TemplateResult {
  const all = inOrder(told.checks);
  const bad = all.filter(fails);
  const good = all.filter((one) => !fails(one));
  const stale = told.checked !== told.version || told.state === "checking";
  const answered = new Set(told.answers.filter((one) => !one.notice).at(-1)?.answers ?? []);
  return html`<section class="checks" aria-label="checks" aria-live="polite" tabindex="0">
    <p role="status" class="done">${stale ? "Being checked…" : (page.done ?? nothing)}</p>
    ${page.problem === null ? nothing : html`<p class="problem" role="alert">${page.problem}</p>`}
    ${proposed(page, told)}
    <h2>${bad.length === 0 ? (told.checks.length === 0 ? "Not checked yet" : "Every check is met") : html`${plural(bad.length, "check")} not met`} ${told.may && (told.state === "held" || told.state === "ready") ? html`<button type="button" class="quiet" @click=${() => page.again()}>check again</button>` : nothing}</h2>
    <ul>${bad.map((one) => check(page, told, one, answered))}</ul>
    ${good.length === 0 ? nothing : html`<h2 class="met">Met <b>${good.filter((one) => one.outcome === "met").length}</b></h2><ul class="good">${good.map((one) => check(page, told, one, answered))}</ul>`}
  </section>`;
}

const MARK = { stop: "✕", reason: "!", note: "i" } as const;

function check(page: ClaimPage, told: ClaimTold, one: Check, answered: ReadonlySet<string>): TemplateResult {
  const bad = fails(one);
  const over = told.reasons.find(([rule]) => rule === one.rule)?.[1];
  const says = { S: "read in a source", LCD: "of the coverage determination", "M!": "from memory, sure", M: "from memory", "M?": "from memory, not sure", I: "inferred" }[one.sure] ?? "";
  return html`<li class=${bad ? one.weight : one.outcome.replace(" ", "-")}>
    <b class="mark" aria-hidden="true">${bad ? MARK[one.weight] : one.outcome === "met" ? "✓" : "–"}</b>
    <div>
      <p><b>${one.title}</b>${bad ? html` <span class="weight">${one.outcome}${stops(one) ? ": it cannot go out" : ""}</span>` : nothing}${answered.has(one.rule) ? html` <span class="answers">answers the denial</span>` : nothing}</p>
      <p class="words">${one.words}</p>
      ${bad && one.mend !== "" ? html`<p class="mend">${one.mend}</p>` : nothing}
      ${over === undefined ? nothing : html`<p class="over">Released all the same: ${over}</p>`}
      ${
        wantsReason(one) && told.state === "held" && told.may && told.stops === 0
          ? html`<label class="reason"><span class="faint">why it goes out all the same</span><input maxlength="500" autocomplete="off" @keydown=${onward(page)} .value=${live(page.reasons[one.rule] ?? "")} @input=${(event: InputEvent) => page.reason(one.rule, (event.target as HTMLInputElement).value)} /></label>`
          : nothing
      }
    </div>
    <span class="faint source" title=${says}>${one.source} <small>[${one.sure}]</small></span>
  </li>`;
}

/** Enter leads to the next reason, then to the button; it does not press it. */
const onward = (page: ClaimPage) => (event: KeyboardEvent) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  page.next()?.focus();
};

function proposed(page: ClaimPage, told: ClaimTold): Part {
  if (told.proposed.length === 0) return nothing;
  return html`<div class="proposed">${told.proposed.map(([modifier, why]) => html`<p><b>-${modifier}</b> is proposed: ${why}. ${page.editable ? html`<button type="button" @click=${() => page.putOn(modifier)}>Put -${modifier} on</button>` : nothing}</p>`)}</div>`;
}
