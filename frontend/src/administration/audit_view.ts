/** The audit: filters, lines, and what stands in each. */

import { html, nothing, type TemplateResult } from "lit";
import { clockTime, day, zone } from "../chrome/format";
import type { AuditRow, Somebody } from "./records";

export interface Filters {
  readonly stream: string;
  readonly person: string;
  readonly kind: string;
  /** As `<input type=datetime-local>` writes them. */
  readonly from: string;
  readonly to: string;
}

export const NO_FILTERS: Filters = { stream: "", person: "", kind: "", from: "", to: "" };

export interface AuditModel {
  readonly lines: readonly AuditRow[];
  readonly next: number | null;
  readonly kinds: readonly string[];
  readonly people: readonly Somebody[];
  readonly filters: Filters;
  readonly open: number | null;
  readonly busy: boolean;
  readonly problem: { readonly field: string | null; readonly words: string } | null;
  /** Whether it was asked at all. */
  readonly known: boolean;
}

export interface AuditActs {
  readonly ask: (filters: Filters) => void;
  readonly older: () => void;
  readonly open: (seq: number) => void;
}

/** "17", "s17" and "s000017" name the same stream. */
export function streamText(typed: string): string {
  const number = /^s?0*(\d{1,10})$/i.exec(typed.trim())?.[1];
  return number === undefined ? typed.trim() : `s${number.padStart(6, "0")}`;
}

/** The question of a page of the audit, as its address has it. */
export function auditQuery(filters: Filters, below: number | null): string {
  const asked = new URLSearchParams();
  const put = (name: string, value: string) => {
    if (value !== "") asked.set(name, value);
  };
  put("stream", streamText(filters.stream));
  put("person", filters.person);
  put("kind", filters.kind);
  for (const [name, typed] of [["from_ms", filters.from], ["to_ms", filters.to]] as const) {
    const at = typed === "" ? Number.NaN : new Date(typed).getTime();
    if (Number.isFinite(at)) put(name, String(at));
  }
  if (below !== null) put("below", String(below));
  return `audit?${asked}`;
} // prettier-ignore

const FIELD_OF: Readonly<Record<string, string>> = { from_ms: "from", to_ms: "to" };

/** Which filter words of a refusal name. */
export function auditProblem(words: string): { readonly field: string | null; readonly words: string } {
  const named = /^(\w+): (.+)$/s.exec(words);
  if (named !== null) {
    const field = FIELD_OF[named[1]!] ?? named[1]!;
    if (field in NO_FILTERS) return { field, words: named[2]! };
  }
  return { field: null, words };
}

function filter(model: AuditModel, name: keyof Filters, label: string, control: TemplateResult): TemplateResult {
  const wrong = model.problem?.field === name ? model.problem.words : null;
  return html`<label class=${`f-${name}`}><span>${label}</span>${control}${wrong === null ? nothing : html`<span class="wrong" role="alert">${wrong}</span>`}</label>`;
}

function filtersView(model: AuditModel, acts: AuditActs): TemplateResult {
  const { filters, people, kinds } = model;
  const flaw = (name: keyof Filters) => (model.problem?.field === name ? "true" : nothing);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.target as HTMLFormElement);
    const one = (name: string) => String(given.get(name) ?? "").trim();
    acts.ask({ stream: one("stream"), person: one("person"), kind: one("kind"), from: one("from"), to: one("to") });
  };
  return html`<form class="audit-filters" role="search" aria-label="the audit" @submit=${submit}>
    ${filter(model, "stream", "Patient", html`<input name="stream" placeholder="s000017" autocomplete="off" aria-invalid=${flaw("stream")} .value=${filters.stream} />`)}
    ${filter(
      model,
      "person",
      "Person",
      html`<select name="person">
        <option value="" ?selected=${filters.person === ""}>anybody</option>
        ${people.map((one) => html`<option value=${String(one.id)} ?selected=${filters.person === String(one.id)}>${one.name}</option>`)}
      </select>`,
    )}
    ${filter(
      model,
      "kind",
      "Kind",
      html`<select name="kind">
        <option value="" ?selected=${filters.kind === ""}>everything</option>
        ${kinds.map((kind) => html`<option value=${kind} ?selected=${filters.kind === kind}>${kind}</option>`)}
      </select>`,
    )}
    ${filter(model, "from", "From", html`<input name="from" type="datetime-local" step="1" aria-invalid=${flaw("from")} .value=${filters.from} />`)}
    ${filter(model, "to", "To", html`<input name="to" type="datetime-local" step="1" aria-invalid=${flaw("to")} .value=${filters.to} />`)}
    <div class="buttons">
      <button class="strong">show</button>
      <button type="button" class="quiet" @click=${() => acts.ask(NO_FILTERS)}>all</button>
    </div>
  </form>`;
}

/** One field of a line's details in words. */
const value = (told: unknown): string => (typeof told === "string" ? told : told === null ? "–" : JSON.stringify(told));

function details(line: AuditRow): TemplateResult {
  const fields = Object.entries(line.detail);
  return html`<tr class="opened"><td colspan="5">
    <dl>
      <dt>line</dt><dd>${line.seq} <span class="faint">${line.action}</span></dd>
      <dt>hash</dt><dd class="hash">${line.hash}</dd>
      ${fields.map(([name, told]) => html`<dt>${name}</dt><dd>${value(told)}</dd>`)}
      ${line.hidden ? html`<dt>details</dt><dd class="faint">are of a patient, and not for your roles</dd>` : nothing}
    </dl>
  </td></tr>`;
}

function row(line: AuditRow, open: boolean, before: AuditRow | undefined, acts: AuditActs): TemplateResult {
  const today = day(line.atMs);
  const names = before !== undefined && day(before.atMs) === today ? nothing : html`<tr class="day"><th colspan="5" scope="colgroup">${today}</th></tr>`;
  return html`${names}<tr class=${line.action.includes("refused") || line.action === "watch.lost" ? "line flagged" : "line"}>
      <td class="number"><button class="quiet" aria-expanded=${open} aria-label=${`line ${line.seq}`} @click=${() => acts.open(line.seq)}>${clockTime(line.atMs)}</button></td>
      <td>${line.who}</td>
      <td>${line.words}</td>
      <td>${line.about === "" ? nothing : html`${line.about} `}<span class="faint">${line.about === line.who && line.subject.startsWith("staff ") ? "" : line.subject}</span></td>
      <td class="number faint hash">${line.seq} · ${line.hash.slice(0, 8)}</td>
    </tr>
    ${open ? details(line) : nothing}`;
}

export function auditView(model: AuditModel, acts: AuditActs): TemplateResult {
  const { lines, next, busy, known, problem } = model;
  const empty = known ? "No line of the whole audit is as asked for." : "The audit has not come yet.";
  return html`${filtersView(model, acts)}
    <section class="part">
      ${problem !== null && problem.field === null ? html`<p class="problem" role="alert">The audit could not be had: ${problem.words}.</p>` : nothing}
      ${
        lines.length === 0
          ? html`<p class="none" role="status">${busy ? "Reading …" : empty}</p>`
          : html`<table class="audit" aria-busy=${busy}>
              <thead><tr><th scope="col">${zone(lines[0]!.atMs)}</th><th scope="col">Who</th><th scope="col">Did</th><th scope="col">About</th><th scope="col">Line · hash</th></tr></thead>
              <tbody>${lines.map((line, i) => row(line, model.open === line.seq, lines[i - 1], acts))}</tbody>
            </table>`
      }
      ${next === null ? (known && lines.length > 0 ? html`<p class="none">That is all.</p>` : nothing) : html`<button class="older" ?disabled=${busy} @click=${acts.older}>older <kbd>o</kbd></button>`}
    </section>`;
}
