/** Who spoke with the patient: the list on the patient's own page, and the next contact written down. */

import { html, nothing, type TemplateResult } from "lit";
import { when } from "../chrome/format";
import { Commands } from "../desk/commands";
import type { DeskClient } from "../desk/client";
import { Reader } from "../desk/reader";
import { Asked, readSpoken, type Spoken } from "../desk/whole";

export const HOW = ["telephone", "message", "visit", "other"] as const;
/** Asked again so often: others write down, too. */
const AGAIN_MS = 60_000;
const SHOWN = 8;

export const readLog = (told: unknown): readonly Spoken[] => new Reader("contacts", told).list("log", readSpoken);

/** Who was on record for the patient before, by a mistake that was put right. */
interface Before {
  readonly correction: number;
  readonly was: string;
  readonly until_ms: number | null;
}

interface Contacts {
  readonly log: readonly Spoken[];
  readonly before: readonly Before[];
}

const readContacts = (told: unknown): Contacts => {
  const from = new Reader("contacts", told);
  const before = (one: Reader): Before => ({ correction: one.number("correction", 0), was: one.text("was", "somebody else"), until_ms: one.numberOrNull("until_ms") });
  return { log: readLog(told), before: from.has("on_record") ? from.list("on_record", before) : [] };
};

export class SpokenPart {
  private readonly asked: Asked<Contacts>;
  private readonly commands: Commands;
  private written = 0;
  private busy = false;
  private problem: string | null = null;

  constructor(
    private readonly desk: Pick<DeskClient, "me">,
    private readonly stream: string,
    private readonly changed: () => void,
  ) {
    this.commands = new Commands(() => desk.me?.csrf ?? "");
    this.asked = new Asked((path) => this.commands.read(path), readContacts, changed);
  }

  private may(permission: string): boolean {
    return this.desk.me?.permissions.includes(permission) ?? false;
  }

  private async write(form: HTMLFormElement): Promise<void> {
    if (this.busy) return;
    const given = new FormData(form);
    this.busy = true;
    this.problem = null;
    this.changed();
    const answer = await this.commands.ask("patient.contact", { stream: this.stream, how: String(given.get("how")), said: String(given.get("said") ?? "").trim() });
    this.busy = false;
    if (answer.ok) {
      form.reset();
      this.written++;
    } else this.problem = answer.words.replace(/^said: /, "");
    this.changed();
  }

  /** Nothing where it is not theirs to know; `now` is the center's time. */
  view(now: number): TemplateResult | typeof nothing {
    if (!this.may("read.contacts")) return nothing;
    const { value, failure } = this.asked.get(`contacts/${this.stream}`, `${this.written} ${Math.floor(performance.now() / AGAIN_MS)}`);
    return html`<section class="spoken-with">
      <h2>Contacts with the patient${value === null ? nothing : html` <small>${value.log.length}</small>`}</h2>
      ${failure === null ? nothing : html`<p class="problem" role="alert">Could not be had: ${failure}.</p>`}
      ${value === null ? (failure === null ? html`<p class="faint">Asked for.</p>` : nothing) : spokenList(value.log, now)}
      ${this.may("patient.contact") ? this.form() : nothing}
      ${(value?.before ?? []).map((one) => html`<p class="faint">Was on record as ${one.was} until ${one.until_ms === null ? "a correction" : when(one.until_ms, now)}${this.may("read.correction") ? html` <a href=${`/corrections/${one.correction}`}>correction ${one.correction}</a>` : nothing}</p>`)}
      ${this.may("patient.correct") ? html`<p class="faint"><a href=${`/corrections?stream=${this.stream}`}>Is this another person's?</a></p>` : nothing}
    </section>`;
  }

  private form(): TemplateResult {
    const submit = (event: SubmitEvent) => {
      event.preventDefault();
      void this.write(event.target as HTMLFormElement);
    };
    return html`<form class="contact-form" @submit=${submit} aria-label="a contact with the patient">
      <select name="how" aria-label="how">${HOW.map((how) => html`<option>${how}</option>`)}</select>
      <input name="said" required maxlength="2000" autocomplete="off" aria-label="what was said" placeholder="what was said" />
      <button ?disabled=${this.busy}>write down</button>
      ${this.problem === null ? nothing : html`<p class="problem" role="alert">${this.problem}</p>`}
    </form>`;
  }
}

/** The newest first. */
export function spokenList(log: readonly Spoken[], now: number): TemplateResult {
  if (log.length === 0) return html`<p class="faint">Nobody has spoken with the patient yet.</p>`;
  return html`<ol>
      ${[...log].reverse().slice(0, SHOWN).map(
        ({ at_ms, by, how, said }) => html`<li><span class="faint">${at_ms === null ? "" : when(at_ms, now)} ${how}, ${by}</span><br />${said}</li>`,
      )}
    </ol>
    ${log.length > SHOWN ? html`<p class="faint">and ${log.length - SHOWN} before</p>` : nothing}`;
}
