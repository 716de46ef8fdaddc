/** On the supervisor's page: reports that wait too long for their signature, and those that could not be made. */

import { html, nothing, type TemplateResult } from "lit";
import { plural, when } from "../chrome/format";
import type { Commands } from "../desk/commands";
import { type InboxTold, kindWords, stateWords, stretchWords, waitingWords } from "./told";

const SHOWN = 6;

export class OverduePart {
  private told: InboxTold | string | null = null;

  constructor(
    private readonly commands: Commands,
    private readonly changed: () => void,
  ) {}

  async fetch(): Promise<void> {
    if (document.visibilityState !== "visible") return;
    try {
      this.told = (await this.commands.read("reports")) as InboxTold;
    } catch (error) {
      if (this.told === null || typeof this.told === "string") this.told = error instanceof Error ? error.message : String(error);
    }
    this.changed();
  }

  view(now: number): TemplateResult {
    const { told } = this;
    if (told === null || typeof told === "string")
      return html`<section class="part"><h2>Reports overdue</h2>${told === null ? html`<p class="none">They have not come yet.</p>` : html`<p class="problem" role="alert">They could not be had: ${told}.</p>`}</section>`;
    const late = told.reports.filter(({ overdue }) => overdue);
    return html`<section class="part">
      <h2>Reports overdue <b>${late.length}</b> <a href="/reports">all reports</a></h2>
      ${late.length === 0 ? html`<p class="none">${told.made || told.reports.length > 0 ? `None; ${plural(told.waiting, "report")} to be signed.` : "Reports are not made at this center."}</p>` : nothing}
      <table><tbody>
        ${late.slice(0, SHOWN).map((one) => html`<tr><th scope="row"><a href=${`/reports/${one.report}`}>${one.patient}</a> <span class="faint">${one.practice?.name ?? "of no practice"}</span></th><td>${kindWords(one.kind)} ${stretchWords(one)}</td><td>${stateWords(one)}</td><td class="number"><b>${waitingWords(one, told.now_ms).replace("overdue, ", "")}</b></td></tr>`)}
      </tbody></table>
      ${late.length > SHOWN ? html`<p class="none">and ${late.length - SHOWN} more</p>` : nothing}
      ${told.troubles.length === 0 ? nothing : html`<p><b>${plural(told.troubles.length, "report")} due, and not made:</b> ${told.troubles[0]?.words} <span class="faint">since ${when(told.troubles[0]?.since_ms ?? now, now)}</span></p>`}
    </section>`;
  }
}
