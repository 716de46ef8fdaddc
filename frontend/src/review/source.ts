/** What is asked of the center for a reviewer: one answer of a kind at a time, the newest question last. */

import type { Commands, Answer } from "../desk/commands";

/** What came of a question: the last answer stays while the next one is under way. */
export class Asked<T> {
  value: T | null = null;
  failure: string | null = null;
  busy = false;
  /** The question whose answer `value` is. */
  told = "";
  /** Of which stretch the value is, and of which one it is wanted. */
  private at = "";
  private wanted = "";
  private asking = "";
  private failedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly read: (value: unknown) => T,
    private readonly changed: () => void,
    private readonly get: typeof fetch = (input, init) => fetch(input, init),
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** What is on hand is of another stretch than what is wanted: it may not stand under its name. */
  get elsewhere(): boolean {
    return this.value !== null && this.at !== this.wanted;
  }

  /** What is drawn next has to be of this stretch, whether or not it is asked for yet. */
  expect(stretch: string): void {
    this.wanted = stretch;
  }

  /** Ask where this question was not asked last; a failed one is asked again after a while. `stretch` names what it is of. */
  want(url: string, edition: number, stretch = ""): void {
    const question = `${edition} ${url}`;
    this.wanted = stretch;
    // The hour, the day and everything may be the same samples.
    if (question === this.told) this.at = stretch;
    if (this.busy || question === this.told) return;
    if (question === this.asking && this.now() - this.failedAt < 5_000) return;
    this.asking = question;
    void this.ask(url, question, stretch);
  }

  private async ask(url: string, question: string, stretch: string): Promise<void> {
    this.busy = true;
    try {
      const answer = await this.get(url);
      const told: unknown = await answer.json().catch(() => null);
      if (!answer.ok) throw new Error(wordsOf(told) ?? `the center answered ${answer.status}`);
      this.value = this.read(told);
      this.told = question;
      this.at = stretch;
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
