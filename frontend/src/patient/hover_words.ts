/** What the pointer over the moment tells: why samples are missing, or what is wrong with the signal. */

import { duration } from "../chrome/format";
import { type Details, type Hole, holeWords } from "./details";
import { type Quality, qualityWords } from "./quality";

export function hoverWords(sample: number, details: Details | null, quality: Quality | null): string {
  const within = ({ start, stop }: Hole) => sample >= start && sample < stop;
  const hole = details?.holes.find(within);
  if (hole === undefined) return qualityWords(quality?.over(sample, sample + 1) ?? [], details?.leads ?? []);
  const length = duration(((hole.stop - hole.start) / (details?.rate ?? 250)) * 1000);
  return `no samples for ${length}: ${holeWords(hole)}`;
}
