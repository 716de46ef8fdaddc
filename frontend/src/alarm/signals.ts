/** How alarms look and sound: the center's table (IEC 60601-1-8), as the pages read it. */

import table from "../desk/alarm_signals.json";
import type { AlarmPriority } from "../wall/findings";

export interface Pulse {
  readonly note: string;
  readonly hz: number;
  readonly start_ms: number;
  readonly ms: number;
}

export interface Signal {
  readonly sign: string;
  readonly flash_hz: number;
  /** Part of a period in which it is lit. */
  readonly duty: number;
  /** Silence between two bursts. */
  readonly every_s: number;
  readonly pulses: readonly Pulse[];
}

export const SIGNALS: Readonly<Record<AlarmPriority, Signal>> = table.priorities;
/** Level of a pulse's fundamental and of each harmonic, dB. */
export const HARMONICS_DB: readonly number[] = table.harmonics_db;
/** Part of a pulse in which it rises, and in which it falls. */
export const RISE_SHARE: number = table.rise_share;
/** While sound is paused a station reminds of it so often, s. */
export const REMINDER_S: number = table.reminder_s;
/** A station alarms by itself after so long without a word of the center, s. */
export const DEAD_MAN_S: number = table.dead_man_s;

/** Tell the style sheets how fast each priority flashes: one table for center, sound and sight. */
export function layFlashes(style: CSSStyleDeclaration): void {
  for (const [priority, { flash_hz }] of Object.entries(SIGNALS))
    if (flash_hz > 0) style.setProperty(`--flash-${priority}`, `${1 / flash_hz}s`);
}
