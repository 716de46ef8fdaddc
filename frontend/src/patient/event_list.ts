/** What was found, newest first: a list for the keyboard, each entry with its strip, its values and its rule. */

import { html, nothing, type TemplateResult } from "lit";
import { classMap } from "lit/directives/class-map.js";
import { guard } from "lit/directives/guard.js";
import { duration, elapsed, when, zone } from "../chrome/format";
import { properties } from "../chrome/properties";
import { type Priority, PRIORITIES } from "../protocol/messages";
import { SIGNS } from "../wall/findings";
import type { BeatsOver } from "./beats";
import type { Details } from "./details";
import { endOf, type Finding, type Findings, valueRows } from "./findings";
import type { Ink } from "./ink";
import type { Quality } from "./quality";
import { paintStrip, Strips, stripSize, stripWords } from "./strips";
import type { Piece } from "./tile_cache";

/** Entries in the document at once; more are asked for. */
const SHOWN = 100;

/** What the list needs of the page it stands on. */
export interface EventHost {
  readonly id: string;
  jump(sample: number): void;
  refresh(): void;
  focus(): void;
}

export interface EventScene {
  readonly details: Details;
  readonly findings: Findings;
  readonly beats: BeatsOver;
  readonly quality: Quality;
  readonly ink: Ink;
  readonly pxPerMm: number;
  readonly centerNow: number;
  /** Sample after the newest there is. */
  readonly end: number;
}

export const sign = (priority: Priority): string => (priority === "none" ? "·" : SIGNS[priority]);

export class EventList {
  /** Priorities and the kind that are listed. */
  readonly priorities = new Set<Priority>(PRIORITIES);
  kind: string | null = null;
  selected: string | null = null;
  private most = SHOWN;
  private edition = 0;
  private readonly strips: Strips;
  private readonly canvas = document.createElement("canvas");
  /** Strip that the canvas was last scrolled to. */
  private placed: string | null = null;
  private painted = "";

  constructor(private readonly host: EventHost) {
    this.strips = new Strips(host.id, () => this.change());
    this.canvas.className = "strip-canvas";
    this.canvas.setAttribute("role", "img");
  }

  /** What the filters leave, newest first. */
  listed(findings: Findings): readonly Finding[] {
    return findings.list.filter(
      ({ priority, kind }) => this.priorities.has(priority) && (this.kind === null || kind === this.kind),
    );
  }

  private change(): void {
    this.edition++;
    this.host.refresh();
  }

  select(id: string | null): void {
    this.selected = id === this.selected ? null : id;
    this.change();
  }

  /** Move the selection; positive is to older ones. */
  step(findings: Findings, by: number): void {
    const list = this.listed(findings);
    if (list.length === 0) return;
    const at = list.findIndex(({ id }) => id === this.selected);
    const to = at < 0 ? 0 : Math.max(0, Math.min(list.length - 1, at + by));
    if (to >= this.most) this.most = to + SHOWN;
    this.selected = list[to]!.id;
    this.change();
  }

  /** The map goes to the next finding after its middle, or the one before. */
  follow(findings: Findings, middle: number, direction: 1 | -1): void {
    const list = this.listed(findings);
    const next =
      direction > 0 ? list.findLast(({ start }) => start > middle + 1) : list.find(({ start }) => start < middle - 1);
    if (next === undefined) return;
    this.selected = next.id;
    this.host.jump(next.start);
    this.change();
  }

  private toggle(priority: Priority): void {
    if (!this.priorities.delete(priority)) this.priorities.add(priority);
    this.change();
  }

  private key(event: KeyboardEvent, findings: Findings): void {
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -1e9, End: 1e9 }[event.key];
    const chosen = findings.list.find(({ id }) => id === this.selected);
    if (by !== undefined) this.step(findings, by);
    else if (event.key === "Enter" && chosen !== undefined) this.host.jump(chosen.start);
    else if (event.key === "Escape") this.host.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** The list as markup; made anew only when something in it changed. */
  view(scene: EventScene): TemplateResult {
    const { findings } = scene;
    const minute = Math.floor(scene.centerNow / 10_000);
    const state = [findings.edition, findings.loading, findings.failure, this.edition, minute, scene.details];
    return html`${guard(state, () => this.whole(scene))}`;
  }

  private whole(scene: EventScene): TemplateResult {
    const { findings } = scene;
    const list = this.listed(findings);
    const shown = list.slice(0, this.most);
    return html`<section class="events">
      <h2>
        Events <small>${findings.from === null ? "" : list.length === findings.list.length ? list.length : `${list.length} of ${findings.list.length}`}${scene.details.time.known ? ` · times ${zone(scene.centerNow)}` : ""}</small>
      </h2>
      ${findings.list.length === 0 ? nothing : this.filters(findings)}
      ${findings.failure === null ? nothing : html`<p class="failed" role="status">Events cannot be fetched: ${findings.failure}. Asked again by itself.</p>`}
      ${this.state(scene, list)}
      <ol
        class="event-list"
        role="listbox"
        tabindex="0"
        aria-label="events, newest first"
        aria-activedescendant=${this.selected === null ? nothing : `event-${this.selected}`}
        @keydown=${(event: KeyboardEvent) => this.key(event, findings)}
        ?hidden=${shown.length === 0}
      >
        ${shown.map((finding) => this.entry(scene, finding))}
      </ol>
      ${this.further(findings, list.length)}
    </section>`;
  }

  /** What there is to say where no entry is. */
  private state(scene: EventScene, list: readonly Finding[]): TemplateResult | typeof nothing {
    const { findings } = scene;
    if (findings.from === null) return findings.failure === null ? html`<p class="faint">Asking for the events.</p>` : html``;
    if (list.length > 0) return nothing;
    if (findings.list.length > 0) return html`<p class="faint">No event of these priorities and this kind.</p>`;
    return html`<p class="faint">Nothing was found since ${this.time(scene, findings.from)}.</p>`;
  }

  private further(findings: Findings, count: number): TemplateResult {
    const more =
      count > this.most
        ? html`<button
            @click=${() => {
              this.most += SHOWN;
              this.change();
            }}
          >
            ${Math.min(SHOWN, count - this.most)} more
          </button>`
        : nothing;
    const earlier =
      count <= this.most && (findings.from ?? 0) > 0
        ? html`<button @click=${() => findings.earlier()}>the day before</button>`
        : nothing;
    return html`<p class="further">${more}${earlier}</p>`;
  }

  private filters(findings: Findings): TemplateResult {
    const kinds = new Map(findings.list.map(({ kind, words }) => [kind, words]));
    const holds = findings.list.filter(({ state }) => state !== "withdrawn");
    const count = (priority: Priority) => holds.filter((one) => one.priority === priority).length;
    return html`<div class="filters">
      <span role="group" aria-label="priorities">
        ${PRIORITIES.map(
          (priority) => html`<button
            class=${this.priorities.has(priority) ? `alarm ${priority}` : "alarm none off"}
            aria-pressed=${this.priorities.has(priority)}
            aria-label=${priority === "none" ? "no alarm" : `${priority} priority`}
            @click=${() => this.toggle(priority)}
          >
            <b class="sign">${sign(priority)}</b> ${count(priority)}
          </button>`,
        )}
      </span>
      <select
        aria-label="kind of event"
        @change=${(event: Event) => {
          this.kind = (event.target as HTMLSelectElement).value || null;
          this.change();
        }}
      >
        <option value="" ?selected=${this.kind === null}>every kind</option>
        ${[...kinds]
          .sort((a, b) => a[1].localeCompare(b[1]))
          .map(([kind, words]) => html`<option value=${kind} ?selected=${this.kind === kind}>${words}</option>`)}
      </select>
    </div>`;
  }

  private time({ details, centerNow }: EventScene, sample: number): string {
    const ms = details.time.ms(sample);
    // The zone stands once, over the list.
    return details.time.known ? when(ms, centerNow).replace(/ \S+$/, "") : elapsed(ms).slice(0, 8);
  }

  private entry(scene: EventScene, finding: Finding): TemplateResult {
    const { details, end } = scene;
    const chosen = finding.id === this.selected;
    const open = finding.state === "open";
    const long = ((endOf(finding, end) - finding.start) / details.rate) * 1000;
    const length = long < 1000 ? "" : duration(long);
    const said = {
      open: length === "" ? "open" : `open, ${length}`,
      closed: length,
      withdrawn: "withdrawn",
      interrupted: "end not known",
    }[finding.state];
    return html`<li
      id=${`event-${finding.id}`}
      role="option"
      aria-selected=${chosen}
      class=${classMap({ event: true, chosen, withdrawn: finding.state === "withdrawn" })}
    >
      <div class="line" @click=${() => this.select(finding.id)} @dblclick=${() => this.host.jump(finding.start)}>
        <span class=${`alarm ${finding.priority}${open ? "" : " ended"}`}><b class="sign">${sign(finding.priority)}</b></span>
        <b class="what">${finding.words}</b>
        <span class="faint long">${said}</span>
        <span class="faint time">${this.time(scene, finding.start)}</span>
      </div>
      ${chosen ? this.evidence(scene, finding) : nothing}
    </li>`;
  }

  /** That it does not hold stands before what it rested on. */
  private withdrawn({ centerNow }: EventScene, { withdrawn }: Finding): TemplateResult | typeof nothing {
    if (withdrawn === null) return nothing;
    const at = withdrawn.at_ms === null ? "" : ` at ${when(withdrawn.at_ms, centerNow).replace(/ \S+$/, "")}`;
    return html`<p class="taken-back"><b>Withdrawn${at}:</b> ${withdrawn.words}.</p>`;
  }

  private evidence(scene: EventScene, finding: Finding): TemplateResult {
    const rows = valueRows(finding);
    const compared = rows.some(({ limit }) => limit !== "");
    return html`<div class="evidence">
      ${this.withdrawn(scene, finding)}
      ${finding.toldAs.length === 0 ? nothing : html`<p class="faint told-as">first told as ${finding.toldAs.join(", then ")}</p>`}
      ${this.strip(scene, finding)}
      <table>
        ${compared ? html`<thead><tr><th></th><th>found</th><th>limit</th></tr></thead>` : nothing}
        <tbody>
          ${rows.map(
            ({ name, value, limit }) =>
              html`<tr><th scope="row">${name}</th><td>${value}</td>${compared ? html`<td class="faint">${limit}</td>` : nothing}</tr>`,
          )}
        </tbody>
      </table>
      <p class="faint rule">rule ${finding.rule}, version ${finding.version}</p>
      <p><button @click=${() => this.host.jump(finding.start)}>show on the map <kbd>Enter</kbd></button></p>
    </div>`;
  }

  private strip(scene: EventScene, finding: Finding): TemplateResult {
    const failure = this.strips.failure(finding);
    if (failure !== null)
      return html`<p class="strip-box failed" role="status">The strip cannot be fetched: ${failure}.
        <button @click=${() => this.strips.retry(finding)}>Ask again</button></p>`;
    const piece = this.strips.piece(finding);
    if (piece === null) return html`<p class="strip-box faint">Fetching the strip.</p>`;
    const { width, height } = stripSize(finding, scene.details, piece, scene.pxPerMm);
    this.canvas.setAttribute("aria-label", `${finding.words} at ${this.time(scene, finding.start)}, 25 mm/s`);
    return html`<div class="strip-box" tabindex="-1">
        <span ${properties({ width: `${width}px`, height: `${height}px` })}>${this.canvas}</span>
      </div>
      <p class="faint leads">${stripWords(scene.details)}</p>`;
  }

  /** After the markup stands: fetch and paint the strip that is open, and bring a new selection into sight. */
  afterwards(scene: EventScene, root: HTMLElement): void {
    const finding = scene.findings.list.find(({ id }) => id === this.selected);
    if (finding === undefined) {
      this.placed = null;
      return;
    }
    this.strips.want(finding);
    scene.beats.want(finding.strip[0], finding.strip[1], scene.end);
    scene.quality.want(finding.strip[0], finding.strip[1], scene.end);
    const piece = this.strips.piece(finding);
    if (piece !== null && this.canvas.isConnected) this.paint(scene, finding, piece);
    if (this.placed === finding.id) return;
    root.querySelector(`#event-${finding.id}`)?.scrollIntoView({ block: "nearest" });
    if (piece === null || !this.canvas.isConnected) return;
    this.placed = finding.id;
    // The onset comes first: a second of what was before it, then the finding.
    const before = (finding.start - finding.strip[0]) / scene.details.rate - 1;
    this.canvas.closest(".strip-box")!.scrollLeft = Math.max(0, before * 25 * scene.pxPerMm);
  }

  /** Paint the strip where anything of it may have changed: beats come and are classed later than the samples. */
  private paint(scene: EventScene, finding: Finding, piece: Piece): void {
    const second = Math.floor(scene.centerNow / 1000);
    const key = [finding.id, scene.findings.edition, piece.columns, scene.pxPerMm, scene.ink.paper, second].join();
    if (key === this.painted && this.canvas.width > 1) return;
    this.painted = key;
    paintStrip(this.canvas, { ...scene, finding, piece });
  }
}
