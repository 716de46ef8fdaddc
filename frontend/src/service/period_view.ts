/** One service period as markup. */

import { html, nothing, type TemplateResult } from "lit";
import { coarse, day, plural, when } from "../chrome/format";
import { fileField } from "../orders/lists_view";
import { type Part, stateWords } from "./list_view";
import type { Panel, PeriodPage } from "./period";
import { spaced } from "../telephone/words";
import type { ByTelephone, Said, Whole } from "./told";

export function periodView(page: PeriodPage): TemplateResult {
  const { told, failure } = page;
  return html`<div class="prescribe orders service one">
    <header class="top">
      <a class="brand" href="/service" title="all periods (i)">◂ service periods</a>
      <h1>${told === null ? page.stream : told.patient} <span class="faint">${told === null ? "" : [page.stream, told.birthDate, told.practice].filter(Boolean).join(" · ")}</span></h1>
      ${page.requests.me?.permissions.includes("read.ecg") === true ? html`<a href=${`/patient/${page.stream}`}>ECG</a>` : nothing} <a href=${`/service/${page.stream}/instructions`}>instructions to print</a>
      ${told !== null && told.order > 0 ? html`<a href=${`/orders/${told.order}`}>order ${told.order}</a>` : nothing}
      ${told !== null && failure !== null ? html`<b class="cut">as of a while ago: ${failure}</b>` : nothing}
    </header>
    ${told === null ? html`<main class="empty"><h2>${page.stream}</h2><p role="status">${failure === null ? "Asked for." : `It cannot be shown: ${failure}.`}</p></main>` : whole(page, told)}
  </div>`;
}

function whole(page: PeriodPage, told: Whole): TemplateResult {
  return html`<main class="sheet-of">
    <div class="filling about">${about(told)} ${record(told)}</div>
    <aside class="side" aria-label="what can be done">
      <p class="done" role="status">${page.done === "" ? nothing : page.done}</p>
      <section class="deciding" aria-label="decide">${page.panel === "" ? html`${buttons(page, told)}${problem(page)}` : panel(page, told)}</section>
    </aside>
  </main>`;
}

function about(told: Whole): TemplateResult {
  const rows: readonly (readonly [string, Part | string])[] = [
    ["State", stateWords(told)],
    ["Began", told.startedMs === 0 ? "–" : when(told.startedMs, 0)],
    [told.endedMs === null ? "Ends at the latest" : "Ended", when(told.endedMs ?? told.limitMs, 0)],
    ...(told.byTelephone === null ? [["Transmitter", html`${told.transmitter} <span class="faint">${told.kit}</span>`] as const] : telephoneRows(told.byTelephone)),
    ["Telephone", told.telephone === "" ? html`<span class="faint">none on file</span>` : spaced(told.telephone)],
    ["First call", told.calledMs !== null ? `done ${day(told.calledMs)}` : told.callDueMs === null ? "–" : `${told.callOverdue ? "overdue, was due" : "due"} ${when(told.callDueMs, Date.now())}`],
  ];
  return html`<section aria-label="the period"><dl class="period-facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
    ${told.allowed === null ? nothing : html`<p class="late"><b>Allowed although a rule refuses it:</b> ${told.allowed.words} <span class="faint">${told.allowed.by}. The payer may not pay it.</span></p>`}
    ${ends(told)}
    ${told.interrupted === null ? nothing : html`<p class="late"><b>In ${told.interrupted.where} since ${when(told.interrupted.sinceMs, Date.now())}.</b> No service is counted; what streams is watched as before.</p>`}
  </section>`;
}

/** A period without a transmitter: what the patient calls with, and the calls so far. */
function telephoneRows(one: ByTelephone): readonly (readonly [string, Part | string])[] {
  return [
    ["Strips by telephone", html`no transmitter; <b>${one.strips === 0 ? "no strip so far" : plural(one.strips, "strip")}</b>`],
    ["Code", html`<b class="code">${one.code.slice(0, 3)} ${one.code.slice(3)}</b> <span class="faint">dialled, or said to who answers</span>`],
    ["Calls from", one.numbers.length === 0 ? html`<span class="faint">no number on file</span>` : one.numbers.map(spaced).join(", ")],
    ["Recorder", one.profile === "" ? html`<span class="faint">not known</span>` : one.profile],
    ["Calls", one.calls.length === 0 ? html`<span class="faint">none</span>` : html`${one.calls.map((each) => html`<a href=${`/telephone/${each.call}`}>${when(each.atMs, Date.now())}</a> <span class="faint">${each.state}</span> `)}`],
  ];
}

/** That it ends by itself, or has, and how it can go on: it is never silent. */
function ends(told: Whole): Part {
  if (told.endedMs !== null)
    return told.over ? html`<p class="late"><b>It ended by itself ${when(told.endedMs, told.nowMs)}; nobody is watched since.</b> Cases that were open stay on the worklist. It does not open again: what goes on is enrolled anew, under a new order.</p>` : nothing;
  if (!told.endsSoon) return nothing;
  const asked = told.endDue ? "Nobody has asked the practice yet." : "The practice was asked.";
  return html`<p class="late"><b>It ends by itself ${told.limitMs <= told.nowMs ? "now" : html`in ${coarse(told.limitMs - told.nowMs)}, ${when(told.limitMs, told.nowMs)}`}; nobody is watched then.</b> ${asked} It goes on by “Extend”, with the treating physician's words and document.</p>`;
}

function record(told: Whole): TemplateResult {
  const stays: readonly Said[] = told.stays.map((one) => ({ atMs: one.sinceMs, by: one.by, words: `in ${one.where}${one.why === "" ? "" : `: ${one.why}`}`, more: one.untilMs === null ? "lasts" : `until ${when(one.untilMs, Date.now())}` }));
  const done = [...stays, ...told.extensions, ...told.calls].sort((a, b) => b.atMs - a.atMs);
  return html`<section class="history" aria-label="what was done"><h2>What was done</h2>
    ${done.length === 0 && told.putOff.length === 0 ? html`<p class="faint">Nothing yet.</p>` : nothing}
    <ol>${told.putOff.map((one) => html`<li>${one.words} <span class="faint">until ${when(one.atMs, Date.now())}</span></li>`)}${done.map((one) => html`<li>${one.words} <span class="faint">${[one.more, one.by, when(one.atMs, Date.now())].filter(Boolean).join(", ")}</span>${(one.document ?? "") === "" ? nothing : html` <a href=${`/api/periods/${told.stream}/documents/${one.document}`} target="_blank" rel="noopener">document</a>`}</li>`)}</ol>
  </section>`;
}

const problem = (page: PeriodPage): Part => (page.problem === "" ? nothing : html`<p class="problem" role="alert">${page.problem}</p>`);

function buttons(page: PeriodPage, told: Whole): Part {
  const one = (allowed: boolean, to: Panel, words: string): Part => (allowed ? html`<button type="button" ?disabled=${page.busy} @click=${() => page.show(to)}>${words} …</button> ` : nothing);
  const { may } = told;
  const asking = one(may.call && told.endDue, "ask", told.endedMs === null ? "Asked the practice" : "Seen: it is over");
  if (told.endedMs !== null) return html`<p class="faint">The period has ended${told.endedWhy === "" ? "" : `: ${told.endedWhy}`}.</p><p class="buttons">${asking}</p>`;
  if (!may.extend && !may.call && !may.end) return html`<p class="faint">You read this period; others decide about it.</p>`;
  return html`<p class="buttons">
    ${asking}${one(may.call, "call", "Called the patient")}${one(may.call && told.calledMs === null, "later", "Call later")}
    ${told.interrupted === null ? one(may.call, "interrupt", "In a hospital") : one(may.call, "resume", "Home again")}
    ${one(may.extend, "extend", "Extend")}${one(may.end, "end", "End")}
  </p>`;
}

const textOf = (given: FormData, name: string): string => String(given.get(name) ?? "").trim();
const timeOf = (given: FormData, name: string): number | null => {
  const at = new Date(textOf(given, name)).getTime();
  return Number.isNaN(at) ? null : at;
};

/** What the end of a period brings with it. */
const endsWords = (told: Whole): string =>
  told.byTelephone === null
    ? "the transmitter's samples are not taken any more, and the kit is due back; this cannot be taken back"
    : "the patient's code and numbers are nobody's any more, and no strip is tied to them; this cannot be taken back";

/** A form of the panel: what it says, its fields, and what sending it does. */
function form(page: PeriodPage, title: string, note: string, fields: TemplateResult, button: string, send: (given: FormData) => void): TemplateResult {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    send(new FormData(event.target as HTMLFormElement));
  };
  return html`<form class="panel-of" aria-label=${title} @submit=${submit}>
    <p><b>${title}</b> <span class="faint">${note}</span></p>${fields}${problem(page)}
    <p class="buttons"><button class="main" ?disabled=${page.busy}>${button}</button><button type="button" class="quiet" @click=${() => page.show("")}>Not now</button></p>
  </form>`;
}

function panel(page: PeriodPage, told: Whole): Part {
  switch (page.panel) {
    case "extend":
      return extend(page, told);
    case "ask":
      return ask(page, told);
    case "interrupt":
      return form(
        page,
        "The patient is in a hospital or another facility",
        "no service is counted until they are home; what streams is watched as before",
        html`<label>Where <input name="where" required maxlength="100" autocomplete="off" /></label><label>Why, if known <input name="why" maxlength="500" autocomplete="off" /></label><label>Since <input name="since" type="datetime-local" /> <span class="faint">nothing: now</span></label>`,
        "Interrupt",
        (given) => {
          const since = timeOf(given, "since");
          void page.act("period.interrupt", { where: textOf(given, "where"), why: textOf(given, "why"), ...(since === null ? {} : { since_ms: since }) }, "The period is interrupted.");
        },
      );
    case "resume":
      return form(page, "Home again", "service is counted again from then on", html`<label>Since <input name="at" type="datetime-local" /> <span class="faint">nothing: now</span></label>`, "Go on", (given) => {
        const at = timeOf(given, "at");
        void page.act("period.resume", at === null ? {} : { at_ms: at }, "The period goes on.");
      });
    case "end":
      return form(page, "End the period", endsWords(told), html`<label>Why <input name="why" required maxlength="500" autocomplete="off" /></label>`, "End it", (given) => void page.act("period.end", { why: textOf(given, "why") }, "The period has ended."));
    case "call":
      return form(
        page,
        "The patient was called",
        "does it work, does it chafe, any question",
        html`<fieldset class="choice"><legend>Reached?</legend><label><input type="radio" name="reached" value="yes" required /> yes</label> <label><input type="radio" name="reached" value="no" /> no, nobody or a machine</label></fieldset><label>What was said <textarea name="said" rows="3" maxlength="2000"></textarea></label>`,
        "Put it on record",
        (given) => void page.act("followup.done", { reached: given.get("reached") === "yes", said: textOf(given, "said") }, "The call is on record."),
      );
    default:
      return form(page, "Call later", "the first call, with the reason", html`<label>At <input name="until" type="datetime-local" required /></label><label>Because <input name="why" required maxlength="500" autocomplete="off" /></label>`, "Put it off", (given) => void page.act("followup.move", { until_ms: timeOf(given, "until"), why: textOf(given, "why") }, "The call is put off."));
  }
}

/** The practice was asked whether it goes on, or somebody has seen that it ended by itself. */
function ask(page: PeriodPage, told: Whole): TemplateResult {
  const over = told.endedMs !== null;
  const [title, note] = over ? ["It ended by itself", "put on record that this was seen, and what the practice says"] : ["The practice was asked whether the service goes on", "if it does: “Extend”; if not, it ends by itself"];
  const reached = html`<fieldset class="choice"><legend>Reached?</legend><label><input type="radio" name="reached" value="yes" required /> yes</label> <label><input type="radio" name="reached" value="no" /> no, nobody or a machine</label></fieldset>`;
  return form(page, title, note, html`${reached}<label>What was said <textarea name="said" rows="3" maxlength="2000"></textarea></label>`, "Put it on record", (given) =>
    void page.act("followup.done", { what: "end of service", reached: given.get("reached") === "yes", said: textOf(given, "said") }, "It is on record."));
}

function extend(page: PeriodPage, told: Whole): TemplateResult {
  const { current } = page.paper;
  const own = page.requests.me?.staff?.roles.includes("physician") === true;
  const fields = html`<label>Days more <input name="days" type="number" required min="1" max="30" value="7" /></label>
    <label>In the physician's words, why <textarea name="words" rows="3" required maxlength="2000"></textarea></label>
    ${own ? nothing : html`<label>Said by (treating physician) <input name="said_by" required maxlength="100" autocomplete="off" /></label>`}
    ${fileField("x-file", "What the physician wrote", current, (file) => page.paper.choose(file))}`;
  return form(page, "Extend", `now until ${when(told.limitMs, Date.now())}; more than ${plural(30, "day")} is seldom covered and wants the treating physician's documentation`, fields, "Extend", (given) => {
    const days = Number(textOf(given, "days"));
    if (current.state === "sending") return page.say("The document is still on its way: wait a moment.");
    const document = current.state === "kept" ? { document: current.digest } : {};
    void page.act("period.extend", { days, words: textOf(given, "words"), ...document, ...(own ? {} : { said_by: textOf(given, "said_by") }) }, `The period lasts ${plural(days, "day")} longer.`);
  });
}
