/** `/reports`: what waits for an impression or a signature, what was signed, and what the practice keeps for it. */

import { render } from "lit";
import { go } from "../chrome/leaving";
import { Asked, Listing } from "../chrome/listing";
import { Requests, wordsOf } from "../prescribe/requests";
import { inboxView } from "./inbox_view";
import { type InboxTold, kindWords, type Line, type Show, SHOWS, shownOf, stateWords, streamOf } from "./told";

const AGAIN_MS = 10_000;

export interface InboxActs {
  keepSentence(sentence: number | null, title: string, text: string): Promise<boolean>;
  dropSentence(sentence: number): void;
  delegate(person: number, until: string): Promise<boolean>;
  undelegate(person: number): void;
}

export class ReportsInbox implements InboxActs {
  /** Whose reports; null: what waits for whoever looks. */
  readonly stream = streamOf(location.search);
  readonly asked = new Asked<InboxTold>(() => this.requests.read<InboxTold>(this.stream === null ? "reports" : `reports?stream=${this.stream}`), wordsOf, () => this.draw());
  readonly list: Listing<Line, Show>;
  problem: string | null = null;
  done: string | null = null;
  private readonly requests = new Requests();

  constructor(private readonly root: HTMLElement) {
    document.documentElement.dataset.theme = "dark";
    this.list = new Listing<Line, Show>(
      {
        tabs: SHOWS,
        rows: () => (this.told === null ? [] : shownOf(this.told.reports, this.list.tab, this.list.typed)),
        key: (one) => one.report,
        name: (one) => `${one.patient}, ${kindWords(one.kind)}, ${stateWords(one)}`,
        open: (one) => go(`/reports/${one.report}`),
        changed: () => this.draw(),
        draw: () => this.draw(),
        acts: { w: () => go("/") },
      },
      this.stream === null ? "waiting" : "all",
    );
    this.draw();
    void this.requests.begin().then(() => this.asked.again());
    setInterval(() => void this.asked.again(), AGAIN_MS);
    this.list.listen(root);
  }

  describe(): object {
    return { page: "reports", waiting: this.told?.waiting ?? null };
  }

  get told(): InboxTold | null {
    return this.asked.told;
  }

  private draw(): void {
    const waiting = this.told?.waiting ?? 0;
    document.title = `${waiting > 0 ? `${waiting} to be signed` : "Reports"} · einthoven`;
    this.list.settle();
    render(inboxView(this, this), this.root);
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
    await this.asked.again();
    return answer.ok;
  }
}
