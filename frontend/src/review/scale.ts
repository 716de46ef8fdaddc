/** Heights on the moment, gain and speed of the paper. */

import { valueAt } from "../patient/value_at";
import type { PatientView } from "../patient/view";

/** Height of the chosen lead's trace at a sample, CSS pixels of the moment. */
export function heightAt(map: PatientView, sample: number): number {
  const lead = Math.min(map.lead, (map.details?.leads.length ?? 1) - 1);
  const lane = map.facts?.lanes[lead];
  const value = valueAt(map.cache?.pieces(sample - 2, sample + 2, map.view.spp) ?? [], lead, sample);
  if (lane === undefined) return 0;
  return lane.middle - ((value ?? lane.centre) - lane.centre) * lane.pxPerUnit;
}

/** Where a caliper of times lies: a little above the middle of the chosen lead. */
export function levelOf(map: PatientView): number {
  const lane = map.facts?.lanes[Math.min(map.lead, (map.details?.leads.length ?? 1) - 1)];
  return (lane?.middle ?? 0) - 0.3 * (map.facts?.pxPerMv ?? 0);
}

/** 5, 10, 20 mm to a millivolt. */
export function gainBy(map: PatientView): void {
  map.gainMm = { 5: 10, 10: 20, 20: 5 }[map.gainMm] ?? 10;
  map.refresh();
}

/** 12.5, 25, 50 mm to a second. */
export function speedBy(map: PatientView): void {
  const mmS = map.bounds.rate / map.view.spp / map.options.prefs().pxPerMm;
  map.trueScale(mmS < 20 ? 25 : mmS < 40 ? 50 : 12.5);
}
