/** Times, ages and names as they are written on the screen. */

const pad = (value: number, width = 2): string => String(Math.floor(value)).padStart(width, "0");

/** "7 s", "2 min 5 s", "3 h 12 min", "4 d 2 h". */
export function duration(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 600) return s % 60 === 0 ? `${s / 60} min` : `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3600)} h`;
}

/** The same in one word: "43 s", "2 min", "3 h", "4 d". */
export function coarse(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 100) return `${s} s`;
  if (s < 6000) return `${Math.floor(s / 60)} min`;
  return s < 172_800 ? `${Math.floor(s / 3600)} h` : `${Math.floor(s / 86_400)} d`;
}

/** "12 min" for what is still to come; seconds below two minutes. */
export function toCome(seconds: number): string {
  return seconds < 120 ? `${Math.ceil(seconds)} s` : duration(seconds * 1000).replace(/ \d+ s$/, "");
}

/** "14:03:07". */
export function clockTime(ms: number, timeZone?: string): string {
  return parts(ms, timeZone).time;
}

/** Calendar day as "Sat 21 Nov 2026". */
export function day(ms: number, timeZone?: string): string {
  return parts(ms, timeZone).day;
}

/** Zone as "UTC", "CET" or "GMT-5". */
export function zone(ms: number, timeZone?: string): string {
  const made = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short", ...(timeZone ? { timeZone } : {}) });
  return made.formatToParts(ms).find((p) => p.type === "timeZoneName")?.value ?? "";
}

/** Time with zone, and with the date where that is not today's. */
export function when(ms: number, nowMs: number, timeZone?: string): string {
  const at = parts(ms, timeZone);
  const date = at.day === parts(nowMs, timeZone).day ? "" : `${at.day} `;
  return `${date}${at.time} ${zone(ms, timeZone)}`;
}

const made = new Map<string, Intl.DateTimeFormat>();

function parts(ms: number, timeZone?: string): { time: string; day: string } {
  const key = timeZone ?? "";
  let format = made.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-GB", {
      weekday: "short",
      day: "numeric",
      month: "short",
      year: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
      ...(timeZone ? { timeZone } : {}),
    });
    made.set(key, format);
  }
  const found = Object.fromEntries(format.formatToParts(ms).map((p) => [p.type, p.value]));
  return {
    time: `${found.hour}:${found.minute}:${found.second}`,
    day: `${found.weekday} ${found.day} ${found.month} ${found.year}`,
  };
}

/** "Doe, Jane" as "D. J."; what has no letters becomes the stream's number. */
export function initials(name: string, id: string): string {
  const letters = name
    .split(/[\s,.-]+/u)
    .map((word) => [...word][0] ?? "")
    .filter((letter) => /\p{L}/u.test(letter));
  return letters.length === 0 ? id : `${letters.slice(0, 3).join(". ").toUpperCase()}.`;
}

/** "00:12:10.250" since the first sample, where no clock is known. */
export function elapsed(ms: number): string {
  const s = ms / 1000;
  return `${pad(s / 3600)}:${pad((s / 60) % 60)}:${pad(s % 60)}.${pad(Math.round(ms) % 1000, 3)}`;
}

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;
