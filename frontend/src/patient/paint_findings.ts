/** Findings over the panes: bars with their words over the moment, the ribbon under the overview, lines under the rows. */

import { GROUND, viewOf } from "../protocol/kinds";
import { rank } from "../wall/findings";
import { endOf, type Finding } from "./findings";
import { type Canvas2d, FONT_BOLD, type Ink } from "./ink";

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

/** No word is as short as this, CSS pixels. */
const LEAST_LABEL = 10;

/** What lies under what: the rhythm that is usual, then what presses less. */
const under = (one: Finding, other: Finding): number =>
  Number(one.kind !== GROUND) - Number(other.kind !== GROUND) ||
  rank(other.priority) - rank(one.priority) ||
  viewOf(one).rank - viewOf(other).rank;

/**
 * Rhythms as named stretches, events as ticks: high and medium over the whole height, low ones over half of it, others
 * over a third. Sinus rhythm is faint.
 */
export function drawRibbon(g: Canvas2d, ink: Ink, found: readonly Finding[], across: Across, top: number): void {
  g.font = FONT_BOLD;
  g.textBaseline = "middle";
  g.textAlign = "left";
  const told = found.filter((one) => !withdrawn(one)).sort(under);
  const rhythms = told
    .filter((one) => viewOf(one).drawn === "stretch")
    .map((finding) => ({ finding, ...spanOf(finding, across) }));
  for (const { finding, x, wide } of rhythms) {
    g.fillStyle = finding.kind === GROUND ? ink.paper : ink.ribbon;
    g.fillRect(x, top, Math.max(1, wide), RIBBON - 1);
    const foot = finding.priority === "none" ? 1 : 2;
    g.fillStyle = ink.alarm[finding.priority];
    g.fillRect(x, top + RIBBON - 1 - foot, Math.max(1, wide), foot);
  }
  rhythms.forEach((one, i) => {
    if (one.wide < LEAST_LABEL) return;
    const { short, brief = short } = viewOf(one.finding);
    g.fillStyle = one.finding.kind === GROUND ? ink.faint : ink.text;
    for (const words of [short, brief]) {
      const from = clear(one, rhythms.slice(i + 1), g.measureText(words).width + 6);
      if (from === null) continue;
      g.fillText(words, from, top + RIBBON / 2 - 0.5);
      break;
    }
  });
  for (const finding of told) {
    const { x, wide } = spanOf(finding, across);
    if (viewOf(finding).drawn === "stretch" && (wide > 4 || finding.priority === "none")) continue;
    const pressing = finding.priority === "high" || finding.priority === "medium";
    const high = pressing ? RIBBON - 1 : finding.priority === "low" ? RIBBON / 2 : RIBBON / 3;
    g.fillStyle = ink.alarm[finding.priority];
    g.fillRect(Math.round(x), top + RIBBON - 1 - high, pressing ? 2 : 1, high);
  }
}

interface Span {
  readonly x: number;
  readonly wide: number;
}

/** Where the first `room` pixels of a stretch begin over which no other lies; null where there are none. */
function clear(stretch: Span, over: readonly Span[], room: number): number | null {
  const end = stretch.x + stretch.wide;
  let from = Math.max(3, stretch.x + 3);
  for (const other of [...over].sort((a, b) => a.x - b.x))
    if (other.x < from + room && other.x + other.wide > from) from = other.x + other.wide + 3;
  return from + room - 3 <= end ? from : null;
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
