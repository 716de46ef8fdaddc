/** Telling somebody: the number, the clock, who is next and why, and how each call ended. Nothing is preselected. */

import { html, nothing, type TemplateResult } from "lit";
import { clockTime, coarse } from "../chrome/format";
import {
  type CallField,
  CAN_ACT,
  callEnd,
  type CallForm,
  clockOf,
  EMPTY_CALL,
  missing,
  NO_ACTION,
  OUTCOME_KEYS,
  OUTCOME_WORDS,
  running,
} from "./call";
import { callLine } from "./case_view";
import type { Doing } from "./doing";
import type { Answering, Call, Notification, Outcome, Rung } from "./entities";
import { noticesView } from "./notices_view";
import { fieldView, numberView, problemView } from "./parts";

/** So long after its moment a call is to be made now, and not late yet. */
const CALL_NOW_MS = 60_000;

function dueWords(left: number): string {
  if (left < -CALL_NOW_MS) return `▲ late by ${coarse(-left)}`;
  return left < 0 ? "to be called now" : `somebody is to be reached in ${coarse(left)}`;
}

export interface CallHost {
  readonly doing: Doing;
  readonly now: number;
  refresh(): void;
  notification(): Notification | null;
  /** Who is at the other end, where that is simulated. */
  answering(call: number): Answering | null;
  patientName(): string;
  close(): void;
}

export class CallPanel {
  form: CallForm = EMPTY_CALL;
  /** Fields that lack something, once it was tried to end the call. */
  faults: Partial<Record<CallField, string>> = {};
  private of: number | null = null;
  private tried = false;
  /** Of calls that are under way elsewhere on the page: another case was looked at meanwhile. */
  private readonly kept = new Map<number, CallForm>();
  /** What the physician did, as it is written now; null while it is what was written in the call. */
  private acted: { readonly of: number; readonly action: string } | null = null;

  constructor(private readonly host: CallHost) {}

  /** The call under way; each has a form of its own. */
  private call(): Call | null {
    const told = this.host.notification();
    const call = running(told?.calls ?? []);
    if ((call?.id ?? null) !== this.of) {
      this.leave(told);
      this.of = call?.id ?? null;
      this.form = (call === null ? undefined : this.kept.get(call.id)) ?? EMPTY_CALL;
      this.faults = {};
      this.tried = false;
    }
    return call;
  }

  /**
   * What was written of a call stays while another is looked at. When it ends in mid-sentence the action goes on to the field that closes the
   * notification; the rest of its form was about that call, and goes with it.
   */
  private leave(told: Notification | null): void {
    if (this.of === null) return;
    const ended = told?.calls.find(({ id }) => id === this.of);
    if (ended === undefined) {
      this.kept.set(this.of, this.form);
      return;
    }
    this.kept.delete(this.of);
    const action = this.form.outcome === "reached" ? this.form.action : "";
    if (told?.state !== "reached" || action.trim() === "" || action.trim() === ended.action) return;
    this.acted = { of: told.id, action };
    if (document.activeElement?.id === "call-action") requestAnimationFrame(writeOn);
  }

  set(change: Partial<CallForm>): void {
    this.form = { ...this.form, ...change };
    if (this.tried) this.faults = missing(this.form);
    this.host.refresh();
  }

  /** A digit: while a call is under way its outcome, else the rung to call. */
  digit(digit: number): void {
    const told = this.host.notification();
    if (told === null) return;
    if (this.call() === null) {
      const rung = told.next[digit - 1];
      if (rung !== undefined) void this.start(rung);
      return;
    }
    const outcome = OUTCOME_KEYS[digit - 1]?.[0];
    if (outcome === undefined) return;
    this.choose(outcome);
  }

  private choose(outcome: Outcome): void {
    this.set({ outcome });
    if (outcome === "reached")
      requestAnimationFrame(() => document.querySelector<HTMLInputElement>("#call-person")?.focus());
  }

  async start(rung: Rung): Promise<void> {
    const told = this.host.notification();
    if (told === null) return;
    await this.host.doing.ask("call", "call.start", { notification: told.id, contact: rung.contact });
  }

  /** Enter: begin the next call, or end the one under way. */
  async enter(): Promise<void> {
    const told = this.host.notification();
    if (told === null) return;
    if (told.state === "reached") return this.finish();
    const next = told.next[0];
    if (this.call() !== null) return this.end();
    if (next !== undefined) await this.start(next);
  }

  async end(): Promise<void> {
    const call = this.call();
    if (call === null) return;
    this.tried = true;
    this.faults = missing(this.form);
    this.host.refresh();
    if (Object.keys(this.faults).length > 0) {
      requestAnimationFrame(() => document.querySelector<HTMLElement>(".call-panel [aria-invalid='true']")?.focus());
      return;
    }
    await this.host.doing.ask("call", "call.end", callEnd(call, this.form));
  }

  /** What closes a notification: as written here, else as it was written in the call that reached somebody. */
  private actionOf(told: Notification): string {
    if (this.acted?.of === told.id) return this.acted.action;
    return told.calls.findLast(({ outcome }) => outcome === "reached")?.action ?? "";
  }

  /** The physician said what is to be done: the notification is closed with it. */
  async finish(): Promise<void> {
    const told = this.host.notification();
    if (told === null) return;
    const action = this.actionOf(told).trim();
    if (action === "") {
      this.host.doing.refuse("call", "What did the physician do or order? Without it the notification stays open.");
      document.querySelector<HTMLElement>("#call-action")?.focus();
      return;
    }
    const answer = await this.host.doing.ask("call", "notification.close", { notification: told.id, action });
    if (answer?.ok === true) {
      this.acted = null;
      this.host.close();
    }
  }

  view(): TemplateResult {
    const told = this.host.notification();
    const { doing, now } = this.host;
    return html`<section class="call-panel" aria-label="call">
      <header>
        <h2>Tell somebody about ${this.host.patientName()}</h2>
        <button class="quiet" @click=${() => this.host.close()}>back to the case <kbd>Esc</kbd></button>
      </header>
      ${told === null ? html`<p class="none">Nobody is to be told of this case yet: the verdict comes first, <kbd>5</kbd> gives it and calls. A verdict is void once something graver comes.</p>` : this.body(told, now)}
      ${problemView(doing.problem("call"))}
    </section>`;
  }

  private body(told: Notification, now: number): TemplateResult {
    const call = this.call();
    const left = told.due_ms === null ? null : told.due_ms - now;
    const due = left === null || told.state !== "calling" ? nothing : html`<p class=${left < -CALL_NOW_MS ? "due late" : "due"}>${dueWords(left)}</p>`;
    return html`${due}
      ${told.state === "closed" ? html`<p class="given"><b>Told.</b> The notification is closed.</p>` : nothing}
      ${told.state === "reached" ? this.reachedView(told) : nothing}
      ${told.state === "calling" && call !== null ? this.callView(call, now) : nothing}
      ${told.state === "calling" ? this.ladder(told, call, now) : nothing}
      <h3>Calls so far</h3>
      ${told.calls.length === 0 ? html`<p class="faint">None.</p>` : html`<ol class="calls">${told.calls.map((one) => callLine(one, now))}</ol>`}
      ${noticesView(told.notices, now)}`;
  }

  private ladder(told: Notification, call: Call | null, now: number): TemplateResult | typeof nothing {
    if (told.next.length === 0 && call !== null) return nothing;
    if (told.next.length === 0) return html`<h3>Next</h3><p class="problem">Nobody is left to call: tell the supervisor.</p>`;
    return html`<h3>${call === null ? "Next" : "After this"}</h3>
      <ol class="ladder">
        ${told.next.map((rung, i) => {
          const due = rung.due_ms === null ? "" : rung.due_ms <= now ? "now" : `in ${coarse(rung.due_ms - now)}`;
          const large = i === 0 && call === null;
          return html`<li class=${large ? "rung first" : "rung"}>
            <p><b>${rung.name}</b> <span class="faint">${rung.role}</span> <span class="when">${due}</span></p>
            ${numberView(rung.number, large)}
            <p class="faint why">${rung.why}</p>
            ${call === null ? html`<button class=${i === 0 ? "main" : ""} @click=${() => void this.start(rung)}>Call ${i === 0 ? html`<kbd>Enter</kbd>` : html`<kbd>${i + 1}</kbd>`}</button>` : nothing}
          </li>`;
        })}
      </ol>`;
  }

  private callView(call: Call, now: number): TemplateResult {
    const { form, faults } = this;
    const reached = form.outcome === "reached";
    return html`<div class="under-way">
      <p><b>${call.name}</b> <span class="faint">since ${call.started_ms === null ? "?" : clockTime(call.started_ms)}</span></p>
      <p class="dialled">${numberView(call.number, true)} <b class="running" role="timer">${call.started_ms === null ? "" : clockOf(now - call.started_ms)}</b></p>
      ${answerView(this.host.answering(call.id))}
      <fieldset class=${faults.outcome === undefined ? "outcomes" : "outcomes wrong"}>
        <legend>How did it end?</legend>
        ${OUTCOME_KEYS.map(
          ([outcome, key], i) => html`<label class=${form.outcome === outcome ? "chosen" : ""}>
            <input type="radio" name="outcome" value=${outcome} aria-invalid=${i === 0 && faults.outcome !== undefined} .checked=${form.outcome === outcome} @change=${() => this.set({ outcome })} />
            <kbd>${key}</kbd> ${OUTCOME_WORDS[outcome]}
          </label>`,
        )}
        ${faults.outcome === undefined ? nothing : html`<p class="fault">${faults.outcome}</p>`}
      </fieldset>
      <div class="who-spoke" ?hidden=${!reached}>
        ${fieldView("call-person", "Spoke to", form.person, faults.person, (person) => this.set({ person }), "name")}
        ${fieldView("call-role", "Role", form.role, faults.role, (role) => this.set({ role }), CAN_ACT[0], CAN_ACT)}
        <div class=${faults.readback === undefined ? "field check" : "field check wrong"}>
          <label><input id="call-readback" type="checkbox" aria-invalid=${faults.readback !== undefined} aria-describedby="readback-fault" .checked=${form.readback} @change=${(event: Event) => this.set({ readback: (event.target as HTMLInputElement).checked })} /> They read the message back</label>
          ${faults.readback === undefined ? nothing : html`<p class="fault" id="readback-fault">${faults.readback}</p>`}
        </div>
      </div>
      ${fieldView("call-said", "What was said", form.said, undefined, (said) => this.set({ said }))}
      ${reached ? actionView(form.action, (action) => this.set({ action })) : nothing}
      <button class="main" @click=${() => void this.end()}>End the call <kbd>Enter</kbd></button>
    </div>`;
  }

  private reachedView(told: Notification): TemplateResult {
    const act = (action: string) => {
      this.acted = { of: told.id, action };
      this.host.refresh();
    };
    return html`<div class="under-way">
      <p class="given"><b>Reached.</b> Calls end here; what the physician does or orders closes it, and the case with it.</p>
      ${actionView(this.actionOf(told), act)}
      <button class="main" @click=${() => void this.finish()}>Close with this <kbd>Enter</kbd></button>
    </div>`;
  }
}

/** Who answers in a demo: said to be simulated, and nothing of it is filled in anywhere. */
export function answerView(told: Answering | null): TemplateResult | typeof nothing {
  if (told === null) return nothing;
  const words = { ringing: "It rings …", answered: `${told.name} answers:`, voicemail: `The voice mail of ${told.name}:` }[told.state];
  return html`<div class="answer" role="status">
    <p><b>${words}</b> <span class="mark">simulated</span></p>
    ${told.lines.map((line) => html`<p class="line">“${line}”</p>`)}
  </div>`;
}

/** Whoever was writing writes on: what is typed next is no key of the page. */
function writeOn(): void {
  const field = document.querySelector<HTMLInputElement>("#call-action");
  field?.focus();
  field?.setSelectionRange(field.value.length, field.value.length);
}

function actionView(action: string, act: (action: string) => void): TemplateResult {
  return html`<div class="action">
    ${fieldView("call-action", "What the physician did or ordered", action, undefined, act)}
    <button class="quiet" @click=${() => act(NO_ACTION)}>${NO_ACTION.toLowerCase()}</button>
  </div>`;
}
