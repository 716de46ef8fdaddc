/** The strip of a case on paper: the moment in question, what was before and after it, calipers, beats to relabel. */

import type { Prefs } from "../chrome/prefs";
import type { CaliperModel } from "../patient/caliper";
import { listen } from "../patient/gestures";
import { INKS } from "../patient/ink";
import { GUTTER, type LinesLayout, paintLines } from "../patient/paint_lines";
import { type MomentFacts, paintMoment } from "../patient/paint_moment";
import type { Scene } from "../patient/scene";
import { type Bounds, center, clamp, pan, type Viewport, zoom } from "../patient/viewport";
import type { Case } from "./entities";
import { moved, type Phase, pointSet, spoken, words } from "./key_caliper";
import { nearSamples, Relabel } from "./relabel";
import { type Source, Sources } from "./source";
import { drawBeatChoice, drawStretches } from "./strip_marks";
import type { Similar } from "./whole";

export const GAINS = [5, 10, 20] as const;
export const SPEEDS = [12.5, 25, 50] as const;
/** Share of the width where the onset stands at first. */
const ONSET_AT = 0.3;
const ROW_S = 30;

export type Stretch = readonly [start: number, stop: number];

export interface StripHost {
  prefs(): Prefs;
  /** Paper white or dark. */
  light(): boolean;
  refresh(): void;
}

const canvas = (name: string, label: string): HTMLCanvasElement => {
  const made = document.createElement("canvas");
  made.className = name;
  made.setAttribute("role", "img");
  made.setAttribute("aria-label", label);
  return made;
};

export class CaseStrip {
  readonly moment = canvas("moment", "electrocardiogram of the case; arrow keys move it");
  readonly lines = canvas("lines", "the minutes before and after, one lead");
  readonly compared = canvas("compared", "an earlier episode at the same scale");
  gain: number = 10;
  speed: number = 25;
  /** The only lead shown; null for all. */
  lead: number | null = null;
  measuring = false;
  caliper: CaliperModel | null = null;
  /** Which of the caliper's points keys move. */
  phase: Phase = "first";
  relabel: Relabel | null = null;
  strips: readonly Stretch[] = [];
  compare: Similar | null = null;
  facts: MomentFacts | null = null;
  private readonly sources: Sources;
  private source: Source | null = null;
  private shown: Case | null = null;
  private placed = false;
  private view: Viewport = { start: 0, spp: 1 };
  private layout: LinesLayout | null = null;

  constructor(private readonly host: StripHost) {
    this.sources = new Sources(() => host.refresh());
    this.moment.tabIndex = 0;
    listen(this.moment, {
      zoom: (factor, x) => this.look(zoom(this.view, factor, x, this.bounds)),
      pan: (px) => this.panBy(px),
      measuring: (event) => this.relabel === null && (this.measuring || event.shiftKey),
      measure: (phase, x, y) => this.measureAt(phase, x, y),
      hover: () => {},
    });
    this.moment.addEventListener("click", (event) => this.pick(event.offsetX));
    this.lines.addEventListener("pointerdown", (event) => this.jumpLine(event));
  }

  /** Show this case; of the same case only what is newly known of it. */
  show(one: Case | null): void {
    const other = one?.id !== this.shown?.id;
    this.shown = one;
    if (!other) return;
    this.source = one === null || one.stream === "" ? null : this.sources.get(one.stream);
    this.placed = false;
    this.caliper = this.relabel = this.compare = null;
    this.measuring = false;
    this.strips = [];
    if (this.lead !== null && this.source?.details != null && this.lead >= this.source.details.leads.length)
      this.lead = null;
    this.host.refresh();
  }

  forget(): void {
    this.sources.forget();
    const one = this.shown;
    this.shown = null;
    this.show(one);
  }

  get details() {
    return this.source?.details ?? null;
  }

  get failure(): string | null {
    return this.source?.details == null ? (this.source?.failure ?? null) : null;
  }

  /** What the analysis found there, with values and limits; empty before it is fetched. */
  get evidence() {
    const one = this.shown;
    const found = this.source?.parts?.findings.list ?? [];
    return found.filter((finding) =>
      // By its name, for its onset and its kind may still change.
      (one?.findings ?? []).some(({ key, kind, start }) => finding.id === key || (finding.start === start && finding.kind === kind)),
    );
  }

  retry(): void {
    this.source?.retry();
  }

  private get bounds(): Bounds {
    return {
      rate: this.details?.rate ?? 250,
      width: Math.max(1, this.moment.clientWidth),
      end: this.details?.end ?? 0,
    };
  }

  private get spp(): number {
    return this.bounds.rate / (this.speed * this.host.prefs().pxPerMm);
  }

  private get width(): number {
    return this.bounds.width * this.view.spp;
  }

  /** The stretch of the case, samples; null where neither findings nor clock say. */
  get stretch(): Stretch | null {
    const starts = (this.shown?.findings ?? []).flatMap(({ start }) => (start === null ? [] : [start]));
    if (starts.length > 0) {
      const start = Math.min(...starts);
      const stops = (this.shown?.findings ?? []).map(({ stop }) => stop ?? this.bounds.end);
      return [start, Math.max(start, ...stops)];
    }
    const onset = this.shown?.onset_ms ?? this.shown?.symptom?.at_ms ?? null;
    if (onset === null || this.details === null || !this.details.time.known) return null;
    const sample = Math.round(this.details.time.sample(onset));
    return [sample, sample];
  }

  look(view: Viewport): void {
    this.view = clamp(view, this.bounds);
    this.host.refresh();
  }

  panBy(px: number): void {
    this.look(pan(this.view, px, this.bounds));
  }

  pages(by: number): void {
    this.panBy(by * this.bounds.width);
  }

  zoomBy(factor: number): void {
    this.look(zoom(this.view, factor, this.bounds.width / 2, this.bounds));
  }

  /** Back to the onset, 25 mm/s and 10 mm/mV, all leads. */
  home(): void {
    this.gain = 10;
    this.speed = 25;
    this.lead = null;
    this.compare = null;
    this.place();
  }

  private place(): void {
    const at = this.stretch?.[0] ?? Math.max(0, this.bounds.end - this.bounds.width * this.spp);
    this.look(center({ start: 0, spp: this.spp }, at, this.bounds, this.stretch === null ? 0 : ONSET_AT));
  }

  set(change: { readonly gain?: number; readonly speed?: number; readonly lead?: number | null }): void {
    const middle = this.view.start + this.width / 2;
    Object.assign(this, change);
    this.look(center({ start: 0, spp: change.speed === undefined ? this.view.spp : this.spp }, middle, this.bounds));
  }

  turnLead(): void {
    const count = this.details?.leads.length ?? 0;
    this.set({ lead: this.lead === null ? 0 : this.lead + 1 < count ? this.lead + 1 : null });
  }

  /** Begin or end measuring; keys mean its points from here on, so no button may keep Enter for itself. */
  measure(on = !this.measuring): void {
    if (on && this.relabel !== null) return;
    this.measuring = on;
    this.caliper = null;
    this.phase = "first";
    if (on) this.moment.focus({ preventScroll: true });
    this.host.refresh();
  }

  private measureAt(phase: "begin" | "move", x: number, y: number): void {
    const point = { sample: this.view.start + x * this.view.spp, y };
    this.caliper = { from: phase === "begin" || this.caliper === null ? point : this.caliper.from, to: point };
    this.phase = "set";
    this.host.refresh();
  }

  private get scale() {
    return { rate: this.bounds.rate, pxPerMv: this.facts?.pxPerMv ?? 1 };
  }

  /** The point that keys move goes by a step; the paper follows it. */
  aim(right: number, up: number, coarse: boolean): void {
    if (this.caliper === null) return;
    this.caliper = moved(this.caliper, this.phase, right, up, coarse, this.scale);
    if (this.phase === "set") this.phase = "second";
    const { sample } = this.caliper.to;
    const share = (sample - this.view.start) / this.width;
    if (share < 0.02 || share > 0.98) this.look(center(this.view, sample, this.bounds));
    else this.host.refresh();
  }

  /** The point that keys move stands where it is. */
  setPoint(): void {
    if (this.caliper === null) return;
    Object.assign(this, pointSet(this.caliper, this.phase));
    this.host.refresh();
  }

  /** What lies between the points; empty while the first is being placed. */
  get measured(): string {
    return this.caliper === null || this.phase === "first" ? "" : words(this.caliper, this.scale);
  }

  /** The same for a screen reader. */
  get said(): string {
    return this.caliper === null ? "" : spoken(this.caliper, this.phase, this.scale);
  }

  /** Where keys begin: at the onset where it is seen, in the middle of the first lead. */
  private placeCaliper({ lanes }: MomentFacts): CaliperModel {
    const at = this.stretch?.[0] ?? -1;
    const share = (at - this.view.start) / this.width;
    const sample = Math.round(share > 0.02 && share < 0.98 ? at : this.view.start + this.width / 2);
    const point = { sample, y: lanes[0]?.middle ?? this.moment.clientHeight / 2 };
    return { from: point, to: point };
  }

  /** Take what is seen into the report, or out of it where it is in already. */
  toggleStrip(): void {
    const here: Stretch = [Math.max(0, Math.round(this.view.start)), Math.round(this.view.start + this.width)];
    const same = ([start, stop]: Stretch) => start === here[0] && stop === here[1];
    this.strips = this.strips.some(same) ? this.strips.filter((one) => !same(one)) : [...this.strips, here];
    this.host.refresh();
  }

  dropStrip(index: number): void {
    this.strips = this.strips.filter((_, i) => i !== index);
    this.host.refresh();
  }

  private beatsSeen() {
    return this.source?.parts?.beats.over(this.view.start - this.width, this.view.start + 2 * this.width) ?? [];
  }

  beginRelabel(): void {
    this.relabel ??= new Relabel();
    this.caliper = null;
    this.measuring = false;
    this.stepBeat(1);
  }

  stepBeat(by: 1 | -1): void {
    const from = Math.max(this.view.start, Math.min(this.view.start + this.width, this.stretch?.[0] ?? this.view.start));
    this.relabel?.step(this.beatsSeen(), by, from);
    const at = this.relabel?.at ?? null;
    const share = at === null ? 0.5 : (at - this.view.start) / this.width;
    if (at !== null && (share < 0.04 || share > 0.96)) this.look(center(this.view, at, this.bounds));
    this.host.refresh();
  }

  label(symbol: string): void {
    if (this.relabel?.label(this.beatsSeen(), symbol) === true) this.stepBeat(1);
  }

  private pick(x: number): void {
    this.relabel?.pick(this.beatsSeen(), this.view.start + x * this.view.spp, nearSamples(this.bounds.rate));
    if (this.relabel !== null) this.host.refresh();
  }

  private jumpLine(event: PointerEvent): void {
    const { layout } = this;
    if (layout === null) return;
    const row = Math.min(layout.starts.length - 1, Math.floor(event.offsetY / layout.rowHeight));
    const sample = layout.starts[row]! + ((event.offsetX - GUTTER) / layout.width) * layout.rowSamples;
    this.look(center(this.view, sample, this.bounds));
  }

  /** Paint what is on hand, and ask for the rest. The canvases are in the page by now. */
  paint(): void {
    this.source?.want();
    if (this.source?.details == null || this.moment.clientWidth === 0) return;
    if (!this.placed) {
      this.placed = true;
      this.place();
    }
    this.view = clamp(this.view, this.bounds);
    const scene = this.scene(this.view);
    if (scene === null || scene.end === 0) return;
    this.facts = paintMoment(this.moment, scene);
    if (this.measuring && this.caliper === null) {
      this.caliper = this.placeCaliper(this.facts);
      this.facts = paintMoment(this.moment, { ...scene, caliper: this.caliper });
      this.host.refresh(); // what is said of it stands beside the paper
    }
    this.marks(scene);
    if (this.compare?.start != null) this.paintCompared(scene, this.compare.start);
    else if (this.lines.clientHeight > 0) this.layout = paintLines(this.lines, { ...scene, lead: this.lead ?? 0 }, ROW_S);
    this.want(scene);
  }

  private scene(view: Viewport): Scene | null {
    const { source, details } = this;
    if (source?.parts == null || details === null) return null;
    const { beats, ...parts } = source.parts;
    const { relabel } = this;
    return {
      details,
      view,
      ...parts,
      beats: relabel === null ? beats : { want: beats.want.bind(beats), over: (a, b) => relabel.over(beats.over(a, b)) },
      end: details.end,
      pen: details.end,
      ink: INKS[this.host.light() ? "light" : "dark"],
      pxPerMm: this.host.prefs().pxPerMm,
      caliper: this.caliper,
      lead: 0,
      stale: false,
      shown: this.lead === null ? undefined : [Math.min(this.lead, details.leads.length - 1)],
      gainMm: this.gain,
    };
  }

  private marks(scene: Scene): void {
    drawStretches(this.moment, scene, this.stretch, this.strips);
    if (this.relabel !== null) drawBeatChoice(this.moment, scene, this.relabel);
  }

  private paintCompared(scene: Scene, start: number): void {
    const width = Math.max(1, this.compared.clientWidth);
    const view = center({ start: 0, spp: this.view.spp }, start, { ...this.bounds, width }, ONSET_AT);
    paintMoment(this.compared, { ...scene, view, caliper: null });
    const range = { start: Math.max(0, view.start), stop: view.start + width * view.spp, spp: view.spp };
    scene.beats.want(range.start, range.stop, scene.end);
    this.also = range;
  }

  private also: { start: number; stop: number; spp: number } | null = null;

  private want(scene: Scene): void {
    const { layout, view } = this;
    const stop = view.start + this.width;
    const ranges = [{ start: Math.max(0, view.start), stop, spp: view.spp }];
    if (this.compare !== null && this.also !== null) ranges.push(this.also);
    else if (layout !== null && this.lines.clientHeight > 0) {
      const last = layout.starts[layout.starts.length - 1]! + layout.rowSamples;
      const first = Math.max(0, layout.starts[0]!);
      ranges.push({ start: first, stop: last, spp: layout.rowSamples / layout.width });
      scene.beats.want(first, last, scene.end);
      scene.quality.want(first, last, scene.end);
    }
    scene.cache.want(ranges, scene.end);
    scene.beats.want(Math.max(0, view.start), stop, scene.end);
    scene.quality.want(Math.max(0, view.start), stop, scene.end);
    scene.findings.want(scene.end, []);
  }

  /** For tests: what is shown. */
  describe(): unknown {
    return {
      stream: this.source?.stream ?? null,
      start: this.view.start,
      samples_per_px: this.view.spp,
      width: this.bounds.width,
      sharp: this.facts?.sharp ?? null,
      px_per_mv: this.facts?.pxPerMv ?? null,
      strips: this.strips,
      chosen: this.relabel?.at ?? null,
      relabels: this.relabel?.changes ?? null,
      lead: this.lead,
      caliper: this.caliper === null ? null : [this.caliper.from.sample, this.caliper.to.sample],
    };
  }
}
