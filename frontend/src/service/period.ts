/** `/service/s000001`: one service period, what people did about it, and what they can do. */

import { render } from "lit";
import { typing } from "../chrome/acts";
import { Uploading } from "../administration/upload";
import { go } from "../chrome/leaving";
import { Requests, wordsOf } from "../prescribe/requests";
import { periodView } from "./period_view";
import { type Whole, wholeOf } from "./told";

const AGAIN_MS = 5_000;
export type Panel = "" | "ask" | "extend" | "interrupt" | "resume" | "end" | "call" | "later";

export class PeriodPage {
  told: Whole | null = null;
  failure: string | null = null;
  panel: Panel = "";
  problem = "";
  done = "";
  busy = false;
  readonly requests = new Requests();
  /** What the physician wrote about an extension, on its way to the center. */
  readonly paper = new Uploading(() => this.requests.csrf, () => this.draw(), undefined, "/api/periods/documents");

  constructor(
    private readonly root: HTMLElement,
    readonly stream: string,
  ) {
    document.documentElement.dataset.theme = "dark";
    document.title = `${stream} · einthoven`;
    this.draw();
    void this.requests.begin().then(() => this.load());
    setInterval(() => void this.load(), AGAIN_MS);
    window.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Escape") this.show("");
      else if (!typing(event.target) && event.key === "i") go("/service");
    });
  }

  describe(): object {
    return { page: "service period", stream: this.stream, known: this.told !== null };
  }

  private async load(): Promise<void> {
    try {
      this.told = wholeOf(await this.requests.read(`service/${this.stream}`));
      this.failure = null;
      document.title = `${this.told.patient} · service · einthoven`;
    } catch (error) {
      this.failure = wordsOf(error);
    }
    this.draw();
  }

  draw(): void {
    render(periodView(this), this.root);
  }

  show(panel: Panel): void {
    [this.panel, this.problem] = [panel, ""];
    if (panel !== "extend") this.paper.clear();
    this.draw();
    this.root.querySelector<HTMLElement>(".panel-of :is(input, textarea)")?.focus();
  }

  /** Why nothing was sent. */
  say(words: string): void {
    this.problem = words;
    this.draw();
  }

  async act(name: string, body: object, done: string): Promise<void> {
    this.busy = true;
    this.draw();
    const answer = await this.requests.ask(name, { stream: this.stream, ...body });
    this.busy = false;
    if (answer.ok) {
      [this.panel, this.problem, this.done] = ["", "", done];
      this.paper.clear();
    }
    else [this.problem, this.done] = [answer.words, ""];
    await this.load();
  }
}
