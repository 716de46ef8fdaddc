/** What is asked of the center for a reviewer: one answer of a kind at a time, the newest question last. */

import type { Commands, Answer } from "../desk/commands";

/** What came of a question: the last answer stays while the next one is under way. */
export class Asked<T> {
  value: T | null = null;
  failure: string | null = null;
  busy = false;
  /** The question whose answer `value` is. */
  told = "";
  private asking = "";
  private failedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly read: (value: unknown) => T,
    private readonly changed: () => void,
    private readonly get: typeof fetch = (input, init) => fetch(input, init),
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Ask where this question was not asked last; a failed one is asked again after a while. */
  want(url: string, edition: number): void {
    const question = `${edition} ${url}`;
    if (this.busy || question === this.told) return;
    if (question === this.asking && this.now() - this.failedAt < 5_000) return;
    this.asking = question;
    void this.ask(url, question);
  }

  private async ask(url: string, question: string): Promise<void> {
    this.busy = true;
    try {
      const answer = await this.get(url);
      const told: unknown = await answer.json().catch(() => null);
      if (!answer.ok) throw new Error(wordsOf(told) ?? `the center answered ${answer.status}`);
      this.value = this.read(told);
      this.told = question;
      this.failure = null;
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      this.failedAt = this.now();
    }
    this.busy = false;
    this.changed();
  }
}

const wordsOf = (told: unknown): string | null =>
  typeof told === "object" && told !== null && "error" in told && typeof told.error === "string" ? told.error : null;

/** What a reviewer does; each answers with words where it was refused. */
export class Deeds {
  constructor(
    private readonly stream: string,
    private readonly commands: Commands,
  ) {}

  relabel(what: object, to: string): Promise<Answer> {
    return this.commands.askAt(`/api/streams/${this.stream}/relabel`, { ...what, to });
  }

  change(act: "beats.undo" | "beats.redo", change: number): Promise<Answer> {
    return this.commands.ask(act, { stream: this.stream, change });
  }

  keep(start: number, stop: number, leads: readonly string[], caption: string): Promise<Answer> {
    return this.commands.ask("strip.keep", { stream: this.stream, start, stop, leads, caption });
  }

  entitle(strip: number, caption: string): Promise<Answer> {
    return this.commands.ask("strip.caption", { stream: this.stream, strip, caption });
  }

  drop(strip: number): Promise<Answer> {
    return this.commands.ask("strip.drop", { stream: this.stream, strip });
  }
}
