/** Ectopic beats over the whole stream as a density, fetched a day at a time and laid under the overview. */

import type { Ink } from "../patient/ink";
import { readTrend, type Trend } from "./told";

/** Seconds of one question: answered in a tenth of a second, so that the picture fills day by day. */
const PART_S = 86_400;
const AGAIN_MS = 60_000;
const HIGH = 20;
/** Share of the beats of a bin at which the density is as high as it gets. */
const FULL = 0.3;

interface Part {
  readonly trend: Trend | null;
  readonly at: number;
  readonly settled: boolean;
}

export class Density {
  private readonly parts = new Map<number, Part>();
  private busy = false;
  private size = 0;
  private edition = 0;
  /** Counts the answers: another number, another picture. */
  painted = 0;

  constructor(
    private readonly stream: string,
    /** Samples a second. */
    public rate: number,
    private readonly changed: () => void,
    private readonly get: typeof fetch = (input, init) => fetch(input, init),
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Beats were given another class: what is on hand is asked for again. */
  again(): void {
    this.edition++;
    for (const [day, part] of this.parts) this.parts.set(day, { ...part, settled: false, at: Number.NEGATIVE_INFINITY });
  }

  /** Ask for the next part that is missing, the newest first: one at a time. */
  want(end: number, width: number): void {
    const part = PART_S * this.rate;
    const days = Math.ceil(end / part);
    const size = Math.max(Math.round(this.rate * 60), Math.ceil(end / Math.max(1, width) / 2));
    // Another width is no reason to ask again; a stream that has grown twice as long is.
    if (size > 2 * this.size) {
      this.size = size;
      this.parts.clear();
    }
    if (this.busy) return;
    for (let day = days - 1; day >= 0; day--) {
      const known = this.parts.get(day);
      if (known?.settled === true || this.now() - (known?.at ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) continue;
      void this.ask(day, end > (day + 1) * part);
      return;
    }
  }

  private async ask(day: number, settled: boolean): Promise<void> {
    this.busy = true;
    const { edition } = this;
    const start = day * PART_S * this.rate;
    const count = Math.ceil((PART_S * this.rate) / this.size);
    let trend = this.parts.get(day)?.trend ?? null;
    let whole = settled;
    try {
      const answer = await this.get(`/api/streams/${this.stream}/trend?start=${start}&size=${this.size}&count=${count}`);
      if (!answer.ok) throw new Error(`the center answered ${answer.status}`);
      trend = readTrend(await answer.json());
    } catch {
      whole = false;
    }
    const at = edition === this.edition ? this.now() : Number.NEGATIVE_INFINITY;
    this.parts.set(day, { trend, at, settled: whole && edition === this.edition });
    this.busy = false;
    this.painted++;
    this.changed();
  }

  /** Bars over the foot of the overview: supraventricular below, ventricular above, as shares of the beats. */
  paint(g: CanvasRenderingContext2D, ink: Ink, xOf: (sample: number) => number, foot: number): void {
    g.save();
    for (const { trend } of this.parts.values()) {
      if (trend === null) continue;
      trend.rate.forEach((_, bin) => {
        const of = (symbol: string) => trend.beats[symbol]?.[bin] ?? 0;
        const all = Object.values(trend.beats).reduce((sum, counts) => sum + (counts[bin] ?? 0), 0);
        if (all === 0) return;
        const x = xOf(trend.start + bin * trend.size);
        const wide = Math.max(1, xOf(trend.start + (bin + 1) * trend.size) - x);
        let y = foot;
        for (const [share, colour] of [
          [of("S") / all, ink.beat.S],
          [(of("V") + of("F")) / all, ink.beat.V],
        ] as const) {
          if (share <= 0) continue;
          const high = Math.max(1.5, HIGH * Math.min(1, Math.sqrt(share / FULL)));
          g.globalAlpha = 0.65;
          g.fillStyle = colour;
          g.fillRect(x, y - high, wide, high);
          y -= high;
        }
      });
    }
    g.restore();
  }
}
