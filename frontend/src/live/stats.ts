/** The last few thousand values of a measured time, for percentiles. */
export class Times {
  private readonly values = new Float64Array(4096);
  private count = 0;

  add(value: number): void {
    if (!Number.isFinite(value)) return;
    this.values[this.count % this.values.length] = value;
    this.count++;
  }

  reset(): void {
    this.count = 0;
  }

  /** Number seen, and median, 99th percentile and largest of those kept; zeros where there are none. */
  summary(): TimesSummary {
    const kept = this.values.slice(0, Math.min(this.count, this.values.length)).sort();
    const at = (share: number) => kept[Math.min(kept.length - 1, Math.floor(share * kept.length))] ?? 0;
    return { count: this.count, p50: at(0.5), p99: at(0.99), max: at(1) };
  }
}

export interface TimesSummary {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}
