/** The geometry of the picture: a row for each code, time from 1990 to after today, in CSS pixels. */

import type { Book, Code } from "./told";

const DAY_MS = 86_400_000;
export const FIRST_YEAR = 1990;
export const LABEL = 132;
export const TOP = 34;
const RIGHT = 14;
const ROW_LEAST = 12;
const ROW_MOST = 19;
/** Of a family's head, in rows. */
const HEAD = 1.1;

export interface Row {
  readonly code: Code;
  readonly y: number;
}

export interface Lane {
  readonly family: string;
  readonly y: number;
  readonly height: number;
  readonly rows: readonly Row[];
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly row: number;
  readonly lanes: readonly Lane[];
  readonly years: readonly { readonly year: number; readonly x: number }[];
  readonly first: string;
  readonly last: string;
}

/** A piece of a bar: certain, or where it is not known whether the code was valid. */
export interface Piece {
  readonly kind: "sure" | "begins" | "ends";
  readonly x: number;
  readonly width: number;
  /** It goes on beyond what is known or shown. */
  readonly open: boolean;
}

const number = (day: string): number => Date.parse(day) / DAY_MS;

/** Lay the picture out in a space: rows grow with its height, and below the least it scrolls. */
export function layout(book: Book, width: number, height: number): Layout {
  const heads = book.families.length * HEAD;
  const row = Math.max(ROW_LEAST, Math.min(ROW_MOST, (height - TOP - 8) / (book.codes.length + heads)));
  const lanes: Lane[] = [];
  let y = TOP;
  for (const family of book.families) {
    const top = y;
    y += HEAD * row;
    const rows = book.codes.filter((code) => code.family === family.id).map((code, place) => ({ code, y: y + place * row }));
    y += rows.length * row;
    lanes.push({ family: family.id, y: top, height: y - top, rows });
  }
  const last = `${Number(book.today.slice(0, 4)) + 2}-01-01`;
  const space = { width, first: `${FIRST_YEAR}-01-01`, last };
  const years = [];
  for (let year = FIRST_YEAR; year <= Number(last.slice(0, 4)); year++) years.push({ year, x: xOf(space, `${year}-01-01`) });
  return { ...space, height: y + 8, row, lanes, years };
}

type Space = Pick<Layout, "width" | "first" | "last">;

/** Where a day is. */
export function xOf(space: Space, day: string): number {
  const share = (number(day) - number(space.first)) / (number(space.last) - number(space.first));
  return LABEL + Math.max(0, Math.min(1, share)) * (space.width - LABEL - RIGHT);
}

/** The day at a place. */
export function dayAt(space: Space, x: number): string {
  const share = Math.max(0, Math.min(1, (x - LABEL) / (space.width - LABEL - RIGHT)));
  const day = number(space.first) + share * (number(space.last) - number(space.first));
  return new Date(Math.round(day) * DAY_MS).toISOString().slice(0, 10);
}

/** The pieces of a code's bar from left to right. */
export function pieces(space: Space, code: Code): readonly Piece[] {
  const { start, end } = code;
  const from = start.first ?? space.first;
  const sure = start.last ?? space.last;
  const until = end === null ? space.last : (end.first ?? sure);
  const stop = end === null ? space.last : (end.last ?? space.last);
  const made: Piece[] = [];
  const add = (kind: Piece["kind"], a: string, b: string, open: boolean): void => {
    const x = xOf(space, a);
    const width = xOf(space, b) - x;
    if (width > 0) made.push({ kind, x, width, open });
  };
  add("begins", from, sure, start.first === null);
  add("sure", sure, until, end === null);
  add("ends", until > sure ? until : sure, stop, end !== null && end.last === null);
  return made;
}

export interface Link {
  readonly path: string;
  readonly x: number;
  readonly y: number;
}

/** From the end of a code to those in its place: a line each, and where it arrives. */
export function links(space: Layout, code: Code): readonly Link[] {
  const rows = new Map(space.lanes.flatMap((lane) => lane.rows.map((row) => [row.code.code, row] as const)));
  const own = rows.get(code.code);
  if (own === undefined || code.replaced === null || code.end === null) return [];
  const x = xOf(space, code.end.last ?? code.end.first ?? space.last);
  const middle = space.row / 2;
  return code.replaced.codes.flatMap((name) => {
    const other = rows.get(name);
    if (other === undefined) return [];
    const from = own.y + middle;
    const to = other.y + middle;
    const bend = Math.min(26, 8 + Math.abs(to - from) / 8);
    const path = `M${x.toFixed(1)} ${from.toFixed(1)} C${(x + bend).toFixed(1)} ${from.toFixed(1)} ${(x + bend).toFixed(1)} ${to.toFixed(1)} ${(x + 2).toFixed(1)} ${to.toFixed(1)}`;
    return [{ path, x: x + 2, y: to }];
  });
}
