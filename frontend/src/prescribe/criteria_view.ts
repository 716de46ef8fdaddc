/** The page of criteria as markup: the table with its layers at the left, what is to be done and was done at the right. */

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { plural, when } from "../chrome/format";
import { home } from "../chrome/home";
import type { CriteriaActs, CriteriaPage } from "./criteria";
import { beneath, type Change, type CriteriaTold, type Draft, held, holdsWords, pathOf, rangeOf, type Row, shown, touchesWords, unitOf, type Version } from "./told";

const TIER_WORDS = { emergent: "emergent", urgent: "urgent", daily: "daily" } as const;

export function criteriaView(page: CriteriaPage, acts: CriteriaActs): TemplateResult {
  const { told } = page;
  return html`<div class="prescribe">
    ${top(page)}
    ${
      told === null
        ? html`<main class="empty"><h2>Criteria</h2><p role="status">${page.failure === null ? "Asked for." : `They cannot be shown: ${page.failure}.`}</p></main>`
        : html`<main class="sheet-of">${table(page, told, acts)}${side(page, told, acts)}</main>`
    }
  </div>`;
}

function top({ told, failure }: CriteriaPage): TemplateResult {
  const name = told?.patient ?? told?.practice?.name ?? "";
  return html`<header class="top">
    <a class="brand" href="/">◂ ${home()}</a>
    <a href="/criteria">to be signed</a>
    <h1>Criteria of ${told === null ? "…" : name} <span class="faint">${told?.stream ?? (told === null ? "" : "template of the practice")}</span></h1>
    ${told?.stream == null ? nothing : html`<a href=${`/patient/${told.stream}`}>patient</a>`}
    ${told?.stream != null && told.practice !== null ? html`<a href=${`/criteria/practice/${told.practice.id}`}>template of ${told.practice.name}</a>` : nothing}
    ${told === null ? nothing : html`<a href=${`/ladder/${pathOf(told)}`}>who is called</a>`}
    ${told !== null && failure !== null ? html`<b class="cut">as of a while ago: ${failure}</b>` : nothing}
  </header>`;
}

// ---- the table ---------------------------------------------------------------------------------------------

function table(page: CriteriaPage, told: CriteriaTold, acts: CriteriaActs): TemplateResult {
  const patient = "stream" in page.scope;
  const differs = (row: Row) => page.edits.has(row.key) || held(row, page.scope) !== row.shipped;
  const events = told.events
    .map(({ event, words }) => ({ words, rows: told.rows.filter((row) => row.event === event && (!page.differing || differs(row))) }))
    .filter(({ rows }) => rows.length > 0);
  return html`<section class="numbers" aria-label="criteria">
    <p class="how">
      <span>${told.may.propose ? "Change a number, say why, propose; it holds once it is signed." : "You can read this."}</span>
      <label><input type="checkbox" .checked=${live(page.differing)} @change=${(event: Event) => acts.only((event.target as HTMLInputElement).checked)} /> only what differs from the shipped defaults</label>
    </p>
    ${events.length === 0 ? html`<p class="faint none">Nothing differs from the shipped defaults.</p>` : nothing}
    <table class=${patient ? "three" : "two"}>
      <thead><tr>
        <th scope="col">Event</th><th scope="col">Tier</th><th scope="col" class="n">Shipped</th>
        ${patient ? html`<th scope="col" class="n">Practice</th>` : nothing}
        <th scope="col">${patient ? "This patient" : "This practice"}</th><th scope="col">May be set</th>
      </tr></thead>
      ${events.map(
        ({ words, rows }) => html`<tbody>
          <tr class="event"><th colspan=${patient ? 6 : 5} scope="rowgroup">${words}</th></tr>
          ${rows.map((row) => line(page, told, row, patient, acts))}
        </tbody>`,
      )}
    </table>
  </section>`;
}

function line(page: CriteriaPage, told: CriteriaTold, row: Row, patient: boolean, acts: CriteriaActs): TemplateResult {
  const faults = page.checked?.faults.filter(({ keys }) => keys.includes(row.key)) ?? [];
  const typed = page.edits.get(row.key);
  const state = [faults.length > 0 ? "wrong" : "", typed !== undefined ? "edited" : "", held(row, page.scope) !== beneath(row, page.scope) ? "own" : ""];
  return html`<tr class=${state.filter(Boolean).join(" ")}>
      <th scope="row">${row.words}</th>
      <td><span class=${`tier ${row.tier}`}>${TIER_WORDS[row.tier]}</span></td>
      <td class="n">${shown(row.shipped, row.unit)}</td>
      ${patient ? html`<td class=${row.practice === null || row.practice === row.shipped ? "n faint" : "n"}>${row.practice === null ? "–" : shown(row.practice, row.unit)}</td>` : nothing}
      <td class="field">${field(page, told, row, faults.length > 0, acts)}</td>
      <td class="may">${rangeOf(row, page.scope)}</td>
    </tr>
    ${faults.map(({ words }) => html`<tr class="said"><td colspan=${patient ? 6 : 5} id=${`fault-${row.key}`} role="alert">${words}</td></tr>`)}`;
}

function field(page: CriteriaPage, told: CriteriaTold, row: Row, wrong: boolean, acts: CriteriaActs): TemplateResult {
  const now = held(row, page.scope);
  const typed = page.edits.get(row.key);
  const name = `${told.events.find(({ event }) => event === row.event)?.words ?? row.event}, ${row.tier}: ${row.words}`;
  const fixed = !told.may.propose || row.low === row.high;
  if (fixed) return html`<b>${shown(now, row.unit)}</b>`;
  const back = typed === undefined ? nothing : html`<button class="quiet back" title="as it is" aria-label=${`${name}: as it is, ${shown(now, row.unit)}`} @click=${() => acts.reset(row.key)}>↩</button>`;
  if (row.unit === "flag") {
    const on = (typed === undefined ? now : Number(typed)) >= 1;
    const turn = (event: Event) => acts.edit(row.key, (event.target as HTMLInputElement).checked ? "1" : "0");
    return html`<label class="flag"><input type="checkbox" name=${row.key} aria-label=${name} .checked=${live(on)} aria-invalid=${wrong} @change=${turn} /> ${on ? "on" : "off"}</label>${back}`;
  }
  return html`<input class="number" inputmode="decimal" autocomplete="off" name=${row.key} aria-label=${name} aria-invalid=${wrong}
      aria-describedby=${wrong ? `fault-${row.key}` : nothing} .value=${live(typed ?? String(now))}
      @input=${(event: InputEvent) => acts.edit(row.key, (event.target as HTMLInputElement).value)} /><span class="unit">${unitOf(row.unit)}</span>${back}`; // prettier-ignore
}

// ---- the side ----------------------------------------------------------------------------------------------

function side(page: CriteriaPage, told: CriteriaTold, acts: CriteriaActs): TemplateResult {
  return html`<aside class="side">
    <p class="done" role="status">${page.done ?? nothing}</p>
    ${holding(told)}
    ${told.drafts.map((draft) => draftView(page, told, draft, acts))}
    ${told.may.propose ? proposal(page, told, acts) : nothing}
    ${behind(told)} ${history(told)}
  </aside>`;
}

function holding({ holds, now_ms }: CriteriaTold): TemplateResult {
  const since = holds.effective_ms === null ? "" : `, since ${when(holds.effective_ms, now_ms)}`;
  return html`<section><h2>In force</h2><p><b>${holdsWords(holds)}</b><span class="faint">${since}</span></p></section>`;
}

const named = (told: CriteriaTold, key: string): string => {
  const row = told.rows.find((one) => one.key === key);
  if (row === undefined) return key;
  return `${told.events.find(({ event }) => event === row.event)?.words ?? row.event}, ${row.tier}: ${row.words}`;
};

/** What changes, what becomes less sensitive first: it says so in words, not by a colour. */
function changes(told: CriteriaTold, list: readonly Change[], none: string): TemplateResult {
  if (list.length === 0) return html`<p class="faint">${none}</p>`;
  return html`<ul class="changes">
    ${list.map(
      ({ key, before, after, unit, stricter }) =>
        html`<li class=${stricter ? "" : "less"}><span>${named(told, key)}</span><span class="to">${shown(before, unit)} → <b>${shown(after, unit)}</b></span>
          <span class="effect">${stricter ? "▴ tells more or sooner" : "▾ TELLS LESS OR LATER"}</span></li>`,
    )}
  </ul>`;
}

/** Before it is proposed and before it is signed: a template is for many at once. */
const touched = ({ touches }: CriteriaTold): TemplateResult | typeof nothing =>
  touches === null ? nothing : html`<p class="touches"><b>${touchesWords(touches)}</b></p>`;

const lateView = (list: readonly string[]): TemplateResult | typeof nothing =>
  list.length === 0 ? nothing : html`<div class="late"><b>Told later than asked</b><ul>${list.map((words) => html`<li>${words}</li>`)}</ul></div>`;

function proposal(page: CriteriaPage, told: CriteriaTold, acts: CriteriaActs): TemplateResult {
  const { checked, edits } = page;
  const faults = checked?.faults ?? [];
  const loose = faults.filter(({ keys }) => !told.rows.some(({ key }) => keys.includes(key)));
  const from = page.effective === "" ? "from the moment it is signed" : `from ${page.effective.replace("T", " ")} on`;
  return html`<section class="proposal" aria-label="proposal">
    <h2>What would change <span class="faint">${from}</span></h2>
    ${
      edits.size === 0 && page.effective === ""
        ? html`<p class="faint">Nothing is changed yet. Proposed as it is, the table would be signed as this ${"stream" in page.scope ? "patient's" : "practice's"} own.</p>`
        : faults.length > 0
          ? html`<p class="problem">${plural(faults.length, "fault")} in the form: each is said at its numbers.</p>`
          : changes(told, checked?.changes ?? [], checked === null ? "Being looked at." : "Nothing differs from what holds now.")
    }
    ${loose.map(({ words }) => html`<p class="problem" role="alert">${words}</p>`)} ${lateView(checked?.late ?? [])} ${touched(told)}
    <form
      @submit=${(event: Event) => {
        event.preventDefault();
        acts.propose();
      }}
    >
      <label>Why <input name="why" required maxlength=${told.why_most} autocomplete="off" .value=${live(page.why)} @input=${(event: InputEvent) => acts.write("why", (event.target as HTMLInputElement).value)} /></label>
      <label>From <input name="effective" type="datetime-local" .value=${live(page.effective)} @input=${(event: InputEvent) => acts.write("effective", (event.target as HTMLInputElement).value)} /> <span class="faint">empty: from the signing on</span></label>
      <p class="buttons">
        <button class="main" ?disabled=${page.busy}>Propose</button>
        ${edits.size > 0 || page.why !== "" ? html`<button type="button" class="quiet" @click=${() => acts.startOver()}>Start over</button>` : nothing}
      </p>
      ${problem(page, "form")}
    </form>
  </section>`;
}

const problem = (page: CriteriaPage, place: string): TemplateResult | typeof nothing => {
  const words = page.problems.get(place);
  return words === undefined ? nothing : html`<p class="problem" role="alert">${words}</p>`;
};

// ---- forms that wait ---------------------------------------------------------------------------------------

function draftView(page: CriteriaPage, told: CriteriaTold, draft: Draft, acts: CriteriaActs): TemplateResult {
  const { draft: number } = draft;
  const from = draft.effective_ms === null ? "from the signing on" : `from ${when(draft.effective_ms, told.now_ms)} on`;
  const barred = draft.stale !== "" ? draft.stale : told.may.why_not;
  return html`<section class="draft" aria-label=${`form ${number}`}>
    <h2>Waits for a signature <span class="faint">form ${number}, ${from}</span></h2>
    <p>Proposed by <b>${draft.by}</b> <span class="faint">${when(draft.at_ms, told.now_ms)}</span><br />“${draft.why}”</p>
    ${changes(told, draft.changes, "All numbers as they hold now.")} ${lateView(draft.late)} ${touched(told)}
    ${
      page.signing === number
        ? proof(page, told, draft, acts)
        : page.dropping === number
          ? dropping(page, number, acts)
          : html`<p class="buttons">
              <button class="main" ?disabled=${barred !== "" || page.busy} @click=${() => acts.open("sign", number)}>Sign …</button>
              ${told.may.propose ? html`<button ?disabled=${page.busy} @click=${() => acts.open("drop", number)}>Drop …</button>` : nothing}
              <span class="faint">${barred}</span>
            </p>`
    }
    ${problem(page, `draft ${number}`)}
  </section>`;
}

function proof(page: CriteriaPage, told: CriteriaTold, { draft, content }: Draft, acts: CriteriaActs): TemplateResult {
  const { requests } = page;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const given = new FormData(form);
    acts.sign(draft, content, String(given.get("password") ?? ""), String(given.get("code") ?? ""));
    // A code is taken once, whatever comes of it.
    form.querySelector<HTMLInputElement>("input[name=code]")?.select();
  };
  const secrets = html`<label>Password <input name="password" type="password" autocomplete="current-password" required /></label>
    <label>Time code <input name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="9" placeholder="6 digits" required /></label>`;
  return html`<form class="proof" aria-label="signature" @submit=${submit}>
    <p><b>“${told.meaning}”</b> <span class="faint">${requests.me?.staff?.name ?? ""}, all numbers of this form as they stand beside, content <code>${content.slice(0, 12)}…</code></span></p>
    ${requests.way === "secrets" ? secrets : html`<p class="faint">A demo: you sign by a click, and the signature says so.</p>`}
    <p class="buttons">
      <button class="main" ?disabled=${page.busy}>${page.busy ? "Signing" : "Sign"}</button>
      ${requests.way === "secrets" && requests.me?.ways.passkey === true ? html`<button type="button" ?disabled=${page.busy} @click=${() => acts.signByPasskey(draft, content)}>Sign with a passkey</button>` : nothing}
      <button type="button" class="quiet" @click=${() => acts.open("sign", null)}>Not now</button>
    </p>
  </form>`;
}

function dropping(page: CriteriaPage, draft: number, acts: CriteriaActs): TemplateResult {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    acts.drop(draft, String(new FormData(event.target as HTMLFormElement).get("dropped") ?? ""));
  };
  return html`<form class="dropping" aria-label="drop" @submit=${submit}>
    <label>Why it will not be signed <input name="dropped" required maxlength="500" autocomplete="off" /></label>
    <p class="buttons"><button class="main" ?disabled=${page.busy}>Drop</button><button type="button" class="quiet" @click=${() => acts.open("drop", null)}>Not now</button></p>
  </form>`;
}

// ---- what was ----------------------------------------------------------------------------------------------

function behind({ behind: list }: CriteriaTold): TemplateResult | typeof nothing {
  if (list.length === 0) return nothing;
  return html`<section>
    <h2>Patients whose own stand on an older template <b>${list.length}</b></h2>
    <ul>${list.map((one) => html`<li><a href=${`/criteria/${one.stream}`}>${one.patient}</a> <span class="faint">${one.stream}</span></li>`)}</ul>
  </section>`;
}

function history(told: CriteriaTold): TemplateResult {
  return html`<section class="history">
    <h2>Versions <b>${told.versions.length}</b></h2>
    ${told.versions.length === 0 ? html`<p class="faint">Nothing was ever signed here.</p>` : html`<ol>${told.versions.map((one) => version(told, one))}</ol>`}
  </section>`;
}

const COMPONENTS: Readonly<Record<string, string>> = { password: "password", code: "time code", "passkey-verified": "passkey", demo: "a click in a demo" };

function version(told: CriteriaTold, one: Version): TemplateResult {
  const { signature } = one;
  return html`<li class=${one.holds ? "holds" : ""}>
    <p><b>Version ${one.version}</b>${one.holds ? html` <b class="now">in force</b>` : nothing} <span class="faint">from ${when(one.effective_ms, told.now_ms)}</span></p>
    <p>“${one.why}” <span class="faint">proposed by ${one.by} ${when(one.at_ms, told.now_ms)}</span></p>
    ${changes(told, one.changes, "The numbers beneath as they were.")}
    <p class=${signature.ok ? "signed" : "signed broken"}>
      ${signature.ok ? nothing : html`<b role="alert">THE SIGNATURE DOES NOT HOLD: ${signature.reasons.join("; ")}.</b><br />`}
      ${signature.meaning}. <b>${signature.name}</b>, ${when(signature.at_ms, told.now_ms)}
      <span class="faint">by ${signature.components.map((one) => COMPONENTS[one] ?? one).join(" and ")}, content <code title=${signature.content}>${signature.content.slice(0, 12)}…</code></span>
    </p>
  </li>`;
}
