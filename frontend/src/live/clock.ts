/**
 * The center's clock as this screen knows it. The least delayed message of the last half minute tells the offset.
 * Errors fall on the safe side: a delayed network or a clock set back makes samples look older, never younger,
 * and heals by itself within half a minute. `now` must come from a clock that never steps (performance.now).
 */
export class CenterClock {
  private readonly buckets: number[] = [];
  private bucketEnd = Number.NEGATIVE_INFINITY;

  /** A message stamped `serverMs` by the center was received at `now` (ms, this screen's clock). */
  heard(serverMs: number, now: number): void {
    const offset = serverMs - now;
    if (now >= this.bucketEnd) {
      this.buckets.push(offset);
      this.bucketEnd = now + 5_000;
      if (this.buckets.length > 6) this.buckets.shift();
      return;
    }
    const last = this.buckets.length - 1;
    this.buckets[last] = Math.max(this.buckets[last]!, offset);
  }

  /** Center time minus this screen's time in ms; 0 before the first message. */
  get offset(): number {
    return this.buckets.length === 0 ? 0 : Math.max(...this.buckets);
  }
}

/** How old a stream's newest sample may be before its picture is stale, ms. */
export const STALE_MS = 3_000;

/** How long this screen may hear nothing from the center before no picture on it is called live, ms. */
export const SILENT_MS = 3_000;

/** How far ahead of the center's clock a sample may be dated, ms: the fit of the two clocks is not exact. */
export const AHEAD_MS = 2_000;

/** How far the newest sample is dated ahead of the center's clock, ms; 0 where that is within what the fit allows. */
export function aheadMs(newestMs: number | null, centerNow: number): number {
  const ahead = (newestMs ?? Number.NaN) - centerNow;
  return ahead > AHEAD_MS ? ahead : 0;
}

/** Age of the newest sample in ms, null where there is none or its date lies in the future. Never below 0. */
export function ageMs(newestMs: number | null, centerNow: number): number | null {
  if (newestMs === null || !Number.isFinite(newestMs) || newestMs <= 0) return null;
  return aheadMs(newestMs, centerNow) > 0 ? null : Math.max(0, centerNow - newestMs);
}

/** This screen's clock: milliseconds since 1970 that never step while the page lives. */
export const screenNow = (): number => performance.timeOrigin + performance.now();
