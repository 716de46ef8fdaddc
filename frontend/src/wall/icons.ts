/** Small marks, told apart by shape alone. */

import { html, type SVGTemplateResult, svg, type TemplateResult } from "lit";
import type { QualityIcon } from "./condition";

const SHAPES: Readonly<Record<QualityIcon, SVGTemplateResult>> = {
  good: svg`<path d="M2 6.5 4.8 9.2 10 3" />`,
  noisy: svg`<path d="M1 6h1.5L4 2.5 5.5 9.5 7 3.5 8.5 8.5 9.5 6H11" />`,
  unusable: svg`<path d="M2.5 2.5l7 7M9.5 2.5l-7 7" />`,
  off: svg`<path d="M1 6h3.2M7.8 6H11M4.2 3.6v4.8M7.8 3.6v4.8" />`,
  flat: svg`<path d="M1 6h10" />`,
  clipped: svg`<path d="M1 9h2V3h2.5v6H8V3h2v6h1" />`,
  unknown: svg`<path d="M4 4.2a2 2 0 1 1 2.9 1.8C6.2 6.4 6 6.8 6 7.4M6 9.4v.3" />`,
};

/** Mark of a lead's quality, 12 × 12. */
export const qualityIcon = (icon: QualityIcon): TemplateResult =>
  html`<svg class="icon" viewBox="0 0 12 12" aria-hidden="true">${SHAPES[icon]}</svg>`;

/** A battery filled to `percent`. */
export const batteryIcon = (percent: number): TemplateResult => html`<svg
  class="icon battery"
  viewBox="0 0 16 10"
  aria-hidden="true"
>
  <rect x="0.6" y="1.1" width="12.8" height="7.8" rx="1.6" />
  <path class="fill" d="M2.4 3h${(9.2 * Math.max(0, Math.min(100, percent))) / 100}v4H2.4z" />
  <path d="M15 3.8v2.4" />
</svg>`;
