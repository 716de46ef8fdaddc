/**
 * A worklist: tabs by digits, lines chosen by keys and opened by Enter, found by words, asked for again and again.
 *
 * Orders, claims and reports are lists of this kind; each brings what its lines are and where they come from.
 */

import { typing } from "./acts";

/** What one list brings. */
export interface Kind<Row, Tab extends string> {
  readonly tabs: readonly (readonly [Tab, string])[];
  /** Lines as they are shown now: of the tab, found by the words. */
  readonly rows: () => readonly Row[];
  /** What a line is called by: it stays chosen while others come and go. */
  readonly key: (row: Row) => number;
  /** How a chosen line is read out: "Doe, Jane, held". */
  readonly name: (row: Row) => string;
  readonly open: (row: Row) => void;
  /** Another tab was chosen, or other words were typed. */
  readonly changed: (what: "tab" | "words") => void;
  readonly draw: () => void;
  /** Whether the lines are those of the tab and the words; until then none is opened. Without it: always. */
  readonly ready?: () => boolean;
  /** Other keys and what they do. */
  readonly acts?: Readonly<Record<string, () => void>>;
}

export class Listing<Row, Tab extends string> {
  typed = "";
  /** For screen readers: the line that was chosen by a key. */
  said = "";
  private chosen: number | null = null;
  private place = 0;
  /** Enter was struck before the lines were those of the words. */
  private opening = false;

  constructor(
    readonly kind: Kind<Row, Tab>,
    public tab: Tab,
  ) {}

  /** Place of the chosen line; where its line has gone, the one that took its place. */
  get at(): number {
    const rows = this.kind.rows();
    const found = this.chosen === null ? -1 : rows.findIndex((one) => this.kind.key(one) === this.chosen);
    return found >= 0 ? found : Math.max(0, Math.min(this.place, rows.length - 1));
  }

  /** The chosen line; undefined where there is none. */
  get one(): Row | undefined {
    return this.kind.rows()[this.at];
  }

  /** Before drawing: the chosen line is held on to, or another takes its place. */
  settle(): void {
    this.place = this.at;
    const { one } = this;
    this.chosen = one === undefined ? null : this.kind.key(one);
    if (this.opening && this.kind.ready?.() !== false) this.open();
  }

  choose(place: number): void {
    const rows = this.kind.rows();
    this.place = Math.max(0, Math.min(place, rows.length - 1));
    const one = rows[this.place];
    this.chosen = one === undefined ? null : this.kind.key(one);
    this.said = one === undefined ? "" : `${this.kind.name(one)}, ${this.place + 1} of ${rows.length}`;
    this.kind.draw();
  }

  show(tab: Tab): void {
    if (tab === this.tab) return;
    this.tab = tab;
    this.top();
    this.kind.changed("tab");
  }

  type(words: string): void {
    if (words === this.typed) return;
    this.typed = words;
    this.top();
    this.kind.changed("words");
  }

  /** The first line is chosen. */
  top(): void {
    [this.chosen, this.place, this.said, this.opening] = [null, 0, "", false];
  }

  /** What a key does; whether it does anything. */
  strike(key: string): boolean {
    const moves: Readonly<Record<string, () => number>> = {
      j: () => this.at + 1,
      ArrowDown: () => this.at + 1,
      k: () => this.at - 1,
      ArrowUp: () => this.at - 1,
      Home: () => 0,
      End: () => this.kind.rows().length - 1,
    };
    const move = moves[key];
    const act = move === undefined ? this.kind.acts?.[key] : () => this.choose(move());
    const tab = this.kind.tabs[Number(key) - 1];
    if (act !== undefined) act();
    else if (tab !== undefined) this.show(tab[0]);
    return act !== undefined || tab !== undefined;
  }

  /** Hear the keys of a page. `root`: where its field for words and its chosen line are. */
  listen(root: HTMLElement): void {
    window.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const field = root.querySelector<HTMLInputElement>("input[name=find]");
      if (field !== null && event.target === field && this.inField(event.key)) {
        event.preventDefault();
        if (event.key !== "ArrowDown" && event.key !== "ArrowUp") field.blur();
      } else if (!typing(event.target)) this.outside(event, field);
      if (this.said !== "") root.querySelector(".chosen")?.scrollIntoView({ block: "nearest" });
    });
  }

  /** Keys that mean the list though they are struck in the field for words; whether this one does. */
  private inField(key: string): boolean {
    if (key === "Escape") this.type("");
    else if (key === "ArrowDown" || key === "ArrowUp") this.strike(key);
    else if (key === "Enter") this.open();
    else return false;
    return true;
  }

  private outside(event: KeyboardEvent, field: HTMLInputElement | null): void {
    if (event.key === "Enter") {
      if (event.target === document.body) this.open();
    } else if (event.key === "/") {
      event.preventDefault();
      field?.focus();
    } else if (this.strike(event.key)) event.preventDefault();
  }

  /** Open the chosen line, now or once the lines are those that are asked for. */
  open(): void {
    this.opening = this.kind.ready?.() === false;
    const { one } = this;
    if (!this.opening && one !== undefined) this.kind.open(one);
  }
}

/** Something that is asked for again and again: what was told last, and why the next could not be. */
export class Asked<Told> {
  told: Told | null = null;
  failure: string | null = null;
  private asked = 0;

  constructor(
    private readonly read: () => Promise<Told>,
    private readonly wordsOf: (error: unknown) => string,
    private readonly draw: () => void,
  ) {}

  /** Ask; an answer that a later one has overtaken is dropped. */
  async again(): Promise<void> {
    this.asked += 1;
    const mine = this.asked;
    try {
      const told = await this.read();
      if (mine !== this.asked) return;
      [this.told, this.failure] = [told, null];
    } catch (error) {
      if (mine !== this.asked) return;
      this.failure = this.wordsOf(error);
    }
    this.draw();
  }
}
