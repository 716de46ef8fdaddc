/** What every worklist shows: its tabs with counts, the field for words, the keys; and what stands where there are no lines. */

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { plural } from "./format";
import { home } from "./home";
import type { Listing } from "./listing";

type Part = TemplateResult | typeof nothing;

export interface Above {
  /** What the tabs choose, for screen readers: "which orders". */
  readonly label: string;
  readonly counts: (tab: string) => number | undefined;
  readonly placeholder: string;
  /** Beside the field for words. */
  readonly beside?: Part;
  /** Further keys. */
  readonly keys?: Part;
}

/** The line above a list. */
export function above<Row, Tab extends string>(list: Listing<Row, Tab>, { label, counts, placeholder, beside = nothing, keys = nothing }: Above): TemplateResult {
  const tab = ([one, words]: readonly [Tab, string], place: number) => {
    const count = counts(one);
    return html`<button type="button" aria-pressed=${one === list.tab} @click=${() => list.show(one)}>${words} ${count === undefined ? nothing : html`<span class="faint">${count}</span> `}<kbd>${place + 1}</kbd></button>`;
  };
  return html`<div class="finding">
    <div class="tabs" role="group" aria-label=${label}>${list.kind.tabs.map(tab)}</div>
    <label>Find <input name="find" type="search" placeholder=${placeholder} autocomplete="off" .value=${live(list.typed)} @input=${(event: InputEvent) => list.type((event.target as HTMLInputElement).value)} /></label>
    ${beside}
    <span class="faint keys"><kbd>j</kbd> <kbd>k</kbd> choose <kbd>Enter</kbd> open ${keys}<kbd>/</kbd> find <kbd>w</kbd> ${home()}</span>
    <span class="heard" aria-live="polite">${list.said}</span>
  </div>`;
}

/** The lines of a table's body: which is chosen, and how a hand chooses one. */
export function lines<Row, Tab extends string>(list: Listing<Row, Tab>, cells: (row: Row) => TemplateResult, more: (row: Row) => string = () => ""): TemplateResult[] {
  const { at } = list;
  return list.kind
    .rows()
    .map((row, place) => html`<tr class=${`${place === at ? "chosen" : ""} ${more(row)}`.trim()} aria-current=${place === at ? "true" : nothing} @pointerdown=${() => list.choose(place)}>${cells(row)}</tr>`);
}

/** What stands where there is no list yet: it is asked for, or why it cannot be shown and that it is asked again. */
export const waiting = (failure: string | null, every: string): TemplateResult => html`<p class="none" role="status">${failure === null ? "Asked for." : `The list cannot be shown: ${failure}. It is asked for again every ${every}.`}</p>`;

/** Over a list that is shown and could not be asked for again. */
export const stale = (told: unknown, failure: string | null): Part => (told === null || failure === null ? nothing : html`<b class="cut">as of a while ago: ${failure}</b>`);

/** Under a list that goes on. `left` is how many more there are; null where that is not known. */
export const goesOn = (more: boolean, left: number | null, show: () => void): Part => (more ? html`<p class="buttons"><button type="button" @click=${show}>Show more</button>${left === null ? nothing : html` <span class="faint">${plural(left, "further line")}</span>`}</p>` : nothing);
