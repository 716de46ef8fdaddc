/** Alarm sounds as samples: pulses with harmonics, each rising and falling without a click. */

import type { AlarmPriority } from "../wall/findings";
import { HARMONICS_DB, type Pulse, REMINDER_S, RISE_SHARE, SIGNALS } from "./signals";

export type SoundName = AlarmPriority | "reminder";

const LOUDEST = 0.85;
const LEVELS = HARMONICS_DB.map((db) => 10 ** (db / 20));
const SCALE = LOUDEST / LEVELS.reduce((sum, level) => sum + level, 0);

/** One short tone: that sound is paused here. */
const REMINDER: readonly Pulse[] = [{ note: "C4", hz: 261.63, start_ms: 0, ms: 125 }];

export const pulsesOf = (name: SoundName): readonly Pulse[] => (name === "reminder" ? REMINDER : SIGNALS[name].pulses);

const silenceS = (name: SoundName): number => (name === "reminder" ? REMINDER_S : SIGNALS[name].every_s);

/** Length of a burst from its first pulse to its last, s. */
export function burstS(name: SoundName): number {
  const last = pulsesOf(name).at(-1)!;
  return (last.start_ms + last.ms) / 1000;
}

/** One burst and the silence after it, to be played over and over; mono, −1 … 1. */
export function loopSamples(name: SoundName, rate: number): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(Math.round((burstS(name) + silenceS(name)) * rate));
  for (const { hz, start_ms, ms } of pulsesOf(name)) {
    const first = Math.round((start_ms / 1000) * rate);
    const count = Math.round((ms / 1000) * rate);
    for (let i = 0; i < count; i++) {
      const t = i / rate;
      let value = 0;
      for (const [k, level] of LEVELS.entries()) value += level * Math.sin(2 * Math.PI * hz * (k + 1) * t);
      samples[first + i] = value * SCALE * swell(i / count);
    }
  }
  return samples;
}

/** Level within a pulse: a rounded rise, then full, then the same fall. */
function swell(part: number): number {
  const edge = Math.min(part, 1 - part) / RISE_SHARE;
  return edge >= 1 ? 1 : (1 - Math.cos(Math.PI * edge)) / 2;
}
