/** Beats over a trace: a tick, the letter of a class, the time between two; and the QRS complex in its colour. */

import { type BeatLetter, EXTENT_S, letterOfSymbol } from "../protocol/beat_class";
import type { Beat } from "./beats";
import { type Canvas2d, FONT, FONT_BOLD, type Ink, type Lane, strokeTrace } from "./ink";
import type { Part } from "./tile_cache";

/** So far apart must two beats be for the time between them to stand there, CSS pixels. */
const ROOM = 34;

/** Where the marks stand: the line of ticks above the leads. */
export interface BeatsLine {
  readonly bottom: number;
  readonly xOf: (sample: number) => number;
  readonly rate: number;
}

/** A tick above each beat, its letter where it has a class of its own, and the time between two where there is room. */
export function drawBeats(g: Canvas2d, ink: Ink, found: readonly Beat[], { bottom, xOf, rate }: BeatsLine): void {
  g.textAlign = "center";
  g.textBaseline = "top";
  let before: { x: number; sample: number } | null = null;
  for (const beat of found) {
    const x = xOf(beat.sample);
    // Q has none: not classed, or not yet.
    const letter = letterOfSymbol(beat.code);
    const room = before === null ? 99 : x - before.x;
    g.fillStyle = letter === null ? ink.faint : ink.beat[letter];
    g.fillRect(Math.round(x) - (letter === null ? 0 : 0.5), bottom - 4, letter === null ? 1 : 2, 4);
    if (letter !== null || beat.labelled === true) {
      g.font = FONT_BOLD;
      // A dot: a person says so, of a normal beat too.
      g.fillText(`${letter ?? beat.code}${beat.late ? "*" : ""}${beat.labelled === true ? "•" : ""}`, x, bottom - 17);
    }
    if (before !== null && room > ROOM) {
      g.font = FONT;
      g.fillStyle = ink.faint;
      const rr = String(Math.round(((beat.sample - before.sample) / rate) * 1000));
      g.fillText(rr, (x + before.x) / 2, bottom - 17);
    }
    before = { x, sample: beat.sample };
  }
}

/** Stroke the QRS complexes that are not normal over their trace, in the colour of their class. */
export function strokeBeats(
  g: Canvas2d,
  ink: Ink,
  found: readonly Beat[],
  trace: { readonly parts: readonly Part[]; readonly lead: number; readonly lane: Lane },
  { xOf, rate }: BeatsLine,
): void {
  for (const { sample, code } of found) {
    const letter: BeatLetter | null = letterOfSymbol(code);
    if (letter === null) continue;
    const from = sample - EXTENT_S[letter][0] * rate;
    const to = sample + EXTENT_S[letter][1] * rate;
    const parts = trace.parts
      .filter((part) => part.from < to && part.to > from)
      .map((part) => ({ ...part, from: Math.max(part.from, from), to: Math.min(part.to, to) }));
    g.strokeStyle = ink.beat[letter];
    strokeTrace(g, parts, trace.lead, xOf, trace.lane);
  }
}
