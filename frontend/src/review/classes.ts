/** Classes that beats are given at the desk: the key for a shape, with Shift for a single beat; as in a verdict. */

import { CLASSES as OF_VERDICTS } from "../desk/relabel";

/** Keys that differ here, where `p` and `u` do other things on the page. */
const KEYS: Readonly<Record<string, string>> = { "/": "y", Q: "q" };
const LETTERS: Readonly<Record<string, string>> = { N: "n", V: "v", S: "s", F: "f", "/": "p", Q: "q", "|": "x" };

export interface BeatClass {
  readonly key: string;
  readonly symbol: string;
  readonly words: string;
  /** Of its colour in the styles. */
  readonly letter: string;
}

export const CLASSES: readonly BeatClass[] = OF_VERDICTS.map(({ key, symbol, words }) => ({
  key: KEYS[symbol] ?? key,
  symbol,
  words,
  letter: LETTERS[symbol] ?? "q",
}));
