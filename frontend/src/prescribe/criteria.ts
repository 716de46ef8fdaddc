/** `/criteria/…`: the table of a patient or of a practice, edited, looked at, proposed, signed or dropped. */

import { render } from "lit";
import { criteriaView } from "./criteria_view";
import { Requests, wordsOf } from "./requests";
import { type Checked, type CriteriaTold, idOf, momentOf, overridesOf, type Scope } from "./told";

/** After the last key, before the form is looked at. */
const CHECK_MS = 250;
const AGAIN_MS = 15_000;

export interface CriteriaActs {
  edit(key: string, typed: string): void;
  reset(key: string): void;
  write(field: "why" | "effective", text: string): void;
  startOver(): void;
  only(differing: boolean): void;
  propose(): void;
  open(what: "sign" | "drop", draft: number | null): void;
  sign(draft: number, content: string, password: string, code: string): void;
  signByPasskey(draft: number, content: string): void;
  drop(draft: number, why: string): void;
}

export class CriteriaPage implements CriteriaActs {
  readonly requests = new Requests();
  told: CriteriaTold | null = null;
  failure: string | null = null;
  readonly edits = new Map<string, string>();
  why = "";
  effective = "";
  differing = false;
  checked: Checked | null = null;
  /** What was not done, at the place where it was asked: `form`, `draft 3`. */
  readonly problems = new Map<string, string>();
  /** What was done last, for everybody. */
  done: string | null = null;
  busy = false;
  signing: number | null = null;
  dropping: number | null = null;
  private timer = 0;
  private asked = 0;

  constructor(
    private readonly root: HTMLElement,
    readonly scope: Scope,
  ) {
    document.documentElement.dataset.theme = "dark";
    document.title = "Criteria · einthoven";
    this.draw();
    void this.requests.begin().then(() => this.load());
    setInterval(() => void this.load(), AGAIN_MS);
    window.addEventListener("beforeunload", (event) => {
      if (this.edits.size > 0) event.preventDefault();
    });
  }

  describe(): object {
    return { page: "criteria", edits: this.edits.size, known: this.told !== null };
  }

  async load(): Promise<void> {
    try {
      this.told = await this.requests.read<CriteriaTold>(`criteria/${idOf(this.scope)}`);
      this.failure = null;
      document.title = `Criteria of ${this.told.patient ?? this.told.practice?.name ?? ""} · einthoven`;
    } catch (error) {
      this.failure = wordsOf(error);
    }
    this.draw();
  }

  private draw(): void {
    render(criteriaView(this, this), this.root);
  }

  // ---- the form -------------------------------------------------------------------------------------------

  edit(key: string, typed: string): void {
    this.edits.set(key, typed);
    this.changed();
  }

  reset(key: string): void {
    this.edits.delete(key);
    this.changed();
  }

  write(field: "why" | "effective", text: string): void {
    this[field] = text;
    if (field === "effective") this.changed();
    else this.draw();
  }

  startOver(): void {
    this.edits.clear();
    this.why = this.effective = "";
    this.problems.delete("form");
    this.checked = null;
    this.draw();
  }

  only(differing: boolean): void {
    this.differing = differing;
    this.draw();
  }

  private changed(): void {
    this.done = null;
    this.problems.delete("form");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.check(), CHECK_MS) as unknown as number;
    this.draw();
  }

  private form(): { overrides: Record<string, unknown>; effective_ms?: number } {
    const overrides = overridesOf(this.told?.rows ?? [], this.scope, this.edits);
    const at = momentOf(this.effective);
    return at === null ? { overrides } : { overrides, effective_ms: at };
  }

  private async check(): Promise<void> {
    if (this.told === null) return;
    this.asked += 1;
    const mine = this.asked;
    try {
      const told = await this.requests.check<Checked>(`criteria/${idOf(this.scope)}`, this.form());
      if (mine !== this.asked) return;
      this.checked = told;
    } catch (error) {
      if (mine === this.asked) this.problems.set("form", wordsOf(error));
    }
    this.draw();
  }

  propose(): void {
    void this.doing("form", async () => {
      clearTimeout(this.timer);
      await this.check();
      if (this.checked !== null && this.checked.faults.length > 0) {
        this.root.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
        throw new Error("Not proposed: see what is marked in the table.");
      }
      const body = { ...this.scope, ...this.form(), why: this.why.trim() };
      await this.act("criteria.propose", body);
      this.startOver();
      this.done = "Proposed. It holds once a physician of the practice has signed it.";
    });
  }

  // ---- a form that waits ----------------------------------------------------------------------------------

  open(what: "sign" | "drop", draft: number | null): void {
    this.signing = what === "sign" ? draft : null;
    this.dropping = what === "drop" ? draft : null;
    this.problems.clear();
    this.draw();
    this.root.querySelector<HTMLInputElement>(".proof input, .dropping input")?.focus();
  }

  sign(draft: number, content: string, password: string, code: string): void {
    this.signed(draft, content, () => this.requests.confirm(content, password, code));
  }

  signByPasskey(draft: number, content: string): void {
    this.signed(draft, content, () => this.requests.confirmByPasskey(content));
  }

  private signed(draft: number, content: string, confirm: () => Promise<string>): void {
    void this.doing(`draft ${draft}`, async () => {
      const confirmation = await confirm();
      const told = await this.act("criteria.sign", { draft, content, confirmation });
      this.signing = null;
      this.done = `Signed: version ${String(told.version)} is on record.`;
    });
  }

  drop(draft: number, why: string): void {
    void this.doing(`draft ${draft}`, async () => {
      await this.act("criteria.drop", { draft, why });
      this.dropping = null;
      this.done = "Dropped. It stays on record that it was proposed, and why it was not signed.";
    });
  }

  private async act(name: string, body: object): Promise<Readonly<Record<string, unknown>>> {
    const answer = await this.requests.ask(name, body);
    if (!answer.ok) throw new Error(answer.words);
    return answer.body;
  }

  private async doing(place: string, act: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.done = null;
    this.problems.delete(place);
    this.draw();
    try {
      await act();
    } catch (error) {
      this.problems.set(place, wordsOf(error));
    }
    this.busy = false;
    await this.load();
  }
}
