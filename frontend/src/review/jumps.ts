/** Jumps by two keys: of what, and which of them. */

export const WHATS = [
  { key: "a", what: "af", words: "atrial fibrillation" },
  { key: "p", what: "pause", words: "pause" },
  { key: "r", what: "v-run", words: "ventricular run" },
  { key: "c", what: "v-couplet", words: "couplet" },
  { key: "b", what: "v-pattern", words: "bigeminy, trigeminy" },
  { key: "v", what: "V", words: "ventricular beat" },
  { key: "u", what: "s-run", words: "supraventricular run" },
  { key: "s", what: "S", words: "supraventricular beat" },
  { key: "k", what: "block", words: "block" },
  { key: "h", what: "rate", words: "heart rate" },
] as const;
export type JumpWhat = (typeof WHATS)[number]["what"];

export const WHICHES = [
  { key: "n", which: "next" },
  { key: "b", which: "previous" },
  { key: "1", which: "first" },
  { key: "0", which: "last" },
  { key: "l", which: "longest" },
  { key: "f", which: "fastest" },
  { key: "s", which: "slowest" },
] as const;
export type JumpWhich = (typeof WHICHES)[number]["which"];

/** Which can be asked of what: a rate has no next one, a beat no length. */
export function fits(what: JumpWhat, which: JumpWhich): boolean {
  if (what === "rate") return which === "longest" || which === "fastest" || which === "slowest";
  if (what === "V" || what === "S") return which !== "longest";
  return true;
}

export const jumpUrl = (
  url: string,
  what: JumpWhat,
  which: JumpWhich,
  at: number,
  { start, stop }: { readonly start: number; readonly stop: number },
): string => `${url}/jump?start=${start}&stop=${stop}&what=${what}&which=${which}&at=${at}`;
