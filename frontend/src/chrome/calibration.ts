/**
 * How many CSS pixels are a millimetre of this screen. Measured with a ruler for one screen at one zoom: another zoom
 * is reckoned, another screen counts as not calibrated. Kept in the browser, never sent anywhere.
 */

import { NOMINAL_PX_PER_MM, type Prefs } from "./prefs";

/** Where a page is seen: the screen, and how much the browser enlarges it. */
export interface Place {
  /** Of the screen, CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Device pixels to a CSS pixel: the screen's own factor times the zoom. */
  readonly ratio: number;
  /** Width of the window outside to inside: follows the zoom, not the screen. */
  readonly zoom: number;
}

export interface Calibration extends Place {
  readonly pxPerMm: number;
}

const KEY = "einthoven.rulers";
const MOST = 8;
/** Borders and scroll bars of a window make its inside this much smaller without any zoom. */
const SLACK = 0.08;

const near = (a: number, b: number): boolean => Math.abs(Math.log(a / b)) <= SLACK;

/** CSS pixels to a millimetre at `place` by what was measured; null where it is another screen, or may be. */
export function reckon(made: Calibration, place: Place): number | null {
  if (made.width !== place.width || made.height !== place.height) return null;
  const ratio = place.ratio / made.ratio;
  // A ratio that changed without the zoom is that of another screen of the same size in CSS pixels.
  return near(ratio, place.zoom / made.zoom) ? made.pxPerMm / ratio : null;
}

/** Read what was kept; what does not make sense is left out. */
export function readCalibrations(text: string | null): Calibration[] {
  let kept: unknown = [];
  try {
    kept = JSON.parse(text ?? "[]");
  } catch {
    // Damaged storage is as good as none.
  }
  const sane = (one: Partial<Calibration> | null) =>
    [one?.width, one?.height, one?.ratio, one?.zoom].every((value) => Number.isFinite(value) && Number(value) > 0) &&
    Number(one?.pxPerMm) >= 1 &&
    Number(one?.pxPerMm) <= 40;
  return Array.isArray(kept) ? kept.filter(sane).slice(-MOST) : [];
}

/** The list with one more; what said the same place before is dropped. */
export function withCalibration(list: readonly Calibration[], made: Calibration): Calibration[] {
  return [...list.filter((one) => reckon(one, made) === null), made].slice(-MOST);
}

/** Where this page is seen now. */
export function placeNow(): Place {
  const { outerWidth, innerWidth, devicePixelRatio: ratio } = window;
  const zoom = outerWidth > 0 && innerWidth > 0 ? outerWidth / innerWidth : 1;
  return { width: window.screen.width, height: window.screen.height, ratio, zoom };
}

function stored(): Calibration[] {
  try {
    return readCalibrations(localStorage.getItem(KEY));
  } catch {
    return [];
  }
}

/** Keep what the ruler said of the screen that this page is on. */
export function keepCalibration(pxPerMm: number): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(withCalibration(stored(), { ...placeNow(), pxPerMm })));
  } catch {
    // A browser that keeps nothing still shows everything.
  }
}

/** The preferences with the millimetre of the place where the page is now. */
export function measured(prefs: Prefs): Prefs {
  const place = placeNow();
  const known = stored()
    .map((one) => reckon(one, place))
    .findLast((pxPerMm) => pxPerMm !== null);
  const pxPerMm = known ?? NOMINAL_PX_PER_MM;
  const calibrated = known !== undefined;
  return pxPerMm === prefs.pxPerMm && calibrated === prefs.calibrated ? prefs : { ...prefs, pxPerMm, calibrated };
}
