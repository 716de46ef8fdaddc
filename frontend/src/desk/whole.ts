/** What is asked for when a case is opened: the case whole, and what is known of the patient beside the ECG. */

import type { Contact, Rung, Verdict } from "./entities";
import { readVerdict } from "./parse";
import { Reader } from "./reader";
import type { DeskStore } from "./store";

/** An earlier episode of the same patient like this one. */
export interface Similar {
  readonly case: number | null;
  readonly title: string;
  readonly start: number | null;
  readonly stop: number | null;
  readonly at_ms: number | null;
  readonly verdict: Verdict | null;
}

export interface CaseWhole {
  readonly similar: readonly Similar[];
  readonly verdicts: readonly Verdict[];
  /** Lines of what was decided by rule and why. */
  readonly reasons: readonly string[];
  /** The criteria in force at its onset; null where the center does not say. */
  readonly criteria: CriteriaHeld | null;
  readonly faults: readonly string[];
}

export interface CriteriaHeld {
  /** "patient", "practice" or "shipped". */
  readonly layer: string;
  readonly version: number;
  readonly signed_by: string;
  readonly signed_ms: number | null;
}

export function readCaseWhole(value: unknown): CaseWhole {
  const from = new Reader("case", value);
  return {
    similar: from.list("similar", (one) => ({
      case: one.numberOrNull("case"),
      title: one.text("title", "an episode"),
      start: one.numberOrNull("start"),
      stop: one.numberOrNull("stop"),
      at_ms: one.numberOrNull("at_ms"),
      verdict: one.innerOrNull("verdict", readVerdict),
    })),
    verdicts: from.list("verdicts", readVerdict),
    reasons: from.texts("reasons"),
    criteria: from.innerOrNull("criteria", (held) => ({
      layer: held.text("layer", "shipped"),
      version: held.number("version", 0),
      signed_by: some(held, "signed_by"),
      signed_ms: held.numberOrNull("signed_ms"),
    })),
    faults: from.faults,
  };
}

/** Somebody spoke with the patient. */
export interface Spoken {
  readonly at_ms: number | null;
  readonly by: string;
  readonly how: string;
  readonly said: string;
}

export const readSpoken = (from: Reader): Spoken => ({
  at_ms: from.numberOrNull("at_ms"),
  by: from.text("by", "?"),
  how: from.text("how"),
  said: from.text("said"),
});

export interface PatientWhole {
  readonly address: string;
  readonly place: string;
  readonly local_number: string;
  readonly contacts: readonly Contact[];
  readonly physician: { readonly name: string; readonly practice: string; readonly numbers: readonly Contact[] } | null;
  readonly ladder: readonly Rung[];
  /** What to say to the patient in an emergency. */
  readonly tell: readonly string[];
  /** Who spoke with the patient, oldest first. */
  readonly log: readonly Spoken[];
  readonly faults: readonly string[];
}

const some = (from: Reader, key: string): string => (from.has(key) ? from.text(key) : "");

const contact = (from: Reader): Contact => ({
  name: from.text("name", "somebody"),
  role: some(from, "role"),
  number: some(from, "number"),
});

export function readPatientWhole(value: unknown): PatientWhole {
  const from = new Reader("patient", value);
  return {
    address: some(from, "address"),
    place: some(from, "place"),
    local_number: some(from, "local_number"),
    contacts: from.list("contacts", contact),
    physician: from.innerOrNull("physician", (p) => ({
      name: p.text("name", "a physician"),
      practice: some(p, "practice"),
      numbers: p.has("number")
        ? [{ name: p.text("name", "a physician"), role: some(p, "role"), number: p.text("number") }]
        : p.list("numbers", contact),
    })),
    ladder: from.list("ladder", (rung) => ({
      ...contact(rung),
      contact: String(rung.raw("contact") ?? ""),
      due_ms: rung.numberOrNull("due_ms"),
      why: some(rung, "why"),
    })),
    tell: from.texts("tell"),
    log: from.list("log", readSpoken),
    faults: from.faults,
  };
}

type State<T> = { readonly value: T | null; readonly failure: string | null };
const NOTHING = { value: null, failure: null };
const AGAIN_MS = 5_000;
const KEPT = 40;

/** Whose a stream is now, as far as this page was told: a correction makes it another person's while the page is open. */
export const whoseIs = (store: DeskStore, stream: string | null): string => {
  const facts = stream === null ? undefined : store.get("patient", stream);
  return facts === undefined ? "" : `${facts.corrected_ms ?? ""} ${facts.patient}`;
};

/**
 * Answers to GETs by path: asked once for each edition of what they are about; the last answer stays meanwhile, but never
 * under another person's name (`whose`).
 */
export class Asked<T> {
  private readonly kept = new Map<string, State<T> & { edition: string; whose: string; at: number; busy: boolean }>();

  constructor(
    private readonly read: (path: string) => Promise<unknown>,
    private readonly parse: (value: unknown) => T,
    private readonly changed: () => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get(path: string, edition = "", whose = ""): State<T> {
    const found = this.kept.get(path);
    const again = found?.failure != null && this.now() - found.at > AGAIN_MS;
    const others = found !== undefined && found.whose !== whose;
    if (found === undefined || (!found.busy && (found.edition !== edition || others || again))) void this.ask(path, edition, whose);
    return found === undefined || others ? NOTHING : found;
  }

  private async ask(path: string, edition: string, whose: string): Promise<void> {
    const kept = this.kept.get(path);
    const before = kept?.whose === whose ? kept : undefined;
    this.kept.delete(path);
    this.kept.set(path, { value: before?.value ?? null, failure: before?.failure ?? null, edition, whose, at: this.now(), busy: true });
    if (this.kept.size > KEPT) this.kept.delete(this.kept.keys().next().value!);
    let next: State<T>;
    try {
      next = { value: this.parse(await this.read(path)), failure: null };
    } catch (error) {
      next = { value: before?.value ?? null, failure: error instanceof Error ? error.message : String(error) };
    }
    this.kept.set(path, { ...next, edition, whose, at: this.now(), busy: false });
    this.changed();
  }
}
