/** What the patient says, as it is written down: kept here until it is on record. */

import type { AskedTold } from "./entity";

/** Words of a mark, as a recorder's button says them, and how they are shown. */
export const SYMPTOMS: readonly (readonly [string, string])[] = [
  ["palpitations", "palpitations"],
  ["racing", "racing"],
  ["skipped", "skipped beats"],
  ["dizzy", "dizzy"],
  ["faint", "faint"],
  ["chest-pain", "chest pain"],
  ["short-breath", "short of breath"],
  ["tired", "tired"],
  ["other", "other"],
];
export const SEVERITIES = ["not said", "mild", "moderate", "severe"] as const;
export const MEMORIES: readonly (readonly [string, string])[] = [
  ["unknown", "not known"],
  ["post-symptom", "recorded after the symptom"],
  ["pre-event memory", "from the recorder's memory, before it"],
  ["post-event memory", "from the recorder's memory, after it"],
];

export interface Draft {
  readonly symptom: string;
  readonly severity: number;
  readonly activity: string;
  readonly text: string;
  readonly medication: string;
  readonly memory: string;
  readonly symptom_ms: number | null;
}

export const draftOf = ({ symptom, severity, activity, text, medication, memory, symptom_ms }: AskedTold): Draft => ({ symptom, severity, activity, text, medication, memory: memory === "" ? "unknown" : memory, symptom_ms });

export const same = (a: Draft, b: Draft): boolean => (Object.keys(a) as (keyof Draft)[]).every((key) => a[key] === b[key]);

/** What was changed over what is on record, laid over what is on record now: two people never undo one another. */
export function merged(base: Draft, draft: Draft, now: Draft): Draft {
  const own = Object.fromEntries(Object.entries(draft).filter(([key, value]) => base[key as keyof Draft] !== value));
  return { ...now, ...own };
}

/** "3:05", "03:05" or "305" as the last instant of that time on the clock before now, ms; null where it is none. */
export function timeBefore(text: string, now: number): number | null {
  const found = /^(\d{1,2})[:.]?(\d{2})$/.exec(text.trim());
  const [hours, minutes] = [Number(found?.[1]), Number(found?.[2])];
  if (found === null || hours > 23 || minutes > 59) return null;
  const at = new Date(now);
  at.setHours(hours, minutes, 0, 0);
  if (at.getTime() > now) at.setDate(at.getDate() - 1);
  return at.getTime();
}
