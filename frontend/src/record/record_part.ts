/** The record of a service period on request: a button that has it made, how far it is, and the archive to save. */

import { html, nothing, type TemplateResult } from "lit";
import { Commands } from "../desk/commands";
import { Reader } from "../desk/reader";

/** Asked again so often while it is being made. */
const AGAIN_MS = 700;
const MISSING_SHOWN = 6;

export interface RecordState {
  readonly state: "waiting" | "making" | "done" | "failed";
  readonly percent: number;
  readonly what: string;
  readonly error: string;
  readonly bytes: number | null;
  readonly missing: readonly string[];
  readonly key: string;
}

export function readRecord(told: unknown): RecordState {
  const reader = new Reader("record", told);
  return {
    state: reader.oneOf("state", ["waiting", "making", "done", "failed"], "failed"),
    percent: reader.number("percent", 0),
    what: reader.text("what"),
    error: reader.text("error"),
    bytes: reader.numberOrNull("bytes"),
    missing: reader.texts("missing"),
    key: keyOf(told),
  };
}

const keyOf = (told: unknown): string => {
  const key = (told as { key?: { id?: unknown } | null }).key;
  return typeof key?.id === "string" ? key.id : "";
};

export const megabytes = (bytes: number): string => (bytes < 1e6 ? "under 1 MB" : `${Math.round(bytes / 1e6)} MB`);

/** What is made: at which address, what it is called, under which title (none: within a section of others), and what is in it. */
export interface Asked {
  readonly at: string;
  readonly what: string;
  readonly title: string;
  readonly words: string;
}

const record = (stream: string): Asked => ({
  at: `/api/streams/${stream}/dossier`,
  what: "record",
  title: "Record on request",
  words: "Everything about this service as one signed archive: order, criteria, ECG with the response, reports, contacts, staff, plans, continuity, audit.",
});

export const packetOf = (claim: number): Asked => ({
  at: `/api/claims/${claim}/packet`,
  what: "packet",
  title: "",
  words: "One signed archive: letter, determination clause by clause, the claim, the payer's answer, and the whole record of the service.",
});

export class RecordPart {
  private readonly commands: Commands;
  private job: number | null = null;
  private told: RecordState | null = null;
  private problem: string | null = null;
  private timer = 0;

  constructor(
    private readonly me: () => { readonly csrf: string; readonly permissions: readonly string[] } | null,
    stream: string,
    private readonly changed: () => void,
    private readonly get: typeof fetch = (input, init) => fetch(input, init),
    private readonly asked: Asked = record(stream),
  ) {
    this.commands = new Commands(() => this.me()?.csrf ?? "", get);
  }

  /** Have it made anew. */
  async begin(): Promise<void> {
    this.told = null;
    this.problem = null;
    const answer = await this.commands.askAt(this.asked.at, {});
    if (answer.ok) {
      this.job = Number(answer.body.job);
      this.hear(answer.body);
    } else this.problem = answer.words;
    this.changed();
  }

  private hear(told: unknown): void {
    try {
      this.told = readRecord(told);
    } catch (error) {
      this.problem = String(error);
      return;
    }
    window.clearTimeout(this.timer);
    if (this.told.state === "waiting" || this.told.state === "making") this.timer = window.setTimeout(() => void this.look(), AGAIN_MS);
  }

  private async look(): Promise<void> {
    try {
      const answer = await this.get(`/api/dossiers/${this.job}`);
      if (answer.status === 404) this.problem = "the center was started anew meanwhile: have it made again";
      else if (answer.ok) this.hear(await answer.json());
    } catch {
      // The center is away: it is asked again.
      this.timer = window.setTimeout(() => void this.look(), AGAIN_MS * 4);
    }
    if (this.problem !== null) this.told = null;
    this.changed();
  }

  /** Nothing for whoever may not take records away. */
  view(): TemplateResult | typeof nothing {
    if (!(this.me()?.permissions.includes("export") ?? false)) return nothing;
    if (this.asked.title === "") return html`<div class="record-part">${this.body()} ${this.problem === null ? nothing : html`<p class="problem" role="alert">Not made: ${this.problem}.</p>`}</div>`;
    return html`<section class="record-part" aria-labelledby="record-title">
      <h2 id="record-title">${this.asked.title}</h2>
      ${this.body()} ${this.problem === null ? nothing : html`<p class="problem" role="alert">Not made: ${this.problem}.</p>`}
    </section>`;
  }

  private body(): TemplateResult {
    const { told } = this;
    const button = (words: string) => html`<button type="button" @click=${() => void this.begin()}>${words}</button>`;
    if (told === null) {
      return html`<p class="faint">${this.asked.words}</p>
        ${button(`make the ${this.asked.what}`)}`;
    }
    if (told.state === "failed") return html`<p class="problem" role="alert">Not made: ${told.error}.</p>${button("try again")}`;
    if (told.state !== "done") {
      return html`<p role="status">${told.what} …</p><progress max="100" value=${told.percent} aria-label=${`the ${this.asked.what} is being made`}></progress>`;
    }
    const size = told.bytes === null ? "" : `, ${megabytes(told.bytes)}`;
    return html`<p role="status"><a class="save" href=${`/api/dossiers/${this.job}/file`} download>save the ${this.asked.what}</a><span class="faint"> ZIP${size}, signed by key ${told.key}</span></p>
      ${missing(told.missing)} ${button("make it anew")}`;
  }
}

function missing(lines: readonly string[]): TemplateResult {
  if (lines.length === 0) return html`<p>Complete: nothing is missing.</p>`;
  const more = lines.length - MISSING_SHOWN;
  return html`<p>Missing, as its first page says:</p>
    <ul class="missing">
      ${lines.slice(0, MISSING_SHOWN).map((line) => html`<li>${line}</li>`)} ${more > 0 ? html`<li class="faint">and ${more} more</li>` : nothing}
    </ul>`;
}
