/** The reviewer's desk beside the map: templates, intervals, trends, the strip cart; beats are given another class. */

import type { TemplateResult } from "lit";
import { Commands, type Answer } from "../desk/commands";
import type { DeskClient } from "../desk/client";
import type { EventScene } from "../patient/event_list";
import { midnight } from "../patient/figures";
import type { Canvas2d, Ink } from "../patient/ink";
import type { ReviewPart } from "../patient/review_part";
import type { Scene } from "../patient/scene";
import type { PatientView } from "../patient/view";
import { Density } from "./density";
import { jumpUrl, type JumpWhat, type JumpWhich } from "./jumps";
import { KeyCaliper } from "./key_caliper";
import { paintChosen } from "./paint";
import { allPoints, snapped } from "./points";
import { sideView } from "./side_view";
import { Asked, Deeds } from "./source";
import { type Change, readIntervals, readPoints, readSaid, readShapes, readTrend, type Shape } from "./told";

export const TABS = ["shapes", "intervals", "hours", "cart"] as const;
export type Tab = (typeof TABS)[number];
export const SPANS = ["hour", "day", "all"] as const;
export type SpanName = (typeof SPANS)[number];

export interface Stretch {
  readonly start: number;
  readonly stop: number;
}

/** What is looked for comes first, the many normal ones behind it. */
const ORDER = ["V", "S", "F", "/", "Q", "N", "|"];
const SAID_MS = 10_000;
/** A stretch must stand so long before its figures are asked for: while one scrolls on nothing is. */
const STILL_MS = 150;
/** A moment longer than this goes into the cart as so many seconds around its middle. */
const STRIP_MOST_S = 60;
const STRIP_S = 10;
const POINTS_MOST_S = 110;

export class Review implements ReviewPart {
  tab: Tab = "shapes";
  span: SpanName = "day";
  /** Sample of the chosen beat. */
  chosen: number | null = null;
  /** Key of the chosen shape, and which of its beats was shown last. */
  group: string | null = null;
  private member = -1;
  /** Classes that are left out of the gallery. */
  readonly hidden = new Set<string>();
  jumping: JumpWhat | "" | null = null;
  readonly caliper: KeyCaliper;
  readonly density: Density;
  readonly shapes;
  readonly intervals;
  readonly hours;
  readonly points;
  readonly said;
  readonly deeds: Deeds;
  private asked = 0;
  private words: { readonly text: string; readonly at: number } | null = null;
  private wanted: Stretch = { start: 0, stop: 1 };
  private stillSince = 0;
  private whole: Stretch = { start: 0, stop: 1 };

  constructor(
    readonly map: PatientView,
    desk: DeskClient,
  ) {
    const changed = () => map.refresh();
    this.deeds = new Deeds(map.id, new Commands(() => desk.me?.csrf ?? ""));
    this.shapes = new Asked(readShapes, changed);
    this.intervals = new Asked(readIntervals, changed);
    this.hours = new Asked(readTrend, changed);
    this.points = new Asked(readPoints, changed);
    this.said = new Asked(readSaid, changed);
    this.density = new Density(map.id, 1, changed);
    this.caliper = new KeyCaliper(this);
  }

  // ---- what is shown -------------------------------------------------------------------------------------

  /** The stretch that templates and figures speak of: the hour or the day of the moment's middle, or everything. */
  stretch({ details, end }: EventScene): Stretch {
    const middle = Math.min(Math.max(0, this.middle), Math.max(0, end - 1));
    if (this.span === "all") return { start: 0, stop: Math.max(1, Math.ceil(end)) };
    const length = this.span === "day" ? 86_400_000 : 3_600_000;
    const ms = details.time.ms(middle);
    const zone = details.time.known ? new Date(ms).getTimezoneOffset() * 60_000 : 0;
    const begin = this.span === "day" && details.time.known ? midnight(ms) : Math.floor((ms - zone) / length) * length + zone;
    const start = Math.max(0, Math.round(details.time.sample(begin)));
    return { start, stop: Math.max(start + 1, Math.min(Math.ceil(end), Math.round(details.time.sample(begin + length)))) };
  }

  get middle(): number {
    const { view, bounds } = this.map;
    return view.start + (bounds.width / 2) * view.spp;
  }

  private get url(): string {
    return `/api/streams/${this.map.id}`;
  }

  get edition(): number {
    return this.density.painted;
  }

  get measured(): string {
    return this.caliper.named;
  }

  want(scene: EventScene, width: number): void {
    this.density.rate = scene.details.rate;
    this.density.want(scene.end, width);
    this.said.want(`${this.url}/review`, this.asked);
    this.whole = { start: 0, stop: Math.max(1, Math.ceil(scene.end)) };
    if (this.map.caliperMode) this.wantPoints(scene);
    if (this.map.side !== "review") return;
    const { start, stop } = this.stretch(scene);
    // The newest stretch grows; it is asked for again by the minute, not by the beat.
    const grain = 60 * scene.details.rate;
    const until = stop >= scene.end ? Math.max(start + 1, Math.floor(stop / grain) * grain) : stop;
    if (start !== this.wanted.start || until !== this.wanted.stop) {
      this.wanted = { start, stop: until };
      this.stillSince = performance.now();
    }
    if (performance.now() - this.stillSince < STILL_MS) {
      setTimeout(() => this.map.refresh(), STILL_MS);
      return;
    }
    const over = `start=${start}&stop=${until}`;
    const of = this.named(start);
    if (this.tab === "shapes") this.shapes.want(`${this.url}/shapes?${over}`, this.asked, of);
    if (this.tab === "intervals") this.intervals.want(`${this.url}/intervals?${over}`, this.asked, of);
    if (this.tab === "hours") {
      const size = this.span === "hour" ? 60 : this.span === "day" ? 3600 : 86_400;
      const count = Math.max(1, Math.ceil((until - start) / (size * scene.details.rate)));
      const bins = `size=${Math.round(size * scene.details.rate)}&count=${count}`;
      this.hours.want(`${this.url}/trend?start=${start}&${bins}`, this.asked, of);
    }
  }

  /** Before a drawing: what is told has to be of the stretch that is chosen by now. */
  private expect(scene: EventScene): void {
    if (this.map.side !== "review") return;
    const of = this.named(this.stretch(scene).start);
    for (const one of [this.shapes, this.intervals, this.hours]) one.expect(of);
  }

  private named(start: number): string {
    return `${this.span} ${start}`;
  }

  /** The waves of the moment and a little around it, while there is a caliper to snap to them. */
  private wantPoints({ details }: EventScene): void {
    const { view, bounds } = this.map;
    const seconds = (bounds.width * view.spp) / details.rate;
    if (seconds > POINTS_MOST_S / 3) return;
    const part = Math.max(10, Math.ceil(seconds)) * details.rate;
    const start = Math.max(0, Math.floor(view.start / part) * part - part / 2);
    this.points.want(`${this.url}/points?start=${Math.round(start)}&stop=${Math.round(start + 3 * part)}`, this.asked);
  }

  restart(): void {
    this.chosen = this.group = this.jumping = null;
    this.again();
  }

  /** Beats or strips are others than they were. */
  private again(): void {
    this.asked++;
    this.density.again();
    this.map.relabelled();
  }

  snap(sample: number, reach: number): number {
    return snapped(sample, allPoints(this.points.value ?? []), reach);
  }

  paintOverview(g: Canvas2d, ink: Ink, xOf: (sample: number) => number, foot: number): void {
    this.density.paint(g, ink, xOf, foot);
  }

  paintMoment(g: Canvas2d, scene: Scene, xOf: (sample: number) => number, box: { top: number; height: number }): void {
    paintChosen(g, scene, this, xOf, box);
  }

  view(scene: EventScene): TemplateResult {
    this.expect(scene);
    return sideView(this, scene);
  }

  // ---- words ---------------------------------------------------------------------------------------------

  say(text: string): void {
    this.words = { text, at: performance.now() };
    setTimeout(() => this.map.refresh(), SAID_MS + 50);
    this.map.refresh();
  }

  get told(): string {
    return this.words !== null && performance.now() - this.words.at < SAID_MS ? this.words.text : "";
  }

  private answered(answer: Answer, done: string): boolean {
    this.say(answer.ok ? done : answer.words);
    this.again();
    return answer.ok;
  }

  // ---- beats ---------------------------------------------------------------------------------------------

  /** Choose the next or the previous beat; the first time the one nearest the middle. */
  step(by: 1 | -1): void {
    const { beats, bounds, view } = this.map;
    if (beats === null) return;
    const seen = beats.over(view.start - 60 * bounds.rate, view.start + bounds.width * view.spp + 60 * bounds.rate);
    const from = this.chosen ?? this.middle;
    const gap = (sample: number) => Math.abs(sample - this.middle);
    const next =
      this.chosen === null
        ? [...seen].sort((a, b) => gap(a.sample) - gap(b.sample))[0]
        : by > 0
          ? seen.find(({ sample }) => sample > from)
          : seen.findLast(({ sample }) => sample < from);
    if (next === undefined) {
      this.say("no beat there on hand");
      return;
    }
    this.choose(next.sample);
  }

  /** Choose the beat at a sample and keep it in the picture. */
  choose(sample: number): void {
    this.chosen = sample;
    const { view, bounds } = this.map;
    const x = (sample - view.start) / view.spp;
    if (x < bounds.width * 0.06 || x > bounds.width * 0.94) this.map.jump(sample);
    this.map.refresh();
  }

  /** The beat nearest to a place that was pointed at. */
  pick(sample: number): void {
    const reach = 0.3 * this.map.bounds.rate;
    const near = this.map.beats?.over(sample - reach, sample + reach) ?? [];
    const best = [...near].sort((a, b) => Math.abs(a.sample - sample) - Math.abs(b.sample - sample))[0];
    if (best !== undefined) this.choose(best.sample);
  }

  /** Give the chosen beat a class. */
  async label(symbol: string): Promise<void> {
    if (this.chosen === null) {
      this.say("choose a beat first: , and . or a double click");
      return;
    }
    const sample = this.chosen;
    this.answered(await this.deeds.relabel({ samples: [sample] }, symbol), `one beat is ${symbol} now; Ctrl+Z takes it back`);
  }

  /** Put a beat that was not found: where the caliper stands, at the last point that was laid. */
  async put(): Promise<void> {
    const { caliper } = this.map;
    if (caliper === null) {
      this.say("lay the caliper where the beat is (c), then a puts one there");
      return;
    }
    const sample = Math.round(caliper.to.sample);
    if (this.answered(await this.deeds.relabel({ add: [sample] }, "N"), "a normal beat is there now; N S V F Y Q give it another class")) this.choose(sample);
  }

  /** So many seconds earlier or later, at the same scale. */
  travel(seconds: number): void {
    this.map.jump(this.middle + seconds * this.map.bounds.rate);
  }

  /** Give all beats of a shape a class. */
  async labelShape(key: string, symbol: string): Promise<void> {
    const shapes = this.shapes.value;
    if (shapes === null) return;
    const { start, stop } = shapes;
    const answer = await this.deeds.relabel({ key, start, stop }, symbol);
    const count = answer.ok ? Number(answer.body.count).toLocaleString("en") : "";
    this.answered(answer, `${count} ${count === "1" ? "beat is" : "beats are"} ${symbol} now; Ctrl+Z takes it back`);
  }

  /** The newest change that can be taken back, or put in force again. */
  async turnBack(act: "beats.undo" | "beats.redo"): Promise<void> {
    const made = (this.said.value?.changes ?? []).filter(({ change }) => change > 0);
    const undone = made.filter((one) => one.undone !== null).sort((a, b) => b.undone!.at_ms - a.undone!.at_ms);
    const one: Change | undefined = act === "beats.undo" ? made.find((each) => each.undone === null) : undone[0];
    if (one === undefined) {
      this.say(act === "beats.undo" ? "nothing to take back" : "nothing was taken back");
      return;
    }
    await this.turn(one, act);
  }

  async turn(one: Change, act: "beats.undo" | "beats.redo"): Promise<void> {
    const words = act === "beats.undo" ? "taken back" : "in force again";
    this.answered(await this.deeds.change(act, one.change), `change of ${one.count.toLocaleString("en")} beats: ${words}`);
  }

  // ---- shapes --------------------------------------------------------------------------------------------

  /** The shapes of the gallery, in the order in which they stand. */
  get gallery(): readonly Shape[] {
    const groups = (this.shapes.value?.groups ?? []).filter(({ symbol }) => !this.hidden.has(symbol));
    return [...groups].sort((a, b) => ORDER.indexOf(a.symbol) - ORDER.indexOf(b.symbol) || b.count - a.count);
  }

  select(key: string): void {
    this.group = key;
    this.member = -1;
    this.map.refresh();
  }

  /** Show a beat of the chosen shape, the next one each time. */
  showMember(by: 1 | -1 = 1): void {
    const shape = this.gallery.find(({ key }) => key === this.group);
    if (shape === undefined) return;
    const samples = shape.samples.length > 0 ? shape.samples : [shape.first];
    this.member = (this.member + by + samples.length) % samples.length;
    const sample = samples[this.member]!;
    this.chosen = sample;
    this.map.jump(sample);
  }

  open(tab: Tab): void {
    this.tab = tab;
    this.map.turn("review");
  }

  over(span: SpanName): void {
    this.span = span;
    this.map.refresh();
  }

  // ---- jumps ---------------------------------------------------------------------------------------------

  async jump(what: JumpWhat, which: JumpWhich): Promise<void> {
    this.jumping = null;
    const at = Math.max(0, Math.round(this.chosen ?? this.middle));
    try {
      const answer = await fetch(jumpUrl(this.url, what, which, at, this.whole));
      const told = (await answer.json()) as { event?: { start: number; stop: number; words: string; rate: number | null } | null; error?: string };
      if (!answer.ok) throw new Error(told.error ?? `the center answered ${answer.status}`);
      const event = told.event ?? null;
      if (event === null) {
        this.say(`there is none: ${which} ${what}`);
        return;
      }
      const seconds = (event.stop - event.start) / this.map.bounds.rate;
      this.say(`${which}: ${event.words}${seconds > 0 ? `, ${seconds.toFixed(1)} s` : ""}${event.rate === null ? "" : `, ${Math.round(event.rate)} bpm`}`);
      // A single beat is what is to be looked at, and perhaps relabelled.
      this.chosen = seconds > 0 ? null : event.start;
      this.map.jump(event.start, seconds > 0 ? 0.25 : 0.5);
    } catch (error) {
      this.say(error instanceof Error ? error.message : String(error));
    }
  }

  // ---- cart ----------------------------------------------------------------------------------------------

  /** Put the moment into the cart: all leads, what is on the picture, or ten seconds of it where that is long. */
  async keep(): Promise<void> {
    const { view, bounds } = this.map;
    const seconds = (bounds.width * view.spp) / bounds.rate;
    const half = ((seconds > STRIP_MOST_S ? STRIP_S : seconds) * bounds.rate) / 2;
    const start = Math.max(0, Math.round(this.middle - half));
    const stop = Math.min(Math.round(this.middle + half), Math.floor(this.map.end));
    if (stop <= start) {
      this.say("there are no samples here");
      return;
    }
    this.answered(await this.deeds.keep(start, stop, [], ""), "the strip is in the cart: give it a caption there (4)");
  }

  async entitle(strip: number, caption: string): Promise<void> {
    this.answered(await this.deeds.entitle(strip, caption), "the caption is on record");
  }

  async drop(strip: number): Promise<void> {
    this.answered(await this.deeds.drop(strip), "the strip is out of the cart");
  }

  /** For tests. */
  describe(): unknown {
    return {
      tab: this.tab,
      span: this.span,
      chosen: this.chosen,
      group: this.group,
      said: this.told,
      caliper: this.caliper.words,
      groups: this.gallery.map(({ symbol, count }) => [symbol, count]),
      strips: this.said.value?.strips.length ?? null,
      changes: this.said.value?.changes.length ?? null,
    };
  }
}
