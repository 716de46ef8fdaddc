/** Times as a person types them. */

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/**
 * "14:03", "14:03:07.5", "21 Nov 14:03", "2026-11-21 14:03", "+01:30:00" after `startMs`. A time without a date is the
 * latest such time not after `nearMs`. Local time of this screen; null where it makes no sense.
 */
export function parseTime(text: string, nearMs: number, startMs: number): number | null {
  const clean = text.trim().toLowerCase();
  const clock = /(\d{1,3}):(\d{2})(?::(\d{2}(?:\.\d+)?))?$/.exec(clean);
  const hours = Number(clock?.[1] ?? 0);
  const minutes = Number(clock?.[2] ?? 0);
  const seconds = Number(clock?.[3] ?? 0);
  if (minutes > 59 || seconds >= 60) return null;
  if (clean.startsWith("+"))
    return clock === null ? null : startMs + ((hours * 60 + minutes) * 60 + seconds) * 1000;
  if (hours > 23) return null;
  const rest = clean
    .slice(0, clean.length - (clock?.[0].length ?? 0))
    .trim()
    .replace(/[t,]$/, "")
    .trim();
  const date = new Date(nearMs);
  date.setHours(hours, minutes, 0, 0);
  date.setTime(date.getTime() + seconds * 1000);
  if (rest === "") {
    if (clock === null) return null;
    if (date.getTime() > nearMs) date.setDate(date.getDate() - 1);
    return date.getTime();
  }
  const day = parseDay(rest, date.getFullYear());
  if (day === null) return null;
  date.setFullYear(day[0], day[1], day[2]);
  return date.getTime();
}

function parseDay(text: string, year: number): readonly [number, number, number] | null {
  const iso = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (iso !== null) return valid(Number(iso[1]), Number(iso[2]) - 1, Number(iso[3]));
  const words = /^(\d{1,2})\.?\s+([a-z]{3})[a-z]*(?:\s+(\d{4}))?$/.exec(text);
  if (words === null) return null;
  const month = MONTHS.indexOf(words[2]!);
  return month < 0 ? null : valid(Number(words[3] ?? year), month, Number(words[1]));
}

function valid(year: number, month: number, day: number): readonly [number, number, number] | null {
  const made = new Date(year, month, day);
  return made.getMonth() === month && made.getDate() === day ? [year, month, day] : null;
}

/** The sample that an address names, `?at=17280000`; null where it names none. */
export function sampleOf(search: string): number | null {
  const told = new URLSearchParams(search).get("at") ?? "";
  return /^\d{1,12}$/.test(told) ? Number(told) : null;
}
