/** Kinds of findings as the pages name and draw them; a test of the house holds the table to the analysis. */

import type { Priority } from "./messages";
import table from "./kinds.json";

export interface KindView {
  /** In full, as the center writes it. */
  readonly words: string;
  /** For small tiles and the ribbon. */
  readonly short: string;
  /** Where there is no room for that. */
  readonly brief?: string;
  /** A rhythm is a named stretch of time, an event a tick. */
  readonly drawn: "stretch" | "tick";
  /** Of rhythms that hold at once and press alike, the highest lies on top. */
  readonly rank: number;
}

export const KINDS: Readonly<Record<string, KindView>> = table as Readonly<Record<string, KindView>>;

/** A finding's kind, as far as its drawing goes. */
export interface Told {
  readonly kind: string;
  readonly words: string;
  readonly priority: Priority;
}

/** How a finding is named and drawn. A kind that these pages do not know is a stretch with its own words. */
export const viewOf = ({ kind, words }: Omit<Told, "priority">): KindView =>
  Object.hasOwn(KINDS, kind) ? KINDS[kind]! : { words, short: words === "" ? kind : words, drawn: "stretch", rank: 0 };

/** The rhythm that is so as long as nothing else is: drawn under all others, and quietly. */
export const GROUND = "sinus-rhythm";
