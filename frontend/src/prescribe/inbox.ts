/** `/criteria`: the forms that wait for a signature, the templates, and by which criteria each patient is judged. */

import { html, nothing, render, type TemplateResult } from "lit";
import { when } from "../chrome/format";
import { home } from "../chrome/home";
import { Requests, wordsOf } from "./requests";
import { type About, type Holds, holdsWords, type InboxTold, pathOf, touchesWords } from "./told";

const AGAIN_MS = 15_000;

export class CriteriaInbox {
  private told: InboxTold | null = null;
  private failure: string | null = null;
  private readonly requests = new Requests();

  constructor(private readonly root: HTMLElement) {
    document.documentElement.dataset.theme = "dark";
    document.title = "Criteria to be signed · einthoven";
    this.draw();
    void this.load();
    setInterval(() => void this.load(), AGAIN_MS);
  }

  describe(): object {
    return { page: "criteria inbox", drafts: this.told?.drafts.length ?? null };
  }

  private async load(): Promise<void> {
    try {
      this.told = await this.requests.read<InboxTold>("criteria");
      this.failure = null;
    } catch (error) {
      this.failure = wordsOf(error);
    }
    const count = this.told?.drafts.length ?? 0;
    document.title = `${count > 0 ? `${count} to be signed` : "Criteria"} · einthoven`;
    this.draw();
  }

  private draw(): void {
    const { told, failure } = this;
    render(
      html`<div class="prescribe">
        <header class="top">
          <a class="brand" href="/">◂ ${home()}</a>
          <h1>Criteria to be signed</h1>
          <a href="/reports">reports</a>
          ${told !== null && failure !== null ? html`<b class="cut">as of a while ago: ${failure}</b>` : nothing}
        </header>
        ${told === null ? html`<main class="empty"><p role="status">${failure === null ? "Asked for." : `The list cannot be shown: ${failure}.`}</p></main>` : html`<main class="inbox">${drafts(told)} ${templates(told)} ${patients(told)}</main>`}
      </div>`,
      this.root,
    );
  }
}

const who = (about: About): TemplateResult =>
  html`<a href=${`/criteria/${pathOf(about)}`}>${about.patient ?? about.practice?.name ?? "?"}</a> <span class="faint">${about.stream ?? "template"}${about.stream !== null && about.practice !== null ? ` · ${about.practice.name}` : ""}</span>`;

function drafts({ drafts: list }: InboxTold): TemplateResult {
  if (list.length === 0) return html`<section><h2>Waiting</h2><p class="faint">No form waits for a signature.</p></section>`;
  return html`<section>
    <h2>Waiting <b>${list.length}</b></h2>
    <table>
      <thead><tr><th scope="col">For</th><th scope="col">Proposed by</th><th scope="col">Why</th><th scope="col" class="n">Changes</th><th scope="col" class="n">Patients</th><th scope="col">&nbsp;</th></tr></thead>
      <tbody>
        ${list.map((one) => {
          const less = one.changes.filter(({ stricter }) => !stricter).length;
          return html`<tr>
            <th scope="row">${who(one)}</th><td>${one.by} <span class="faint">${when(one.at_ms, Date.now())}</span></td><td class="why">“${one.why}”</td>
            <td class="n">${one.changes.length}${less > 0 ? html` <b>▾ ${less} tell less</b>` : nothing}</td>
            <td class="n">${one.touches === null ? 1 : html`<span title=${touchesWords(one.touches)}>${one.touches.follow}</span>`}</td>
            <td>${one.stale !== "" ? one.stale : one.may.sign ? html`<a class="main" href=${`/criteria/${pathOf(one)}`}>read and sign</a>` : html`<span class="faint">${one.may.why_not}</span>`}</td>
          </tr>`;
        })}
      </tbody>
    </table>
  </section>`;
}

const line = (first: TemplateResult, holds: Holds, path: string): TemplateResult =>
  html`<tr><th scope="row">${first}</th><td>${holdsWords(holds)}</td><td class="faint">${holds.effective_ms === null ? "" : `since ${when(holds.effective_ms, Date.now())}`}</td><td><a href=${`/ladder/${path}`}>who is called</a></td></tr>`;

function templates({ practices }: InboxTold): TemplateResult | typeof nothing {
  if (practices.length === 0) return nothing;
  return html`<section>
    <h2>Templates of practices <b>${practices.length}</b></h2>
    <table><tbody>${practices.map(({ practice, holds }) => line(html`<a href=${`/criteria/practice/${practice.id}`}>${practice.name}</a>`, holds, `practice/${practice.id}`))}</tbody></table>
  </section>`;
}

function patients({ patients: list }: InboxTold): TemplateResult {
  return html`<section>
    <h2>Patients in service <b>${list.length}</b></h2>
    ${list.length === 0 ? html`<p class="faint">Nobody whom you see is in service.</p>` : nothing}
    <table><tbody>${list.map((one) => line(who(one), one.holds, pathOf(one)))}</tbody></table>
  </section>`;
}
