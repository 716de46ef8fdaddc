/** Plots of the reviewer's desk as SVG: superimposed beats, histogram, Poincaré plot, hours. */

import { html, nothing, svg, type TemplateResult } from "lit";
import type { Curve, Intervals, Shape, Trend } from "./told";

const HEIGHT_MV = 3;
const CARD = { width: 120, height: 78 };

/** A curve as a path; broken where nothing was measured. */
export function path(curve: Curve, x: (at: number) => number, y: (value: number) => number): string {
  let down = false;
  let made = "";
  curve.forEach((value, at) => {
    if (value === null) {
      down = false;
      return;
    }
    made += `${down ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    down = true;
  });
  return made;
}

const measured = (curves: readonly Curve[]): number[] => curves.flat().filter((value): value is number => value !== null);

/** Beats of a shape over one another, their average on top; one millivolt is as high on every card that holds it. */
export function shapeView({ mean, members, families }: Shape, lead: number, gain: number): TemplateResult | typeof nothing {
  const average = mean[lead];
  if (average === undefined || average.length === 0) return html`<span class="unseen">${families.toLocaleString("en")} rare shapes</span>`;
  const every = [average, ...members.map((one) => one[lead] ?? [])];
  const values = measured(every).sort((a, b) => a - b);
  if (values.length === 0) return html`<span class="unseen">no signal</span>`;
  const middle = (values[0]! + values[values.length - 1]!) / 2;
  const span = Math.max((values[values.length - 1]! - values[0]!) / gain, HEIGHT_MV);
  const y = (value: number) => CARD.height / 2 - ((value - middle) / gain / span) * (CARD.height - 6);
  const x = (at: number) => (at / Math.max(1, average.length - 1)) * CARD.width;
  return html`<svg viewBox="0 0 ${CARD.width} ${CARD.height}" preserveAspectRatio="none" aria-hidden="true">
    ${members.map((one) => svg`<path class="one" d=${path(one[lead] ?? [], x, y)} />`)}
    <path class="mean" d=${path(average, x, y)} />
  </svg>`;
}

const PLOT = { width: 320, height: 150, left: 30, foot: 18 };
const ORDER = ["N", "/", "Q", "S", "F", "V"] as const;
const CLASS: Readonly<Record<string, string>> = { N: "n", "/": "p", Q: "q", S: "s", F: "f", V: "v" };

/** How many intervals of each length there are, by the class of the beat that ends them. */
export function histogramView({ counts, binMs, lowMs }: Intervals): TemplateResult {
  const bins = counts.N?.length ?? 0;
  const total = Array.from({ length: bins }, (_, i) => ORDER.reduce((sum, name) => sum + (counts[name]?.[i] ?? 0), 0));
  const last = Math.max(60, total.findLastIndex((count) => count > 0) + 3);
  const top = Math.max(1, ...total);
  const { width, height, left, foot } = PLOT;
  const wide = (width - left) / last;
  // Few ectopic intervals must be seen beside many normal ones.
  const high = (count: number) => (Math.sqrt(count) / Math.sqrt(top)) * (height - foot - 6);
  return html`<svg class="plot histogram" viewBox="0 0 ${width} ${height}" role="img" aria-label="histogram of RR intervals">
    ${total.map((_, bin) => {
      let y = height - foot;
      return ORDER.map((name) => {
        const count = counts[name]?.[bin] ?? 0;
        if (count === 0) return nothing;
        const below = height - foot - y;
        const tall = high(count + below2(below, height, foot, top)) - below;
        y -= Math.max(0.7, tall);
        return svg`<rect class=${`class-${CLASS[name]}`} x=${left + bin * wide} y=${y} width=${Math.max(0.6, wide - 0.4)} height=${Math.max(0.7, tall)}><title>${`${lowMs + bin * binMs} ms: ${count} ${name}`}</title></rect>`;
      });
    })}
    ${[400, 800, 1200, 1600, 2000, 2600]
      .filter((ms) => (ms - lowMs) / binMs < last)
      .map((ms) => svg`<text x=${left + ((ms - lowMs) / binMs) * wide} y=${height - 5} text-anchor="middle">${ms}</text>`)}
    <text x="0" y="12">${top.toLocaleString("en")}</text>
    <line x1=${left} x2=${width} y1=${height - foot + 0.5} y2=${height - foot + 0.5} />
  </svg>`;
}

/** The count that a height stands for. */
const below2 = (px: number, height: number, foot: number, top: number): number => (px / (height - foot - 6)) ** 2 * top;

/** Each interval over the one before it: darker where there are more, in another colour where most end in ectopic beats. */
export function poincareView({ plot, cells, cellMs, lowMs }: Intervals): TemplateResult {
  const side = 260;
  const left = 30;
  const wide = (side - left) / cells;
  let top = 1;
  for (let i = 2; i < plot.length; i += 4) top = Math.max(top, plot[i]!);
  const dots = [];
  for (let i = 0; i < plot.length; i += 4) {
    const [x, y, count, odd] = [plot[i]!, plot[i + 1]!, plot[i + 2]!, plot[i + 3]!];
    const alpha = 0.25 + 0.75 * (Math.log(1 + count) / Math.log(1 + top));
    dots.push(
      svg`<rect class=${odd * 2 > count ? "odd" : "even"} x=${left + x * wide} y=${side - left - (y + 1) * wide} width=${wide} height=${wide} fill-opacity=${alpha.toFixed(2)}></rect>`,
    );
  }
  const ticks = [600, 1000, 1400, 1800].map((ms) => [ms, ((ms - lowMs) / cellMs) * wide] as const);
  return html`<svg class="plot poincare" viewBox="0 0 ${side} ${side}" role="img" aria-label="Poincaré plot: each RR interval over the one before it">
    <line x1=${left} y1=${side - left} x2=${side} y2="0" class="diagonal" />
    ${dots}
    <line x1=${left} x2=${side} y1=${side - left + 0.5} y2=${side - left + 0.5} />
    <line x1=${left - 0.5} x2=${left - 0.5} y1="0" y2=${side - left} />
    ${ticks.map(([ms, at]) => svg`<text x=${left + at} y=${side - left + 14} text-anchor="middle">${ms}</text><text x=${left - 4} y=${side - left - at + 4} text-anchor="end">${ms}</text>`)}
  </svg>`;
}

export interface HourRow {
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly { readonly low: number; readonly high: number; readonly words: string; readonly kind: string }[];
  readonly most: number;
  readonly least: number;
}

/** Rates, ectopy, fibrillation and the longest interval of each bin, as rows that share one axis. */
export function hourRows({ rate, low, high, af, beats, longestMs, size }: Trend, rateHz: number): readonly HourRow[] {
  const hours = size / rateHz / 3600;
  const of = (names: string) => rate.map((_, bin) => [...names].reduce((sum, name) => sum + (beats[name]?.[bin] ?? 0), 0));
  const bars = (values: readonly (number | null)[], kind: string, words: (value: number) => string) =>
    values.map((value) => ({ low: 0, high: value ?? 0, kind, words: value === null ? "" : words(value) }));
  const perHour = (values: readonly number[]) => values.map((count) => count / hours);
  const spread = rate.map((mean, bin) => ({
    low: low[bin] ?? mean ?? 0,
    high: high[bin] ?? mean ?? 0,
    kind: "rate",
    words: mean === null ? "" : `mean ${Math.round(mean)}, ${Math.round(low[bin] ?? mean)} to ${Math.round(high[bin] ?? mean)} bpm`,
  }));
  const v = perHour(of("VF"));
  const s = perHour(of("S"));
  const most = (values: readonly number[], least: number) => Math.max(least, ...values);
  const longest = longestMs.map((ms) => (ms === null ? null : ms / 1000));
  const highest = Math.max(120, ...spread.map((one) => one.high));
  return [
    { title: "Rate", unit: "bpm", bars: spread, most: Math.ceil(highest / 20) * 20, least: 30 },
    { title: "AF", unit: "%", bars: bars(af.map((share) => share * 100), "af", (one) => `${one.toFixed(0)} % of the time`), most: 100, least: 0 },
    { title: "V", unit: "/h", bars: bars(v, "v", (one) => `${Math.round(one)} an hour`), most: most(v, 10), least: 0 },
    { title: "S", unit: "/h", bars: bars(s, "s", (one) => `${Math.round(one)} an hour`), most: most(s, 10), least: 0 },
    { title: "Longest RR", unit: "s", bars: bars(longest, "rr", (one) => `${one.toFixed(2)} s`), most: Math.max(2, ...longest.map((one) => one ?? 0)), least: 0 },
  ];
}
