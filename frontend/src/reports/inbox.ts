/** `/reports`: what waits for an impression or a signature, what was signed, and what the practice keeps for it. */

import { render } from "lit";
import { typing } from "../chrome/acts";
import { go } from "../chrome/leaving";
import { Requests, wordsOf } from "../prescribe/requests";
import { inboxView } from "./inbox_view";
import { type InboxTold, type Line, type Show, SHOWS, shownOf, streamOf } from "./told";

const AGAIN_MS = 10_000;

export interface InboxActs {
  show(which: Show): void;
  type(words: string): void;
  choose(at: number): void;
  keepSentence(sentence: number | null, title: string, text: string): Promise<boolean>;
  dropSentence(sentence: number): void;
  delegate(person: number, until: string): Promise<boolean>;
  undelegate(person: number): void;
}

export class ReportsInbox implements InboxActs {
  told: InboxTold | null = null;
  failure: string | null = null;
  /** Whose reports; null: what waits for whoever looks. */
  readonly stream = streamOf(location.search);
  which: Show = this.stream === null ? "waiting" : "all";
  typed = "";
  /** The chosen line. */
  at = 0;
  problem: string | null = null;
  done: string | null = null;
  private readonly requests = new Requests();

  constructor(private readonly root: HTMLElement) {
    document.documentElement.dataset.theme = "dark";
    document.title = "Reports · einthoven";
    this.draw();
    void this.requests.begin().then(() => this.load());
    setInterval(() => void this.load(), AGAIN_MS);
    window.addEventListener("keydown", (event) => this.key(event));
  }

  describe(): object {
    return { page: "reports", waiting: this.told?.waiting ?? null };
  }

  get list(): readonly Line[] {
    return this.told === null ? [] : shownOf(this.told.reports, this.which, this.typed);
  }

  private async load(): Promise<void> {
    try {
      this.told = await this.requests.read<InboxTold>(this.stream === null ? "reports" : `reports?stream=${this.stream}`);
      this.failure = null;
      document.title = `${this.told.waiting > 0 ? `${this.told.waiting} to be signed` : "Reports"} · einthoven`;
    } catch (error) {
      this.failure = wordsOf(error);
    }
    this.draw();
  }

  private draw(): void {
    this.at = Math.max(0, Math.min(this.at, this.list.length - 1));
    render(inboxView(this, this), this.root);
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && event.target instanceof HTMLInputElement && event.target.name === "find") {
      this.type("");
      event.target.blur();
      return;
    }
    if (typing(event.target)) return;
    const acts: Readonly<Record<string, () => void>> = {
      j: () => this.choose(this.at + 1),
      ArrowDown: () => this.choose(this.at + 1),
      k: () => this.choose(this.at - 1),
      ArrowUp: () => this.choose(this.at - 1),
      "/": () => this.root.querySelector<HTMLInputElement>("input[name=find]")?.focus(),
      w: () => go("/"),
    };
    const act = acts[event.key] ?? SHOWS.map(([which]) => () => this.show(which))[Number(event.key) - 1];
    if (event.key === "Enter" && event.target === document.body) {
      const one = this.list[this.at];
      if (one !== undefined) go(`/reports/${one.report}`);
    } else if (act !== undefined) {
      event.preventDefault();
      act();
    }
  }

  show(which: Show): void {
    this.which = which;
    this.at = 0;
    this.draw();
  }

  type(words: string): void {
    this.typed = words;
    this.at = 0;
    this.draw();
  }

  choose(at: number): void {
    this.at = at;
    this.draw();
    this.root.querySelector(".chosen")?.scrollIntoView({ block: "nearest" });
  }

  keepSentence(sentence: number | null, title: string, text: string): Promise<boolean> {
    return this.act("report.sentence", { sentence, title, text }, "The sentence is kept.");
  }

  dropSentence(sentence: number): void {
    void this.act("report.drop_sentence", { sentence }, "The sentence is offered no more.");
  }

  delegate(person: number, until: string): Promise<boolean> {
    const at = until === "" ? null : new Date(`${until}T23:59:59`).getTime();
    return this.act("report.delegate", { person, until_ms: at }, "Delegated: they prepare, and never sign.");
  }

  undelegate(person: number): void {
    void this.act("report.undelegate", { person }, "The delegation has ended.");
  }

  private async act(name: string, fields: object, done: string): Promise<boolean> {
    const answer = await this.requests.ask(name, { practice: this.told?.practice?.id, ...fields });
    this.problem = answer.ok ? null : answer.words;
    this.done = answer.ok ? done : null;
    await this.load();
    return answer.ok;
  }
}
