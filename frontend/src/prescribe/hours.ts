/** Hours of a week as one writes them: "mon-fri 08:00-17:00; sat,holiday 09:00-12:00". Empty: always. */

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const HOLIDAY = "holiday";

export interface Hours {
  readonly days: readonly string[];
  readonly from: string;
  readonly to: string;
}

/** What was typed as hours; words where it is none. */
export function parseHours(typed: string): readonly Hours[] | string {
  const parts = typed.split(";").map((part) => part.trim()).filter(Boolean);
  const found: Hours[] = [];
  for (const part of parts) {
    const match = /^(\S.*?)\s+(\d{1,2}:\d\d)\s*[-–]\s*(\d{1,2}:\d\d)$/.exec(part.toLowerCase());
    if (match === null) return `“${part}” are no hours (want e.g. mon-fri 08:00-17:00)`;
    const days = daysOf(match[1]!);
    if (typeof days === "string") return days;
    found.push({ days, from: match[2]!.padStart(5, "0"), to: match[3]!.padStart(5, "0") });
  }
  return found;
}

function daysOf(typed: string): readonly string[] | string {
  const days = new Set<string>();
  for (const part of typed.split(/[\s,]+/).filter(Boolean)) {
    if (part === "daily") for (const day of [...DAYS, HOLIDAY]) days.add(day);
    else if (part === HOLIDAY) days.add(HOLIDAY);
    else {
      const [first, last = first] = part.split(/[-–]/);
      const [from, to] = [first, last].map((day) => DAYS.findIndex((one) => one === day));
      if (from === undefined || to === undefined || from < 0 || to < 0) return `“${part}” is no day (want mon … sun, holiday, daily)`;
      // Around the week's end too: fri-mon.
      for (let at = from; ; at = (at + 1) % 7) {
        days.add(DAYS[at]!);
        if (at === to) break;
      }
    }
  }
  return [...DAYS, HOLIDAY].filter((day) => days.has(day));
}

/** The same written. */
export function writeHours(hours: readonly Hours[]): string {
  return hours.map(({ days, from, to }) => `${writeDays(days)} ${from}-${to}`).join("; ");
}

function writeDays(days: readonly string[]): string {
  if (days.length === 8) return "daily";
  const runs: string[] = [];
  for (let at = 0; at < 7; at += 1) {
    if (!days.includes(DAYS[at]!)) continue;
    let end = at;
    while (end < 6 && days.includes(DAYS[end + 1]!)) end += 1;
    runs.push(end > at ? `${DAYS[at]}-${DAYS[end]}` : DAYS[at]!);
    at = end;
  }
  return [...runs, ...(days.includes(HOLIDAY) ? [HOLIDAY] : [])].join(",");
}
