/** Sample index ↔ center time, from the clock fixes of a stream: straight lines between them, the rate beyond. */

export type Fix = readonly [sample: number, ms: number];

export class Timebase {
  private readonly fixes: readonly Fix[];

  /** `originMs`: center time of sample 0 where it is declared; used only where there are no fixes. */
  constructor(
    readonly rate: number,
    originMs: number | null,
    fixes: readonly Fix[],
  ) {
    const sorted = [...fixes]
      .sort((a, b) => a[0] - b[0])
      .filter((fix, i, all) => i === 0 || fix[0] > all[i - 1]![0]);
    this.fixes = sorted.length > 0 ? sorted : originMs === null ? [] : [[0, originMs]];
  }

  /** Whether times of day are known; else only time since sample 0. */
  get known(): boolean {
    return this.fixes.length > 0;
  }

  /** Center time of a sample, ms; since sample 0 where no clock is known. */
  ms(sample: number): number {
    if (this.fixes.length === 0) return (sample / this.rate) * 1000;
    const [a, b] = this.around(sample, 0);
    if (b === undefined || sample <= a[0]) return a[1] + ((sample - a[0]) / this.rate) * 1000;
    return a[1] + ((sample - a[0]) / (b[0] - a[0])) * (b[1] - a[1]);
  }

  /** Sample at a center time; the inverse of `ms`. */
  sample(ms: number): number {
    if (this.fixes.length === 0) return (ms / 1000) * this.rate;
    const [a, b] = this.around(ms, 1);
    if (b === undefined || ms <= a[1] || b[1] <= a[1]) return a[0] + ((ms - a[1]) / 1000) * this.rate;
    return a[0] + ((ms - a[1]) / (b[1] - a[1])) * (b[0] - a[0]);
  }

  /** The fix at or before a value and the one after it; the first and none before the first. */
  private around(value: number, axis: 0 | 1): readonly [Fix, Fix | undefined] {
    let low = 0;
    let high = this.fixes.length - 1;
    if (value <= this.fixes[0]![axis]) return [this.fixes[0]!, undefined];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.fixes[middle]![axis] <= value) low = middle;
      else high = middle - 1;
    }
    return [this.fixes[low]!, this.fixes[low + 1]];
  }
}
