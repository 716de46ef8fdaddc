/** For tests: what the map shows and how fast its steps were. */

import type { PatientView } from "./view";

export function describeView(map: PatientView): unknown {
  const { view, bounds, facts, details } = map;
  const sorted = [...map.steps].sort((a, b) => a - b);
  const stop = view.start + bounds.width * view.spp;
  return {
    id: map.id,
    start: view.start,
    samples_per_px: view.spp,
    end: map.end,
    following: map.following,
    sharp: facts?.sharp ?? null,
    px_per_mv: facts?.pxPerMv ?? null,
    lanes: facts?.lanes ?? [],
    requests: map.cache?.counts ?? null,
    holes: details?.holes.length ?? null,
    marks: details?.marks.length ?? null,
    quality: map.quality?.over(view.start, stop) ?? [],
    beats: map.beats?.over(view.start, stop) ?? [],
    review: map.review?.describe() ?? null,
    step_ms: { count: sorted.length, p50: sorted[sorted.length >> 1] ?? 0, max: sorted[sorted.length - 1] ?? 0 },
  };
}
