/** The patient page: one viewport, three panes that move together. Used on a page of its own and beside the wall. */

import { nothing, render, type TemplateResult } from "lit";
import type { Act } from "../chrome/acts";
import { duration } from "../chrome/format";
import type { Prefs } from "../chrome/prefs";
import { screenNow } from "../live/clock";
import type { Tap, TapRun } from "../live/worker_messages";
import type { BeatSpan } from "../protocol/binary";
import type { PatientState } from "../protocol/messages";
import { type Condition, type Hearing, judge } from "../wall/condition";
import { foremost } from "../wall/findings";
import type { Banner } from "../wall/header_view";
import { Beats } from "./beats";
import type { CaliperModel } from "./caliper";
import { DAMAGED, type Details, fetchDetails, gained } from "./details";
import { EventList, type EventScene } from "./event_list";
import { Figures } from "./figures";
import { FiguresView } from "./figures_view";
import { Findings } from "./findings";
import { LateFocus } from "./focus";
import { parseTime } from "./goto";
import { hoverWords } from "./hover_words";
import { INKS } from "./ink";
import { LiveTail } from "./live_tail";
import { type LinesLayout, paintLines } from "./paint_lines";
import { type MomentFacts, paintMoment } from "./paint_moment";
import { OverviewSource } from "./overview_source";
import { paintOverview } from "./paint_overview";
import { printNow } from "./print_now";
import { Quality } from "./quality";
import type { ReviewPart } from "./review_part";
import type { Scene } from "./scene";
import { TileCache } from "./tile_cache";
import { patientActs } from "./view_acts";
import { describeView } from "./view_describe";
import { layHands } from "./view_hands";
import { patientView, type Side, type ViewModel } from "./view_template";
import { type Bounds, center, clamp, pan, type Viewport, zoom } from "./viewport";

export interface ViewOptions {
  readonly compact: boolean;
  readonly prefs: () => Prefs;
  readonly close: (() => void) | null;
  readonly theme?: () => void;
  /** Who spoke with the patient, where that is told. */
  readonly spoken?: (now: number) => TemplateResult | typeof nothing;
  /** The reviewer's desk; none beside the wall. */
  readonly review?: (map: PatientView) => ReviewPart;
}

/** What has the focus when something is shown beside the panes. */
const FIRST = { events: ".event-list", figures: ".figures .scroll", review: ".review .gallery" };
const DETAILS_MS = 10_000;
/** Share of the width where the pen stands while following live. */
const PEN_AT = 0.94;
const DETAILED_S = 240;
/** Height of a lead in the moment where there is room: 3.4 mV. */
const LANE_MM = 34;

const canvas = (label: string): HTMLCanvasElement => {
  const made = document.createElement("canvas");
  made.className = label;
  made.setAttribute("role", "img");
  return made;
};

export class PatientView {
  readonly host = document.createElement("div");
  readonly acts: readonly Act[];
  details: Details | null = null;
  view: Viewport = { start: 0, spp: 1 };
  following = true;
  caliperMode = false;
  caliper: CaliperModel | null = null;
  rowSeconds = 60;
  lead = 0;
  cache: TileCache | null = null;
  beats: Beats | null = null;
  quality: Quality | null = null;
  findings: Findings | null = null;
  events: EventList | null = null;
  figures: FiguresView | null = null;
  /** What stands beside the panes. */
  side: Side = "events";
  /** Height of a millivolt, mm, where there is room. */
  gainMm = 10;
  readonly review: ReviewPart | null;
  name = "";
  /** What is wrong with the center or this screen; on the wall its own header says it. */
  private told: readonly Banner[] = [];
  /** Milliseconds that the last steps took to be painted, for the budget of 100. */
  readonly steps: number[] = [];
  private readonly overview = canvas("overview");
  private readonly lines = canvas("lines");
  private readonly moment = canvas("moment");
  private readonly tip = document.createElement("div");
  private tail: LiveTail | null = null;
  private source: OverviewSource | null = null;
  private patient: PatientState | null = null;
  private detailsAt = Number.NEGATIVE_INFINITY;
  private failure: string | null = null;
  private condition: Condition | null = null;
  private centerNow = Date.now();
  private asking: string | null = null;
  private tooltip: ViewModel["tooltip"] = null;
  private layout: LinesLayout | null = null;
  facts: MomentFacts | null = null;
  private stepAt: number | null = null;
  private alive = true;
  private scaled = false;
  private readonly late = new LateFocus();
  /** Run of the center that everything here was fetched from. */
  private boot: string | null = null;
  private restarts = 0;
  private pending = false;
  private readonly observer: ResizeObserver;

  constructor(
    readonly id: string,
    readonly options: ViewOptions,
  ) {
    this.name = id;
    this.host.className = "patient-view";
    this.tip.className = "tip";
    this.review = options.review?.(this) ?? null;
    this.acts = patientActs(this);
    this.observer = new ResizeObserver(() => this.refresh());
    this.observer.observe(this.host);
    layHands(this, this.panes, (x) => this.hover(x));
    void this.load();
  }

  /** What the worker should send for this view: every lead, live. */
  get tap(): Tap | null {
    const { details } = this;
    return details === null ? null : { id: this.id, leads: details.leads.map((_, lead) => lead) };
  }

  private async load(): Promise<void> {
    this.detailsAt = performance.now();
    const { restarts } = this;
    try {
      const details = await fetchDetails(this.id);
      if (!this.alive || restarts !== this.restarts) return;
      const before = this.details;
      this.details = details;
      this.failure = null;
      if (before === null) this.begin(details);
      else this.renew(gained(before.stored, details.stored), before.end);
    } catch (error) {
      if (restarts !== this.restarts) return;
      // What was shown stays; only a page that has nothing yet says that it failed.
      if (this.details === null) this.failure = error instanceof Error ? error.message : String(error);
    }
    this.refresh();
  }

  /** Pictures and beats of these stretches were fetched before all of it was stored: they are fetched again. */
  private renew(spans: readonly (readonly [number, number])[], end: number): void {
    for (const [start, stop] of spans) {
      this.cache?.invalidate(start, stop);
      this.beats?.invalidate(start, stop);
      this.quality?.invalidate(start, stop);
      if (start < end) this.source?.renew();
    }
  }

  /** The page hears of this run of the center: of another one's patients nothing may stay. */
  attend(boot: string): void {
    const other = this.boot !== null && this.boot !== boot;
    this.boot = boot;
    if (!other) return;
    this.restarts++;
    this.cache?.destroy();
    this.details = this.cache = this.beats = this.quality = this.tail = this.source = this.findings = this.patient = null;
    this.condition = this.facts = this.layout = this.caliper = this.failure = null;
    this.review?.restart();
    void this.load();
  }

  private begin(details: Details): void {
    this.cache = new TileCache(this.id, details.rate, () => this.refresh());
    this.beats = new Beats(this.id, details.rate, () => this.refresh());
    this.quality = new Quality(this.id, details.rate, () => this.refresh());
    this.tail = new LiveTail(details.rate, details.leads.length);
    this.source = new OverviewSource(this.id, () => this.refresh());
    this.findings = new Findings(this.id, details.rate, () => this.refresh());
    this.events = new EventList(this);
    this.figures = new FiguresView(this, new Figures(this.id, () => this.refresh()));
    this.refresh();
  }

  /** The newest word on the patient, the center's clock, and the name to show. */
  update(
    patient: PatientState,
    centerNow: number,
    name: string,
    { newestMs, ...hearing }: Hearing & { readonly newestMs: number | null },
  ): void {
    this.centerNow = centerNow;
    this.name = name;
    this.patient = patient;
    this.condition = judge(patient, newestMs, centerNow, hearing);
    if (performance.now() - this.detailsAt > DETAILS_MS) void this.load();
    this.refresh();
  }

  tell(told: readonly Banner[]): void {
    this.told = told;
    this.refresh();
  }

  live(runs: readonly TapRun[]): void {
    const late = this.tail?.take(runs, screenNow(), this.centerNow) ?? [];
    for (const { start, stop } of late) {
      this.cache?.invalidate(start, stop);
      this.beats?.invalidate(start, stop);
      this.quality?.invalidate(start, stop);
      this.detailsAt = Number.NEGATIVE_INFINITY;
    }
    this.refresh();
  }

  /** The newest word on the newest beats. */
  liveBeats(spans: readonly BeatSpan[]): void {
    this.beats?.take(spans);
  }

  /** Focus the moment; where it is not shown yet, as soon as it is, unless the focus has gone elsewhere by then. */
  focus(): void {
    this.late.ask(() => this.moment);
  }

  destroy(): void {
    this.alive = false;
    this.observer.disconnect();
    this.cache?.destroy();
  }

  /** Sample after the newest there is. */
  get end(): number {
    return Math.max(this.details?.end ?? 0, this.tail?.end ?? 0);
  }

  get bounds(): Bounds {
    return { rate: this.details?.rate ?? 250, width: Math.max(1, this.moment.clientWidth), end: this.end };
  }

  /** Change what is shown; following ends unless the change keeps the pen. */
  look(view: Viewport, following = false): void {
    this.view = view;
    this.following = following;
    this.stepAt ??= performance.now();
    this.refresh();
  }

  follow(on = !this.following): void {
    this.following = on;
    this.refresh();
  }

  zoomBy(factor: number, x = this.following ? this.bounds.width * PEN_AT : this.bounds.width / 2): void {
    this.look(zoom(this.view, factor, x, this.bounds), this.following);
  }

  panBy(px: number): void {
    this.look(pan(this.view, px, this.bounds));
  }

  /** Show a sample, at share `at` of the width. */
  jump(sample: number, at = 0.5): void {
    if (!this.caliperMode) this.caliper = null;
    this.look(center(this.view, sample, this.bounds, at));
  }

  /** So many mm/s on this screen. */
  trueScale(mmS = 25): void {
    const middle = this.view.start + (this.bounds.width / 2) * this.view.spp;
    const spp = this.bounds.rate / (mmS * this.options.prefs().pxPerMm);
    this.look(center({ start: 0, spp }, middle, this.bounds), this.following);
  }

  goTo(text: string): void {
    if (this.details === null) return;
    const { time } = this.details;
    const ms = parseTime(text, time.ms(this.end), time.ms(0));
    this.asking = ms === null ? "try 14:03:07, 21 Nov 14:03 or +01:30:00" : null;
    if (ms !== null) this.jump(time.sample(ms));
    this.refresh();
  }

  private get light(): boolean {
    return !this.options.compact && this.options.prefs().theme === "light";
  }

  refresh(): void {
    if (this.pending || !this.alive) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      if (this.alive) this.draw();
    });
  }

  private scene(): Scene | null {
    const { cache, beats, quality, tail, findings } = this;
    const details = this.withDamage();
    if (details === null || cache === null || beats === null || quality === null) return null;
    if (tail === null || findings === null) return null;
    const pen = this.following ? Math.min(tail.pen(screenNow()) ?? this.end, this.end) : this.end;
    return {
      details,
      view: this.view,
      cache,
      beats,
      quality,
      findings,
      tail,
      end: this.end,
      pen,
      ink: INKS[this.light ? "light" : "dark"],
      pxPerMm: this.options.prefs().pxPerMm,
      caliper: this.caliper,
      lead: Math.min(this.lead, details.leads.length - 1),
      stale: this.condition !== null && this.condition.kind !== "live" && this.following,
      gainMm: this.gainMm,
      review: this.review,
    };
  }

  /** What is known, with the stretches that the disk has spoilt among the holes. */
  private withDamage(): Details | null {
    const { details, cache } = this;
    if (details === null || cache === null || cache.damage.length === 0) return details;
    const spoilt = cache.damage.map((span) => ({ ...span, cause: DAMAGED, declared: false }));
    return { ...details, holes: [...spoilt, ...details.holes] };
  }

  private draw(): void {
    const before = this.scene();
    if (before !== null && this.following) this.view = center(this.view, before.pen, this.bounds, PEN_AT);
    else this.view = clamp(this.view, this.bounds);
    const scene = before === null ? null : { ...before, view: this.view };
    render(patientView(this.model(scene), this.viewActs(), this.panes), this.host);
    if (scene === null || scene.end === 0 || this.moment.clientWidth === 0) return;
    this.late.give(scene.findings.from !== null);
    if (!this.scaled) {
      // Only now is there a width to scale to: with no samples there are no panes.
      this.scaled = true;
      this.trueScale();
      return;
    }
    this.facts = paintMoment(this.moment, scene);
    this.layout = paintLines(this.lines, scene, this.rowSeconds);
    paintOverview(this.overview, scene, this.source?.envelope ?? null, this.moment.clientWidth);
    if (this.side === "events") this.events?.afterwards({ ...scene, centerNow: this.centerNow }, this.host);
    else if (this.side === "figures") this.figures?.want({ ...scene, centerNow: this.centerNow });
    this.review?.want({ ...scene, centerNow: this.centerNow }, this.overview.clientWidth);
    if (this.stepAt !== null) {
      this.steps.push(performance.now() - this.stepAt);
      if (this.steps.length > 500) this.steps.shift();
      this.stepAt = null;
    }
    this.want(scene);
    // The pen moves with the animation frames; without following nothing moves until something is done.
    if (this.following && this.condition?.kind === "live") this.refresh();
  }

  private want(scene: Scene): void {
    const { bounds, layout } = this;
    const stop = this.view.start + bounds.width * this.view.spp;
    const rows = layout === null ? [] : layout.starts;
    const rowSpp = layout === null ? 1 : layout.rowSamples / layout.width;
    const first = rows[0] ?? 0;
    const last = (rows[rows.length - 1] ?? 0) + (layout?.rowSamples ?? 0);
    const moment = { start: Math.max(0, this.view.start), stop, spp: this.view.spp };
    scene.cache.want([moment, { start: Math.max(0, first), stop: last, spp: rowSpp }], this.end);
    if (stop - this.view.start < DETAILED_S * bounds.rate)
      scene.beats.want(Math.max(0, this.view.start), stop, this.end);
    // The lines show beats as long as a line is short enough to tell them apart.
    if (this.rowSeconds <= 60) scene.beats.want(Math.max(0, first), last, this.end);
    scene.quality.want(Math.max(0, this.view.start), stop, this.end);
    scene.quality.want(Math.max(0, first), last, this.end);
    scene.quality.wantWhole(this.end, this.overview.clientWidth);
    scene.findings.want(this.end, this.patient?.findings ?? []);
    this.source?.want(this.end, bounds.rate, this.overview.clientWidth);
  }

  private model(scene: Scene | null): ViewModel {
    const details = this.withDamage();
    const { pxPerMm, calibrated } = this.options.prefs();
    const mmS = this.bounds.rate / this.view.spp / pxPerMm;
    const mmMv = (this.facts?.pxPerMv ?? 0) / pxPerMm;
    const isTrue = Math.abs(mmS - 25) < 0.05;
    const speed =
      mmS >= 4 ? `${mmS.toFixed(isTrue ? 0 : 1)} mm/s` : `${duration((this.facts?.seconds ?? 0) * 1000)} across`;
    return {
      id: this.id,
      name: this.name,
      told: this.told,
      compact: this.options.compact,
      details,
      alarm: this.patient === null ? null : foremost(this.patient.findings, this.centerNow),
      side: this.side,
      review: this.review !== null,
      events: scene === null ? null : (this.sideView({ ...scene, centerNow: this.centerNow }) ?? null),
      spoken: this.options.spoken?.(this.centerNow) ?? nothing,
      ready: details !== null && this.end > 0,
      condition: this.condition,
      failure: this.failure,
      following: this.following,
      trueScale: isTrue,
      caliperMode: this.caliperMode,
      scale: `${speed} · ${mmMv.toFixed(Math.abs(mmMv - Math.round(mmMv)) < 0.05 ? 0 : 1)} mm/mV${calibrated ? "" : " · mm not calibrated"}`,
      startMs: details === null ? null : details.time.ms(Math.max(0, this.view.start)),
      centerNow: this.centerNow,
      tooltip: this.tooltip,
      asking: this.asking,
      light: this.light,
      lead: this.lead,
      momentPx: Math.round((details?.leads.length ?? 2) * LANE_MM * pxPerMm + 44),
    };
  }

  private sideView(scene: EventScene): TemplateResult | undefined {
    if (this.side === "review") return this.review?.view(scene);
    return this.side === "events" ? this.events?.view(scene) : this.figures?.view(scene);
  }

  /** Show this beside the panes, with the focus in it. */
  turn(side: Side): void {
    this.side = side;
    this.draw();
    // A list of events is not shown before the first of them are fetched.
    this.late.ask(() => this.host.querySelector(FIRST[side]));
  }

  private viewActs() {
    return {
      follow: () => this.follow(),
      trueScale: () => this.trueScale(),
      caliper: () => this.measure(),
      print: () => void printNow(this),
      theme: this.options.theme ?? null,
      close: this.options.close,
      goTo: (text: string) => this.goTo(text),
      jump: (sample: number) => this.jump(sample),
      retry: () => void this.load(),
      side: (side: Side) => this.turn(side),
      lead: (lead: number) => {
        this.lead = lead;
        this.refresh();
      },
    };
  }

  /** The panes, for the template. */
  get panes() {
    return { overview: this.overview, lines: this.lines, moment: this.moment, tip: this.tip };
  }

  measure(on = !this.caliperMode): void {
    this.caliperMode = on;
    if (!on) this.caliper = null;
    this.moment.classList.toggle("measuring", on);
    this.refresh();
  }

  /** Show the moment that was pointed at in the lines. */
  jumpLine(event: PointerEvent): void {
    const { layout } = this;
    if (layout === null) return;
    const row = Math.min(layout.starts.length - 1, Math.floor(event.offsetY / layout.rowHeight));
    this.jump(layout.starts[row]! + ((event.offsetX - layout.left) / layout.width) * layout.rowSamples);
  }

  private hover(at: { readonly sample: number; readonly x: number; readonly y: number } | null): void {
    const words = at === null ? "" : hoverWords(at.sample, this.withDamage(), this.quality);
    this.tip.hidden = words === "";
    if (words === "" || at === null) return;
    this.tip.textContent = words;
    this.tip.style.left = `${Math.min(at.x + 12, this.moment.clientWidth - 240)}px`;
    this.tip.style.top = `${this.moment.offsetTop + at.y + 12}px`;
  }

  /** Beats were given another class: beats and findings are asked for again. */
  relabelled(): void {
    this.beats?.invalidate(0, this.end);
    this.findings?.again();
    this.refresh();
  }

  /** For tests: what the map shows and how fast its steps were. */
  describe(): unknown {
    return describeView(this);
  }
}
