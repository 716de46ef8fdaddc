/** Which patients are on the wall, in which order, on which page. Pure: the wall never moves a tile by itself. */

import type { PatientState } from "../protocol/messages";
import type { Condition } from "./condition";
import { pressingOf } from "./findings";

export interface Shown {
  readonly patient: PatientState;
  readonly condition: Condition;
}

/** Patients in this screen's own order; those it has no place for come after, by stream. */
export function inOrder(patients: Iterable<PatientState>, order: readonly string[]): PatientState[] {
  const place = new Map(order.map((id, index) => [id, index]));
  const last = order.length;
  return [...patients].sort(
    (a, b) => (place.get(a.id) ?? last) - (place.get(b.id) ?? last) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  );
}

/** Move one id by `by` places among `ids`; stops at the ends. */
export function moved(ids: readonly string[], id: string, by: number): string[] {
  const from = ids.indexOf(id);
  if (from < 0) return [...ids];
  const to = Math.max(0, Math.min(ids.length - 1, from + by));
  const rest = ids.filter((other) => other !== id);
  return [...rest.slice(0, to), id, ...rest.slice(to)];
}

/** Put `id` where `target` is. */
export function movedTo(ids: readonly string[], id: string, target: string): string[] {
  const from = ids.indexOf(id);
  const to = ids.indexOf(target);
  return from < 0 || to < 0 ? [...ids] : moved(ids, id, to - from);
}

export type SortBy = "name" | "stream" | "attention";

const URGENCY: Readonly<Record<Condition["kind"], number>> = { stale: 0, lost: 1, never: 3, live: 2 };

/** The order that a sort makes; it is done once, when asked, and becomes this screen's own order. */
export function sorted(shown: readonly Shown[], by: SortBy): string[] {
  const byId = (a: Shown, b: Shown) => (a.patient.id < b.patient.id ? -1 : 1);
  const compare = {
    stream: byId,
    name: (a: Shown, b: Shown) => a.patient.patient.localeCompare(b.patient.patient) || byId(a, b),
    attention: (a: Shown, b: Shown) =>
      pressingOf(a.patient.findings) - pressingOf(b.patient.findings) ||
      URGENCY[a.condition.kind] - URGENCY[b.condition.kind] ||
      Number(a.condition.troubled ? 0 : 1) - Number(b.condition.troubled ? 0 : 1) ||
      byId(a, b),
  }[by];
  return [...shown].sort(compare).map(({ patient }) => patient.id);
}

/** Whether every word of the filter is found in name, stream, transmitter, or state. */
export function matches({ patient, condition }: Shown, filter: string): boolean {
  const text = [
    patient.patient,
    patient.id,
    patient.transmitter,
    condition.kind,
    ...condition.leads.map((lead) => lead.word),
    ...condition.words,
    condition.rhythm ?? "",
    ...patient.findings.filter(({ state }) => state === "open").map(({ words, priority }) => `${words} ${priority}`),
  ]
    .join(" ")
    .toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

export interface Page<T> {
  readonly page: number;
  readonly pages: number;
  /** Places of the first and last shown, from 1; 0 where there are none. */
  readonly first: number;
  readonly last: number;
  readonly here: readonly T[];
  readonly elsewhere: readonly T[];
}

/** Page `page` (from 0, brought into range) of `all`. */
export function paged<T>(all: readonly T[], page: number, size: number): Page<T> {
  const pages = Math.max(1, Math.ceil(all.length / size));
  const at = Math.max(0, Math.min(pages - 1, page));
  const here = all.slice(at * size, (at + 1) * size);
  return {
    page: at,
    pages,
    first: here.length === 0 ? 0 : at * size + 1,
    last: at * size + here.length,
    here,
    elsewhere: [...all.slice(0, at * size), ...all.slice((at + 1) * size)],
  };
}
