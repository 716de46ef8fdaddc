/** A text that is being written: kept while it is typed, never lost, never over what somebody else wrote. */

import type { Answer } from "../desk/commands";
import type { Written } from "./told";

/** After the last key, before it is kept. */
export const PAUSE_MS = 1200;
/** After it could not be kept. */
const AGAIN_MS = 5000;

export interface Shelf {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

export type Standing =
  | { readonly is: "kept" }
  | { readonly is: "typing" }
  | { readonly is: "keeping" }
  /** Not on record; it is tried again, or waits for a decision. */
  | { readonly is: "unkept"; readonly words: string; readonly changed: boolean };

export class Keeping {
  /** What stands in the field. */
  text = "";
  /** Version that it was written on. */
  base = 0;
  standing: Standing = { is: "kept" };
  /** It was typed before the page was left, and was not on record. */
  restored = false;
  private known = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private underWay: Promise<void> | null = null;

  constructor(
    private readonly name: string,
    private readonly send: (text: string, base: number) => Promise<Answer>,
    private readonly redraw: () => void,
    private readonly shelf: Shelf = sessionStorage,
  ) {}

  get dirty(): boolean {
    return this.standing.is !== "kept";
  }

  /** What is on record, as asked for again and again. */
  told(one: Written): void {
    if (!this.known) {
      this.known = true;
      this.take(one);
      const left = this.shelf.getItem(this.name);
      if (left !== null && left !== one.text) {
        this.restored = true;
        this.typed(left);
      }
    } else if (!this.dirty && one.version !== this.base) {
      this.take(one);
    }
  }

  private take(one: Written): void {
    this.text = one.text;
    this.base = one.version;
  }

  typed(text: string): void {
    this.text = text;
    const changed = this.standing.is === "unkept" && this.standing.changed;
    // What somebody else wrote meanwhile is decided about first.
    if (!changed) {
      this.standing = { is: "typing" };
      this.later(PAUSE_MS);
    }
    this.shelf.setItem(this.name, text);
    this.redraw();
  }

  private later(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.keep(), ms);
  }

  /** Put it on record now; whether it is. */
  async keep(): Promise<boolean> {
    clearTimeout(this.timer);
    while (this.underWay !== null) await this.underWay;
    if (!this.dirty) return true;
    if (this.standing.is === "unkept" && this.standing.changed) return false;
    this.underWay = this.kept();
    await this.underWay;
    return !this.dirty;
  }

  private async kept(): Promise<void> {
    const { text, base } = this;
    this.standing = { is: "keeping" };
    this.redraw();
    const answer = await this.send(text, base);
    this.underWay = null;
    if (answer.ok) {
      if (typeof answer.body.version === "number") this.base = answer.body.version;
      this.standing = this.text === text ? { is: "kept" } : { is: "typing" };
      if (this.text === text) this.shelf.removeItem(this.name);
      else this.later(PAUSE_MS);
      this.restored = false;
    } else {
      const changed = answer.reason === "changed";
      this.standing = { is: "unkept", words: answer.words, changed };
      if (answer.reason === "unreachable" || answer.reason.startsWith("http-5")) this.later(AGAIN_MS);
    }
    this.redraw();
  }

  /** Somebody else wrote meanwhile: mine takes the place of theirs, which stays on record. */
  insist(theirs: Written): Promise<boolean> {
    this.base = theirs.version;
    this.standing = { is: "typing" };
    return this.keep();
  }

  /** Theirs, and mine is let go. */
  yield(theirs: Written): void {
    clearTimeout(this.timer);
    this.take(theirs);
    this.standing = { is: "kept" };
    this.restored = false;
    this.shelf.removeItem(this.name);
    this.redraw();
  }
}
