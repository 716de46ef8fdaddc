/** The center's written plans and who supervises, as the desk tells them. */

import { Reader } from "../desk/reader";

export interface PlanVersion {
  readonly version: number;
  readonly title: string;
  readonly text: string;
  readonly document: string;
  readonly sinceMs: number;
  readonly why: string;
  readonly by: string;
  readonly atMs: number;
}

export interface WrittenPlan {
  readonly kind: string;
  readonly title: string;
  /** Version in force now; null: none is. */
  readonly inForce: number | null;
  readonly template: string;
  /** The newest first. */
  readonly versions: readonly PlanVersion[];
}

export interface SupervisorRecord {
  readonly version: number;
  readonly name: string;
  readonly npi: string;
  readonly specialty: string;
  readonly sinceMs: number;
  readonly future: boolean;
  readonly why: string;
  readonly by: string;
  readonly atMs: number;
}

export interface Plans {
  readonly able: boolean;
  readonly plans: readonly WrittenPlan[];
  readonly supervisor: SupervisorRecord | null;
  readonly supervisors: readonly SupervisorRecord[];
  readonly specialties: readonly string[];
  readonly physicians: readonly { readonly id: number; readonly name: string }[];
}

const version = (from: Reader): PlanVersion => ({
  version: from.number("version", 0),
  title: from.text("title"),
  text: from.text("text"),
  document: from.text("document"),
  sinceMs: from.number("since_ms", 0),
  why: from.text("why"),
  by: from.text("by"),
  atMs: from.number("at_ms", 0),
});

const supervisor = (from: Reader): SupervisorRecord => ({
  version: from.number("version", 0),
  name: from.text("name", "?"),
  npi: from.text("npi"),
  specialty: from.text("specialty"),
  sinceMs: from.number("since_ms", 0),
  future: from.flag("future", false),
  why: from.text("why"),
  by: from.text("by"),
  atMs: from.number("at_ms", 0),
});

export function readPlans(told: unknown): Plans {
  const from = new Reader("plans", told);
  return {
    able: from.flag("able", false),
    plans: from.list("plans", (one) => ({
      kind: one.text("kind"),
      title: one.text("title", "?"),
      inForce: one.numberOrNull("in_force"),
      template: one.text("template"),
      versions: one.list("versions", version),
    })),
    supervisor: from.innerOrNull("supervisor", supervisor),
    supervisors: from.list("supervisors", supervisor),
    specialties: from.texts("specialties"),
    physicians: from.list("physicians", (one) => ({ id: one.number("id", 0), name: one.text("name", "?") })),
  };
}
