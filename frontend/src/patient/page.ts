/** The patient page of its own: the map, the same keys and sheets as the wall, and the state of this screen. */

import { html, render } from "lit";
import { type Act, actFor, typing } from "../chrome/acts";
import { Overlays } from "../chrome/overlay_state";
import { measured } from "../chrome/calibration";
import { loadPrefs, type Prefs, savePrefs } from "../chrome/prefs";
import { Redraw } from "../chrome/redraw";
import { go } from "../chrome/leaving";
import type { Station } from "../chrome/station";
import type { DeskClient } from "../desk/client";
import { EmergencySide } from "../desk/emergency_side";
import type { PatientState } from "../protocol/messages";
import { catches, reviewActs } from "../review/review_acts";
import { RecordPart } from "../record/record_part";
import { endingNote } from "../service/ending";
import { Review } from "../review/review";
import { banners } from "../wall/header_view";
import { shownName } from "../wall/tile_view";
import { sampleOf } from "./goto";
import { pageActs } from "./page_acts";
import { clearPaper, laySheet } from "./print_now";
import { SpokenPart } from "./spoken";
import { PatientView } from "./view";

/** Live columns for a pane that may be drawn at any scale: raw up to 1000 Hz. */
const COLUMNS_PER_SECOND = 1000;
const HISTORY_S = 20;

export class PatientPage {
  prefs: Prefs = loadPrefs();
  readonly overlays: Overlays;
  readonly view: PatientView;
  readonly emergency: EmergencySide;
  private readonly spoken: SpokenPart;
  private readonly record: RecordPart;
  private review: Review | null = null;
  private readonly acts: readonly Act[];
  private tapped = "";
  private at = sampleOf(location.search);
  private readonly redraw = new Redraw(() => this.draw());

  constructor(
    private readonly root: HTMLElement,
    readonly station: Station,
    readonly id: string,
    desk: DeskClient,
  ) {
    this.emergency = new EmergencySide(desk, this);
    this.spoken = new SpokenPart(desk, id, () => this.view.refresh());
    this.record = new RecordPart(() => desk.me ?? null, id, () => this.view.refresh());
    this.view = new PatientView(id, {
      compact: false,
      prefs: () => this.prefs,
      close: null,
      spoken: (now) => html`${endingNote(desk.store.get("ending", id), desk.now)} ${this.spoken.view(now)} ${this.record.view()}`,
      review: (map) => (this.review = new Review(map, desk)),
      theme: () => this.set({ theme: this.prefs.theme === "light" ? "dark" : "light" }),
    });
    this.acts = [...this.view.acts, ...pageActs(this), ...(this.review === null ? [] : reviewActs(this.review))];
    this.view.panes.moment.addEventListener("dblclick", (event) => {
      const { view } = this.view;
      this.review?.pick(view.start + (event as MouseEvent).offsetX * view.spp);
    });
    this.overlays = new Overlays(this, () => this.acts);
    station.listen(() => this.refresh());
    station.onTap = (runs) => this.view.live(runs);
    station.onBeats = (spans) => this.view.liveBeats(spans);
    document.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("beforeprint", () => laySheet(this.view));
    window.addEventListener("afterprint", () => clearPaper());
    setInterval(() => this.refresh(), 500);
    this.refresh();
    requestAnimationFrame(() => this.view.focus());
  }

  set(change: Partial<Prefs>): void {
    this.prefs = { ...this.prefs, ...change };
    savePrefs(this.prefs);
    this.view.refresh();
    this.refresh();
  }

  open(id: string): void {
    go(`/patient/${id}`);
  }

  shownName(patient: PatientState): string {
    return shownName(patient, this.prefs.privacy);
  }

  get name(): string {
    const patient = this.station.picture?.patients.get(this.id) ?? this.view.details?.state;
    return patient === undefined ? this.id : this.shownName(patient);
  }

  private key(event: KeyboardEvent): void {
    if (typing(event.target)) {
      if (event.key === "Escape") (event.target as HTMLElement).blur();
      return;
    }
    if (this.overlays.catches(event) || (this.overlays.shown === null && this.emergency.catches(event))) {
      event.preventDefault();
      return;
    }
    if (event.defaultPrevented) return;
    if (this.overlays.shown === null && this.review !== null && catches(this.review, event)) {
      event.preventDefault();
      return;
    }
    if (event.target instanceof HTMLButtonElement && (event.key === "Enter" || event.key === " ")) return;
    const act = actFor(this.acts, event);
    if (act === undefined) return;
    event.preventDefault();
    act.run();
  }

  refresh(): void {
    this.redraw.soon();
  }

  drawNow(): void {
    this.redraw.now();
  }

  private draw(): void {
    const { station } = this;
    this.prefs = measured(this.prefs);
    if (station.picture !== null) this.view.attend(station.picture.boot);
    // Of a period that ended long ago only its own address tells.
    const patient = station.picture?.patients.get(this.id) ?? this.view.details?.state;
    if (patient !== undefined) {
      this.view.update(patient, station.centerNow, this.shownName(patient), station.hearing(patient));
      document.title = `${this.shownName(patient)} · einthoven`;
    }
    document.documentElement.dataset.theme = this.prefs.theme;
    const { silentMs, trouble, failure } = station;
    // Nothing here is the worker's picture: it only hands the waves on.
    const told = banners({ ...this.status(), silentMs, still: false, trouble });
    this.view.tell(failure === null ? told : [{ before: failure, counting: "", after: "" }, ...told]);
    render(html`<main class="floor">${this.view.host} ${this.emergency.view()}</main> ${this.overlays.view()}`, this.root);
    const { tap } = this.view;
    const tapped = JSON.stringify(tap);
    this.arrive();
    if (tapped === this.tapped) return;
    this.tapped = tapped;
    station.view([], tap, COLUMNS_PER_SECOND, HISTORY_S);
  }

  /** Once there is something to show: the sample that the address names, as a report's figures do. */
  private arrive(): void {
    if (this.at === null || this.view.details === null || this.view.host.clientWidth === 0) return;
    this.view.jump(this.at);
    this.at = null;
  }

  private status() {
    return { center: this.station.picture?.center ?? null, centerNow: this.station.centerNow };
  }

  /** For tests: what this page shows. */
  describe(): unknown {
    return { name: "patient", silent_ms: this.station.silentMs, map: this.view.describe() };
  }
}
