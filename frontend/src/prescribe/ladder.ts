/** `/ladder/…`: who is called for a patient or a practice, by which number, when, in what order; and what would come of it. */

import { render } from "lit";
import { ladderView } from "./ladder_view";
import { formOf, type PlanForm, planOf, type Usual } from "./plan";
import { Requests, wordsOf } from "./requests";
import { type About, type Fault, idOf, momentOf, type Scope } from "./told";

const CHECK_MS = 300;

export interface Looked {
  readonly faults: readonly { readonly where: string; readonly words: string }[];
  readonly flaws: readonly { readonly kind: string; readonly words: string }[];
  readonly covering: boolean;
  readonly days: readonly {
    readonly day: string;
    readonly holiday: boolean;
    readonly parts: readonly { readonly from: number; readonly to: number; readonly words: string; readonly who: readonly string[]; readonly kind: string }[];
  }[];
  readonly calls: Readonly<Record<string, readonly { readonly local: string; readonly at_ms: number; readonly name: string; readonly role: string; readonly number: string; readonly kind: string; readonly why: string }[]>>;
}

export interface LadderTold extends About {
  readonly now_ms: number;
  readonly source: "own" | "practice" | "order" | "none";
  readonly version: number;
  readonly plan: Readonly<Record<string, unknown>>;
  readonly may_set: boolean;
  readonly usual: Readonly<Record<string, Usual>>;
  readonly looked: Looked;
}

export class LadderPage {
  told: LadderTold | null = null;
  failure: string | null = null;
  form: PlanForm | null = null;
  looked: Looked | null = null;
  faults: readonly Fault[] = [];
  /** When something would happen; "" for now. */
  at = "";
  edited = false;
  busy = false;
  problem: string | null = null;
  done: string | null = null;
  private timer = 0;
  private asked = 0;
  private readonly requests = new Requests();

  constructor(
    private readonly root: HTMLElement,
    readonly scope: Scope,
  ) {
    document.documentElement.dataset.theme = "dark";
    document.title = "Who is called · einthoven";
    this.draw();
    void this.requests.begin().then(() => this.load());
    window.addEventListener("beforeunload", (event) => {
      if (this.edited) event.preventDefault();
    });
  }

  describe(): object {
    return { page: "ladder", edited: this.edited, known: this.told !== null };
  }

  async load(): Promise<void> {
    try {
      const told = await this.requests.read<LadderTold>(`ladder/${idOf(this.scope)}`);
      this.told = told;
      this.failure = null;
      this.form = formOf(told.plan, told.usual);
      this.looked = told.looked;
      this.edited = false;
      this.faults = [];
      document.title = `Who is called for ${told.patient ?? told.practice?.name ?? ""} · einthoven`;
    } catch (error) {
      this.failure = wordsOf(error);
    }
    this.draw();
  }

  draw(): void {
    render(ladderView(this), this.root);
  }

  /** Something was changed in the form: it is looked at when the hand rests. */
  change(act: (form: PlanForm) => void): void {
    if (this.form === null) return;
    act(this.form);
    this.edited = true;
    this.done = null;
    this.problem = null;
    this.later();
  }

  ask(at: string): void {
    this.at = at;
    this.later();
  }

  private later(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.check(), CHECK_MS) as unknown as number;
    this.draw();
  }

  private async check(): Promise<void> {
    if (this.form === null) return;
    const { plan, faults } = planOf(this.form);
    this.asked += 1;
    const mine = this.asked;
    try {
      const at = momentOf(this.at);
      const told = await this.requests.check<Looked>(`ladder/${idOf(this.scope)}`, at === null ? { plan } : { plan, at_ms: at });
      if (mine !== this.asked) return;
      const own = new Set(faults.flatMap(({ keys }) => keys));
      const theirs = told.faults.filter(({ where }) => ![...own].some((key) => where.startsWith(key)));
      this.faults = [...faults, ...theirs.map(({ where, words }) => ({ keys: [where], words }))];
      // Of a plan with faults nothing follows: what followed of the last good one would reassure.
      this.looked = this.faults.length > 0 ? { ...told, flaws: [], days: [], calls: {} } : told;
    } catch (error) {
      if (mine === this.asked) this.problem = wordsOf(error);
    }
    this.draw();
  }

  async save(): Promise<void> {
    if (this.busy || this.form === null) return;
    this.busy = true;
    this.problem = this.done = null;
    this.draw();
    clearTimeout(this.timer);
    await this.check();
    if (this.faults.length > 0) {
      this.problem = "Not saved: see what is marked.";
      this.root.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
    } else {
      const answer = await this.requests.ask("ladder.set", { ...this.scope, plan: planOf(this.form).plan });
      if (answer.ok) {
        await this.load();
        this.done = `Saved as version ${String(answer.body.version)}.`;
      } else this.problem = answer.words;
    }
    this.busy = false;
    this.draw();
  }
}
