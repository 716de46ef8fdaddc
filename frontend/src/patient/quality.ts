/** Where a lead was not good: fetched in stretches for what is looked at closely, and coarse for the whole stream. */

import { WireError } from "../protocol/binary";
import { QUALITY } from "../protocol/messages";
import { Stretches } from "./stretches";

export interface QualitySpan {
  readonly start: number;
  readonly stop: number;
  readonly lead: number;
  /** As `QUALITY` has them; never good. */
  readonly code: number;
}

/** What such a stretch is called; "noisy" signal still has its beats, in the others none is looked for. */
export const QUALITY_WORDS: Readonly<Record<number, string>> = {
  [QUALITY.noisy]: "noisy",
  [QUALITY.unusable]: "too noisy to read",
  [QUALITY.leadOff]: "lead off",
  [QUALITY.flat]: "flat",
  [QUALITY.saturated]: "clipped",
};

/** "II noisy, V1 lead off". */
export const qualityWords = (spans: readonly QualitySpan[], leads: readonly { readonly name: string }[]): string =>
  spans.map(({ lead, code }) => `${leads[lead]?.name ?? ""} ${QUALITY_WORDS[code] ?? ""}`).join(", ");

/** Nothing can be read there: the trace is no ECG. */
export const unreadable = (code: number): boolean => code !== QUALITY.noisy && code !== QUALITY.good;

interface Answer {
  readonly spans: readonly QualitySpan[];
  /** Where to go on; null where this is all. */
  readonly next: number | null;
}

/** Read the answer of `…/quality`; throws WireError where it cannot be used. */
export function readQuality(value: unknown): Answer {
  const from = (value ?? {}) as { spans?: unknown; next?: unknown };
  if (!Array.isArray(from.spans)) throw new WireError("spans of quality are not a list");
  const spans = from.spans.map((span: unknown) => {
    const [start, stop, lead, code] = Array.isArray(span) ? (span as unknown[]) : [];
    if (![start, stop, lead, code].every((one) => typeof one === "number" && Number.isFinite(one)))
      throw new WireError("a span of quality is not four numbers");
    return { start, stop, lead, code } as QualitySpan;
  });
  return { spans, next: typeof from.next === "number" ? from.next : null };
}

const STRETCH_S = 600;
/** What is newest is asked for again after so long; what failed, later. */
const PARTIAL_MS = 2_000;
const FAILED_MS = 10_000;
/** So long after its samples a grade may still come or change. */
const SETTLES_S = 20;
const UNSETTLED_MS = 30_000;
/** A longer stretch is shown from the picture of the whole. */
const LONGEST_S = 7200;
const MOST_KEPT = 100;
const WHOLE_MS = 30_000;
/** Requests of one picture of the whole, so that it ends whatever the center answers. */
const MOST_PAGES = 60;

interface Kept {
  readonly spans: readonly QualitySpan[];
  /** When to ask again, ms; infinite where it is final. */
  readonly due: number;
}

export class Quality extends Stretches<Kept> {
  /** The whole stream, as fine as a pixel of the overview. */
  whole: readonly QualitySpan[] = [];
  private wholeDue = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly stream: string,
    private readonly rate: number,
    private readonly changed: () => void,
    now: () => number = () => performance.now(),
    private readonly get: typeof fetch = (input, init) => fetch(input, init),
  ) {
    super(Math.round(STRETCH_S * rate), UNSETTLED_MS, now);
  }

  /** Ask for what is missing over `[start, stop)`. */
  want(start: number, stop: number, end: number): void {
    if (stop - start > LONGEST_S * this.rate) return;
    const last = Math.floor((Math.min(stop, end) - 1) / this.span);
    for (let i = Math.max(0, Math.floor(start / this.span)); i <= last; i++)
      if (!this.busy.has(i) && this.now() >= (this.kept.get(i)?.due ?? Number.NEGATIVE_INFINITY)) void this.fetch(i, end);
  }

  /** Keep up with the whole of a stream of so many samples, on a pane so wide. */
  wantWhole(end: number, width: number): void {
    if (this.now() < this.wholeDue || end <= 0) return;
    this.wholeDue = this.now() + WHOLE_MS;
    const resolution = Math.max(1, Math.round((2 * end) / Math.max(1, width)));
    void this.read(0, Math.ceil(end), resolution)
      .then((spans) => {
        this.whole = spans;
        this.changed();
      })
      .catch((error: unknown) => this.warn(error));
  }

  private async fetch(index: number, end: number): Promise<void> {
    this.busy.add(index);
    const start = index * this.span;
    const stop = start + this.span;
    try {
      const spans = await this.read(start, stop, 1);
      const grows = end < stop + SETTLES_S * this.rate || this.now() < (this.unsettled.get(index) ?? 0);
      this.kept.set(index, { spans, due: grows ? this.now() + PARTIAL_MS : Number.POSITIVE_INFINITY });
      if (this.kept.size > MOST_KEPT) this.kept.delete(this.kept.keys().next().value!);
    } catch (error) {
      this.warn(error);
      this.kept.set(index, { spans: this.kept.get(index)?.spans ?? [], due: this.now() + FAILED_MS });
    }
    this.busy.delete(index);
    this.changed();
  }

  private async read(start: number, stop: number, resolution: number): Promise<QualitySpan[]> {
    const spans: QualitySpan[] = [];
    let at: number | null = start;
    for (let page = 0; at !== null && page < MOST_PAGES; page++) {
      const url = `/api/streams/${this.stream}/quality?start=${at}&stop=${stop}&resolution=${resolution}`;
      const answer = await this.get(url);
      if (!answer.ok) throw new Error(`the center answered ${answer.status}`);
      const part = readQuality(await answer.json());
      spans.push(...part.spans);
      at = part.next;
    }
    return spans;
  }

  private warn(error: unknown): void {
    console.warn(`quality of ${this.stream}: ${error instanceof Error ? error.message : error}`);
  }

  /** What is on hand of `[start, stop)`, of one lead or all, cut to it. */
  over(start: number, stop: number, lead: number | null = null): QualitySpan[] {
    const near: QualitySpan[] = [];
    if (stop - start > LONGEST_S * this.rate) near.push(...this.whole);
    else
      for (let i = Math.max(0, Math.floor(start / this.span)); i * this.span < stop; i++)
        near.push(...(this.kept.get(i)?.spans ?? []));
    const found = near
      .filter((one) => one.start < stop && one.stop > start && (lead === null || one.lead === lead))
      .map((one) => ({ ...one, start: Math.max(one.start, start), stop: Math.min(one.stop, stop) }));
    return joined(found);
  }

  override invalidate(start: number, stop: number): void {
    super.invalidate(start, stop);
    this.wholeDue = Number.NEGATIVE_INFINITY;
  }

  protected stale(kept: Kept): Kept {
    return { ...kept, due: Number.NEGATIVE_INFINITY };
  }
}

/** Spans of one lead and code that follow one another as one, by lead and start. */
export function joined(spans: readonly QualitySpan[]): QualitySpan[] {
  const found: QualitySpan[] = [];
  for (const one of [...spans].sort((a, b) => a.lead - b.lead || a.start - b.start)) {
    const last = found[found.length - 1];
    if (last?.lead === one.lead && last.code === one.code && one.start <= last.stop)
      found[found.length - 1] = { ...last, stop: Math.max(last.stop, one.stop) };
    else found.push(one);
  }
  return found;
}

/** Where none of so many leads can be read, by start. */
export function blind(spans: readonly QualitySpan[], leads: number): { start: number; stop: number }[] {
  const edges = spans
    .filter(({ code }) => unreadable(code))
    .flatMap(({ start, stop }) => [
      [start, 1],
      [stop, -1],
    ])
    .sort((a, b) => a[0]! - b[0]! || b[1]! - a[1]!);
  const found: { start: number; stop: number }[] = [];
  let open = 0;
  let since = 0;
  for (const [at, step] of edges) {
    const before = open;
    open += step!;
    if (before < leads && open >= leads) since = at!;
    else if (before >= leads && open < leads && at! > since) found.push({ start: since, stop: at! });
  }
  return found;
}
