/** The thin strip of the last hour's rate under a tile, from the stored envelope; asked for one tile at a time. */

import { html, svg, type TemplateResult } from "lit";
import { parseBinary } from "../protocol/binary";
import { fetchDetails } from "../patient/details";
import { endOf, readFindings } from "../patient/findings";
import type { PatientState, Priority } from "../protocol/messages";
import { rank } from "./findings";

const HOUR_S = 3600;
const BINS = 120;
const KEEP_MS = 60_000;
const LOWEST = 40;
const HIGHEST = 160;

interface Trend {
  /** When it was last asked for, center time in ms. */
  readonly at: number;
  /** Center time at the right edge of the last bin, ms. */
  readonly edge: number;
  /** Rate of each bin, oldest first; null where unknown or not stored. */
  readonly rates: readonly (number | null)[];
  /** What was found in that hour, shares of it from its beginning. */
  readonly episodes: readonly Episode[];
}

interface Episode {
  readonly from: number;
  readonly to: number;
  readonly priority: Priority;
}

export class Trends {
  private readonly kept = new Map<string, Trend>();
  private queue: PatientState[] = [];
  private busy = false;
  private run = 0;

  constructor(private readonly changed: () => void) {}

  /** Keep the strips of these patients fresh. */
  want(patients: readonly PatientState[], now: number): void {
    this.queue = patients.filter((p) => p.newest_ms !== null && Math.abs(now - (this.kept.get(p.id)?.at ?? 0)) > KEEP_MS);
    if (!this.busy && this.queue.length > 0) void this.work(now);
  }

  /** What is kept is another center's. */
  forget(): void {
    this.kept.clear();
    this.run++;
  }

  private async work(now: number): Promise<void> {
    this.busy = true;
    const { run } = this;
    const patient = this.queue.shift()!;
    const before = this.kept.get(patient.id) ?? { edge: now, rates: [], episodes: [] };
    // Where nothing comes the strip stays as it was; the wall itself says when the center is gone.
    const trend = await this.fetch(patient, now).then(
      (fetched) => ({ edge: now, ...fetched }),
      () => before,
    );
    this.busy = false;
    if (run !== this.run) return;
    this.kept.set(patient.id, { ...trend, at: now });
    this.changed();
  }

  /** Rates of the hour before `now`, and what was found in it. */
  private async fetch(patient: PatientState, now: number): Promise<Pick<Trend, "rates" | "episodes">> {
    const details = await fetchDetails(patient.id);
    // Without a clock the newest sample is taken for the present one.
    const end = details.time.known ? Math.round(details.time.sample(now)) : details.end;
    const begin = end - HOUR_S * patient.rate_hz;
    const start = Math.max(0, Math.floor(begin));
    const stop = Math.min(end, details.end);
    if (stop <= start) return { rates: [], episodes: [] };
    const rates = await this.rate(patient, start, stop, begin);
    return { rates, episodes: await episodes(patient, start, stop, begin) };
  }

  private async rate(
    patient: PatientState,
    start: number,
    stop: number,
    begin: number,
  ): Promise<readonly (number | null)[]> {
    const url = `/api/streams/${patient.id}/envelope?start=${start}&stop=${stop}&bins=${BINS}`;
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${answer.status}`);
    const envelope = parseBinary(await answer.arrayBuffer());
    if (envelope.kind !== 3) return [];
    const rates: (number | null)[] = Array.from({ length: BINS }, () => null);
    const bin = (HOUR_S * patient.rate_hz) / BINS;
    for (let i = 0; i < envelope.bins; i++) {
      const sample = envelope.start + (i + 0.5) * envelope.binSamples;
      const at = Math.floor((sample - begin) / bin);
      const rate = envelope.rate[i]!;
      if (at >= 0 && at < BINS && Number.isFinite(rate) && envelope.coverage[i]! > 0) rates[at] = rate;
    }
    return rates;
  }

  /** The rates of the hour before `now`, oldest first: what was fetched has moved to the left since. */
  rates(id: string, now: number): readonly (number | null)[] {
    const { rates, edge } = this.kept.get(id) ?? { rates: [], edge: now };
    const by = Math.max(0, Math.round(((now - edge) / 1000 / HOUR_S) * BINS));
    return Array.from({ length: BINS }, (_, i) => rates[i + by] ?? null);
  }

  /** Alarms of the hour before `now`, in bins of the strip. */
  private episodes(id: string, now: number): readonly Episode[] {
    const { episodes: found, edge } = this.kept.get(id) ?? { episodes: [], edge: now };
    const by = (now - edge) / 1000 / HOUR_S;
    return found
      .map(({ from, to, priority }) => ({ from: (from - by) * BINS, to: (to - by) * BINS, priority }))
      .filter(({ to }) => to > 0)
      .map((one) => ({ ...one, from: Math.max(0, one.from) }));
  }

  /** The strip as markup: a line of rates between 40 and 160, nothing where nothing is known, alarms along its foot; now is at its right. */
  view(patient: PatientState, now: number): TemplateResult {
    const rates = this.rates(patient.id, now);
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
        ${this.episodes(patient.id, now).map(
          ({ from, to, priority }) =>
            svg`<path class=${`episode ${priority}`} d=${`M${from.toFixed(2)} 19H${Math.max(to, from + 0.5).toFixed(2)}`} />`,
        )}
        ${svg`<path class="grid" d="M0 ${y(60)}H${BINS}M0 ${y(100)}H${BINS}" /><path class="line" d=${path} />`}
      </svg>
      <span>1 h</span>
    </div>`;
  }
}

/** Alarms of a stretch; none where they cannot be had: the strip is of the rate. */
async function episodes(
  patient: PatientState,
  start: number,
  stop: number,
  begin: number,
): Promise<readonly Episode[]> {
  try {
    const answer = await fetch(`/api/streams/${patient.id}/findings?start=${start}&stop=${stop}&limit=1000`);
    if (!answer.ok) return [];
    const share = (sample: number) => (sample - begin) / (HOUR_S * patient.rate_hz);
    return readFindings(await answer.json())
      .findings.filter(({ priority, state }) => priority !== "none" && state !== "withdrawn")
      .map((one) => ({ from: share(one.start), to: share(endOf(one, stop)), priority: one.priority }))
      .sort((a, b) => rank(b.priority) - rank(a.priority));
  } catch {
    return [];
  }
}
