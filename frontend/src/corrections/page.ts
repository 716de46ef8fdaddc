/** `/corrections`: periods that were on record for the wrong person; a new one; one with what went out. */

import { render } from "lit";
import { go } from "../chrome/leaving";
import { Requests, wordsOf } from "../prescribe/requests";
import { type Checked, type CorrectionsTold, type CorrectionTold, emptyForm, fieldsOf, type Form, type Person, placeOf } from "./told";
import { correctionsView } from "./view";

const AGAIN_MS = 5_000;
const TYPING_MS = 350;

export class CorrectionsPage {
  readonly place = placeOf(location.pathname, location.search);
  told: CorrectionsTold | null = null;
  one: CorrectionTold | null = null;
  checked: Checked | null = null;
  readonly form: Form = emptyForm(this.place.is === "new" ? this.place.stream : "");
  persons: readonly Person[] | null = null;
  looked = "";
  /** Items that are chosen, to be done in one act. */
  readonly chosen = new Set<number>();
  failure: string | null = null;
  problem: string | null = null;
  done: string | null = null;
  busy = false;
  private readonly requests = new Requests();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly root: HTMLElement) {
    document.documentElement.dataset.theme = "dark";
    document.title = "Wrong patient · einthoven";
    this.draw();
    void this.requests.begin().then(() => this.load());
    setInterval(() => void this.load(), AGAIN_MS);
  }

  describe(): object {
    return { page: "corrections", open: this.told?.open ?? null };
  }

  async load(): Promise<void> {
    try {
      if (this.place.is === "one") this.one = await this.requests.read<CorrectionTold>(`correction/${this.place.number}`);
      else this.told = await this.requests.read<CorrectionsTold>("corrections");
      if (this.place.is === "new" && this.checked === null) await this.check();
      this.failure = null;
    } catch (error) {
      this.failure = wordsOf(error);
    }
    this.draw();
  }

  draw(): void {
    render(correctionsView(this), this.root);
  }

  /** A field of the form was typed in: its faults and what went out are looked up while it is written. */
  write(change: Partial<Form>): void {
    Object.assign(this.form, change);
    this.draw();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.check(), TYPING_MS);
  }

  look(words: string): void {
    this.looked = words;
    this.draw();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.find(), TYPING_MS);
  }

  private async find(): Promise<void> {
    const asked = this.looked.trim();
    if (asked.length < 2) this.persons = null;
    else {
      try {
        const told = await this.requests.read<{ persons: readonly Person[] }>(`persons/${encodeURIComponent(asked)}`);
        if (asked === this.looked.trim()) this.persons = told.persons;
      } catch (error) {
        this.problem = wordsOf(error);
      }
    }
    this.draw();
  }

  private async check(): Promise<void> {
    try {
      this.checked = await this.requests.check<Checked>(`correction/${this.form.stream}`, fieldsOf(this.form));
      this.problem = null;
    } catch (error) {
      this.problem = wordsOf(error);
    }
    this.draw();
  }

  async propose(): Promise<void> {
    const told = await this.act("patient.correct", { stream: this.form.stream, ...fieldsOf(this.form) }, "");
    if (typeof told?.correction === "number") go(`/corrections/${told.correction}`);
  }

  confirm(): void {
    void this.act("patient.correct_confirm", { correction: this.one?.correction }, "Confirmed. It is carried out within a second.");
  }

  drop(why: string): void {
    void this.act("patient.correct_drop", { correction: this.one?.correction, why }, "Dropped: nothing was changed.");
  }

  choose(item: number): void {
    if (!this.chosen.delete(item)) this.chosen.add(item);
    this.draw();
  }

  async follow(how: string): Promise<boolean> {
    const told = await this.act("correction.done", { item: [...this.chosen], how }, "On record.");
    if (told !== null) this.chosen.clear();
    this.draw();
    return told !== null;
  }

  async reopen(item: number, why: string): Promise<boolean> {
    return (await this.act("correction.reopen", { item, why }, "Open again.")) !== null;
  }

  private async act(name: string, body: object, done: string): Promise<Record<string, unknown> | null> {
    this.busy = true;
    this.draw();
    const told = await this.requests.ask(name, body);
    this.busy = false;
    this.problem = told.ok ? null : told.words;
    this.done = told.ok ? done : null;
    await this.load();
    return told.ok ? (told.body as Record<string, unknown>) : null;
  }
}
