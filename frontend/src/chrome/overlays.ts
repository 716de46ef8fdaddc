/** Key sheet, command palette and ruler: small sheets over a wall that goes on living. */

import { html, nothing, type TemplateResult } from "lit";
import type { Act } from "./acts";
import { NOMINAL_PX_PER_MM } from "./prefs";
import { properties } from "./properties";

export interface Choice {
  readonly label: string;
  readonly hint: string;
  readonly run: () => void;
}

/** Choices whose label or hint holds every word, best first: those whose label begins with the first word. */
export function search(choices: readonly Choice[], query: string): readonly Choice[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = choices.filter(({ label, hint }) =>
    words.every((word) => `${label} ${hint}`.toLowerCase().includes(word)),
  );
  const begins = (choice: Choice) =>
    words[0] !== undefined && choice.label.toLowerCase().startsWith(words[0]) ? 0 : 1;
  return [...found].sort((a, b) => begins(a) - begins(b)).slice(0, 12);
}

export interface PaletteModel {
  readonly query: string;
  readonly at: number;
  readonly found: readonly Choice[];
}

export interface PaletteActs {
  readonly query: (text: string) => void;
  readonly move: (by: number) => void;
  /** The given choice; without one, the marked one as it is when called, which may be newer than what is drawn. */
  readonly choose: (choice?: Choice) => void;
  readonly close: () => void;
}

export function paletteView(model: PaletteModel, acts: PaletteActs): TemplateResult {
  const keys = (event: KeyboardEvent) => {
    const moves: Record<string, () => void> = {
      ArrowDown: () => acts.move(1),
      ArrowUp: () => acts.move(-1),
      Enter: () => acts.choose(),
      Escape: acts.close,
    };
    const act = moves[event.key];
    event.stopPropagation();
    if (act === undefined) return;
    event.preventDefault();
    act();
  };
  return html`<div class="sheet palette" role="dialog" aria-label="search patients and acts" @keydown=${keys}>
    <input
      class="query"
      type="text"
      role="combobox"
      aria-expanded="true"
      aria-controls="palette-list"
      aria-activedescendant=${`choice-${model.at}`}
      placeholder="patient, page or act"
      .value=${model.query}
      @input=${(event: InputEvent) => acts.query((event.target as HTMLInputElement).value)}
      @blur=${acts.close}
    />
    <ul id="palette-list" role="listbox">
      ${model.found.map(
        (choice, index) =>
          html`<li
            id=${`choice-${index}`}
            role="option"
            aria-selected=${index === model.at}
            @pointerdown=${(event: Event) => {
              event.preventDefault();
              acts.choose(choice);
            }}
          >
            <span>${choice.label}</span><span class="hint">${choice.hint}</span>
          </li>`,
      )}
      ${model.found.length === 0 ? html`<li class="none">nothing is called that</li>` : nothing}
    </ul>
  </div>`;
}

export function helpView(acts: readonly Act[], close: () => void): TemplateResult {
  const groups = [...new Set(acts.map((act) => act.group))];
  return html`<div class="sheet help" role="dialog" aria-label="keys" tabindex="-1">
    <h2>Keys <button class="quiet" @click=${close}>close <kbd>Esc</kbd></button></h2>
    <div class="groups">
      ${groups.map(
        (group) =>
          html`<section>
            <h3>${group}</h3>
            <dl>
              ${acts
                .filter((act) => act.group === group && act.keys.length > 0)
                .map(
                  (act) => html`<dt>${act.keys.map((key) => html`<kbd>${key}</kbd>`)}</dt><dd>${act.label}</dd>`,
                )}
            </dl>
          </section>`,
      )}
      <section>
        <h3>Textures</h3>
        <dl class="textures">
          <dt><i class="sample hatch"></i></dt><dd>hole: no samples here</dd>
          <dt><i class="sample dots"></i></dt><dd>noisy or unusable</dd>
          <dt><i class="sample dashes"></i></dt><dd>lead off</dd>
          <dt><i class="sample lines-texture"></i></dt><dd>flat; in pairs: clipped</dd>
          <dt><i class="sample ticks"></i></dt><dd>came late, after an outage</dd>
        </dl>
      </section>
    </div>
  </div>`;
}

/** A bank card is this wide everywhere (ISO/IEC 7810 ID-1). */
const CARD_MM = 85.6;
export const RULERS = [
  { label: "50 mm on a ruler", mm: 50 },
  { label: "a bank card's long side, 85.6 mm", mm: CARD_MM },
  { label: "100 mm on a ruler", mm: 100 },
] as const;

export interface RulerModel {
  readonly mm: number;
  readonly pxPerMm: number;
}

export interface RulerActs {
  readonly ruler: (mm: number) => void;
  readonly size: (pxPerMm: number) => void;
  /** Make the bar longer by so many pixels than it is when called: keys come faster than frames. */
  readonly widen: (px: number) => void;
  readonly keep: () => void;
  readonly close: () => void;
}

export function rulerView(model: RulerModel, acts: RulerActs): TemplateResult {
  const width = model.mm * model.pxPerMm;
  const nudge = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    acts.widen(by * (event.shiftKey ? 10 : 1));
  };
  const drag = (event: PointerEvent) => {
    const handle = event.currentTarget as HTMLElement;
    const bar = handle.parentElement!.getBoundingClientRect();
    handle.setPointerCapture(event.pointerId);
    handle.onpointermove = (move) => acts.size(Math.max(1, (move.clientX - bar.left) / model.mm));
    handle.onpointerup = () => {
      handle.onpointermove = null;
    };
  };
  return html`<div class="sheet ruler" role="dialog" aria-label="calibrate this screen" tabindex="-1">
    <h2>True millimetres <button class="quiet" @click=${acts.close}>close <kbd>Esc</kbd></button></h2>
    <p>Hold a ruler or a bank card to the screen and drag the right end until the bar is exactly as long. Arrow keys move it by one pixel.</p>
    <p class="choices">
      ${RULERS.map(
        (ruler) =>
          html`<button aria-pressed=${ruler.mm === model.mm} @click=${() => acts.ruler(ruler.mm)}>${ruler.label}</button>`,
      )}
    </p>
    <div class="bar" ${properties({ width: `${width}px` })}>
      <span>${model.mm} mm</span>
      <button class="handle" aria-label=${`right end of the bar, ${Math.round(width)} pixels`} @pointerdown=${drag} @keydown=${nudge}></button>
    </div>
    <p class="actions">
      <button class="main" @click=${acts.keep}>Keep for this screen</button>
      <button class="quiet" @click=${() => acts.size(NOMINAL_PX_PER_MM)}>as the browser says</button>
      <span class="faint">${model.pxPerMm.toFixed(3)} pixels to the millimetre</span>
    </p>
  </div>`;
}
