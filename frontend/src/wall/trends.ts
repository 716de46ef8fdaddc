/** The thin strip of the last hour's rate under a tile, from the stored envelope; asked for one tile at a time. */

import { html, svg, type TemplateResult } from "lit";
import { parseBinary } from "../protocol/binary";
import type { PatientState } from "../protocol/messages";

const HOUR_S = 3600;
const BINS = 120;
const KEEP_MS = 60_000;
const LOWEST = 40;
const HIGHEST = 160;

interface Trend {
  readonly at: number;
  /** Rate of each bin, oldest first; null where unknown or not stored. */
  readonly rates: readonly (number | null)[];
}

export class Trends {
  private readonly kept = new Map<string, Trend>();
  private readonly ends = new Map<string, number>();
  private queue: PatientState[] = [];
  private busy = false;

  constructor(private readonly changed: () => void) {}

  /** Keep the strips of these patients fresh. */
  want(patients: readonly PatientState[], now: number): void {
    this.queue = patients.filter((p) => p.newest_ms !== null && now - (this.kept.get(p.id)?.at ?? 0) > KEEP_MS);
    if (!this.busy && this.queue.length > 0) void this.work(now);
  }

  private async work(now: number): Promise<void> {
    this.busy = true;
    const patient = this.queue.shift()!;
    try {
      this.kept.set(patient.id, { at: now, rates: await this.fetch(patient) });
      this.changed();
    } catch {
      // The strip stays as it was; the wall itself says when the center is gone.
      this.kept.set(patient.id, { at: now, rates: this.kept.get(patient.id)?.rates ?? [] });
    }
    this.busy = false;
  }

  private async fetch(patient: PatientState): Promise<readonly (number | null)[]> {
    const end = await this.end(patient);
    const start = Math.max(0, end - HOUR_S * patient.rate_hz);
    const url = `/api/streams/${patient.id}/envelope?start=${Math.floor(start)}&stop=${end}&bins=${BINS}`;
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${answer.status}`);
    const envelope = parseBinary(await answer.arrayBuffer());
    if (envelope.kind !== 3) return [];
    const rates: (number | null)[] = Array.from({ length: BINS }, () => null);
    const bin = (HOUR_S * patient.rate_hz) / BINS;
    for (let i = 0; i < envelope.bins; i++) {
      const sample = envelope.start + (i + 0.5) * envelope.binSamples;
      const at = Math.floor((sample - (end - HOUR_S * patient.rate_hz)) / bin);
      const rate = envelope.rate[i]!;
      if (at >= 0 && at < BINS && Number.isFinite(rate) && envelope.coverage[i]! > 0) rates[at] = rate;
    }
    return rates;
  }

  /** Sample index of the end of what is stored. */
  private async end(patient: PatientState): Promise<number> {
    const answer = await fetch(`/api/streams/${patient.id}`);
    if (!answer.ok) throw new Error(`${answer.status}`);
    const { stored } = (await answer.json()) as { stored?: readonly (readonly [number, number])[] };
    const end = stored?.[stored.length - 1]?.[1] ?? this.ends.get(patient.id) ?? 0;
    this.ends.set(patient.id, end);
    return end;
  }

  /** The strip as markup: a line of rates between 40 and 160, nothing where nothing is known. */
  view(patient: PatientState): TemplateResult {
    const rates = this.kept.get(patient.id)?.rates ?? [];
    const y = (rate: number) =>
      20 - (20 * (Math.max(LOWEST, Math.min(HIGHEST, rate)) - LOWEST)) / (HIGHEST - LOWEST);
    let path = "";
    let down = false;
    rates.forEach((rate, i) => {
      if (rate !== null) path += `${down ? "L" : "M"}${i} ${y(rate).toFixed(1)}${down ? "" : "h.6"}`;
      down = rate !== null;
    });
    return html`<div class="trend" title="rate of the last hour, 40 to 160">
      <svg viewBox=${`0 0 ${BINS} 20`} preserveAspectRatio="none" aria-hidden="true">
        ${svg`<path class="grid" d="M0 ${y(60)}H${BINS}M0 ${y(100)}H${BINS}" /><path class="line" d=${path} />`}
      </svg>
      <span>1 h</span>
    </div>`;
  }
}
