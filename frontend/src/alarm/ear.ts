/** Hears what is really played: level and pitch over time, for tests of pulses, rates and harmonics. */

import type { Sounder } from "./sounder";

export interface Heard {
  /** By the audio clock, s. */
  readonly at: number;
  /** Root mean square of the last 21 ms. */
  readonly level: number;
  /** Strongest frequencies, Hz, those within 18 dB of the strongest. */
  readonly peaks: readonly number[];
}

const SIZE = 2048;
const NEAR_DB = 18;

/** Listen for so many milliseconds, as often as frames come. */
export function listen({ context, analyser }: Pick<Sounder, "context" | "analyser">, ms: number): Promise<Heard[]> {
  if (context === null || analyser === null) return Promise.resolve([]);
  analyser.fftSize = SIZE;
  analyser.smoothingTimeConstant = 0;
  const wave = new Float32Array(SIZE / 2);
  const spectrum = new Float32Array(analyser.frequencyBinCount);
  const heard: Heard[] = [];
  const end = performance.now() + ms;
  return new Promise((resolve) => {
    const look = () => {
      analyser.getFloatTimeDomainData(wave);
      analyser.getFloatFrequencyData(spectrum);
      const level = Math.sqrt(wave.reduce((sum, value) => sum + value * value, 0) / wave.length);
      heard.push({ at: context.currentTime, level, peaks: peaksOf(spectrum, context.sampleRate / SIZE) });
      if (performance.now() < end) requestAnimationFrame(look);
      else resolve(heard);
    };
    look();
  });
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
