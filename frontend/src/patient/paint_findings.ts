/** Findings over the panes: bars with their words over the moment, the ribbon under the overview, lines under the rows. */

import type { Finding } from "./findings";
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

const spanOf = ({ start, end }: Finding, across: Across) => {
  const x = Math.max(-2, across.xOf(start));
  return { x, wide: Math.min(across.width + 2, across.xOf(end ?? across.end)) - x };
};

const withdrawn = ({ state }: Finding) => state === "withdrawn";

/** The names of the leads stand at the left. */
const LEAD_NAME = 44;

/** Bars along the top of a box, each with its words; several at once lie under one another. */
export function drawFindings(g: Canvas2d, ink: Ink, found: readonly Finding[], across: Across, top: number): void {
  const rows: number[] = [];
  g.font = FONT_BOLD;
  g.textAlign = "left";
  g.textBaseline = "middle";
  for (const finding of found) {
    if (withdrawn(finding)) continue;
    const { x, wide } = spanOf(finding, across);
    const words = finding.words;
    const room = g.measureText(words).width + 12;
    // The words stay in sight while their bar is.
    const at = Math.max(LEAD_NAME, Math.min(x, across.width - room));
    const right = Math.max(x + wide, at + room);
    let row = rows.findIndex((until) => until <= Math.min(at, x));
    if (row < 0) row = rows.length;
    if (row > 2) continue;
    rows[row] = right + 6;
    const y = top + 1 + row * 17;
    g.fillStyle = ink.alarm[finding.priority];
    g.fillRect(x, y, Math.max(2, wide), 3);
    g.fillRect(at, y, room, 15);
    g.fillStyle = ink.onAlarm;
    g.fillText(words, at + 6, y + 8);
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
  const rhythms = found.filter((one) => rhythmWords(one.kind) !== null && !withdrawn(one));
  for (const finding of rhythms) {
    const { x, wide } = spanOf(finding, across);
    g.fillStyle = ink.ribbon;
    g.fillRect(x, top, Math.max(1, wide), RIBBON - 1);
    g.fillStyle = ink.alarm[finding.priority];
    g.fillRect(x, top + RIBBON - 3, Math.max(1, wide), 2);
    const words = rhythmWords(finding.kind) ?? "";
    if (wide < g.measureText(words).width + 6) continue;
    g.fillStyle = ink.text;
    g.fillText(words, Math.max(3, x + 3), top + RIBBON / 2 - 0.5);
  }
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
