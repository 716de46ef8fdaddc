/**
 * Hears what is really played: level and pitch over time, for tests of pulses, rates and harmonics. The analyser keeps
 * the last moments sample by sample, so a page that is slow to look misses nothing of them.
 */

import type { Sounder } from "./sounder";

export interface Heard {
  /** By the audio clock, s: a hundred a second, and a hole where the page did not look for longer than is kept. */
  readonly at: number;
  /** Root mean square of the last 21 ms. */
  readonly level: number;
  /** Strongest frequencies, Hz, those within 18 dB of the strongest; none in silence. */
  readonly peaks: readonly number[];
}

/** The longest that an analyser keeps: 0.68 s at 48 kHz. */
const KEPT = 32_768;
const SIZE = 2048;
const HOP_S = 0.01;
const LOOK_MS = 50;
const NEAR_DB = 18;
const SILENCE = 0.001;

/** Listen for so many milliseconds. */
export function listen({ context, analyser }: Pick<Sounder, "context" | "analyser">, ms: number): Promise<Heard[]> {
  if (context === null || analyser === null) return Promise.resolve([]);
  analyser.fftSize = KEPT;
  const wave = new Float32Array(KEPT);
  const rate = context.sampleRate;
  const hop = Math.round(HOP_S * rate);
  const heard: Heard[] = [];
  let next = Math.ceil((context.currentTime * rate) / hop) * hop;
  const end = performance.now() + ms;
  return new Promise((resolve) => {
    const look = () => {
      analyser.getFloatTimeDomainData(wave);
      const now = Math.round(context.currentTime * rate);
      for (; next <= now; next += hop) {
        const stop = KEPT - (now - next);
        if (stop >= SIZE) heard.push(moment(wave.subarray(stop - SIZE, stop), next / rate, rate));
      }
      if (performance.now() < end) setTimeout(look, LOOK_MS);
      else resolve(heard);
    };
    look();
  });
}

function moment(samples: Float32Array, at: number, rate: number): Heard {
  const last = samples.subarray(SIZE / 2);
  const level = Math.sqrt(last.reduce((sum, value) => sum + value * value, 0) / last.length);
  return { at, level, peaks: level < SILENCE ? [] : peaksOf(spectrumOf(samples), rate / SIZE) };
}

/** Decibels of each bin of a stretch whose length is a power of two, under a Hann window. */
export function spectrumOf(samples: ArrayLike<number>): Float32Array {
  const count = samples.length;
  const re = Float64Array.from(samples, (value, i) => value * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / count)));
  const im = new Float64Array(count);
  for (let i = 1, j = 0; i < count; i++) {
    let bit = count >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) [re[i], re[j]] = [re[j]!, re[i]!];
  }
  for (let half = 1; half < count; half *= 2)
    for (let k = 0; k < half; k++) {
      const [cos, sin] = [Math.cos((Math.PI * k) / half), -Math.sin((Math.PI * k) / half)];
      for (let i = k; i < count; i += 2 * half) {
        const j = i + half;
        const [x, y] = [re[j]! * cos - im[j]! * sin, re[j]! * sin + im[j]! * cos];
        [re[j], im[j]] = [re[i]! - x, im[i]! - y];
        [re[i], im[i]] = [re[i]! + x, im[i]! + y];
      }
    }
  return Float32Array.from({ length: count / 2 }, (_, i) => 20 * Math.log10(Math.hypot(re[i]!, im[i]!) / (count / 2) + 1e-12));
}

/** Frequencies of the bins that stand out of their neighbours, near the strongest of all. */
export function peaksOf(decibels: ArrayLike<number>, hzPerBin: number): number[] {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < decibels.length; i++) most = Math.max(most, decibels[i]!);
  const peaks: number[] = [];
  if (most < -100) return peaks;
  for (let i = 1; i + 1 < decibels.length; i++) {
    const here = decibels[i]!;
    if (here > most - NEAR_DB && here >= decibels[i - 1]! && here > decibels[i + 1]!) peaks.push(i * hzPerBin);
  }
  return peaks;
}
