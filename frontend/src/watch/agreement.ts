/** Quality control: what second readers said, by who read first and by kind of case. */

import { html, nothing, type TemplateResult } from "lit";
import { when } from "../chrome/format";
import type { Commands } from "../desk/commands";
import { Reader } from "../desk/reader";

export interface AgreementRow {
  readonly name: string;
  readonly given: number;
  readonly due: number;
  readonly read: number;
  readonly agreed: number;
  /** Of those read; null where none was. */
  readonly share: number | null;
}

export interface Differed {
  readonly case: number;
  readonly atMs: number;
  readonly reader: string;
  readonly first: string;
  readonly by: string;
  readonly second: string;
}

export interface Agreement {
  readonly days: number;
  readonly readers: readonly AgreementRow[];
  readonly kinds: readonly AgreementRow[];
  readonly differed: readonly Differed[];
}

const row = (key: string) => (one: Reader): AgreementRow => ({
  name: one.text(key, "?"),
  given: one.number("given", 0),
  due: one.number("due", 0),
  read: one.number("read", 0),
  agreed: one.number("agreed", 0),
  share: one.numberOrNull("share"),
});

export function readAgreement(told: unknown): Agreement {
  const from = new Reader("agreement", told);
  return {
    days: from.number("days", 90),
    readers: from.list("readers", row("name")),
    kinds: from.list("kinds", row("kind")),
    differed: from.list("differed", (one) => ({
      case: one.number("case", 0),
      atMs: one.number("at_ms", 0),
      reader: one.text("reader", "?"),
      first: one.text("first", "?"),
      by: one.text("by", "?"),
      second: one.text("second", "?"),
    })),
  };
}

/** Below so many readings a share says little, and is told as what it is: so many of so many. */
export const FEW = 20;

/** "96 %", cut off and never rounded up; "3 of 4" of few. */
export function shareWords({ read, agreed, share }: AgreementRow): string {
  if (share === null || read === 0) return "–";
  return read < FEW ? `${agreed} of ${read}` : `${Math.floor(share * 100)} %`;
}

const SHOWN = 6;

export class AgreementPart {
  private told: Agreement | string | null = null;

  constructor(
    private readonly commands: Commands,
    private readonly changed: () => void,
  ) {}

  async fetch(): Promise<void> {
    if (document.visibilityState !== "visible") return;
    try {
      this.told = readAgreement(await this.commands.read("agreement"));
    } catch (error) {
      if (this.told === null || typeof this.told === "string") this.told = error instanceof Error ? error.message : String(error);
    }
    this.changed();
  }

  view(now: number): TemplateResult {
    const { told } = this;
    const body =
      told === null
        ? html`<p class="none">It has not come yet.</p>`
        : typeof told === "string"
          ? html`<p class="problem" role="alert">It could not be had: ${told}.</p>`
          : told.readers.length === 0
            ? html`<p class="none">No verdict was given in the last ${told.days} days.</p>`
            : html`${table("Technician", told.readers)} ${table("Kind of case", told.kinds)} ${differed(told.differed, now)}`;
    const days = told !== null && typeof told === "object" ? html` <span class="faint">last ${told.days} days</span>` : nothing;
    return html`<section class="part"><h2>Second readings${days}</h2>${body}</section>`;
  }
}

const table = (title: string, rows: readonly AgreementRow[]): TemplateResult =>
  html`<table class="readings">
    <thead><tr><th scope="col">${title}</th><th scope="col">verdicts</th><th scope="col">read again</th><th scope="col">of these read</th><th scope="col">agreed</th></tr></thead>
    <tbody>
      ${rows.map(
        (one) => html`<tr><th scope="row">${one.name}</th><td class="number">${one.given}</td><td class="number">${one.due}</td><td class="number">${one.read}</td><td class="number"><b>${shareWords(one)}</b></td></tr>`,
      )}
    </tbody>
  </table>`;

function differed(all: readonly Differed[], now: number): TemplateResult | typeof nothing {
  if (all.length === 0) return nothing;
  return html`<h3>Read differently</h3>
    <ul class="contact-log">
      ${all.slice(0, SHOWN).map(
        (one) => html`<li><b>case ${one.case}</b> ${one.reader}: ${one.first}; ${one.by}: ${one.second} <span class="faint">${when(one.atMs, now)}</span></li>`,
      )}
    </ul>
    ${all.length > SHOWN ? html`<p class="none">and ${all.length - SHOWN} before</p>` : nothing}`;
}
