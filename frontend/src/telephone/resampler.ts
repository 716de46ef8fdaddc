/** Sound from one rate to another, block by block: a windowed sinc, cut below half of the lower rate. */

/** Zero crossings to each side at the lower rate. */
const WINGS = 16;
/** Part of half the lower rate that passes. */
const PASS = 0.9;

export class Resampler {
  private readonly step: number;
  private readonly cut: number;
  private readonly reach: number;
  private held: Float32Array<ArrayBufferLike>;
  /** Where the next value lies, in samples of what is held. */
  private at: number;

  constructor(
    readonly from: number,
    readonly to: number,
  ) {
    this.step = from / to;
    this.cut = (PASS * Math.min(from, to)) / from;
    this.reach = Math.ceil((WINGS * from) / Math.min(from, to));
    this.held = new Float32Array(this.reach);
    this.at = this.reach;
  }

  /** The next sound in, as much as can be told of it by now out. The result does not depend on how it is cut. */
  feed(sound: Float32Array): Float32Array<ArrayBuffer> {
    const all = new Float32Array(this.held.length + sound.length);
    all.set(this.held);
    all.set(sound, this.held.length);
    const last = all.length - 1 - this.reach;
    const count = Math.max(0, Math.floor((last - this.at) / this.step) + 1);
    const made = new Float32Array(count);
    for (let i = 0; i < count; i++) made[i] = this.value(all, this.at + i * this.step);
    this.at += count * this.step;
    const keep = Math.max(0, Math.floor(this.at) - this.reach);
    this.held = all.slice(keep);
    this.at -= keep;
    return made;
  }

  private value(all: Float32Array, at: number): number {
    const first = Math.max(0, Math.ceil(at - this.reach));
    const stop = Math.min(all.length - 1, Math.floor(at + this.reach));
    let sum = 0;
    for (let i = first; i <= stop; i++) {
      const t = i - at;
      const x = Math.PI * this.cut * t;
      const sinc = Math.abs(x) < 1e-9 ? 1 : Math.sin(x) / x;
      sum += all[i]! * sinc * (0.5 + 0.5 * Math.cos((Math.PI * t) / this.reach));
    }
    return sum * this.cut;
  }
}

/** −1 … 1 as int16; louder is cut. */
export const toInt16 = (sound: Float32Array): Int16Array<ArrayBuffer> => Int16Array.from(sound, (value) => Math.max(-32768, Math.min(32767, Math.round(value * 32767))));

export const toFloat = (sound: Int16Array): Float32Array<ArrayBuffer> => Float32Array.from(sound, (value) => value / 32768);
