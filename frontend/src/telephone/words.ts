/** Numbers of callers, states and ages of calls as they are written on the screen. */

import { coarse, duration, initials } from "../chrome/format";
import type { Guess, Telephone } from "./entity";

/** "+1 215 555 0142" for numbers of North America, with their plus or without; others stand as they came. */
export function spaced(number: string): string {
  const found = /^\+?1(\d{3})(\d{3})(\d{4})$/.exec(number);
  return found === null ? number : `+1 ${found[1]} ${found[2]} ${found[3]}`;
}

/** The caller's number, or that there is none. */
export const callerOf = ({ caller, line }: Pick<Telephone, "caller" | "line">): string =>
  caller !== "" ? spaced(caller) : line === "file" ? "a recording" : "number withheld";

/** "by number", "by code", "as asked". */
export const howWords = (how: string): string => (how === "asked" ? "as asked" : how === "" ? "" : `by ${how}`);

/** "probably Roe, Richard (by number)"; two who share a number are both named; "" where nobody is known. */
export function guessWords({ guesses, patient, stream, tied }: Pick<Telephone, "guesses" | "patient" | "stream" | "tied">, privacy = false): string {
  if (tied !== "" && patient !== "") return named({ patient, stream: stream ?? "" }, privacy);
  const [first, second, ...more] = guesses;
  if (first === undefined) return "";
  if (second === undefined) return `probably ${named(first, privacy)} (${howWords(first.how)})`;
  return `${named(first, privacy)} or ${named(second, privacy)}${more.length > 0 ? `, or ${more.length} more` : ""} (${howWords(first.how)})`;
}

const named = ({ patient, stream }: Pick<Guess, "patient" | "stream">, privacy: boolean): string => (patient === "" ? stream : privacy ? initials(patient, stream) : patient);

/** "ringing 12 s", "missed 3 min ago, to be called back". */
export function stateWords({ state, rang_ms, ended_ms, taken_ms, taken_by, left }: Pick<Telephone, "state" | "rang_ms" | "ended_ms" | "taken_ms" | "taken_by" | "left">, now: number): string {
  const since = (ms: number | null) => (ms === null ? "" : duration(now - ms));
  if (state === "ringing") return `ringing ${since(rang_ms)}`.trim();
  if (state === "waiting") return `waiting ${since(rang_ms)}`.trim();
  if (state === "left") return `alone on the line${left === "" ? "" : `: ${left}`}`;
  if (state === "missed") return `missed ${ended_ms === null ? "" : `${coarse(now - ended_ms)} ago`}, to be called back`.replace("  ", " ");
  if (state === "unfinished") return `over${ended_ms === null ? "" : ` for ${coarse(now - ended_ms)}`}, not finished`;
  if (state === "taken") return `with ${taken_by?.name ?? "somebody"} ${since(taken_ms)}`.trim();
  return state === "ended" ? "ended, not closed" : "closed";
}

/** "escalated", "escalated twice", "escalated 3 times"; "" where it did not. */
export const escalatedWords = (times: number): string => (times <= 0 ? "" : times === 1 ? "escalated" : times === 2 ? "escalated twice" : `escalated ${times} times`);

/** What a call that nobody has asks for. */
export function callWords({ state }: Pick<Telephone, "state">): string {
  if (state === "missed") return "Call a patient back";
  if (state === "left") return "A patient is alone on the line";
  return state === "unfinished" ? "A call is to be finished" : "A patient calls";
}

/** How a waiting call is announced: once, without seconds that run. */
export function announced(one: Telephone): string {
  const begins = one.state === "missed" ? "A call was missed, to be called back" : callWords(one);
  return [begins, callerOf(one), guessWords(one), escalatedWords(one.escalated)].filter(Boolean).join(", ");
}

/** Says new waiting calls, and those that escalated, to a screen reader; each once. */
export class CallAnnouncer {
  private known = new Set<string>();
  private said = "";

  /** What is new since the last call; the last sentence stays until there is another. */
  text(waiting: readonly Telephone[]): string {
    const key = (one: Telephone) => `${one.call} ${one.state} ${one.escalated}`;
    const news = waiting.filter((one) => !this.known.has(key(one)));
    this.known = new Set(waiting.map(key));
    if (news.length > 0) this.said = `${news.slice(0, 3).map(announced).join(". ")}. Shift T takes the first.`;
    return waiting.length === 0 ? "" : this.said;
  }
}
