/** What is known of one stream beside its samples: layout, stored spans, holes with their cause, marks, clock. */

import { type PatientState, parsePatient } from "../protocol/messages";
import { type Fix, Timebase } from "./timebase";

export interface Hole {
  readonly start: number;
  readonly stop: number;
  readonly cause: string;
  readonly declared: boolean;
}

export interface PatientMark {
  readonly sample: number;
  readonly symptom: string;
  readonly severity: number | null;
  readonly activity: string;
  readonly text: string;
}

export interface LayoutLead {
  readonly name: string;
  readonly gain: number;
  readonly baseline: number;
  readonly units: string;
  readonly resolution: number | null;
}

export interface Details {
  readonly state: PatientState;
  readonly leads: readonly LayoutLead[];
  readonly rate: number;
  readonly time: Timebase;
  readonly stored: readonly (readonly [number, number])[];
  readonly holes: readonly Hole[];
  readonly marks: readonly PatientMark[];
  readonly segments: number;
  /** Sample after the newest stored. */
  readonly end: number;
}

interface Answer {
  readonly state: unknown;
  readonly layout?: { readonly rate_hz?: number; readonly leads?: readonly Partial<LayoutLead>[] } | null;
  readonly origin_ms?: number | null;
  readonly fixes?: readonly Fix[];
  readonly stored?: readonly (readonly [number, number])[];
  readonly holes?: readonly Hole[];
  readonly marks?: readonly (Omit<PatientMark, "activity" | "text"> & { activity?: string; text?: string })[];
  readonly segments?: number | readonly unknown[];
}

/** Read the answer of `/api/streams/ID`; throws WireError where it cannot be used. */
export function readDetails(value: unknown): Details {
  const answer = value as Answer;
  const state = parsePatient(answer.state);
  const rate = answer.layout?.rate_hz ?? state.rate_hz;
  const leads = state.leads.map((lead, i) => {
    const declared = answer.layout?.leads?.[i];
    return {
      name: declared?.name ?? lead.name,
      gain: declared?.gain ?? lead.gain,
      baseline: declared?.baseline ?? lead.baseline,
      units: declared?.units ?? "mV",
      resolution: declared?.resolution ?? null,
    };
  });
  const stored = answer.stored ?? [];
  const end = stored.reduce((last, [, stop]) => Math.max(last, stop), 0);
  return {
    state,
    leads,
    rate,
    time: new Timebase(rate, answer.origin_ms ?? null, answer.fixes ?? []),
    stored,
    holes: withCauses(stored, answer.holes ?? []),
    marks: (answer.marks ?? []).map((mark) => ({ ...mark, activity: mark.activity ?? "", text: mark.text ?? "" })),
    segments: Array.isArray(answer.segments) ? answer.segments.length : Number(answer.segments ?? 0),
    end,
  };
}

/** Every stretch between the stored spans, with the cause that was declared for it where there is one. */
export function withCauses(stored: readonly (readonly [number, number])[], holes: readonly Hole[]): Hole[] {
  const spans = [...stored].sort((a, b) => a[0] - b[0]);
  const found: Hole[] = [];
  let at = 0;
  for (const [start, stop] of spans) {
    if (start > at) {
      const told = holes.find((hole) => hole.start < start && hole.stop > at);
      found.push({ start: at, stop: start, cause: told?.cause ?? "", declared: told?.declared ?? false });
    }
    at = Math.max(at, stop);
  }
  return found;
}

type Spans = readonly (readonly [number, number])[];

/** What of `after` is not in `before`. */
export function gained(before: Spans, after: Spans): [number, number][] {
  const known = [...before].sort((a, b) => a[0] - b[0]);
  return after.flatMap(([start, stop]) => {
    const found: [number, number][] = [];
    let at = start;
    for (const [from, to] of known) {
      if (from >= stop) break;
      if (from > at) found.push([at, from]);
      at = Math.max(at, to);
    }
    if (at < stop) found.push([at, stop]);
    return found;
  });
}

export const DAMAGED = "damaged on the center's disk, not shown";

/** What a hole is called. */
export function holeWords(hole: Hole): string {
  if (hole.cause === DAMAGED) return DAMAGED;
  if (hole.declared) return hole.cause === "" ? "declared by the transmitter, no cause given" : hole.cause;
  return hole.cause === "" ? "not received, cause not known" : `not received, ${hole.cause}`;
}

export async function fetchDetails(id: string): Promise<Details> {
  const answer = await fetch(`/api/streams/${id}`);
  if (answer.status === 404) throw new Error(`the center knows no stream ${id}`);
  if (!answer.ok) throw new Error(`the center answered ${answer.status}`);
  return readDetails(await answer.json());
}
