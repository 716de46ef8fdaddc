/** What a case lays over its strip: its own stretch, strips for the report, the beat that is being relabelled. */

import { FONT_BOLD } from "../patient/ink";
import type { Scene } from "../patient/scene";
import type { Relabel } from "./relabel";

const AXIS = 20;
const TOP = 20;

/** The stretch of the case as a bracket under the leads, strips for the report as bars at the foot. */
export function drawStretches(
  canvas: HTMLCanvasElement,
  { view, ink }: Scene,
  stretch: readonly [number, number] | null,
  strips: readonly (readonly [number, number])[],
): void {
  const g = canvas.getContext("2d")!;
  const width = canvas.clientWidth;
  const foot = canvas.clientHeight - AXIS;
  const xOf = (sample: number) => (sample - view.start) / view.spp;
  if (stretch !== null) {
    const from = Math.max(-4, xOf(stretch[0]));
    const to = Math.min(width + 4, Math.max(from + 2, xOf(stretch[1])));
    if (to > 0 && from < width) {
      g.fillStyle = ink.brush;
      g.globalAlpha = 0.22;
      g.fillRect(from, TOP, to - from, foot - TOP);
      g.globalAlpha = 1;
      g.fillStyle = ink.text;
      g.fillRect(from, foot - 3, to - from, 3);
    }
  }
  g.font = FONT_BOLD;
  g.textAlign = "left";
  g.textBaseline = "middle";
  strips.forEach(([start, stop], i) => {
    const from = Math.max(3, xOf(start) + 3);
    const to = Math.min(width - 3, xOf(stop) - 3);
    if (to <= from) return;
    g.fillStyle = ink.text;
    g.fillRect(from, foot - 22, 1, 16);
    g.fillRect(to, foot - 22, 1, 16);
    const words = `report strip ${i + 1}`;
    g.fillStyle = ink.text;
    g.fillRect(from, foot - 22, g.measureText(words).width + 10, 16);
    g.fillStyle = ink.paper;
    g.fillText(words, from + 5, foot - 13.5);
  });
}

/** A frame around the chosen beat with its class; changed ones carry what they are now. */
export function drawBeatChoice(canvas: HTMLCanvasElement, { view, ink, details, beats }: Scene, relabel: Relabel): void {
  const g = canvas.getContext("2d")!;
  const width = canvas.clientWidth;
  const foot = canvas.clientHeight - AXIS;
  const half = Math.max(9, (0.14 * details.rate) / view.spp);
  g.font = FONT_BOLD;
  g.textAlign = "center";
  g.textBaseline = "middle";
  const tag = (x: number, words: string, filled: boolean) => {
    const wide = Math.max(18, g.measureText(words).width + 10);
    g.fillStyle = filled ? ink.text : ink.paper;
    g.fillRect(x - wide / 2, TOP - 18, wide, 16);
    g.fillStyle = filled ? ink.paper : ink.text;
    g.fillText(words, x, TOP - 9.5);
  };
  for (const { sample, code } of beats.over(view.start, view.start + width * view.spp)) {
    const x = (sample - view.start) / view.spp;
    const chosen = sample === relabel.at;
    if (chosen) {
      g.strokeStyle = ink.text;
      g.lineWidth = 1.5;
      g.strokeRect(Math.round(x - half) + 0.5, TOP + 0.5, Math.round(2 * half), foot - TOP - 1);
    }
    const changed = relabel.symbolAt(sample) !== null;
    if (chosen || changed) tag(x, code === "|" ? "no beat" : code === "/" ? "P" : code, chosen);
  }
}
