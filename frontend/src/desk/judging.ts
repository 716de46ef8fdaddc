/** What is done with cases: taken, released, judged, taken back. One case at a time, and what is not said is not sent. */

import { CHOICES } from "./verdict_view";
import type { Doing } from "./doing";
import type { Case } from "./entities";
import { heldByMe, judged, undecided, VERDICT_WORDS, whyNot, whyNotAgain } from "./order";
import type { DeskClient } from "./client";
import type { CaseStrip } from "./strip";

/** How long a verdict can be taken back from here, ms. */
export const UNDO_MS = 30_000;

export interface JudgingHost {
  readonly client: DeskClient;
  readonly doing: Doing;
  readonly strip: CaseStrip;
  refresh(): void;
  name(one: Case): string;
  /** The verdict is given: on to the next case, or to the call. */
  judged(one: Case, call: boolean): void;
  /** A second reading is given: on to the next. */
  readAgain(one: Case): void;
  /** A verdict is taken back: its case is shown again. */
  back(id: number): void;
}

export class Judging {
  note = "";
  private noteOf: number | null = null;
  private last: { readonly id: number; readonly words: string; readonly until: number } | null = null;

  constructor(private readonly host: JudgingHost) {}

  /** A note belongs to its case. */
  attend(one: Case | null): void {
    if ((one?.id ?? null) === this.noteOf) return;
    this.noteOf = one?.id ?? null;
    this.note = "";
    for (const place of ["case", "verdict"]) this.host.doing.forget(place);
  }

  async take(one: Case): Promise<void> {
    const { client, doing } = this.host;
    // A judged case that its holder left is seen through by whoever takes it.
    if (heldByMe(one, client.me) || one.state === "closed") return;
    if (one.held_by !== null) {
      doing.refuse("case", `${one.held_by.name} has it.`);
      return;
    }
    await doing.ask("case", "case.take", { case: one.id });
  }

  /** Whether it is mine, and nothing is decided about it. */
  releasable(one: Case): boolean {
    return heldByMe(one, this.host.client.me) && undecided(one);
  }

  async release(one: Case): Promise<void> {
    if (this.releasable(one)) await this.host.doing.ask("case", "case.release", { case: one.id });
  }

  async acknowledge(one: Case): Promise<void> {
    await this.host.doing.ask("case", "alarm.acknowledge", { case: one.id });
  }

  /** The verdict of a key, 0 to 4. */
  async verdict(one: Case, key: number): Promise<void> {
    const { host } = this;
    const { client, doing, strip } = host;
    const choice = CHOICES[key];
    if (choice === undefined) return;
    const barred = whyNot(one, client.me);
    if (barred !== null) {
      doing.refuse("verdict", barred);
      return;
    }
    const relabels = strip.relabel?.changes ?? [];
    if (choice.verdict === "relabel" && relabels.length === 0) {
      doing.refuse("verdict", "No beat is relabelled yet: R, then a beat and its letter.");
      return;
    }
    if (choice.verdict !== "relabel" && relabels.length > 0) {
      doing.refuse("verdict", `${relabels.length} relabelled: 4 gives them with the verdict, R and Esc leave them.`);
      return;
    }
    const answer = await doing.ask("verdict", "case.verdict", {
      case: one.id,
      verdict: choice.verdict,
      note: this.note.trim(),
      relabels,
      strips: strip.strips,
    });
    if (answer?.ok !== true) return;
    const words = `${VERDICT_WORDS[choice.verdict]}: ${host.name(one)}`;
    this.last = { id: one.id, words, until: client.now + UNDO_MS };
    this.note = "";
    strip.relabel = null;
    strip.strips = [];
    host.judged(one, choice.call);
  }

  /** The verdict of a second reader, by its key, 0 to 3. */
  async again(one: Case, key: number): Promise<void> {
    const { host } = this;
    const choice = CHOICES[key];
    if (choice === undefined || choice.call) return;
    const barred = whyNotAgain(one, host.client.me);
    if (barred !== null) {
      host.doing.refuse("verdict", barred);
      return;
    }
    const { verdict } = choice;
    const answer = await host.doing.ask("verdict", "case.overread", { case: one.id, verdict, note: this.note.trim() });
    if (answer?.ok !== true) return;
    this.note = "";
    host.readAgain(one);
  }

  /** A judged case to which nothing is left to be done, before it closes by itself. */
  async close(one: Case): Promise<void> {
    const { doing } = this.host;
    if (!judged(one)) {
      doing.refuse("verdict", one.state === "closed" ? "The case is closed." : "It closes after its verdict.");
      return;
    }
    const answer = await doing.ask("verdict", "case.close", { case: one.id });
    if (answer?.ok === true && this.last?.id === one.id) this.last = null;
  }

  /** The verdict that can be taken back now. */
  get undoable(): { readonly words: string; readonly leftMs: number } | null {
    const leftMs = (this.last?.until ?? 0) - this.host.client.now;
    return this.last === null || leftMs <= 0 ? null : { words: this.last.words, leftMs };
  }

  async undo(): Promise<void> {
    const { last } = this;
    if (last === null || this.undoable === null) return;
    const answer = await this.host.doing.ask("verdict", "case.undo", { case: last.id });
    if (answer?.ok !== true) return;
    this.last = null;
    this.host.back(last.id);
  }
}
