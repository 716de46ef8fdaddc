/** The wall: tiles, header, panel, keys. Holds what this screen shows; the pictures are the worker's. */

import { html, nothing, render, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { type Act, actFor, typing } from "../chrome/acts";
import { Overlays } from "../chrome/overlay_state";
import { measured } from "../chrome/calibration";
import { loadPrefs, type Prefs, savePrefs, TILE_COUNTS } from "../chrome/prefs";
import { Redraw } from "../chrome/redraw";
import { properties } from "../chrome/properties";
import type { Station } from "../chrome/station";
import { fitScale, type Scale, scaleLabel } from "../live/geometry";
import type { DeskClient } from "../desk/client";
import { clearPaper, layNotice } from "../patient/print_now";
import { byTelephone } from "../protocol/means";
import { DemoGuide } from "../watch/guide";
import type { PatientView } from "../patient/view";
import { pressed } from "../desk/worklist_keys";
import { Parting } from "../watch/parting";
import { WatchPost } from "../watch/post";
import { Announcer } from "./announcer";
import { Beside } from "./beside";
import { judge, toldWithinMs } from "./condition";
import { noCenter, noPatients, noPicture, waiting } from "./empty_view";
import { countOpen, foremost, nextPressing } from "./findings";
import { fitGrid, type Grid, leadsShown, METRICS, places, type TileSize, tileSize, waveBox } from "./fit";
import { footerOf, headerOf } from "./frame";
import { inOrder, matches, moved, movedTo, type Page, paged, type Shown, type SortBy, sorted } from "./order";
import { shownName, type TileModel, tileView } from "./tile_view";
import { Trends } from "./trends";
import { ViewSender } from "./view_sender";
import { wallActs } from "./wall_acts";

interface Fit {
  readonly grid: Grid;
  readonly size: TileSize;
  readonly wave: { readonly width: number; readonly height: number };
}

/** Milliseconds without any snapshot before the wall says that the center does not answer. */
const PATIENCE_MS = 3_000;

export class Wall {
  prefs: Prefs = loadPrefs();
  page = 0;
  filter: string | null = null;
  selected: string | null = null;
  readonly overlays: Overlays;
  private undo: readonly string[] | null = null;
  private board = { width: 0, height: 0 };
  private foundCount = 1;
  private readonly redraw = new Redraw(() => this.draw());
  private focusSelected = false;
  private boot: string | null = null;
  private readonly announcer = new Announcer();
  private readonly trends = new Trends(() => this.refresh());
  private readonly sender: ViewSender;
  private readonly acts: readonly Act[];
  /** This station's watches, alarms and sound. */
  readonly post: WatchPost;
  private readonly guide: DemoGuide;
  readonly beside: Beside;
  private readonly parting: Parting;

  constructor(
    readonly root: HTMLElement,
    readonly station: Station,
    desk: DeskClient,
  ) {
    this.post = new WatchPost(desk, this);
    this.beside = new Beside(this, desk);
    this.parting = new Parting(this.partingHost());
    this.guide = new DemoGuide(desk, () => (this.beside.worksCases ? "worklist" : "wall"), () => this.refresh(), () => this.beside.showCases());
    this.acts = [...wallActs(this), ...this.post.acts()];
    this.overlays = new Overlays(this, () => [...this.beside.acts, ...(this.panel?.acts ?? []), ...this.acts]);
    this.sender = new ViewSender(station);
    station.listen(() => this.refresh());
    station.onTap = (runs) => this.panel?.live(runs);
    station.onBeats = (spans) => this.panel?.liveBeats(spans);
    document.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("beforeprint", () => layNotice());
    window.addEventListener("afterprint", () => clearPaper());
    setInterval(() => this.refresh(), 500);
    new ResizeObserver(() => this.refresh()).observe(root);
    this.refresh();
  }

  private partingHost() {
    const wall = this;
    return {
      get held() {
        return wall.post.mine().size;
      },
      drawNow: () => wall.drawNow(),
      beside: (path: string) => {
        const patient = /^\/patient\/(s\d+)$/.exec(path)?.[1];
        if (patient !== undefined) return () => wall.open(patient);
        return path === "/worklist" ? () => wall.beside.showCases() : null;
      },
    };
  }

  get panel(): PatientView | null {
    return this.beside.panel;
  }

  /** Draw again at the next frame. */
  refresh(): void {
    this.redraw.soon();
  }

  /** Open the filter. Its field has the focus at once: the next key may come before the next frame. */
  openFilter(): void {
    this.setFilter(this.filter ?? "");
    this.drawNow();
    this.root.querySelector<HTMLInputElement>("input.filter")?.focus();
  }

  drawNow(): void {
    this.redraw.now();
  }

  set(change: Partial<Prefs>): void {
    this.prefs = { ...this.prefs, ...change };
    savePrefs(this.prefs);
    this.refresh();
  }

  /** Every patient in service with what is so, in this screen's order. */
  shown(): readonly Shown[] {
    const now = this.station.centerNow;
    const patients = [...(this.station.picture?.patients.values() ?? [])].filter((p) => p.period === "open" && !byTelephone(p.transmitter));
    return inOrder(patients, this.prefs.order).map((patient) => {
      const { newestMs, cutOff } = this.station.hearing(patient);
      // The center tells in turn of the open periods that are out of view, and only of those.
      const toldMs = this.station.newest.has(patient.id) ? 0 : toldWithinMs(patients.length);
      return { patient, condition: judge(patient, newestMs, now, { cutOff, toldMs }) };
    });
  }

  /** Another run of the center: what was fetched of the one before may be other patients'. */
  private notice(boot: string): void {
    if (this.boot !== null && this.boot !== boot) this.trends.forget();
    this.boot = boot;
    this.panel?.attend(boot);
  }

  private found(shown: readonly Shown[]): readonly Shown[] {
    const filter = this.filter?.trim() ?? "";
    return filter === "" ? shown : shown.filter((one) => matches(one, filter));
  }

  current(): Page<Shown> {
    return paged(this.found(this.shown()), this.page, this.prefs.tiles);
  }

  onPage(): ReadonlySet<string> {
    return new Set(this.current().here.map(({ patient }) => patient.id));
  }

  /** As many tiles as there are, and nothing filtered away. */
  showAll(): void {
    this.setFilter(null);
    this.set({ tiles: TILE_COUNTS[TILE_COUNTS.length - 1]! });
  }

  select(id: string | null, focus = false): void {
    if (this.selected === id && !focus) return;
    this.selected = id;
    this.focusSelected = focus;
    this.refresh();
  }

  /** Move the selection by columns and rows; it does not leave the page. */
  step(dx: number, dy: number): void {
    const ids = this.current().here.map(({ patient }) => patient.id);
    if (ids.length === 0) return;
    const at = this.selected === null ? -1 : ids.indexOf(this.selected);
    const { columns } = this.fit().grid;
    const to = at < 0 ? 0 : Math.max(0, Math.min(ids.length - 1, at + dx + dy * columns));
    this.select(ids[to]!, true);
  }

  turn(by: number): void {
    const { pages, page } = this.current();
    this.page = Math.max(0, Math.min(pages - 1, page + by));
    this.refresh();
  }

  /** Select the next patient with an open finding, on whatever page, filtered away or not. */
  nextFinding(): void {
    const shown = this.shown();
    const id = nextPressing(
      shown.map(({ patient }) => patient),
      this.selected,
    );
    if (id === null) return;
    const place = (list: readonly Shown[]) => list.findIndex(({ patient }) => patient.id === id);
    if (place(this.found(shown)) < 0) this.filter = null;
    this.page = Math.floor(place(this.found(shown)) / this.prefs.tiles);
    this.select(id, true);
  }

  private reorder(order: readonly string[]): void {
    this.undo = this.prefs.order;
    this.set({ order });
  }

  move(dx: number, dy: number): void {
    if (this.selected === null) return;
    const ids = this.shown().map(({ patient }) => patient.id);
    this.reorder(moved(ids, this.selected, dx + dy * this.fit().grid.columns));
    this.focusSelected = true;
  }

  sort(by: SortBy): void {
    this.reorder(sorted(this.shown(), by));
  }

  undoOrder(): void {
    if (this.undo !== null) this.reorder(this.undo);
  }

  setFilter(text: string | null): void {
    this.filter = text;
    this.page = 0;
    this.refresh();
  }

  /** The patient beside the wall. */
  open(id: string | null): void {
    if (id !== null) this.beside.open(id);
  }

  /** The case of a patient's alarm beside the wall; without an alarm the patient. */
  enter(id: string | null): void {
    const alarm = id === null ? null : this.post.alarm(id);
    if (alarm === null) this.open(id);
    else this.beside.showCases(alarm.id);
  }

  /** The case of the selected patient's alarm, else of the most pressing one. */
  openCase(): void {
    const one = this.post.pressing();
    if (one !== null) this.beside.showCases(one);
    else this.post.say(this.selected === null ? "no case is open" : "the selected patient has no open case");
  }

  /** One key: the emergency procedure of the selected patient, which a second key begins. */
  emergency(): void {
    const id = this.panel?.id ?? this.selected;
    const patient = id === null ? undefined : this.station.picture?.patients.get(id);
    if (patient === undefined) this.post.say("select the patient first");
    else this.beside.emergency(patient.id, this.shownName(patient));
  }

  focusTile(): void {
    this.focusSelected = true;
  }

  /** Esc: the topmost thing goes. */
  close(): void {
    if (this.overlays.shown !== null) this.overlays.show(null);
    else if (this.beside.close()) return;
    else if (this.filter !== null) this.setFilter(null);
    else this.select(null);
    this.refresh();
  }

  private key(event: KeyboardEvent): void {
    if (this.parting.isAsking) {
      if (event.key === "Escape") this.parting.close();
      return;
    }
    const { overlays, post, beside } = this;
    if (beside.acts.length > 0) {
      const acts = [...beside.acts, ...this.acts];
      if (pressed({ overlays, post, work: beside.work, acts }, event)) event.preventDefault();
      return;
    }
    if (typing(event.target) && event.key !== "Escape" && !(event.ctrlKey && event.key === "k")) return;
    if (this.overlays.catches(event) || this.post.catches(event)) {
      event.preventDefault();
      return;
    }
    if (event.target instanceof HTMLButtonElement && (event.key === "Enter" || event.key === " ")) return;
    const inPanel = this.panel !== null && event.target instanceof Node && this.panel.host.contains(event.target);
    const act = (inPanel ? actFor(this.panel?.acts ?? [], event) : undefined) ?? actFor(this.acts, event);
    if (act === undefined) return;
    event.preventDefault();
    act.run();
  }

  fit(): Fit {
    const grid = fitGrid(places(this.foundCount, this.prefs.tiles), this.board.width, this.board.height);
    const width = this.board.width / grid.columns;
    const height = this.board.height / grid.rows;
    const size = tileSize(width, height);
    return { grid, size, wave: waveBox(size, width, height) };
  }

  private scale(fit: Fit, lanes: number): Scale {
    const { speed, gain, pxPerMm } = this.prefs;
    return fitScale(speed, gain, fit.wave.height / lanes / pxPerMm, fit.wave.width / pxPerMm);
  }

  private tileModel(one: Shown, fit: Fit, first: string | undefined): TileModel {
    const { patient, condition } = one;
    const lanes = leadsShown(patient.leads.length, fit.wave.height);
    return {
      patient,
      condition,
      size: fit.size,
      leadsShown: lanes,
      scale: scaleLabel(this.scale(fit, lanes)),
      privacy: this.prefs.privacy,
      selected: this.selected === patient.id,
      open: this.panel?.id === patient.id,
      focusable: (this.selected ?? first) === patient.id,
      trend: METRICS[fit.size].trend > 0 ? this.trends.view(patient, this.station.centerNow) : null,
      centerNow: this.station.centerNow,
      watch: this.post.mark(patient.id),
      alarm: this.post.alarm(patient.id),
    };
  }

  private draw(): void {
    const { picture } = this.station;
    if (picture !== null) this.notice(picture.boot);
    this.prefs = measured(this.prefs);
    const shown = this.shown();
    const found = this.found(shown);
    const page = paged(found, this.page, this.prefs.tiles);
    this.page = page.page;
    this.foundCount = Math.max(1, found.length);
    const stale = (list: readonly Shown[]) =>
      list.filter(({ condition }) => /stale|lost/.test(condition.kind)).length;
    const fit = this.fit();
    // The center counts over all patients at once; this screen hears of those out of view in turn.
    const staleAll = Math.max(stale(shown), picture?.center.silent ?? 0);
    const { high } = countOpen(shown.map(({ patient }) => patient));
    const told = [high > 0 ? `${high} high` : "", staleAll > 0 ? `${staleAll} stale` : ""].filter(Boolean);
    document.title = ["einthoven", ...told].join(" · ");
    this.beside.attend();
    // The wall hangs in a dark room; light is for desks and paper.
    document.documentElement.dataset.theme = "dark";
    render(
      html`${headerOf(this, shown, staleAll)} ${this.post.bar()} ${this.guide.view()} ${this.post.loud()} ${this.body(page, fit, shown)} ${footerOf(this, shown, found, page, stale)} ${this.overlays.view()} ${this.parting.view()}
      <div class="spoken" role="status" aria-live="polite">${this.announcer.text(shown, this.prefs.privacy)}</div>
      <div class="spoken" aria-live="assertive" aria-atomic="true">${this.announcer.urgent(shown, this.prefs.privacy)}</div>`,
      this.root,
    );
    this.afterwards(page, fit);
  }

  private body(page: Page<Shown>, fit: Fit, shown: readonly Shown[]): TemplateResult {
    const empty = this.emptyBody(shown);
    const metrics = METRICS[fit.size];
    const style = properties({
      "--columns": String(fit.grid.columns),
      "--rows": String(fit.grid.rows),
      "--edge": `${metrics.edge}px`,
      "--title": `${metrics.title}px`,
      "--facts": `${metrics.facts}px`,
      "--trend": `${metrics.trend}px`,
    });
    const first = page.here[0]?.patient.id;
    const acts = {
      select: (id: string) => this.select(id),
      open: (id: string) => this.enter(id),
      drop: (id: string, target: string) =>
        this.reorder(
          movedTo(
            this.shown().map(({ patient }) => patient.id),
            id,
            target,
          ),
        ),
    };
    return html`<main class="floor">
      <section class=${this.station.still ? "board still" : "board"} ?hidden=${empty !== null}>
        ${this.station.canvas}
        <ul class="tiles" data-size=${fit.size} ${style} aria-label="patients">
          ${repeat(
            page.here,
            ({ patient }) => patient.id,
            (one) => tileView(this.tileModel(one, fit, first), acts),
          )}
        </ul>
      </section>
      ${empty ?? nothing}
      ${this.beside.view((stream) => {
        const one = shown.find(({ patient }) => patient.id === stream);
        return one === undefined ? stream : this.shownName(one.patient);
      })}
    </main>`;
  }

  private emptyBody(shown: readonly Shown[]): TemplateResult | null {
    const { station } = this;
    if (station.failure !== null) return noPicture(station.failure);
    if (station.picture === null) {
      const waited = station.silentMs ?? 0;
      return waited > PATIENCE_MS ? noCenter(location.origin, waited) : waiting();
    }
    if (shown.length > 0) return null;
    // The snapshot comes in pages: nobody is missing before as many as there are have been told of.
    return station.picture.patients.size < station.picture.total ? waiting() : noPatients(location.origin);
  }

  private afterwards(page: Page<Shown>, fit: Fit): void {
    const board = this.root.querySelector<HTMLElement>(".tiles");
    const width = board?.clientWidth ?? 0;
    const height = board?.clientHeight ?? 0;
    if (width !== this.board.width || height !== this.board.height) {
      this.board = { width, height };
      this.refresh();
      return;
    }
    this.beside.afterwards();
    if (this.focusSelected) {
      this.focusSelected = false;
      this.root.querySelector<HTMLElement>(`.tile[data-id="${this.selected}"]`)?.focus();
    }
    const open = this.panel === null ? null : this.station.picture?.patients.get(this.panel.id);
    if (open) this.panel?.update(open, this.station.centerNow, this.shownName(open), this.station.hearing(open));
    const tap = this.panel?.tap ?? null;
    if (board !== null && width > 0) this.sender.send(board, page.here, fit.wave, this.prefs, tap);
    if (METRICS[fit.size].trend > 0)
      this.trends.want(
        page.here.map(({ patient }) => patient),
        this.station.centerNow,
      );
  }

  shownName(patient: Shown["patient"]): string {
    return shownName(patient, this.prefs.privacy);
  }

  /** For tests: what this page shows. */
  describe(): unknown {
    const page = this.current();
    return {
      name: "wall",
      silent_ms: this.station.silentMs,
      selected: this.selected,
      panel: this.panel?.id ?? null,
      cases: this.beside.worksCases ? this.beside.work.describe() : null,
      conditions: page.here.map(({ patient, condition }) => ({
        id: patient.id,
        ...condition,
        alarm: foremost(patient.findings, this.station.centerNow),
      })),
      pages: page.pages,
    };
  }

  tilesNext(index: number): void {
    const tiles = TILE_COUNTS[index];
    if (tiles !== undefined) this.set({ tiles });
  }
}
