/** Ticks with times under a pane: as fine as there is room, with the date where a day begins. */

import { clockTime, day, elapsed } from "../chrome/format";
import type { Canvas2d, Ink } from "./ink";
import { FONT } from "./ink";
import type { Timebase } from "./timebase";
import { tickSeconds } from "./viewport";

export interface Tick {
  readonly ms: number;
  readonly label: string;
}

/** Ticks over `[startMs, stopMs]` at least `px` pixels apart; `msPerPx` is the scale. Local time of this screen. */
export function ticks(startMs: number, stopMs: number, msPerPx: number, px: number, known: boolean): Tick[] {
  const step = tickSeconds(msPerPx / 1000, px) * 1000;
  const zoneMs = known ? new Date(startMs).getTimezoneOffset() * 60_000 : 0;
  const found: Tick[] = [];
  for (
    let at = Math.ceil((startMs - zoneMs) / step) * step + zoneMs;
    at <= stopMs && found.length < 200;
    at += step
  )
    found.push({ ms: at, label: label(at, step, known) });
  return found;
}

function label(ms: number, step: number, known: boolean): string {
  if (!known) return elapsed(ms).slice(0, step < 1000 ? 12 : 8);
  const time = clockTime(ms + 0.5);
  if (step >= 86_400_000 || time === "00:00:00") return day(ms).replace(/ \d{4}$/, "");
  if (step < 1000) {
    const fraction = (((ms % 1000) + 1000) % 1000) / 1000;
    return `${time}.${String(Math.round(fraction * 100))
      .padStart(2, "0")
      .replace(/0$/, "")}`;
  }
  return step < 60_000 ? time : time.slice(0, 5);
}

/** Draw the axis in a band of the pane, from `left` to `right`. */
export function drawAxis(
  g: Canvas2d,
  time: Timebase,
  sampleOf: (x: number) => number,
  box: { readonly left: number; readonly right: number; readonly top: number },
  ink: Ink,
): void {
  const startMs = time.ms(sampleOf(box.left));
  const stopMs = time.ms(sampleOf(box.right));
  const msPerPx = (stopMs - startMs) / Math.max(1, box.right - box.left);
  g.font = FONT;
  g.textBaseline = "top";
  g.textAlign = "left";
  for (const tick of ticks(startMs, stopMs, msPerPx, 92, time.known)) {
    const x = box.left + (tick.ms - startMs) / msPerPx;
    g.fillStyle = ink.faint;
    g.fillRect(Math.round(x), box.top, 1, 5);
    // Half a time is another time.
    if (x + 4 + g.measureText(tick.label).width <= box.right) g.fillText(tick.label, x + 4, box.top + 3);
  }
}
