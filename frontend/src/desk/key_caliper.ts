/** A caliper by keys: a point is moved and set, then the other; what lies between them in words for whoever cannot see it. */

import { type CaliperModel, measure } from "../patient/caliper";

/** Which point is moved; "set": both stand. */
export type Phase = "first" | "second" | "set";

/** A small square of paper at 25 mm/s and 10 mm/mV, and the finer step of an arrow alone. */
const COARSE = { seconds: 0.04, millivolts: 0.1 };
const FINE = { seconds: 0.004, millivolts: 0.02 };

export interface Scale {
  /** Samples a second. */
  readonly rate: number;
  readonly pxPerMv: number;
}

/** The point that is moved, moved by so many steps to later times and up; the second one again where both are set. */
export function moved(one: CaliperModel, phase: Phase, right: number, up: number, coarse: boolean, scale: Scale): CaliperModel {
  const step = coarse ? COARSE : FINE;
  const to = {
    sample: one.to.sample + right * Math.max(1, Math.round(step.seconds * scale.rate)),
    y: one.to.y - up * step.millivolts * scale.pxPerMv,
  };
  return { from: phase === "first" ? to : one.from, to };
}

/** The point that is moved is set: then the second is moved, then both stand, then another caliper begins where this one ends. */
export function pointSet(one: CaliperModel, phase: Phase): { readonly caliper: CaliperModel; readonly phase: Phase } {
  if (phase === "first") return { caliper: one, phase: "second" };
  if (phase === "second") return { caliper: one, phase: "set" };
  return { caliper: { from: one.to, to: one.to }, phase: "first" };
}

/** "812 ms, 74 /min, 0.74 mV". */
export function words(one: CaliperModel, { rate, pxPerMv }: Scale): string {
  const { ms, bpm, millivolts } = measure(one, rate, pxPerMv);
  const rateWords = bpm === null || bpm < 5 ? "" : ` ${Math.round(bpm)} /min,`;
  return `${Math.round(ms)} ms,${rateWords} ${millivolts.toFixed(2)} mV`;
}

/** What a screen reader says of it. */
export function spoken(one: CaliperModel, phase: Phase, scale: Scale): string {
  if (phase === "first") return "Caliper. Arrows move the first point, with Shift by a small square. Enter sets it.";
  const between = words(one, scale);
  return phase === "set" ? `Measured: ${between}` : `Second point: ${between}`;
}
