/** What this screen remembers: layout, order. Kept in the browser, never sent anywhere. */

import { GAINS, SPEEDS } from "../live/geometry";

export const TILE_COUNTS = [16, 32, 64] as const;
export type TileCount = (typeof TILE_COUNTS)[number];

/** CSS says 96 pixels to the inch; a ruler knows better. */
export const NOMINAL_PX_PER_MM = 96 / 25.4;

export interface Prefs {
  /** CSS pixels to a millimetre where the page is now; not kept here, see calibration.ts. */
  readonly pxPerMm: number;
  readonly calibrated: boolean;
  readonly tiles: TileCount;
  readonly speed: number;
  readonly gain: number;
  readonly privacy: boolean;
  readonly theme: "dark" | "light";
  readonly order: readonly string[];
}

export const DEFAULTS: Prefs = {
  pxPerMm: NOMINAL_PX_PER_MM,
  calibrated: false,
  tiles: 16,
  speed: 25,
  gain: 10,
  privacy: false,
  theme: "dark",
  order: [],
};

const KEY = "einthoven.screen";

/** Read what was kept; whatever does not make sense falls back to the default. */
export function readPrefs(text: string | null): Prefs {
  let kept: Partial<Record<keyof Prefs, unknown>> = {};
  try {
    kept = (JSON.parse(text ?? "{}") ?? {}) as typeof kept;
  } catch {
    // Damaged storage is as good as none.
  }
  const choose = <T>(allowed: readonly T[], value: unknown, fallback: T): T =>
    allowed.includes(value as T) ? (value as T) : fallback;
  return {
    pxPerMm: DEFAULTS.pxPerMm,
    calibrated: false,
    tiles: choose(TILE_COUNTS, kept.tiles, DEFAULTS.tiles),
    speed: choose(SPEEDS as readonly number[], kept.speed, DEFAULTS.speed),
    gain: choose(GAINS as readonly number[], kept.gain, DEFAULTS.gain),
    privacy: kept.privacy === true,
    theme: kept.theme === "light" ? "light" : "dark",
    order: Array.isArray(kept.order) ? kept.order.filter((id): id is string => typeof id === "string") : [],
  };
}

export function loadPrefs(): Prefs {
  try {
    return readPrefs(localStorage.getItem(KEY));
  } catch {
    return DEFAULTS;
  }
}

export function savePrefs({ pxPerMm: _, calibrated: __, ...kept }: Prefs): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // A browser that keeps nothing still shows everything.
  }
}
