/** Findings over the panes: bars with their words over the moment, the ribbon under the overview, lines under the rows. */

import { rank } from "../wall/findings";
import { endOf, type Finding } from "./findings";
import { type Canvas2d, FONT_BOLD, type Ink } from "./ink";

/** Kinds that are a rhythm: a stretch of time, not an event. What they are called on a ribbon. */
const RHYTHMS: Readonly<Record<string, string>> = {
  "ventricular-fibrillation": "VF",
  "ventricular-flutter": "V flutter",
  asystole: "asystole",
  "ventricular-tachycardia": "VT",
  "sustained-ventricular-tachycardia": "VT",
  "nonsustained-ventricular-tachycardia": "VT",
  "torsade-de-pointes": "torsade",
  "accelerated-idioventricular-rhythm": "AIVR",
  "idioventricular-rhythm": "IVR",
  "ventricular-bigeminy": "bigeminy",
  "ventricular-trigeminy": "trigeminy",
  "atrial-fibrillation": "AF",
  "atrial-flutter": "flutter",
  "supraventricular-tachycardia": "SVT",
  "sinus-bradycardia": "S brady",
  "sinus-tachycardia": "S tachy",
  bradycardia: "brady",
  tachycardia: "tachy",
  "extreme-bradycardia": "brady",
  "extreme-tachycardia": "tachy",
  "av-block-1": "AVB I",
  "av-block-2-mobitz-1": "AVB II",
  "av-block-2-mobitz-2": "AVB II",
  "av-block-2-to-1": "AVB 2:1",
  "av-block-high-grade": "AVB",
  "av-block-3": "AVB III",
  "junctional-rhythm": "junctional",
  "paced-rhythm": "paced",
  "analysis-lost": "no analysis",
};

export const rhythmWords = (kind: string): string | null => RHYTHMS[kind] ?? null;

export interface Across {
  readonly xOf: (sample: number) => number;
  readonly width: number;
  /** Where open findings end for now. */
  readonly end: number;
}

const spanOf = (finding: Finding, across: Across) => {
  const x = Math.max(-2, across.xOf(finding.start));
  return { x, wide: Math.min(across.width + 2, across.xOf(endOf(finding, across.end))) - x };
};

const withdrawn = ({ state }: Finding) => state === "withdrawn";

/** The names of the leads stand at the left. */
const LEAD_NAME = 44;

/** Bars of one thickness under one another, then words; more than this many at once are not told apart. */
const ROWS = 3;
const BAR = 4;
const WORDS = 16;

type Rows = [from: number, to: number][][];

/** The first row that is free between `from` and `to`, taken there. */
export function rowFor(rows: Rows, from: number, to: number): number {
  const free = rows.findIndex((taken) => taken.every((one) => one[1] <= from || one[0] >= to));
  const row = free < 0 ? rows.length : free;
  if (row < ROWS) (rows[row] ??= []).push([from, to]);
  return row;
}

/** Thin bars along the top of a box, and below them the words of each, in sight as long as their bar is. */
export function drawFindings(g: Canvas2d, ink: Ink, found: readonly Finding[], across: Across, top: number): void {
  const bars: Rows = [];
  const labels: Rows = [];
  // What presses most is placed first: where there is no room for all, it is not that which is left out.
  const shown = found
    .filter((finding) => !withdrawn(finding))
    .sort((a, b) => rank(a.priority) - rank(b.priority));
  g.font = FONT_BOLD;
  g.textAlign = "left";
  g.textBaseline = "middle";
  for (const finding of shown) {
    const { x, wide } = spanOf(finding, across);
    const row = rowFor(bars, x, x + Math.max(2, wide) + 1);
    if (row >= ROWS) continue;
    g.fillStyle = ink.alarm[finding.priority];
    const thick = finding.priority === "high" || finding.priority === "medium" ? BAR - 1 : 1;
    g.fillRect(x, top + 1 + row * BAR, Math.max(2, wide), thick);
  }
  const below = top + 2 + bars.length * BAR;
  for (const finding of shown) {
    const { x } = spanOf(finding, across);
    const room = g.measureText(finding.words).width + 10;
    const at = Math.max(LEAD_NAME, Math.min(x, across.width - room));
    const row = rowFor(labels, at, at + room + 4);
    if (row >= ROWS) continue;
    const y = below + row * WORDS;
    // What presses less does not shine over the ECG.
    const filled = finding.priority === "high" || finding.priority === "medium";
    g.fillStyle = filled ? ink.alarm[finding.priority] : ink.paper;
    g.globalAlpha = filled ? 1 : 0.8;
    g.fillRect(at, y, room, WORDS - 2);
    g.globalAlpha = 1;
    g.fillStyle = filled ? ink.onAlarm : ink.alarm[finding.priority];
    g.fillText(finding.words, at + 5, y + WORDS / 2 - 0.5);
  }
}

/** What is shorter on a line is an event. */
const SHORT_PX = 60;

/** Height of the ribbon, CSS pixels. */
export const RIBBON = 13;

/** Rhythms as named stretches, events as ticks: high and medium over the whole height, the others over half of it. */
export function drawRibbon(g: Canvas2d, ink: Ink, found: readonly Finding[], across: Across, top: number): void {
  g.font = FONT_BOLD;
  g.textBaseline = "middle";
  g.textAlign = "left";
  const rhythms = found
    .filter((one) => rhythmWords(one.kind) !== null && !withdrawn(one))
    .sort((a, b) => rank(b.priority) - rank(a.priority))
    .map((finding) => ({ finding, ...spanOf(finding, across) }));
  for (const { finding, x, wide } of rhythms) {
    g.fillStyle = ink.ribbon;
    g.fillRect(x, top, Math.max(1, wide), RIBBON - 1);
    g.fillStyle = ink.alarm[finding.priority];
    g.fillRect(x, top + RIBBON - 3, Math.max(1, wide), 2);
  }
  g.fillStyle = ink.text;
  rhythms.forEach(({ finding, x, wide }, i) => {
    const words = rhythmWords(finding.kind) ?? "";
    const [from, room] = [Math.max(3, x + 3), g.measureText(words).width + 6];
    // Where one that presses more lies over it, it has no room for words.
    const over = rhythms.slice(i + 1).some((other) => other.x < from + room && other.x + other.wide > from);
    if (wide >= room && !over) g.fillText(words, from, top + RIBBON / 2 - 0.5);
  });
  for (const finding of found) {
    if (withdrawn(finding) || finding.priority === "none") continue;
    const { x, wide } = spanOf(finding, across);
    const event = rhythmWords(finding.kind) === null;
    if (!event && wide > 4) continue;
    const high = finding.priority === "low" ? RIBBON / 2 : RIBBON - 1;
    g.fillStyle = ink.alarm[finding.priority];
    g.fillRect(Math.round(x), top + RIBBON - 1 - high, finding.priority === "low" ? 1 : 2, high);
  }
}

/** A thin line in the colour of its priority; hours of a rhythm are not to shine like an alarm. */
export function underline(g: Canvas2d, ink: Ink, found: readonly Finding[], across: Across, y: number): void {
  for (const finding of found) {
    if (withdrawn(finding) || finding.priority === "none") continue;
    const { x, wide } = spanOf(finding, across);
    const strong = finding.priority === "high" || wide < SHORT_PX;
    g.fillStyle = ink.alarm[finding.priority];
    g.globalAlpha = strong ? 1 : 0.55;
    g.fillRect(x, strong ? y : y + 1, Math.max(2, wide), strong ? 2 : 1);
    g.globalAlpha = 1;
  }
}
