/** An order as the form has it: plain JSON, read and changed by paths as the center writes them (`symptoms[0].what`). */

export type Fields = { readonly [key: string]: unknown };

export const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** `symptoms[0].what` as `["symptoms", 0, "what"]`. */
export function steps(path: string): readonly (string | number)[] {
  return [...path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, name, at]) => (at === undefined ? name! : Number(at)));
}

/** What stands at a path; undefined where nothing does. */
export function get(order: Fields, path: string): unknown {
  let at: unknown = order;
  for (const step of steps(path)) {
    if (typeof step === "number") at = list(at)[step];
    else at = isFields(at) ? at[step] : undefined;
  }
  return at;
}

export const textAt = (order: Fields, path: string): string => {
  const value = get(order, path);
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
};

export const listAt = (order: Fields, path: string): readonly unknown[] => list(get(order, path));

function placed(at: unknown, [step, ...rest]: readonly (string | number)[], value: unknown): unknown {
  if (step === undefined) return value;
  if (typeof step === "number") {
    const items = [...list(at)];
    items[step] = placed(items[step], rest, value);
    return items;
  }
  const from = isFields(at) ? at : {};
  return { ...from, [step]: placed(from[step], rest, value) };
}

/** The same order with another value at a path; the old one is not touched. */
export const put = (order: Fields, path: string, value: unknown): Fields => placed(order, steps(path), value) as Fields;

/** The same without one item of a list. */
export const without = (order: Fields, path: string, at: number): Fields => put(order, path, listAt(order, path).filter((_, place) => place !== at));

/** The path of the list that a path is in, else the path itself. */
export const rootOf = (path: string): string => path.replace(/\[.*$/, "");

/** What is empty is left out, as the center does; items of lists stay, so that their numbers mean the same. */
export function lean(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lean);
  if (!isFields(value)) return typeof value === "string" ? value.trim() : value;
  const kept = Object.entries(value).map(([key, one]) => [key, lean(one)] as const);
  return Object.fromEntries(kept.filter(([, one]) => !empty(one)));
}

const empty = (value: unknown): boolean =>
  value === null || value === undefined || value === "" || value === 0 || (Array.isArray(value) && value.length === 0) || (isFields(value) && Object.keys(value).length === 0);

/** What an order says, in one writing: two that say the same are the same text. */
export const said = (order: Fields): string => JSON.stringify(sorted(lean(order)));

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}

/** Every value that is not empty by its path; a list is one value. */
export function leaves(order: Fields, before = ""): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [key, value] of Object.entries(lean(order) as Fields)) {
    const path = before === "" ? key : `${before}.${key}`;
    if (isFields(value)) for (const [inner, one] of leaves(value, path)) found.set(inner, one);
    else found.set(path, value);
  }
  return found;
}

export interface Conflict {
  readonly path: string;
  readonly mine: unknown;
  readonly theirs: unknown;
}

/**
 * What two people made of one order: what only one of them changed is taken, what both changed is asked about. In the
 * order that is given back `mine` stands wherever they differ.
 */
export function merged(base: Fields, mine: Fields, theirs: Fields): { readonly order: Fields; readonly conflicts: readonly Conflict[] } {
  const [was, here, there] = [leaves(base), leaves(mine), leaves(theirs)];
  const same = (one: unknown, other: unknown) => JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
  const conflicts: Conflict[] = [];
  let order: Fields = theirs;
  for (const path of new Set([...was.keys(), ...here.keys(), ...there.keys()])) {
    const [old, own, other] = [was.get(path), here.get(path), there.get(path)];
    if (same(own, old) || same(own, other)) continue;
    if (!same(other, old)) conflicts.push({ path, mine: own, theirs: other });
    order = put(order, path, own);
  }
  return { order, conflicts };
}

/** An order as somebody begins it: where, when and how long as nearly all are; nothing that only a physician knows. */
export const begun = (today: string): Fields => ({
  test: "telemetry",
  country: "US",
  days: 30,
  dated: today,
  orderer: { country: "US" },
  patient: { postal: { country: "US" } },
});

/** Whether a text is a date as the center writes it, `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

/** Whether a National Provider Identifier can be one: ten digits, the last of them a Luhn check digit over 80840 and the rest. */
export function npiFault(text: string): string | null {
  if (text === "") return null;
  if (!/^\d*$/.test(text)) return "an NPI has digits only";
  if (text.length !== 10 || !/^[12]/.test(text)) return "an NPI has ten digits, the first 1 or 2";
  let total = 0;
  for (const [place, digit] of [...`80840${text}`].reverse().entries()) {
    const number = Number(digit) * (1 + (place % 2));
    total += Math.floor(number / 10) + (number % 10);
  }
  return total % 10 === 0 ? null : "the check digit does not fit: one digit is wrong, or two are exchanged";
}

/** Where most answers of an order stand in the record. */
export function commonWhere(order: Fields): string {
  const counts = new Map<string, number>();
  for (const one of Object.values((get(order, "statements") ?? {}) as Fields)) {
    const where = textAt(one as Fields, "where");
    if (where !== "") counts.set(where, (counts.get(where) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "";
}
