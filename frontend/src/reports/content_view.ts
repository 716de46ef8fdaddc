/** The figures of a report as markup: conclusion first; every figure leads to the samples it came from. */

import { html, nothing, svg, type TemplateResult } from "lit";
import { type Chart, type Content, pathOf, type Section, type Shown, type Span, type Strip, type Table } from "./content";

type Part = TemplateResult | typeof nothing;

/** Where the samples of something are seen. */
const at = (stream: string, span: Span): string => `/patient/${stream}?at=${span.start}`;
const linked = (stream: string, span: Span | null, body: unknown, words: string): unknown =>
  span === null ? body : html`<a class="samples" href=${at(stream, span)} title=${`${words}: samples ${span.start} to ${span.end}`}>${body}</a>`;

export function contentView(content: Content, stream: string, isTechnical = false): TemplateResult {
  return html`
    ${content.conclusion.length === 0 ? nothing : html`<section class="conclusion" aria-label="conclusion"><h2>${isTechnical ? "What was received" : "Conclusion"}</h2><ul>${content.conclusion.map((one) => html`<li class=${one.gravity}>${linked(stream, one.span, one.text, "the ECG")}</li>`)}</ul></section>`}
    ${content.headline.length === 0 ? nothing : html`<dl class="headline">${content.headline.map((one) => figure(stream, one))}</dl>`}
    ${content.charts.map(chartView)} ${content.sections.map((one) => sectionView(stream, one))}
    ${content.strips.length === 0 ? nothing : html`<section class="strips"><h2>Strips <span class="faint">25 mm/s, 10 mm/mV on paper; here to the width of the page</span></h2>${content.strips.map((one) => stripView(stream, one))}</section>`}
    ${content.notes.length === 0 ? nothing : html`<section class="notes"><h2>To be known</h2><ul>${content.notes.map((one) => html`<li>${one}</li>`)}</ul></section>`}
    ${content.facts.length === 0 ? nothing : html`<dl class="made-of">${content.facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`}
  `;
}

const figure = (stream: string, one: Shown): TemplateResult =>
  html`<div><dt>${one.label}</dt><dd>${linked(stream, one.span, html`<b>${one.text}</b>`, one.label)}${one.unit === "" ? nothing : html` <span class="unit">${one.unit}</span>`}${one.note === "" ? nothing : html`<span class="faint"> ${one.note}</span>`}</dd></div>`;

function sectionView(stream: string, one: Section): TemplateResult {
  return html`<section>
    <h2>${one.title}</h2>
    ${one.shown.length === 0 ? nothing : html`<dl class="figures">${one.shown.map((each) => figure(stream, each))}</dl>`}
    ${one.tables.map((each) => tableView(stream, each))} ${one.note === "" ? nothing : html`<p class="faint">${one.note}</p>`}
  </section>`;
}

function tableView(stream: string, one: Table): TemplateResult {
  const number = (place: number) => (one.columns[place]?.number === true ? "n" : "");
  return html`<div class="wide"><table>
    ${one.caption === "" ? nothing : html`<caption>${one.caption}</caption>`}
    <thead><tr>${one.columns.map((column, place) => html`<th scope="col" class=${number(place)}>${column.label}${column.unit === "" ? nothing : html`<span class="unit"> ${column.unit}</span>`}</th>`)}</tr></thead>
    <tbody>${one.rows.map((row) => html`<tr>${row.cells.map((cell, place) => html`<td class=${number(place)}>${place === 0 ? linked(stream, row.span, cell, one.caption) : cell}</td>`)}</tr>`)}</tbody>
  </table></div>${one.note === "" ? nothing : html`<p class="faint">${one.note}</p>`}`;
}

// ---- charts ------------------------------------------------------------------------------------------------

const WIDTH = 1000;
const HEIGHT = 120;
const LEFT = 44;
const RIGHT = 24;
const BOTTOM = 18;
/** Room of a letter on the drawing. */
const LETTERS = 26;

function chartView(one: Chart): Part {
  if (one.seconds <= 0 || one.high <= one.low) return nothing;
  const x = (seconds: number) => LEFT + (Math.max(0, Math.min(one.seconds, seconds)) / one.seconds) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => HEIGHT - BOTTOM - ((value - one.low) / (one.high - one.low)) * (HEIGHT - BOTTOM - 6);
  return html`<figure class="chart">
    <figcaption>${one.title}${one.unit === "" ? nothing : html` <span class="faint">${one.unit}</span>`}</figcaption>
    <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${one.alt}>
      ${one.stretches.map((each) => svg`<rect class="stretch" x=${x(each.from)} y="4" width=${Math.max(1, x(each.to) - x(each.from))} height=${HEIGHT - BOTTOM - 4}><title>${each.label}</title></rect>`)}
      ${[one.low, one.high].map((value) => svg`<line class="axis" x1=${LEFT} x2=${WIDTH - RIGHT} y1=${y(value)} y2=${y(value)} /><text class="tick" x=${LEFT - 6} y=${y(value) + 4} text-anchor="end">${value}</text>`)}
      ${one.ticks.map((each) => svg`<line class="axis" x1=${x(each.at)} x2=${x(each.at)} y1=${HEIGHT - BOTTOM} y2=${HEIGHT - BOTTOM + 4} /><text class="tick" x=${x(each.at)} y=${HEIGHT - 3} text-anchor="middle">${each.label}</text>`)}
      ${one.series.map((each) => seriesView(one, each, x, y))} ${one.series.filter(({ style }) => style === "line").length > 1 ? one.series.map((each) => named(one, each, x, y)) : nothing}
      ${apart(one.points, x).map((each) => svg`<text class="point" x=${x(each.at)} y="12" text-anchor="middle">${each.letter}<title>${each.label}</title></text>`)}
    </svg>
  </figure>`;
}

/** Letters that do not lie on one another: the first of a crowd stands for it. */
function apart(points: Chart["points"], x: (seconds: number) => number): Chart["points"] {
  let last = Number.NEGATIVE_INFINITY;
  return [...points].sort((a, b) => a.at - b.at).filter(({ at }) => {
    if (x(at) - last < LETTERS) return false;
    last = x(at);
    return true;
  });
}

/** A line's name at its last value, where there are several. */
function named(chart: Chart, one: Chart["series"][number], x: (seconds: number) => number, y: (value: number) => number): unknown {
  const last = one.values.findLastIndex((value) => value !== null);
  const value = one.values[last] ?? null;
  if (one.style !== "line" || value === null) return nothing;
  return svg`<text class="tick name" x=${x((last + 0.5) * chart.step) + 6} y=${y(value) + 4}>${one.label}</text>`;
}

function seriesView(chart: Chart, one: Chart["series"][number], x: (seconds: number) => number, y: (value: number) => number): unknown {
  const mid = (index: number) => x((index + 0.5) * chart.step);
  if (one.style === "bar")
    return one.values.map((value, index) =>
      value === null ? nothing : svg`<rect class="bar" x=${x(index * chart.step) + 1} width=${Math.max(1, x(chart.step) - x(0) - 2)} y=${y(value)} height=${Math.max(0, y(chart.low) - y(value))} />`,
    );
  if (one.style === "area")
    return one.values.map((value, index) => {
      const upper = one.upper[index] ?? null;
      return value === null || upper === null ? nothing : svg`<line class="area" x1=${mid(index)} x2=${mid(index)} y1=${y(value)} y2=${y(upper)} />`;
    });
  return svg`<path class="line" d=${pathOf(one.values, mid, y)} />`;
}

// ---- strips ------------------------------------------------------------------------------------------------

/** Pixels of a drawing to a millimetre of paper. */
const MM = 4;
/** Steps that are drawn as a millivolt where the size is not known: tenths of a hertz, at 100 Hz/mV. */
const UNSIZED = 1000;
const LANE_MM = 24;

function stripView(stream: string, one: Strip): Part {
  const count = Math.max(0, ...one.traces.map(({ values }) => values.length));
  if (one.rate <= 0 || count === 0) return nothing;
  const width = (count / one.rate) * 25 * MM;
  const height = (one.traces.length * LANE_MM + 5) * MM;
  const x = (index: number) => (index / one.rate) * 25 * MM;
  const lanes = one.traces.map((trace, lane) => {
    const middle = (5 + lane * LANE_MM + LANE_MM / 2) * MM;
    const y = (value: number) => middle - ((value - trace.baseline) / (trace.gain || UNSIZED)) * 10 * MM;
    return svg`<path class="ecg" d=${pathOf(trace.values, x, y)} /><text class="lead" x="4" y=${middle - 8 * MM}>${trace.lead}</text>`;
  });
  const lines = (step: number, name: string) => {
    let path = "";
    for (let at = 0; at <= width; at += step) path += `M${at} 0V${height}`;
    for (let at = 0; at <= height; at += step) path += `M0 ${at}H${width}`;
    return svg`<path class=${name} d=${path} />`;
  };
  return html`<figure class="strip">
    <figcaption><b>${one.caption}</b> ${linked(stream, one.span, one.when, "the ECG")} <span class="faint">${[one.why, one.verdict].filter(Boolean).join(" · ")}</span></figcaption>
    <svg viewBox=${`0 0 ${width.toFixed(0)} ${height}`} role="img" aria-label=${`ECG, ${one.caption}, ${one.when}`}>
      ${lines(MM, "minor")} ${lines(5 * MM, "major")} ${lanes} ${one.beats.map(([sample, letter]) => svg`<text class="beat" x=${x(sample)} y="14" text-anchor="middle">${letter}</text>`)}
    </svg>
  </figure>`;
}
