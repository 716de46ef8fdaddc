/** The measurements as a table: now, the last hour, today; each cell tells where it came from and goes there. */

import { html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { clockTime, duration, elapsed, zone } from "../chrome/format";
import type { Details } from "./details";
import {
  type Cell,
  cellWords,
  type EpisodeRow,
  type Figure,
  type FigureGroup,
  type Figures,
  figureGroups,
  type Measures,
  midnight,
} from "./figures";

export interface FiguresHost {
  jump(sample: number): void;
  refresh(): void;
  focus(): void;
}

export interface FiguresScene {
  readonly details: Details;
  readonly centerNow: number;
}

type Place = readonly [row: number, column: number];

const WINDOW_WORDS = ["now", "last hour", "today"] as const;

const idOf = ([row, column]: Place): string => `figure-${row}-${column}`;

export class FiguresView {
  private at: Place = [0, 0];
  private edition = 0;

  constructor(
    private readonly host: FiguresHost,
    private readonly figures: Figures,
  ) {}

  /** Ask for what is not known yet. */
  want({ details, centerNow }: FiguresScene): void {
    const { time } = details;
    this.figures.want(time.known ? time.sample(midnight(centerNow)) : 0);
  }

  view(scene: FiguresScene): TemplateResult {
    return html`${guard([this.figures.edition, this.edition, scene.details], () => this.whole(scene))}`;
  }

  private whole(scene: FiguresScene): TemplateResult {
    const { measures, failure } = this.figures;
    const older = measures === null ? "" : "; what stands here is older";
    const groups = measures === null ? [] : figureGroups(measures, scene.details.leads.map(({ name }) => name));
    const cells = groups.flatMap(({ rows }) => rows.map((row) => row.cells));
    const place: Place = [Math.min(this.at[0], cells.length - 1), this.at[1]];
    return html`<section class="figures" aria-label="measurements">
      ${failure === null ? nothing : html`<p class="failed" role="status">Measurements cannot be fetched: ${failure}. Asked again by itself${older}.</p>`}
      <div
        class="scroll"
        role="group"
        tabindex="0"
        aria-label="measurements: arrows choose one, Enter shows on the map where it came from"
        aria-describedby="figure-source"
        aria-activedescendant=${cells[place[0]]?.[place[1]] == null ? nothing : idOf(place)}
        @keydown=${(event: KeyboardEvent) => this.key(event, cells)}
      >
        ${measures === null ? this.nothingYet(failure) : measures.end === 0 ? html`<p class="faint">Nothing is stored yet: there is nothing to measure.</p>` : this.table(scene, measures, groups, place)}
      </div>
      <p class="source" id="figure-source">${measures === null ? "" : this.source(scene, measures, cells[place[0]]?.[place[1]] ?? null)}</p>
    </section>`;
  }

  private nothingYet(failure: string | null): TemplateResult | typeof nothing {
    return failure === null ? html`<p class="faint">Asking for the measurements.</p>` : nothing;
  }

  private table(scene: FiguresScene, measures: Measures, groups: readonly FigureGroup[], place: Place): TemplateResult {
    return html`<table>
        <thead>
          <tr><th></th>${WINDOW_WORDS.map((words) => html`<th scope="col">${words}</th>`)}</tr>
        </thead>
        ${this.groups(groups, place)}
      </table>
      ${this.episodes(scene, measures)}`;
  }

  private groups(groups: readonly FigureGroup[], place: Place): TemplateResult[] {
    let row = -1;
    return groups.map(
      ({ title, rows }) => html`<tbody>
        <tr><th class="kind" colspan="4" scope="rowgroup">${title}</th></tr>
        ${rows.map(({ name, unit, cells }) => {
          row++;
          const at = row;
          return html`<tr>
            <th scope="row">${name} <small>${unit}</small></th>
            ${cells.map((cell, column) => this.cell(cell, [at, column], place, [name, unit]))}
          </tr>`;
        })}
      </tbody>`,
    );
  }

  private cell(cell: Cell | null, at: Place, place: Place, [name, unit]: readonly [string, string]): TemplateResult {
    if (cell === null) return html`<td></td>`;
    const words = cellWords(cell);
    const said = cell.figure.value === null ? "not measured" : [words.figure, words.range, unit].filter(Boolean).join(" ");
    const chosen = at[0] === place[0] && at[1] === place[1];
    return html`<td
      id=${idOf(at)}
      aria-label=${`${name}, ${WINDOW_WORDS[at[1]]}: ${said}`}
      class=${`${cell.figure.value === null ? "none" : ""} ${chosen ? "chosen" : ""}`}
      title=${cell.figure.value === null ? cell.figure.reason : nothing}
      @click=${() => this.choose(at, cell)}
    >
      <b>${words.figure}</b>${words.range === "" ? nothing : html` <small>${words.range}</small>`}
    </td>`;
  }

  private choose(at: Place, cell: Cell): void {
    const again = this.at[0] === at[0] && this.at[1] === at[1];
    this.at = at;
    this.edition++;
    if (again) this.go(cell.figure);
    this.host.refresh();
  }

  private go({ value, start, end }: Figure): void {
    if (value !== null) this.host.jump((start + end) / 2);
  }

  /** Where the chosen figure came from; the times of one day need no date. */
  private source({ details, centerNow }: FiguresScene, { start, leftOut }: Measures, cell: Cell | null): string {
    const time = (sample: number) =>
      details.time.known ? clockTime(details.time.ms(sample)) : elapsed(details.time.ms(sample)).slice(0, 8);
    const of = ({ start: from, end, count }: Figure) =>
      `${time(from)} to ${time(end)}${count > 0 ? `, from ${count}` : ""}`;
    const today = `Today since ${time(start)}${details.time.known ? ` ${zone(centerNow)}` : ""}.`;
    const more = leftOut ? " So many findings that not all are counted." : "";
    if (cell === null) return today + more;
    if (cell.figure.value === null) return `Not measured: ${cell.figure.reason}. ${today}${more}`;
    const ends = cell.range === null ? "" : ` Lowest ${time(cell.range[0].start)}, highest ${time(cell.range[1].start)}.`;
    return `${of(cell.figure)}.${ends} ${today}${more}`;
  }

  private episodes({ details }: FiguresScene, { episodes }: Measures): TemplateResult | typeof nothing {
    if (episodes.length === 0) return nothing;
    const jump = ({ start }: Figure) => this.host.jump(start);
    const long = (figure: Figure) => duration((figure.value ?? 0) * 1000);
    const time = (figure: Figure) =>
      details.time.known ? clockTime(details.time.ms(figure.start)) : elapsed(details.time.ms(figure.start)).slice(0, 8);
    const end = (figure: Figure, word: string) =>
      html`<td><button class="quiet" title=${`${word}, at ${time(figure)}: show on the map`} @click=${() => jump(figure)}>${long(figure)}</button></td>`;
    return html`<table class="episodes">
      <thead>
        <tr><th>Today, ended</th><th scope="col">count</th><th scope="col">longest</th><th scope="col">shortest</th></tr>
      </thead>
      <tbody>
        ${[...episodes].sort((a: EpisodeRow, b: EpisodeRow) => b.count - a.count).map(
          (row) =>
            html`<tr><th scope="row">${row.words} <small>${long(row.total)} in all</small></th><td><b>${row.count}</b></td>${end(row.longest, "longest")}${end(row.shortest, "shortest")}</tr>`,
        )}
      </tbody>
    </table>`;
  }

  private key(event: KeyboardEvent, cells: readonly (readonly (Cell | null)[])[]): void {
    if (event.target !== event.currentTarget) return;
    const [row, column] = this.at;
    const by = {
      ArrowDown: [1, 0],
      ArrowUp: [-1, 0],
      ArrowRight: [0, 1],
      ArrowLeft: [0, -1],
      Home: [-1e9, 0],
      End: [1e9, 0],
    }[event.key];
    const chosen = cells[row]?.[column];
    if (by !== undefined)
      this.at = [
        Math.max(0, Math.min(cells.length - 1, row + by[0]!)),
        Math.max(0, Math.min(2, column + by[1]!)),
      ];
    else if (event.key === "Enter" && chosen != null) this.go(chosen.figure);
    else if (event.key === "Escape") this.host.focus();
    else return;
    this.edition++;
    this.host.refresh();
    event.preventDefault();
    event.stopPropagation();
    requestAnimationFrame(() => document.querySelector(".figures td.chosen")?.scrollIntoView({ block: "nearest" }));
  }
}
