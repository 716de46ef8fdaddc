/**
 * The jitter buffer of one stream: which sample belongs under the pen now.
 *
 * Time is the sample index; arrivals only say how far behind them the pen has to stay so that it never runs dry:
 * the longest time, over the last half minute, between the moment a sample would have been due at zero delay and the
 * moment its frame came, plus a margin. Frames of one second therefore cost one second, frames of 100 ms a tenth.
 * The pen follows that target with at most 2 % of its speed, so no beat is visibly stretched.
 */

const BUCKET_MS = 5_000;
const BUCKETS = 6;
/** Four painted frames: the longest wait of half a minute is known already, more would only show everything later. */
const MARGIN_MS = 60;
/** Delay before anything is known: one-second frames and the margin. */
const FIRST_DELAY_MS = 1_250;
/** Runs longer than this are history or a healed outage, and say nothing about jitter. */
const LONGEST_FRAME_MS = 2_200;
const JUMP_MS = 1_000;
/** The pen is never farther behind the newest sample on hand: with more the center holds the picture not proven. */
const MOST_BUFFERED_MS = 2_600;

export class Playout {
  private readonly buckets: number[] = [];
  private bucketEnd = Number.NEGATIVE_INFINITY;
  private pen = 0;
  private at = 0;
  private end = 0;
  private started = 0;

  constructor(private readonly rate: number) {}

  /** Begin anew with everything up to `end` on hand at `now` (ms); the newest sample was then `ageMs` old. */
  restart(end: number, now: number, ageMs: number): void {
    this.buckets.length = 0;
    this.bucketEnd = Number.NEGATIVE_INFINITY;
    this.end = end;
    const age = Math.max(0, ageMs);
    this.pen = Math.max(0, end - (Math.max(0, FIRST_DELAY_MS - age) / 1000) * this.rate);
    this.at = now;
    this.started = now;
    this.learn(now - age - (end / this.rate) * 1000 + FIRST_DELAY_MS - MARGIN_MS, now);
  }

  /** Live samples `[start, end)` came at `now`. */
  arrived(start: number, end: number, now: number): void {
    this.end = Math.max(this.end, end);
    const length = ((end - start) / this.rate) * 1000;
    if (length > 0 && length <= LONGEST_FRAME_MS) this.learn(now - (start / this.rate) * 1000, now);
  }

  private learn(due: number, now: number): void {
    if (now >= this.bucketEnd) {
      this.buckets.push(due);
      if (this.buckets.length > BUCKETS) this.buckets.shift();
      this.bucketEnd = now + BUCKET_MS;
      // The guess that was made at the start is dropped as soon as arrivals have been seen for a while.
      if (this.buckets.length === 3 && now - this.started < 3 * BUCKET_MS) this.buckets.shift();
      return;
    }
    const last = this.buckets.length - 1;
    this.buckets[last] = Math.max(this.buckets[last]!, due);
  }

  /** Sample index (fractional) up to which to draw at `now`; never falls, never passes what has come. */
  position(now: number): number {
    const elapsed = Math.max(0, now - this.at);
    this.at = now;
    const target = ((now - Math.max(...this.buckets) - MARGIN_MS) / 1000) * this.rate;
    // Whatever was learned: what is on hand is never shown as live when it is this old.
    if (this.bufferedMs > MOST_BUFFERED_MS) {
      this.buckets.length = 0;
      this.bucketEnd = Number.NEGATIVE_INFINITY;
      this.learn(now - (this.end / this.rate) * 1000 + FIRST_DELAY_MS - MARGIN_MS, now);
      this.pen = this.end - (FIRST_DELAY_MS / 1000) * this.rate;
      return this.pen;
    }
    const behind = ((target - this.pen) / this.rate) * 1000;
    if (behind > JUMP_MS) {
      this.pen = Math.min(target, this.end);
      return this.pen;
    }
    const early = now - this.started < 6_000;
    const slowest = early ? -0.1 : -0.02;
    const pace = 1 + Math.min(early ? 0.1 : 0.02, Math.max(slowest, behind / 2000));
    this.pen = Math.max(this.pen, Math.min(this.pen + (elapsed / 1000) * this.rate * pace, this.end));
    return this.pen;
  }

  /** Milliseconds between the newest sample on hand and the pen. */
  get bufferedMs(): number {
    return ((this.end - this.pen) / this.rate) * 1000;
  }
}
