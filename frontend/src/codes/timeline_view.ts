/** The picture of the families as SVG: a list of codes whose bars are time, and the day as a line to be moved. */

import { html, nothing, svg, type TemplateResult } from "lit";
import type { CodesPage } from "./page";
import { LABEL, type Layout, links, pieces, type Row, TOP, xOf } from "./timeline";
import { type Code, dayWords, LETTERS, spanWords, validOn } from "./told";

type Part = TemplateResult | typeof nothing;

export function picture(page: CodesPage, plan: Layout): TemplateResult {
  const x = xOf(plan, page.on);
  return html`<svg class="families" width=${plan.width} height=${plan.height} viewBox=${`0 0 ${plan.width} ${plan.height}`}
      @pointerdown=${(event: PointerEvent) => page.grab(event)} @pointermove=${(event: PointerEvent) => page.drag(event)} @pointerup=${(event: PointerEvent) => page.drop(event)} @pointerleave=${() => page.hover(null)}>
    <defs>
      ${["technical", "professional", "global", "hook-up", "scan", "unlisted"].map(
        (part) => svg`<pattern id=${`unsure-${part}`} class=${`part ${part}`} width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><line x1="0" y1="1" x2="5" y2="1" stroke="var(--of)" stroke-width="1.5"></line></pattern>`,
      )}
      <linearGradient id="fade-in"><stop offset="0" stop-color="#fff" stop-opacity="0.25"></stop><stop offset="1" stop-color="#fff"></stop></linearGradient>
      <linearGradient id="fade-out"><stop offset="0" stop-color="#fff"></stop><stop offset="1" stop-color="#fff" stop-opacity="0.15"></stop></linearGradient>
      <mask id="fades-in" maskContentUnits="objectBoundingBox"><rect width="1" height="1" fill="url(#fade-in)"></rect></mask>
      <mask id="fades-out" maskContentUnits="objectBoundingBox"><rect width="1" height="1" fill="url(#fade-out)"></rect></mask>
    </defs>
    ${axis(plan)}
    <g role="listbox" aria-label="codes by family; the arrow keys choose one" aria-activedescendant=${page.chosen === null ? nothing : `code-${page.chosen}`} tabindex="0">
      ${plan.lanes.map(
        (lane, place) => svg`<g role="group" aria-label=${page.familyName(lane.family)}>
        <rect class=${`lane ${place % 2 === 0 ? "even" : ""}`} x="0" y=${lane.y} width=${plan.width} height=${lane.height}></rect>
        <text class="family" x="12" y=${lane.y + plan.row * 0.92} aria-hidden="true">${page.familyName(lane.family)}</text>
        ${lane.rows.map((row) => bar(page, plan, row))}
      </g>`,
      )}
    </g>
    ${linked(page, plan)} ${cursor(page, plan, x)}
  </svg>`;
}

function axis(plan: Layout): Part {
  const wide = (plan.width - LABEL) / plan.years.length;
  return svg`<g class="axis" aria-hidden="true">${plan.years.map(({ year, x }) => {
    const told = year % 5 === 0;
    const text = told || wide > 34;
    return svg`<line class=${told ? "five" : ""} x1=${x} x2=${x} y1=${TOP - 4} y2=${plan.height - 8}></line>
      ${text && x < plan.width - 30 ? svg`<text x=${x + 3} y=${TOP - 9}>${told ? year : `’${String(year).slice(2)}`}</text>` : nothing}`;
  })}</g>`;
}

function bar(page: CodesPage, plan: Layout, { code, y }: Row): TemplateResult {
  const answer = validOn(code, page.on);
  const states = [code.part, answer.replace(" ", "-"), page.chosen === code.code ? "chosen" : "", page.matches(code) ? "" : "away", page.hovered === code.code ? "hovered" : ""];
  const height = Math.max(6, plan.row - 5);
  const top = y + (plan.row - height) / 2;
  return svg`<g id=${`code-${code.code}`} class=${`code part ${states.join(" ")}`} role="option" aria-selected=${page.chosen === code.code}
      aria-label=${`${code.code}, ${code.part}: ${code.words}; ${spanWords(code)}; ${answer} on ${dayWords(page.on)}`}
      @click=${() => page.choose(code.code)} @pointerenter=${() => page.hover(code.code)}>
    <rect class="hit" x="0" y=${y} width=${plan.width} height=${plan.row}></rect>
    <text class="number" x="22" y=${y + plan.row * 0.76}>${code.code}</text>
    <text class="letter" x=${LABEL - 44} y=${y + plan.row * 0.76}>${LETTERS[code.part]}</text>
    <path class="state" d=${sign(answer, LABEL - 20, y + plan.row / 2)}></path>
    ${pieces(plan, code).map((piece) =>
      piece.kind === "sure"
        ? svg`<rect class="sure" x=${piece.x} y=${top} width=${piece.width} height=${height}></rect>${piece.open ? arrow(piece.x + piece.width, top, height) : nothing}`
        : svg`<rect class="unsure" fill=${`url(#unsure-${code.part})`} x=${piece.x} y=${top} width=${piece.width} height=${height} mask=${piece.kind === "begins" ? "url(#fades-in)" : "url(#fades-out)"}></rect>`,
    )}
  </g>`;
}

/** A sign beside the colour: a dot is valid, a ring not known, a stroke not valid. */
function sign(answer: string, x: number, y: number): string {
  if (answer === "not valid") return `M${x - 3} ${y}h6`;
  const round = `M${x - 3} ${y}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0`;
  return answer === "valid" ? `${round}z` : round;
}

/** A bar without an end points on. */
const arrow = (x: number, y: number, height: number): TemplateResult =>
  svg`<path class="sure on" d=${`M${x} ${y}l6 ${height / 2}l-6 ${height / 2}z`}></path>`;

function linked(page: CodesPage, plan: Layout): Part {
  const name = page.hovered ?? page.chosen;
  const code = page.book?.codes.find((one: Code) => one.code === name);
  if (code === undefined) return nothing;
  return svg`<g class="links" aria-hidden="true">${links(plan, code).map(({ path, x, y }) => svg`<path d=${path}></path><circle cx=${x} cy=${y} r="2.4"></circle>`)}</g>`;
}

function cursor(page: CodesPage, plan: Layout, x: number): TemplateResult {
  const left = Math.max(LABEL + 2, Math.min(plan.width - 92, x - 45));
  const valid = page.book?.codes.filter((code) => validOn(code, page.on) === "valid").length ?? 0;
  return svg`<g class="cursor" role="slider" tabindex="0" aria-label="day of service" aria-orientation="horizontal" aria-valuemin="0" aria-valuemax="100"
      aria-valuenow=${Math.round(((x - LABEL) / (plan.width - LABEL)) * 100)} aria-valuetext=${`${dayWords(page.on)}, ${valid} codes valid`} @keydown=${(event: KeyboardEvent) => page.cursorKey(event)}>
    <line x1=${x} x2=${x} y1=${20} y2=${plan.height - 8}></line>
    <rect x=${left} y="3" width="90" height="18" rx="4"></rect>
    <text x=${left + 45} y="16">${dayWords(page.on)}</text>
  </g>`;
}
