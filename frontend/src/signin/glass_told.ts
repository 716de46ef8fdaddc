/** What the center says of a patient who may be of another practice, and whom it is asked for. */

import type { Me as DeskMe } from "../desk/entities";
import { Reader } from "../desk/reader";
import type { Me } from "./me";

/** A page of one patient. */
export interface Place {
  readonly page: "patient" | "criteria" | "ladder";
  readonly stream: string;
}

/** Somebody of another practice who looked at a patient. */
export interface Look {
  readonly by: string;
  readonly practice: string;
  readonly at_ms: number;
  readonly why: string;
}

export interface GlassTold {
  readonly sees: boolean;
  readonly may_break: boolean;
  readonly now_ms: number;
  /** Until when the glass is broken; null where there is none, or it is whole. */
  readonly until_ms: number | null;
  readonly why: string;
  readonly minutes: number;
  /** Characters of a reason. */
  readonly least: number;
  readonly most: number;
  readonly looks: readonly Look[];
}

/** Roles that reach the patients of their own practice alone. */
const BOUND = ["physician", "office"];

type Told<Somebody extends Me | DeskMe> = Pick<Somebody, "sign_in" | "permissions" | "staff">;

/** Whether somebody sees the patients of one practice alone: whoever reads the wall of the center sees everybody. */
export const bound = (me: Told<Me> | Told<DeskMe>): boolean =>
  me.sign_in === "in" && !me.permissions.includes("read.wall") && BOUND.some((role) => me.staff?.roles.includes(role));

/** The patient whose page an address is; null for any other page. */
export function placeOf(path: string): Place | null {
  const [, page, stream] = /^\/(patient|criteria|ladder)\/(s\d{6,})\/?$/.exec(path) ?? [];
  return stream === undefined ? null : { page: page as Place["page"], stream };
}

/** Throws where the answer cannot be understood: then nothing is shown. */
export function readGlass(value: unknown): GlassTold {
  const from = new Reader("glass", value);
  const told = {
    sees: from.flag("sees", false),
    may_break: from.flag("may_break", false),
    now_ms: from.number("now_ms", 0),
    until_ms: from.numberOrNull("until_ms"),
    why: from.text("why"),
    minutes: from.number("minutes", 60),
    least: from.number("least", 1),
    most: from.number("most", 500),
    looks: from.list("looks", (look) => ({
      by: look.text("by", "?"),
      practice: look.text("practice"),
      at_ms: look.number("at_ms", 0),
      why: look.text("why"),
    })),
  };
  if (from.faults.length > 0) throw new Error(from.faults[0]);
  return told;
}

/** What is wrong with a reason, before it is sent; null where nothing is. */
export function faultOf(why: string, least: number): string | null {
  if ([...why].length >= least) return null;
  return why === "" ? "Say why: it stands in the record as you write it." : `Say it in ${least} characters or more: what do you need to see, and for what?`;
}

type Fetch = (input: string, init?: RequestInit) => Promise<Response>;

/** Asks the center; null where there is no such patient. Throws in words that can be shown. */
export async function askGlass({ page, stream }: Place, get: Fetch = (input, init) => fetch(input, init)): Promise<GlassTold | null> {
  let answer: Response;
  try {
    answer = await get(`/api/desk/glass/${stream}?page=${page}`, { cache: "no-store" });
  } catch {
    throw new Error("the center does not answer");
  }
  const told: unknown = await answer.json().catch(() => null);
  if (answer.ok) return readGlass(told);
  if (answer.status === 404) return null;
  const words = (told as { error?: unknown } | null)?.error;
  throw new Error(typeof words === "string" ? words : `the center answered ${answer.status}`);
}
