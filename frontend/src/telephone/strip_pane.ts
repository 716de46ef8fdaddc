/** The strips of a call: fetched while they grow, one of them on the paper, measured with a caliper. */

import type { Prefs } from "../chrome/prefs";
import { moved, type Phase, pointSet, spoken } from "../desk/key_caliper";
import type { CaliperModel } from "../patient/caliper";
import { INKS } from "../patient/ink";
import type { Telephone } from "./entity";
import { Growing, RATE } from "./growing";
import { caliperWords, paintQuality, paintStrip, pxPerUnit } from "./paint_strip";
import { mostBack, type Rows, rowsOf, sampleAt } from "./rows";
import { readStripAnswer } from "./told";

/** Asked for so often while it grows, and while its quality or its millivolts are still to come, ms. */
const GROWS_MS = 250;
const SETTLES_MS = 2_000;
export const GAINS = [5, 10, 20] as const;
export const SPEED = 25;

export interface PaneHost {
  prefs(): Prefs;
  light(): boolean;
  refresh(): void;
}

export class StripPane {
  readonly paper = canvas("paper", "electrocardiogram of the strip");
  readonly quality = canvas("quality", "quality of the strip by second");
  /** The strip that somebody chose; null for the newest. */
  chosen: number | null = null;
  gain: number = 10;
  back = 0;
  caliper: CaliperModel | null = null;
  phase: Phase = "first";
  measuring = false;
  failure: string | null = null;
  private readonly strips = new Map<number, Growing>();
  private readonly asked = new Map<number, number>();
  private rows: Rows = rowsOf(0, 1, 1, 1, SPEED, 0);
  private dragging = false;
  private numbers: readonly number[] = [];

  constructor(
    private readonly call: number,
    private readonly host: PaneHost,
    private readonly get: (path: string) => Promise<unknown> = read,
  ) {
    this.paper.tabIndex = 0;
    const point = (event: PointerEvent) => sampleAt(event.offsetX, event.offsetY, this.rows);
    this.paper.addEventListener("pointerdown", (event) => {
      if (this.shown === null) return;
      this.dragging = true;
      this.paper.setPointerCapture(event.pointerId);
      const at = point(event);
      [this.caliper, this.phase, this.measuring] = [{ from: at, to: at }, "set", true];
      this.host.refresh();
    });
    this.paper.addEventListener("pointermove", (event) => {
      if (!this.dragging || this.caliper === null) return;
      this.caliper = { from: this.caliper.from, to: point(event) };
      this.host.refresh();
    });
    this.paper.addEventListener("pointerup", () => {
      this.dragging = false;
      // A click without a stroke puts the caliper away.
      if (this.caliper !== null && Math.abs(this.caliper.to.sample - this.caliper.from.sample) < 2) this.measure(false);
    });
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      this.turn(event.deltaY > 0 ? -1 : 1);
    };
    this.paper.addEventListener("wheel", wheel, { passive: false });
  }

  /** The strip on the paper; null before there is one. */
  get shown(): Growing | null {
    const number = this.number;
    return number === null ? null : (this.strips.get(number) ?? null);
  }

  get number(): number | null {
    if (this.chosen !== null && this.numbers.includes(this.chosen)) return this.chosen;
    return this.numbers.at(-1) ?? null;
  }

  of(number: number): Growing | null {
    return this.strips.get(number) ?? null;
  }

  choose(number: number): void {
    this.chosen = number === this.numbers.at(-1) ? null : number;
    [this.back, this.caliper, this.measuring] = [0, null, false];
    this.host.refresh();
  }

  /** The strip before, or after. */
  step(by: number): void {
    const at = this.numbers.indexOf(this.number ?? -1);
    const to = this.numbers[Math.max(0, Math.min(this.numbers.length - 1, at + by))];
    if (to !== undefined) this.choose(to);
  }

  /** Rows back (1) or on (−1). */
  turn(by: number): void {
    const strip = this.shown;
    if (strip === null) return;
    this.back = Math.max(0, Math.min(mostBack(strip.length, this.rows), this.back + by));
    this.host.refresh();
  }

  /** Rows of it that stand above the paper. */
  get earlier(): number {
    return this.shown === null ? 0 : this.rows.first;
  }

  turnGain(): void {
    this.gain = GAINS[(GAINS.indexOf(this.gain as (typeof GAINS)[number]) + 1) % GAINS.length]!;
    this.caliper = null;
    this.host.refresh();
  }

  measure(on = !this.measuring): void {
    const strip = this.shown;
    this.measuring = on && strip !== null && strip.length > 0;
    this.phase = "first";
    const sample = Math.min((strip?.length ?? 1) - 1, (this.rows.first + 0.5) * this.rows.samples);
    this.caliper = this.measuring ? { from: { sample: Math.round(sample), y: 0 }, to: { sample: Math.round(sample), y: 0 } } : null;
    this.host.refresh();
  }

  private get scale() {
    return { rate: RATE, pxPerMv: this.gain * this.host.prefs().pxPerMm };
  }

  aim(right: number, up: number, coarse: boolean): void {
    if (this.caliper === null) return;
    this.caliper = moved(this.caliper, this.phase, right, up, coarse, this.scale);
    if (this.phase === "set") this.phase = "second";
    this.host.refresh();
  }

  setPoint(): void {
    if (this.caliper === null) return;
    Object.assign(this, pointSet(this.caliper, this.phase));
    this.host.refresh();
  }

  get measured(): string {
    const strip = this.shown;
    return this.caliper === null || strip === null || this.phase === "first" ? "" : caliperWords(this.caliper, strip, this.scale.pxPerMv);
  }

  get said(): string {
    return this.caliper === null ? "" : this.shown?.unit === "uV" ? spoken(this.caliper, this.phase, this.scale) : this.measured;
  }

  /** The call as it is now: what is new of its strips is asked for. */
  attend(one: Telephone): void {
    this.numbers = one.strips.map(({ number }) => number);
    for (const { number, closed_ms } of one.strips) void this.want(number, closed_ms !== null);
  }

  private async want(number: number, closed: boolean): Promise<void> {
    const strip = this.strips.get(number) ?? new Growing(number);
    this.strips.set(number, strip);
    // Closed, with all that is to be said of it: nothing more comes, unless it is read anew.
    const here = strip.told && !strip.open && strip.length >= strip.total;
    const whole = here && closed && strip.quality !== null && strip.analysed !== null;
    const every = whole ? 10 * SETTLES_MS : here && closed ? SETTLES_MS : GROWS_MS;
    const last = this.asked.get(number) ?? Number.NEGATIVE_INFINITY;
    if (performance.now() - last < every) return;
    // One at a time: asked again only once it was answered.
    this.asked.set(number, Number.POSITIVE_INFINITY);
    try {
      const told = await this.get(`/api/telephone/${this.call}/strip/${number}?from=${strip.length}`);
      const taken = strip.take(readStripAnswer(told));
      this.failure = null;
      this.asked.set(number, taken ? performance.now() : Number.NEGATIVE_INFINITY);
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      this.asked.set(number, performance.now() + 750);
    }
    this.host.refresh();
  }

  /** Paint what is shown; the canvases are in the page by now. */
  paint(): void {
    const strip = this.shown;
    if (strip === null || this.paper.clientWidth === 0) return;
    const ink = INKS[this.host.light() ? "light" : "dark"];
    const { pxPerMm } = this.host.prefs();
    this.rows = paintStrip(this.paper, { strip, ink, pxPerMm, speed: SPEED, gain: this.gain, back: this.back, caliper: this.caliper });
    if (this.quality.clientWidth > 0) paintQuality(this.quality, strip, ink, this.rows);
  }

  /** For tests: what is on the paper. */
  describe(): object {
    const strip = this.shown;
    if (strip === null) return { strip: null };
    const pxPerMm = this.host.prefs().pxPerMm;
    return { strip: strip.number, samples: strip.length, unit: strip.unit, open: strip.open, rows: this.rows, px_per_unit: pxPerUnit({ strip, pxPerMm, gain: this.gain }), caliper: this.caliper };
  }
}

function canvas(name: string, label: string): HTMLCanvasElement {
  const made = document.createElement("canvas");
  made.className = name;
  made.setAttribute("role", "img");
  made.setAttribute("aria-label", label);
  return made;
}

async function read(path: string): Promise<unknown> {
  const answer = await fetch(path, { signal: AbortSignal.timeout(10_000) }).catch(() => null);
  if (answer === null) throw new Error("the center did not answer");
  const told: unknown = await answer.json().catch(() => null);
  if (answer.ok) return told;
  const words = typeof told === "object" && told !== null && "error" in told ? String(told.error) : "";
  throw new Error(words || `the center answered ${answer.status}`);
}
