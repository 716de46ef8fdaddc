/**
 * Before a page of one patient: whoever sees the patients of their own practice alone is told what stands between, and
 * may break the glass. Until then no page of the patient is fetched, and nothing of them is known here.
 */

import { html, nothing, render, type TemplateResult } from "lit";
import { Commands } from "../desk/commands";
import { standOver } from "./glass_strip";
import { askGlass, bound, faultOf, type GlassTold, type Place, placeOf } from "./glass_told";
import type { Me } from "./me";

/** Where the center did not answer it is asked again. */
const AGAIN_MS = 5_000;

/** Resolves once the page may begin: whether something stood before it. */
export function unbroken(root: HTMLElement, me: Me | null): Promise<boolean> {
  const place = placeOf(location.pathname);
  if (place === null || me === null || !bound(me)) return Promise.resolve(false);
  return new Promise((begin) => {
    const glass = new Glass(root, place, me, (told) => {
      standOver(root, told);
      begin(glass.shown);
    });
    void glass.ask();
  });
}

class Glass {
  /** Whether anything was drawn: somebody who sees the patient passes without a word. */
  shown = false;
  private told: GlassTold | null = null;
  private absent = false;
  private failure: string | null = null;
  private why = "";
  private fault: string | null = null;
  /** Whether the reason was given, and is read once more before it counts. */
  private sure = false;
  private busy = false;
  private over = false;
  private readonly commands: Commands;

  constructor(
    private readonly root: HTMLElement,
    private readonly place: Place,
    me: Me,
    private readonly opened: (told: GlassTold) => void,
  ) {
    this.commands = new Commands(() => me.csrf);
  }

  async ask(): Promise<void> {
    try {
      const told = await askGlass(this.place);
      this.failure = null;
      if (this.over) return;
      this.over = told?.sees === true;
      if (this.over) return this.opened(told!);
      this.absent = told === null;
      this.told = told;
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      setTimeout(() => void this.ask(), AGAIN_MS);
    }
    this.draw();
    if (this.told !== null) this.focus("h1");
  }

  private focus(what: string): void {
    this.root.querySelector<HTMLElement>(what)?.focus();
  }

  private given(event: SubmitEvent): void {
    event.preventDefault();
    this.why = String(new FormData(event.target as HTMLFormElement).get("why") ?? "").trim();
    this.fault = faultOf(this.why, this.told?.least ?? 1);
    this.sure = this.fault === null;
    this.failure = null;
    this.draw();
    this.focus(this.sure ? ".glass-sure" : "input");
  }

  private back(): void {
    this.sure = false;
    this.draw();
    this.focus("input");
  }

  private async breakIt(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.failure = this.fault = null;
    this.draw();
    const answer = await this.commands.ask("break_glass", { stream: this.place.stream, why: this.why });
    this.busy = false;
    // Theirs by now (the patient got a practice meanwhile), or on record: the center says what holds.
    if (answer.ok || answer.reason === "own") return this.ask();
    this.sure = false;
    if (answer.words.startsWith("why: ")) this.fault = answer.words.slice(5);
    else this.failure = answer.words;
    this.draw();
    this.focus("input");
  }

  private draw(): void {
    this.shown = true;
    document.documentElement.dataset.theme = "dark";
    document.title = `${this.place.stream} · einthoven`;
    render(
      html`<main class="signin">
        <div class="signin-card glass-card">
          ${this.body()}
          <p class="signin-error" role="alert">${this.failure ?? nothing}</p>
        </div>
      </main>`,
      this.root,
    );
  }

  private body(): TemplateResult {
    const { stream } = this.place;
    if (this.absent)
      return html`<h1>There is no such patient</h1>
        <p>No patient has the address <b>${stream}</b>.</p>
        ${HOME}`;
    if (this.told === null)
      return html`<h1>Not known yet</h1>
        <p>Whether you may see <b>${stream}</b> is asked of the center again and again. Until it answers nothing is shown.</p>`;
    if (!this.told.may_break)
      return html`<h1>You cannot see this patient</h1>
        <p>No patient of your practice has the address <b>${stream}</b>.</p>
        <p>Patients of other practices are shown to physicians alone, who say why and stand for it on record. Where that is needed, ask a physician of your practice.</p>
        ${HOME}`;
    return this.sure ? this.question(this.told) : this.form(this.told);
  }

  private form({ minutes, least, most }: GlassTold): TemplateResult {
    return html`<h1 tabindex="-1">This patient is not of your practice</h1>
      <p>Nothing of <b>${this.place.stream}</b> is shown here, not even the name. If you need to see this patient now, for their care, you can break the glass:</p>
      <ul class="glass-means">
        <li><b>For ${minutes} minutes</b> you read what their own practice reads: the ECG, live and stored, findings, cases, criteria, whom to call. You change nothing. Then it closes by itself.</li>
        <li><b>On record</b> are your name, your reason as you write it, and all that you look at.</li>
        <li><b>Their practice sees it</b> on this patient's page, and the auditor in the audit.</li>
      </ul>
      <form class="signin-form" aria-label="break the glass" novalidate @submit=${(event: SubmitEvent) => this.given(event)}>
        <label>Why you need to see this patient
          <input name="why" required maxlength=${most} autocomplete="off" .value=${this.why} aria-invalid=${this.fault === null ? nothing : "true"} aria-describedby="glass-why" />
        </label>
        <p class=${this.fault === null ? "hint" : "glass-fault"} id="glass-why" role=${this.fault === null ? nothing : "alert"}>${this.fault ?? `${least} characters or more`}</p>
        <p class="glass-buttons"><button class="main">Break the glass …</button> <a class="wide" href="/">To my own patients</a></p>
      </form>`;
  }

  /** Read once more: what an Enter too many would have done is done by the next key alone. */
  private question({ minutes }: GlassTold): TemplateResult {
    const escape = (event: KeyboardEvent) => {
      if (event.key === "Escape") this.back();
    };
    return html`<h1>Break the glass?</h1>
      <div class="glass-sure" role="group" tabindex="-1" aria-label="break the glass: read it once more" @keydown=${escape}>
        <p>You will see <b>${this.place.stream}</b>, a patient of another practice, for <b>${minutes} minutes</b>. On record, under your name:</p>
        <blockquote>${this.why}</blockquote>
        <p class="glass-buttons">
          <button class="main" ?disabled=${this.busy} @click=${() => void this.breakIt()}>${this.busy ? "Being put on record" : "Break the glass"}</button>
          <button ?disabled=${this.busy} @click=${() => this.back()}>Go back <kbd>Esc</kbd></button>
        </p>
      </div>`;
  }
}

const HOME = html`<p class="glass-buttons"><a class="wide" href="/">To my own patients</a></p>`;
