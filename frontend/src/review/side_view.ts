/** What stands beside the map for the reviewer. */

import { html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { clockTime, day, elapsed, plural } from "../chrome/format";
import type { EventScene } from "../patient/event_list";
import { cartView } from "./cart_view";
import { CLASSES } from "./classes";
import { fits, WHATS, WHICHES } from "./jumps";
import { histogramView, hourRows, type HourRow, poincareView, shapeView } from "./plots";
import { type Review, SPANS, type Stretch, TABS } from "./review";
import type { Asked } from "./source";
import type { Shape, Shapes } from "./told";

const TAB_WORDS = { shapes: "Shapes", intervals: "RR", hours: "Hours", cart: "Cart" } as const;
const SPAN_WORDS = { hour: "hour", day: "day", all: "whole period" } as const;

export function sideView(review: Review, scene: EventScene): TemplateResult {
  return html`<section class="review" aria-label="review">
    <div class="tabs" role="group" aria-label="what is shown">
      ${TABS.map((tab, at) => html`<button aria-pressed=${review.tab === tab} @click=${() => review.open(tab)}>${TAB_WORDS[tab]}${count(review, tab)} <kbd>${at + 1}</kbd></button>`)}
    </div>
    ${review.tab === "cart" ? nothing : spans(review, scene)}
    <div class="body">${body(review, scene)}</div>
    ${review.jumping === null ? nothing : jumping(review)}
    <p class="said" role="status">${review.told === "" ? hint(review) : review.told}</p>
  </section>`;
}

const count = (review: Review, tab: string) => {
  const strips = review.said.value?.strips.length ?? 0;
  return tab === "cart" && strips > 0 ? html` <small>${strips}</small>` : nothing;
};

function hint(review: Review): string {
  if (review.map.caliperMode) return "1 RR · 2 PR · 3 QRS · 4 QT · 5 ST · 6 amplitude · arrows move · Enter sets · M marches out · Esc";
  if (review.tab === "shapes") return "arrows choose · Enter shows its beats · n s v f y q x class, also by dropping · Ctrl+Z takes back";
  return ", . choose a beat · N S V F Y Q X give it a class · j jumps · s strip into the cart";
}

function spans(review: Review, scene: EventScene): TemplateResult {
  return html`<div class="spans">
    <span role="group" aria-label="of which stretch">
      ${SPANS.map((span) => html`<button aria-pressed=${review.span === span} @click=${() => review.over(span)}>${SPAN_WORDS[span]}</button>`)}
    </span>
    <span class="faint">${stretchWords(review.stretch(scene), scene)}</span>
  </div>`;
}

/** "Sat 21 Nov 2026, 00:00 to 24:00" in few words. */
function stretchWords({ start, stop }: Stretch, { details: { time } }: EventScene): string {
  const [from, to] = [time.ms(start), time.ms(stop)];
  if (!time.known) return `${elapsed(from).slice(0, 8)} to ${elapsed(to).slice(0, 8)}`;
  const one = day(from) === day(to - 1000);
  return one ? `${day(from)} ${clockTime(from + 0.5).slice(0, 5)}–${clockTime(to + 0.5).slice(0, 5)}` : `${day(from)} – ${day(to - 1000)}`;
}

function body(review: Review, scene: EventScene): TemplateResult {
  if (review.tab === "cart") return cartView(review, scene);
  if (review.tab === "shapes") return gallery(review, scene);
  if (review.tab === "intervals") return waiting(review.intervals, "intervals") ?? intervals(review);
  return waiting(review.hours, "hours") ?? hours(review, scene);
}

/** What stands where there is no answer yet, or the last question failed; null where there is something to show. */
function waiting(asked: Asked<unknown>, what: string): TemplateResult | null {
  if (asked.failure !== null)
    return html`<p class="failed" role="status">The ${what} cannot be fetched: ${asked.failure}. Asked again by itself.</p>`;
  if (asked.value === null || asked.elsewhere) return html`<p class="faint">Looking through the ${what} …</p>`;
  return null;
}

function gallery(review: Review, scene: EventScene): TemplateResult {
  const { busy, elsewhere } = review.shapes;
  const value = elsewhere ? null : review.shapes.value;
  const shapes = elsewhere ? [] : review.gallery;
  const all = value?.groups ?? [];
  const chosen = shapes.findIndex(({ key }) => key === review.group);
  // The list is there before its templates are, so that it can be given the focus.
  return html`${chips(review, value?.counts ?? null)}
    <ul
      class="gallery"
      role="listbox"
      tabindex="0"
      data-busy=${busy}
      aria-label="beat templates: arrows choose one, a letter gives all its beats a class, Enter shows them"
      aria-activedescendant=${chosen < 0 ? nothing : `shape-${chosen}`}
      @keydown=${(event: KeyboardEvent) => galleryKey(review, shapes, chosen, event)}
    >
      ${guard([value, review.group, [...review.hidden].join(""), review.map.lead], () => cards(review, scene, shapes))}
    </ul>
    ${waiting(review.shapes, "templates") ?? (all.length === 0 ? html`<p class="faint">No beats were found here.</p>` : nothing)}
    ${(value?.leftOut ?? 0) > 0 ? html`<p class="faint">${value!.leftOut} rarer shapes are not shown; a shorter stretch shows them.</p>` : nothing}`;
}

/** The templates by class, each class under its name. */
function cards(review: Review, scene: EventScene, shapes: readonly Shape[]): TemplateResult[] {
  return shapes.map((shape, at) => {
    const first = shapes[at - 1]?.symbol !== shape.symbol;
    const one = CLASSES.find(({ symbol }) => symbol === shape.symbol);
    const same = shapes.filter(({ symbol }) => symbol === shape.symbol).length;
    const heading = first
      ? html`<li class=${`heading class-${one?.letter ?? "q"}`} role="presentation"><b>${one?.words ?? shape.symbol}</b> ${plural(same, "shape")}</li>`
      : nothing;
    return html`${heading}${card(review, scene, shape, at)}`;
  });
}

/** Counts by class; to hide a class, and to drop a shape on. */
function chips(review: Review, counts: Shapes["counts"] | null): TemplateResult {
  const total = Object.values(counts ?? {}).reduce((sum, count) => sum + count, 0);
  return html`<div class="chips" role="group" aria-label="classes: press to hide, drop a template to relabel it">
    ${CLASSES.map(({ symbol, letter, words }) => {
      const beats = counts?.[symbol] ?? 0;
      return html`<button
        class=${`chip class-${letter}`}
        aria-pressed=${!review.hidden.has(symbol)}
        title=${`${words}: ${beats} of ${total} beats; drop a template here to call all its beats ${words}`}
        @click=${() => {
          if (!review.hidden.delete(symbol)) review.hidden.add(symbol);
          review.map.refresh();
        }}
        @dragover=${(event: DragEvent) => event.preventDefault()}
        @drop=${(event: DragEvent) => {
          event.preventDefault();
          const key = event.dataTransfer?.getData("text/plain") ?? "";
          if (key !== "") void review.labelShape(key, symbol);
        }}
      ><b>${symbol === "|" ? "✕" : symbol}</b> <span class="count">${counts !== null ? beats.toLocaleString("en") : "–"}</span></button>`;
    })}
  </div>`;
}

function card(review: Review, { details }: EventScene, shape: Shape, at: number): TemplateResult {
  const lead = Math.min(review.map.lead, details.leads.length - 1);
  const one = CLASSES.find(({ symbol }) => symbol === shape.symbol);
  const rr = shape.rrMs === null ? "" : `RR ${shape.rrMs}`;
  return html`<li
    id=${`shape-${at}`}
    role="option"
    draggable="true"
    class=${`shape class-${one?.letter ?? "q"}`}
    aria-selected=${shape.key === review.group}
    aria-label=${`${one?.words ?? shape.symbol}, ${shape.count} beats${rr === "" ? "" : `, ${rr} ms`}`}
    @click=${() => {
      if (review.group === shape.key) review.showMember();
      else review.select(shape.key);
    }}
    @dragstart=${(event: DragEvent) => event.dataTransfer?.setData("text/plain", shape.key)}
  >
    ${shapeView(shape, lead, details.leads[lead]?.gain ?? 200)}
    <span class="foot"><b>${shape.symbol === "|" ? "✕" : shape.symbol}</b> <span class="count">${shape.count.toLocaleString("en")}</span> <small>${rr}</small></span>
  </li>`;
}

/** Cards in a row of the gallery. */
function columns(list: HTMLElement): number {
  return Math.max(1, getComputedStyle(list).gridTemplateColumns.split(" ").length);
}

function galleryKey(review: Review, shapes: readonly Shape[], chosen: number, event: KeyboardEvent): void {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const list = event.currentTarget as HTMLElement;
  const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns(list), ArrowDown: columns(list) }[event.key];
  const one = CLASSES.find(({ key }) => key === event.key);
  if (by !== undefined) {
    const next = shapes[Math.max(0, Math.min(shapes.length - 1, chosen < 0 ? 0 : chosen + by))];
    if (next !== undefined) review.select(next.key);
    list.querySelector(`#shape-${shapes.indexOf(next!)}`)?.scrollIntoView({ block: "nearest" });
  } else if (event.key === "Enter") review.showMember(event.shiftKey ? -1 : 1);
  else if (one !== undefined && review.group !== null) void review.labelShape(review.group, one.symbol);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function intervals(review: Review): TemplateResult {
  const told = review.intervals.value!;
  if (told.count === 0) return html`<p class="faint">No interval between two beats was found here.</p>`;
  const end = (name: string, one: readonly [number, number] | null) =>
    one === null
      ? nothing
      : html`<button class="quiet" @click=${() => review.map.jump(one[1])}>${name} <b>${one[0]}</b> ms</button>`;
  return html`<div class="plots">
    <p class="sum"><span>${told.count.toLocaleString("en")} intervals, mean <b>${told.meanMs}</b> ms</span> ${end("longest", told.longest)} ${end("shortest", told.shortest)}</p>
    <h2>Histogram <small>RR, ms; heights by square root</small></h2>
    ${guard([told], () => histogramView(told))}
    <h2>Poincaré <small>RR over the RR before it, ms</small></h2>
    ${guard([told], () => poincareView(told))}
    <p class="key"><i class="even"></i> normal <i class="odd"></i> most end in ectopic beats</p>
  </div>`;
}

function hours(review: Review, scene: EventScene): TemplateResult {
  const told = review.hours.value!;
  const { details } = scene;
  const rows = hourRows(told, details.rate);
  const at = (bin: number) => details.time.ms(told.start + bin * told.size);
  const label = (bin: number) => (details.time.known ? (told.size / details.rate >= 86_400 ? day(at(bin)).slice(4, 10) : clockTime(at(bin) + 0.5).slice(0, 5)) : elapsed(at(bin)).slice(0, 5));
  return html`<div class="hours">
    ${rows.map((row) => hourRow(review, row, told.start, told.size, label))}
    <p class="axis"><span>${label(0)}</span><span>${label(Math.floor(told.rate.length / 2))}</span><span>${label(told.rate.length)}</span></p>
  </div>`;
}

const ROW = 44;

function hourRow(review: Review, { title, unit, bars, most, least }: HourRow, start: number, size: number, label: (bin: number) => string): TemplateResult {
  const y = (value: number) => ROW - ((Math.max(least, value) - least) / (most - least)) * ROW;
  return html`<h2>${title} <small>${unit}, to ${most >= 10 ? Math.round(most) : most.toFixed(1)}</small></h2>
    <ol class="bars">
      ${bars.map((bar, bin) => {
        const top = y(bar.high);
        const high = Math.max(bar.words === "" || bar.high <= least ? 0 : 1, y(bar.low) - top);
        return html`<li><button title=${`${label(bin)}: ${bar.words === "" ? "nothing known" : bar.words}`} aria-label=${`${title}, ${label(bin)}: ${bar.words === "" ? "nothing known" : bar.words}`} @click=${() => review.map.jump(start + (bin + 0.5) * size)}>
          <svg viewBox="0 0 10 ${ROW}" preserveAspectRatio="none" aria-hidden="true"><rect class=${bar.kind} x="0.5" width="9" y=${bar.kind === "rate" ? top : ROW - (ROW - top)} height=${high}></rect></svg>
        </button></li>`;
      })}
    </ol>`;
}

function jumping(review: Review): TemplateResult {
  const what = review.jumping;
  if (what === "" || what === null)
    return html`<div class="jumping" role="group" aria-label="jump to what">
      <b>Jump to</b> ${WHATS.map((one) => html`<button @click=${() => {
        review.jumping = one.what;
        review.map.refresh();
      }}><kbd>${one.key}</kbd> ${one.words}</button>`)}
    </div>`;
  return html`<div class="jumping" role="group" aria-label="which of them">
    <b>${WHATS.find((one) => one.what === what)?.words}:</b>
    ${WHICHES.filter(({ which }) => fits(what, which)).map(({ key, which }) => html`<button @click=${() => void review.jump(what, which)}><kbd>${key}</kbd> ${which}</button>`)}
  </div>`;
}
