/** What the server says is so: one snapshot, then numbered changes. A hole in the numbers means reload. */

import type { CenterState, PatientState, ServerMessage } from "./messages";

export interface Picture {
  readonly n: number;
  readonly boot: string;
  readonly center: CenterState;
  /** Patients the center has; as many as are told once the snapshot is whole. */
  readonly total: number;
  readonly patients: ReadonlyMap<string, PatientState>;
}

/** The next picture, or "reload" where a change is missing or names a patient never told of. */
export function advance(picture: Picture | null, message: ServerMessage): Picture | "reload" {
  if (message.type === "snapshot") {
    const patients = new Map(message.patients.map((p) => [p.id, p]));
    return { n: message.n, boot: message.boot, center: message.center, total: message.total, patients };
  }
  if (picture === null) return "reload";
  if (message.type === "tick") return message.n === picture.n ? picture : "reload";
  if (message.n !== picture.n + 1) return "reload";
  const patients = new Map(picture.patients);
  for (const patch of message.patients) {
    const before = patients.get(patch.id);
    if (before === undefined && !isWhole(patch)) return "reload";
    patients.set(patch.id, { ...(before as PatientState), ...patch });
  }
  for (const id of message.removed) patients.delete(id);
  const total = Math.max(0, picture.total - message.removed.length);
  const center = { ...picture.center, ...message.center };
  return { n: message.n, boot: picture.boot, center, total, patients };
}

function isWhole(patch: Partial<PatientState>): patch is PatientState {
  return (
    patch.patient !== undefined &&
    patch.leads !== undefined &&
    patch.link !== undefined &&
    patch.rate_hz !== undefined
  );
}

/** "s000017" as the number 17; null where it is not a stream's name. */
export function streamNumber(id: string): number | null {
  const found = /^s(\d{6,})$/.exec(id);
  return found ? Number(found[1]) : null;
}

/** 17 as "s000017". */
export const streamId = (stream: number): string => `s${String(stream).padStart(6, "0")}`;
