/** `/station#…`: a browser becomes a registered station, by the link that an administrator made. */

import { html, nothing, render, type TemplateResult } from "lit";
import { act, Refused } from "./me";

/** What the link would make of this browser. */
export interface Becomes {
  readonly station: number;
  readonly name: string;
  readonly kind: string;
  readonly site: { readonly name: string; readonly address: string };
  /** Whether another screen is this station now, and will be none any more. */
  readonly replaces: boolean;
  /** The network address that the center sees this browser at. */
  readonly address: string;
  /** Why it cannot be; empty where it can. */
  readonly against: readonly string[];
}

const KIND_WORDS: Readonly<Record<string, string>> = {
  wall: "a wall of patients",
  desk: "a desk where patients are watched and cases worked",
  standby: "stands by: told of every watch that is lost",
  supervisor: "the supervisor's: told of every watch that is lost",
};

/** A sentence of what the center said in words. */
const sentence = (words: string): string => {
  const first = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
};

type Ask = (path: string, body: object) => Promise<Record<string, unknown>>;

export class StationPage {
  private becomes: Becomes | null = null;
  private failure: string | null = null;
  private done = false;
  private busy = false;
  private readonly link: string;

  constructor(
    private readonly root: HTMLElement,
    fragment: string,
    private readonly ask: Ask = (path, body) => act(path, body, ""),
  ) {
    this.link = fragment.replace(/^#/, "");
    document.documentElement.dataset.theme = "dark";
    document.title = "Station · einthoven";
    if (this.link === "")
      this.failure = "This address is complete with a link alone: an administrator makes one with einthoven station add.";
    else void this.look();
    this.draw();
  }

  private async look(): Promise<void> {
    await this.attempt(async () => {
      this.becomes = (await this.ask("/api/station/look", { link: this.link })) as unknown as Becomes;
    });
  }

  private async use(): Promise<void> {
    await this.attempt(async () => {
      await this.ask("/api/station/use", { link: this.link });
      this.done = true;
    });
    this.root.querySelector<HTMLElement>(this.done ? "a.wide" : ".signin-error")?.focus();
  }

  private async attempt(doing: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.failure = null;
    this.draw();
    try {
      await doing();
    } catch (error) {
      this.failure = sentence(error instanceof Refused ? error.message : String(error));
    }
    this.busy = false;
    this.draw();
  }

  private draw(): void {
    render(
      html`<main class="signin">
        <div class="signin-card station-card">
          <h1 class="signin-brand">
            <svg viewBox="0 0 32 20" aria-hidden="true"><path d="M1 11h7l2-3 2 3h2l2-9 3 16 2-7h10" /></svg>einthoven
          </h1>
          ${this.body()}
          <p class="signin-error" role="alert" tabindex="-1">${this.failure ?? nothing}</p>
        </div>
      </main>`,
      this.root,
    );
  }

  private body(): TemplateResult {
    const { becomes } = this;
    if (becomes === null) return html`<p class="hint" role="status">${this.busy ? "Asking the center about this link." : nothing}</p>`;
    if (this.done)
      return html`<div role="status"><h2>This screen is station ${becomes.station} now</h2></div>
        ${facts(becomes)}
        <p class="station-words">Whoever is qualified and signs in here can take watches. It stays a station until it is retired or its browser's data is deleted.</p>
        <a class="wide station-on" href="/">Sign in here</a>`;
    const able = becomes.against.length === 0;
    return html`<h2>Make this screen a station</h2>
      ${facts(becomes)}
      ${becomes.replaces && able ? html`<p class="station-words">Another screen is station ${becomes.station}. It will be none any more.</p>` : nothing}
      ${
        able
          ? html`<button class="main" ?disabled=${this.busy} @click=${() => void this.use()}>Make this screen station ${becomes.station}</button>`
          : html`<ul class="station-against" role="alert">
              ${becomes.against.map((why) => html`<li>${sentence(why)}</li>`)}
            </ul>`
      }`;
  }
}

const facts = ({ station, name, kind, site, address }: Becomes): TemplateResult =>
  html`<dl class="station-facts">
    <dt>Station</dt>
    <dd><b>${station}</b> ${name}</dd>
    <dt>Kind</dt>
    <dd>${KIND_WORDS[kind] ?? kind}</dd>
    <dt>Site</dt>
    <dd>${site.name}<br /><span class="faint">${site.address}</span></dd>
    <dt>Seen at</dt>
    <dd>${address}</dd>
  </dl>`;
