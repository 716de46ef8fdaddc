/** The line over the wall: center, clock, numbers, and everything that is wrong with the center or this screen. */

import { html, nothing, type TemplateResult } from "lit";
import { clockTime, day, duration, plural, zone } from "../chrome/format";
import { TILE_COUNTS, type TileCount } from "../chrome/prefs";
import type { CenterState } from "../protocol/messages";
import { ALARMS, type Counts, countWords, SIGNS } from "./findings";

export interface HeaderModel {
  readonly center: CenterState | null;
  readonly centerNow: number;
  readonly total: number;
  readonly connected: number;
  readonly stale: number;
  readonly never: number;
  /** Open findings by priority. */
  readonly found: Counts;
  readonly silentMs: number | null;
  /** The worker does not paint what the page says. */
  readonly still: boolean;
  readonly trouble: string | null;
  readonly tiles: TileCount;
  readonly scale: string;
  readonly calibrated: boolean;
  readonly filter: string | null;
}

export interface HeaderActs {
  readonly tiles: (count: TileCount) => void;
  readonly filter: (text: string | null) => void;
  readonly palette: () => void;
  readonly help: () => void;
  readonly calibrate: () => void;
  readonly nextFinding: () => void;
}

/** A sentence with a part that counts: seen, but not read out again with every second. */
export interface Banner {
  readonly before: string;
  readonly counting: string;
  readonly after: string;
}

/** A sentence for each thing that is wrong, worst first. */
export function banners(
  model: Pick<HeaderModel, "center" | "centerNow" | "silentMs" | "still" | "trouble">,
): readonly Banner[] {
  const { center, silentMs } = model;
  const said: Banner[] = [];
  const say = (before: string, counting = "", after = "") => said.push({ before, counting, after });
  if (silentMs !== null && center !== null)
    say("This screen has been without the center", ` for ${duration(silentMs)}`, "; pictures are not live.");
  if (model.still) say("The picture does not move: no waves are shown. If it stays so, load the page again.");
  if (center === null) return said;
  const since = center.since_ms === null ? "" : ` for ${duration(model.centerNow - center.since_ms)}`;
  const kept = ": live, not stored. Transmitters keep their samples;";
  if (center.storing === "full") say("Disk full", since, `${kept} make room on the center's disk.`);
  if (center.storing === "failing") say("Storing fails", since, `${kept} see the center's log.`);
  if (center.findings === "unsaved") {
    const unsaved =
      center.findings_since_ms === null ? "" : ` for ${duration(model.centerNow - center.findings_since_ms)}`;
    const waiting = center.findings_waiting === 0 ? "" : ` (${plural(center.findings_waiting, "change")})`;
    say("Findings cannot be saved", `${unsaved}${waiting}`, ": shown, held in memory and tried again; see the center's disk and log.");
  }
  if (center.clock !== "ok")
    say(`The center's clock is not to be trusted (${center.clock}); times on this screen may be wrong.`);
  if (model.trouble !== null)
    say(`A message was not taken, part of the picture may be missing: ${model.trouble}.`);
  if (center.behind_s >= 2) say("The analysis is", ` ${duration(center.behind_s * 1000)}`, " behind.");
  return said;
}

/** What is no longer than this belongs to the sentence. */
const SHORT_REST = 16;

/** The worst in full; of the others what is so, the rest where there is room, and by pointing at it. */
export const bannersView = (said: readonly Banner[]): TemplateResult =>
  html`<div class="banners" role="alert">${said.map(
    ({ before, counting, after }) =>
      html`<p class="banner" title=${`${before}${counting}${after}`}><span>${before}<span aria-hidden="true">${counting}</span><span class=${after.length > SHORT_REST ? "after" : ""}>${after}</span></span></p>`,
  )}</div>`;

const wordmark = html`<span class="brand"
  ><svg viewBox="0 0 32 20" aria-hidden="true"><path d="M1 11h7l2-3 2 3h2l2-9 3 16 2-7h10" /></svg><span class="name">einthoven</span></span
>`;

function storing(model: HeaderModel): TemplateResult {
  if (model.silentMs !== null || model.center === null) return html`<span class="state bad">not live</span>`;
  if (model.center.storing !== "ok") return html`<span class="state bad">not stored</span>`;
  if (model.center.findings !== "ok") return html`<span class="state bad">findings not saved</span>`;
  return html`<span class="state">live, stored</span>`;
}

/** How many findings are open, by priority; grey where there are none, so that nothing shifts. */
function alarms({ found, silentMs }: HeaderModel, next: () => void): TemplateResult {
  const words = countWords(found);
  return html`<button
    class=${silentMs === null ? "alarms" : "alarms cut-off"}
    title=${words === null ? "nothing is open" : "next patient with an open finding (n)"}
    aria-label=${words === null ? "no open findings" : `open findings: ${words}; next one`}
    ?disabled=${words === null}
    @click=${next}
  >
    ${ALARMS.map(
      (priority) =>
        html`<span class=${found[priority] > 0 ? `alarm ${priority}` : "alarm none"}><b class="sign">${SIGNS[priority]}</b><b>${found[priority]}</b></span>`,
    )}
  </button>`;
}

/** The header; the clock is the center's and carries its zone. */
export function headerView(model: HeaderModel, acts: HeaderActs): TemplateResult {
  const now = model.centerNow;
  return html`<header class="top">
      ${wordmark} ${alarms(model, acts.nextFinding)}
      <span class=${model.silentMs === null ? "counts" : "counts cut-off"}>
        <span><b>${model.total}</b> ${model.total === 1 ? "patient" : "patients"}</span>
        <span><b>${model.connected}</b> connected</span>
        <span class=${model.stale > 0 ? "some" : ""}><b>${model.stale}</b> stale</span>
        ${model.never > 0 ? html`<span><b>${model.never}</b> never connected</span>` : nothing}
        ${bannersView(banners(model))}
      </span>
      <time class=${model.silentMs === null ? "clock" : "clock cut-off"} title="clock of the center">
        <b>${model.center === null ? "––:––:––" : clockTime(now)}</b>
        <span>${zone(now)}<span class="date"> · ${day(now)}</span></span>
      </time>
      <span class="tools">
        ${storing(model)}
        <button class="quiet scale-button" @click=${acts.calibrate} title="calibrate with a ruler (m)">
          ${model.scale}${model.calibrated ? "" : html` <span class="uncalibrated">not calibrated</span>`}
        </button>
        <span class="segmented" role="group" aria-label="tiles">
          ${TILE_COUNTS.map(
            (count) =>
              html`<button aria-pressed=${count === model.tiles} @click=${() => acts.tiles(count)}>${count}</button>`,
          )}
        </span>
        <button class="quiet" @click=${acts.palette} aria-label="search"><span class="word">Search </span><kbd>Ctrl K</kbd></button>
        <button class="quiet" @click=${acts.help} aria-label="keys"><kbd>?</kbd></button>
      </span>
    </header>`;
}

export interface FooterModel {
  readonly first: number;
  readonly last: number;
  readonly found: number;
  readonly total: number;
  readonly page: number;
  readonly pages: number;
  readonly staleElsewhere: number;
  /** Open findings on other pages, in words; null where there are none. */
  readonly foundElsewhere: string | null;
  readonly foundHidden: string | null;
  readonly filter: string | null;
  readonly hidden: number;
  readonly staleHidden: number;
}

export interface FooterActs {
  readonly page: (by: number) => void;
  readonly filter: (text: string | null) => void;
}

/** The line under the wall: which patients are on other pages or filtered away. Nothing is hidden silently. */
export function footerView(model: FooterModel, acts: FooterActs): TemplateResult | typeof nothing {
  if (model.pages === 1 && model.filter === null) return nothing;
  const elsewhere =
    model.staleElsewhere > 0 ? html`<b class="warn">${model.staleElsewhere} stale on other pages</b>` : nothing;
  const found =
    model.foundElsewhere === null
      ? nothing
      : html`<b class="warn">open on other pages: ${model.foundElsewhere} <kbd>n</kbd></b>`;
  const filtered =
    model.filter === null
      ? nothing
      : html`<span class="filtered"
          >filter
          <input
            class="filter"
            type="search"
            aria-label="filter patients"
            placeholder="name, transmitter, stale, noisy …"
            .value=${model.filter}
            @input=${(event: InputEvent) => acts.filter((event.target as HTMLInputElement).value)}
          />
          hides ${plural(model.hidden, "patient")}${model.staleHidden > 0 ? html`, <b class="warn">${model.staleHidden} of them stale</b>` : ""}${model.foundHidden === null ? "" : html`, <b class="warn">open among them: ${model.foundHidden}</b>`}
          <button class="quiet" @click=${() => acts.filter(null)}>show all <kbd>Esc</kbd></button></span
        >`;
  return html`<footer class="bottom">
    <span>patients <b>${model.first}–${model.last}</b> of <b>${model.found}</b></span>
    ${
      model.pages > 1
        ? html`<span class="pager">
            <button class="quiet" @click=${() => acts.page(-1)} ?disabled=${model.page === 0} aria-label="previous page">◂ <kbd>PgUp</kbd></button>
            <span>page ${model.page + 1} of ${model.pages}</span>
            <button class="quiet" @click=${() => acts.page(1)} ?disabled=${model.page === model.pages - 1} aria-label="next page"><kbd>PgDn</kbd> ▸</button>
          </span>`
        : nothing
    }
    ${found} ${elsewhere} ${filtered}
  </footer>`;
}
