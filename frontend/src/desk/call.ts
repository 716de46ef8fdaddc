/** What is written down about a call: nothing of it is chosen beforehand. */

import { OUTCOMES, type Call, type Outcome } from "./entities";

export interface CallForm {
  readonly outcome: Outcome | null;
  readonly person: string;
  readonly role: string;
  readonly readback: boolean;
  readonly said: string;
  readonly action: string;
}

export const EMPTY_CALL: CallForm = { outcome: null, person: "", role: "", readback: false, said: "", action: "" };

export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  reached: "reached somebody who can act",
  voicemail: "voice mail",
  answering_service: "answering service",
  no_answer: "no answer",
  wrong_number: "wrong number",
  busy: "busy",
};

export const OUTCOME_KEYS: readonly (readonly [Outcome, string])[] = OUTCOMES.map((outcome, i) => [
  outcome,
  String(i + 1),
]);

/** What physicians answer most; a click, never a default. */
export const NO_ACTION = "No action necessary";

/** Roles of those who can act on what they are told; whoever has another was not reached (`escalation.calls.CAN_ACT`). */
export const CAN_ACT = ["physician", "covering physician", "nurse practitioner", "physician assistant"] as const;

/** A role as the desk knows it; one that it does not know stays as it is written. */
export function roleOf(text: string): string {
  const plain = text.trim().toLowerCase().replace(/[\s-]+/g, " ");
  return CAN_ACT.some((role) => role === plain) ? plain.replaceAll(" ", "-") : text.trim();
}

export type CallField = "outcome" | "person" | "role" | "readback";

/** What is missing, at its field. Only a person with name and role who read the message back was reached. */
export function missing(form: CallForm): Partial<Record<CallField, string>> {
  if (form.outcome === null) return { outcome: "Say how the call ended." };
  if (form.outcome !== "reached") return {};
  return {
    ...(form.person.trim() === "" ? { person: "Who was it? The name is needed." } : {}),
    ...(form.role.trim() === "" ? { role: "What may they decide? The role is needed." } : {}),
    ...(form.readback ? {} : { readback: "Not reached before it was read back." }),
  };
}

/** The body of `call.end`. */
export const callEnd = (call: Pick<Call, "id">, form: CallForm) => ({
  call: call.id,
  outcome: form.outcome,
  person: form.person.trim(),
  person_role: roleOf(form.role),
  readback: form.readback,
  said: form.said.trim(),
  action: form.action.trim(),
});

/** The call that is under way; of several the newest. */
export function running(calls: readonly Call[]): Call | null {
  return calls.filter((call) => call.ended_ms === null).sort((a, b) => (b.started_ms ?? 0) - (a.started_ms ?? 0))[0] ?? null;
}

/** A number as a link dials it. */
export const dial = (number: string): string => `tel:${number.replace(/[^\d+*#]/g, "")}`;

/** "1:07" of a call. */
export function clockOf(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
}
