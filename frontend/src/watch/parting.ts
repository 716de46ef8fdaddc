/** Leaving a wall that displays watches: what it costs, and the ways that cost nothing. */

import { html, nothing, type TemplateResult } from "lit";
import { askBefore, leaveFreely, openWindow } from "../chrome/leaving";
import { plural } from "../chrome/format";

export interface PartingHost {
  /** Watches that this screen displays. */
  readonly held: number;
  drawNow(): void;
  /** What shows a page beside the wall; null where that page cannot stand there. */
  beside(path: string): (() => void) | null;
}

export class Parting {
  private path: string | null = null;
  private before: HTMLElement | null = null;

  constructor(
    private readonly host: PartingHost,
    private readonly leave: (path: string) => void = (path) => location.assign(path),
  ) {
    askBefore(
      (path) => this.ask(path),
      () => host.held > 0,
    );
  }

  get isAsking(): boolean {
    return this.path !== null;
  }

  /** Ask before going to a page; false where there is nothing to lose. */
  ask(path: string): boolean {
    if (this.host.held === 0) return false;
    this.before ??= document.activeElement instanceof HTMLElement ? document.activeElement : null;
    this.path = path;
    this.host.drawNow();
    document.querySelector<HTMLElement>(".parting button")?.focus({ preventScroll: true });
    return true;
  }

  /** Stay. */
  close(): void {
    const { before } = this;
    this.path = this.before = null;
    this.host.drawNow();
    if (before?.isConnected === true) before.focus({ preventScroll: true });
  }

  private then(act: () => void): void {
    this.close();
    act();
  }

  /** As wide as the screen and over the header alone: no tile is covered by the question. */
  view(): TemplateResult | typeof nothing {
    const { path, host } = this;
    if (path === null) return nothing;
    const { held } = host;
    const beside = host.beside(path);
    const go = () => {
      leaveFreely();
      this.leave(path);
    };
    return html`<div class="parting" role="alertdialog" aria-labelledby="parting-what" aria-describedby="parting-why">
      <p><b id="parting-what">You hold ${plural(held, "watch", "watches")} on this screen.</b> <span id="parting-why">Without the wall they are lost after 5 s.</span></p>
      <span class="ways">
        ${beside === null ? nothing : html`<button class="strong" @click=${() => this.then(beside)}>open it beside the wall</button>`}
        <button class=${beside === null ? "strong" : ""} title="lay it beside the wall or on another screen: a wall that is covered displays nobody" @click=${() => this.then(() => openWindow(path))}>in a window of its own</button>
        <button @click=${go}>leave, and lose ${held === 1 ? "it" : `all ${held}`}</button>
        <button class="quiet" @click=${() => this.close()}>stay <kbd>Esc</kbd></button>
      </span>
    </div>`;
  }
}
