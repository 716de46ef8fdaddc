/** An emergency: where the patient is, whom to send there, what to say, each step with its time. Beside, never over. */

import { html, nothing, type TemplateResult } from "lit";
import { clockTime, duration } from "../chrome/format";
import type { Doing } from "./doing";
import type { Contact, Emergency, EmergencyStep } from "./entities";
import { contactView, numberView, problemView } from "./parts";
import type { DeskStore } from "./store";
import { type Asked, type PatientWhole, whoseIs } from "./whole";

export interface EmergencyHost {
  readonly doing: Doing;
  readonly store: DeskStore;
  readonly patients: Asked<PatientWhole>;
  readonly now: number;
  refresh(): void;
  close(): void;
}

export class EmergencyPanel {
  /** The patient whom it is about; null while the panel is closed. */
  stream: string | null = null;
  private name = "";
  private note = "";
  private outcome = "";

  constructor(private readonly host: EmergencyHost) {}

  /** First key: show where the patient is and ask. Nothing has begun. */
  open(stream: string, name: string): void {
    this.stream = stream;
    this.name = name;
    this.note = this.outcome = "";
    this.host.doing.forget("emergency");
    this.host.refresh();
  }

  close(): void {
    this.stream = null;
    this.host.close();
  }

  /** The one that is open for the patient. */
  get emergency(): Emergency | null {
    const found = this.host.store.all("emergency").filter(({ stream }) => stream === this.stream);
    return [...found].sort((a, b) => b.id - a.id)[0] ?? null;
  }

  /** Second key: it begins. */
  async confirm(): Promise<void> {
    if (this.stream === null || this.emergency !== null) return;
    await this.host.doing.ask("emergency", "emergency.begin", { stream: this.stream });
  }

  async step(step: EmergencyStep): Promise<void> {
    const { emergency } = this;
    if (emergency === null || step.done_ms !== null) return;
    const body = { emergency: emergency.id, step: step.id, note: this.note.trim() };
    const answer = await this.host.doing.ask("emergency", "emergency.step", body, `step ${step.id}`);
    if (answer?.ok === true) this.note = "";
  }

  /** A digit: the step of that number is done. */
  digit(digit: number): void {
    const step = this.emergency?.steps[digit - 1];
    if (step !== undefined) void this.step(step);
  }

  private async end(): Promise<void> {
    const { emergency } = this;
    if (emergency === null) return;
    if (this.outcome.trim() === "") {
      this.host.doing.refuse("emergency", "How did it end? Write it down before it is closed.");
      document.querySelector<HTMLElement>("#emergency-outcome")?.focus();
      return;
    }
    const body = { emergency: emergency.id, outcome: this.outcome.trim() };
    const answer = await this.host.doing.ask("emergency", "emergency.end", body);
    if (answer?.ok === true) this.close();
  }

  view(): TemplateResult | typeof nothing {
    if (this.stream === null) return nothing;
    const { emergency } = this;
    const asked = this.host.patients.get(`emergency/${this.stream}`, String(emergency?.id ?? ""), whoseIs(this.host.store, this.stream));
    const facts = asked.value;
    const name = emergency?.patient ?? this.host.store.get("patient", this.stream)?.patient ?? this.name;
    return html`<section class="emergency-panel" tabindex="-1" aria-label=${`emergency of ${name}`}>
      <header>
        <h2>${emergency === null ? `Emergency for ${name}?` : `Emergency: ${name}`}</h2>
        ${emergency?.opened_ms == null ? nothing : html`<b class="running" role="timer">${duration(this.host.now - emergency.opened_ms)}</b>`}
        <button class="quiet" @click=${() => this.close()}>${emergency === null ? "no" : "hide"} <kbd>Esc</kbd></button>
      </header>
      <div class="side-scroll">
        ${emergency === null ? this.askView() : nothing}
        ${placeView(emergency, facts, asked.failure)}
        ${tellView(facts)}
        ${emergency === null ? nothing : this.stepsView(emergency)}
        ${physicianView(facts)}
      </div>
      ${problemView(this.host.doing.problem("emergency"))}
      ${emergency === null ? nothing : this.endView()}
    </section>`;
  }

  private askView(): TemplateResult {
    return html`<section class="confirm" role="alertdialog" aria-label="begin the emergency procedure?">
      <p>Nothing has begun. With <kbd>Enter</kbd> the time starts, the supervisor sees it, and each step is written down.</p>
      <p><button class="main" @click=${() => void this.confirm()}>Begin <kbd>Enter</kbd></button></p>
    </section>`;
  }

  private stepsView(emergency: Emergency): TemplateResult {
    const at = emergency.steps.findIndex(({ done_ms }) => done_ms === null);
    return html`<section>
      <h2>Steps</h2>
      <ol class="steps">
        ${emergency.steps.map((step, i) => this.stepView(step, i, i === at, emergency.opened_ms))}
      </ol>
    </section>`;
  }

  private stepView(step: EmergencyStep, i: number, current: boolean, opened: number | null): TemplateResult {
    const done = step.done_ms !== null;
    const after = done && opened !== null ? ` after ${duration(step.done_ms! - opened)}` : "";
    return html`<li class=${done ? "done" : current ? "current" : ""} aria-current=${current ? "step" : nothing}>
      <span class="mark" aria-hidden="true">${done ? "✓" : i + 1}</span>
      <div>
        <b>${step.title}</b>
        <p class="detail">${step.detail}</p>
        ${done ? html`<p class="faint">${clockTime(step.done_ms!)}${after}${step.by === "" ? "" : `, ${step.by}`}${step.note === "" ? nothing : html`: ${step.note}`}</p>` : nothing}
        ${
          current
            ? html`<input id="step-note" type="text" autocomplete="off" aria-label=${`note to: ${step.title}`} placeholder="note" .value=${this.note} @input=${(event: InputEvent) => (this.note = (event.target as HTMLInputElement).value)} />`
            : nothing
        }
      </div>
      ${done ? nothing : html`<button class=${current ? "main" : ""} @click=${() => void this.step(step)}>done ${i < 9 ? html`<kbd>${i + 1}</kbd>` : nothing}</button>`}
    </li>`;
  }

  private endView(): TemplateResult {
    return html`<div class="foot end">
      <label for="emergency-outcome">How did it end?</label>
      <input id="emergency-outcome" type="text" autocomplete="off" .value=${this.outcome} @input=${(event: InputEvent) => (this.outcome = (event.target as HTMLInputElement).value)} />
      <button @click=${() => void this.end()}>Close the emergency</button>
    </div>`;
  }
}

function placeView(emergency: Emergency | null, facts: PatientWhole | null, failure: string | null): TemplateResult {
  const address = emergency?.address || facts?.address || "";
  const place = emergency?.place || facts?.place || "";
  const local = emergency?.local_number || facts?.local_number || "";
  const contacts: readonly Contact[] = (emergency?.contacts.length ?? 0) > 0 ? emergency!.contacts : (facts?.contacts ?? []);
  const waiting = emergency === null && facts === null && failure === null;
  return html`<section>
      <h2>Where</h2>
      ${waiting ? html`<p class="faint">Asked for.</p>` : nothing}
      ${!waiting && address === "" ? html`<p class="problem">No address is on record${failure === null ? "" : ` (${failure})`}: ask the patient or a contact.</p>` : html`<p class="address">${address}</p>`}
      ${place === "" ? nothing : html`<p>Now: <b>${place}</b></p>`}
    </section>
    <section>
      <h2>Emergency number there</h2>
      ${!waiting && local === "" ? html`<p class="problem">The local number is not known: the one of the patient's county answers for that address.</p>` : numberView(local, true)}
    </section>
    <section>
      <h2>Contacts</h2>
      ${!waiting && contacts.length === 0 ? html`<p class="faint">None on record.</p>` : html`<ul class="contacts">${contacts.map(contactView)}</ul>`}
    </section>`;
}

function tellView(facts: PatientWhole | null): TemplateResult | typeof nothing {
  if (facts === null || facts.tell.length === 0) return nothing;
  return html`<section><h2>Say to the patient</h2><ul class="tell">${facts.tell.map((words) => html`<li>${words}</li>`)}</ul></section>`;
}

function physicianView(facts: PatientWhole | null): TemplateResult | typeof nothing {
  const physician = facts?.physician ?? null;
  if (physician === null) return nothing;
  return html`<section>
    <h2>Physician, at the same time</h2>
    <p><b>${physician.name}</b> <span class="faint">${physician.practice}</span></p>
    <ul class="contacts">${physician.numbers.map(({ role, number }) => html`<li class="contact"><span class="faint">${role}</span>${numberView(number)}</li>`)}</ul>
  </section>`;
}
