/** An order that is being written: what stands in the form, what is on record, and what somebody else made of it meanwhile. */

import { type Conflict, type Fields, get, merged, put, said } from "./order";

export interface Shelf {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

export interface Recorded {
  readonly version: number;
  readonly order: Fields;
}

export class Draft {
  /** What stands in the form. */
  order: Fields;
  /** What is on record, and what the form was filled in on; null for an order that never was. */
  base: Recorded | null = null;
  /** What somebody else made of it since; null where nobody did. */
  theirs: Recorded | null = null;
  /** It was typed before the page was left, and was not on record. */
  restored = false;
  /** Who types it: what one leaves in a tab does not come back to another. */
  owner = "";
  private readonly blank: Fields;

  constructor(
    private name: string,
    blank: Fields,
    private readonly shelf: Shelf = sessionStorage,
  ) {
    this.blank = this.order = blank;
  }

  private get key(): string {
    return `${this.name}, ${this.owner}`;
  }

  get dirty(): boolean {
    return said(this.order) !== said(this.base?.order ?? this.blank);
  }

  /** What both of us changed since the form was filled in. */
  get conflicts(): readonly Conflict[] {
    return this.theirs === null ? [] : merged(this.base?.order ?? this.blank, this.order, this.theirs.order).conflicts;
  }

  /** What was typed in this tab and is on no record comes back. */
  restore(): void {
    const left = this.shelf.getItem(this.key);
    if (left === null) return;
    try {
      const kept = JSON.parse(left) as { readonly order: Fields; readonly base: Recorded | null };
      if (said(kept.order) === said(this.order)) return;
      const now = this.base;
      this.order = kept.order;
      if (kept.base !== null) this.base = kept.base;
      this.restored = true;
      // It was typed over an older version than there is now.
      if (now !== null && kept.base !== null && now.version !== kept.base.version) this.told(now);
    } catch {
      this.shelf.removeItem(this.key);
    }
  }

  /** What is on record, as asked for again and again. */
  told(recorded: Recorded): void {
    if (this.base !== null && recorded.version === this.base.version) {
      this.theirs = null;
      return;
    }
    if (this.base === null) {
      // What was typed before the page was left still lies on the shelf.
      this.base = recorded;
      this.order = recorded.order;
    } else if (!this.dirty || said(recorded.order) === said(this.order)) this.take(recorded);
    else this.theirs = recorded;
  }

  /** From now on this is on record, and the form is it. */
  take(recorded: Recorded): void {
    this.base = recorded;
    this.theirs = null;
    this.order = recorded.order;
    this.restored = false;
    this.shelf.removeItem(this.key);
  }

  /** What I sent is on record as this version; what was typed since stays in the form. */
  kept(sent: Fields, version: number, name = this.name): void {
    this.shelf.removeItem(this.key);
    this.name = name;
    this.base = { version, order: sent };
    this.theirs = null;
    this.restored = false;
    if (this.dirty) this.shelve();
  }

  write(order: Fields): void {
    this.order = order;
    if (this.dirty) this.shelve();
    else this.shelf.removeItem(this.key);
  }

  private shelve(): void {
    this.shelf.setItem(this.key, JSON.stringify({ order: this.order, base: this.base }));
  }

  /** Mine and theirs are one from here on: what both changed is mine, or theirs where it is named. */
  settle(takeTheirs: ReadonlySet<string>): void {
    const { theirs } = this;
    if (theirs === null) return;
    const base = this.base?.order ?? this.blank;
    const both = merged(base, this.order, theirs.order);
    const given = both.conflicts.filter(({ path }) => takeTheirs.has(path));
    // What is given up is as if it had never been typed.
    const own = given.length === 0 ? this.order : yielded(this.order, theirs.order, given);
    this.base = theirs;
    this.theirs = null;
    this.write(merged(base, own, theirs.order).order);
  }

  /** Mine is let go. */
  drop(): void {
    if (this.theirs !== null) this.take(this.theirs);
    else {
      this.order = this.base?.order ?? this.blank;
      this.restored = false;
      this.shelf.removeItem(this.key);
    }
  }
}

function yielded(mine: Fields, theirs: Fields, conflicts: readonly Conflict[]): Fields {
  return conflicts.reduce((order, { path }) => put(order, path, get(theirs, path)), mine);
}

