/** Classes of beats as the pages show them: a letter, always; a colour beside it that no alarm has. */

/** V ventricular, S supraventricular, F fusion, P paced, ? could not be classed. Normal beats carry no letter. */
export type BeatLetter = "V" | "S" | "F" | "P" | "?";

const OF_CODE: Readonly<Record<number, BeatLetter>> = { 5: "V", 9: "S", 6: "F", 12: "P", 13: "?" };

/** Letter of a WFDB code; null for a normal beat, an artefact, and one whose class is not decided yet. */
export const letterOf = (code: number, open: boolean): BeatLetter | null => (open ? null : (OF_CODE[code] ?? null));

/** The same of WFDB's symbols, where Q stands for both: not classed, and not yet. */
const OF_SYMBOL: Readonly<Record<string, BeatLetter>> = { V: "V", S: "S", F: "F", "/": "P" };
export const letterOfSymbol = (symbol: string): BeatLetter | null => OF_SYMBOL[symbol] ?? null;

/** How much of the trace around a beat's sample is its QRS complex, seconds before and after: wide ones are wider. */
export const EXTENT_S: Readonly<Record<BeatLetter, readonly [before: number, after: number]>> = {
  V: [0.09, 0.13],
  S: [0.05, 0.06],
  F: [0.08, 0.11],
  P: [0.08, 0.12],
  "?": [0, 0],
};

export type BeatColours = Readonly<Record<BeatLetter, string>>;

/** On the dark tile: orchid, sand, lilac, white. Red, yellow and cyan are the alarms'; green and blue the leads'. */
export const DARK_BEATS: BeatColours = { V: "#ff8ff2", S: "#f0c08a", F: "#c9a7ff", P: "#f4f7fa", "?": "#8a97a6" };

/** On paper. */
export const LIGHT_BEATS: BeatColours = {
  V: "#a3168f",
  S: "#8a5200",
  F: "#6a3fb5",
  P: "#24507a",
  "?": "#5d6672",
};
