/** What is on hand of a stream, stretch by stretch of the same length: kept, under way, unsettled. */
export abstract class Stretches<Kept> {
  protected readonly kept = new Map<number, Kept>();
  protected readonly busy = new Set<number>();
  /** Until when a stretch may change, ms. */
  protected readonly unsettled = new Map<number, number>();

  /** `span` samples a stretch; late samples leave it unsettled for `unsettledMs`. */
  protected constructor(
    protected readonly span: number,
    private readonly unsettledMs: number,
    protected readonly now: () => number,
  ) {}

  /** The same, to be asked for again at once. */
  protected abstract stale(kept: Kept): Kept;

  /** Numbers of the stretches that touch `[start, stop)`. */
  protected *within(start: number, stop: number): Generator<number> {
    for (let i = Math.max(0, Math.floor(start / this.span)); i * this.span < stop; i++) yield i;
  }

  /** Whether all that is known of `[start, stop)` is on hand. */
  has(start: number, stop: number): boolean {
    for (const i of this.within(start, stop)) if (!this.kept.has(i)) return false;
    return true;
  }

  /** Late samples came for `[start, stop)`: it is asked for again, for a while. */
  invalidate(start: number, stop: number): void {
    const until = this.now() + this.unsettledMs;
    for (const i of this.within(start, stop)) {
      const kept = this.kept.get(i);
      if (kept === undefined && !this.busy.has(i)) continue;
      this.unsettled.set(i, until);
      if (kept !== undefined) this.kept.set(i, this.stale(kept));
    }
  }
}
