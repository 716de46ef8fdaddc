/** What is so with one patient's picture, in words. Unknown never looks normal (R44). */

import { coarse, duration, toCome } from "../chrome/format";
import { ageMs, aheadMs, STALE_MS } from "../live/clock";
import { type PatientState, QUALITY } from "../protocol/messages";

export type QualityIcon = "good" | "noisy" | "unusable" | "off" | "flat" | "clipped" | "unknown";

export interface LeadCondition {
  readonly name: string;
  readonly icon: QualityIcon;
  readonly word: string;
}

export interface Condition {
  /**
   * never: no sample has ever come; stale: the newest is older than 3 s, or dated where it cannot be; lost: so, or
   * for 3 s, and the link is known to be gone.
   */
  readonly kind: "live" | "stale" | "lost" | "never";
  readonly ageMs: number | null;
  /** The line over the wave; null while it is live. */
  readonly headline: string | null;
  readonly detail: string | null;
  readonly leads: readonly LeadCondition[];
  /** Rate to show; null where it is not known now. */
  readonly rate: number | null;
  readonly lastRate: number | null;
  /** What the rhythm is called; null where it is not known now. */
  readonly rhythm: string | null;
  readonly age: string;
  readonly toCome: string | null;
  readonly battery: { readonly percent: number; readonly low: boolean } | null;
  readonly stored: boolean;
  /** Something on the tile asks for a look: quality, battery, not stored. */
  readonly troubled: boolean;
  /** All the words of the state, for the filter and the screen reader. */
  readonly words: readonly string[];
}

/** Leads by what is so with them, what is good last. */
export function alike(leads: readonly LeadCondition[]) {
  const groups = new Map<string, Pick<LeadCondition, "icon" | "word"> & { readonly names: string[] }>();
  for (const { icon, word, name } of leads) {
    const group = groups.get(icon) ?? { icon, word, names: [] };
    groups.set(icon, group);
    group.names.push(name);
  }
  return [...groups.values()].sort((a, b) => Number(a.icon === "good") - Number(b.icon === "good"));
}

/** What takes most from a lead first; the same where nothing is known. */
const PRESSING: readonly QualityIcon[] = ["off", "unusable", "clipped", "flat", "noisy", "unknown", "good"];

/** The leads to tell of where there is room for so many, and how many are not told of; where some are left out, the worst come first. */
export function worstFirst(leads: readonly LeadCondition[], room: number) {
  if (leads.length <= room) return { told: leads, rest: 0 };
  const sorted = [...leads].sort((a, b) => PRESSING.indexOf(a.icon) - PRESSING.indexOf(b.icon));
  return { told: sorted.slice(0, room), rest: leads.length - room };
}

const QUALITIES: Readonly<Record<number, { icon: QualityIcon; word: string }>> = {
  [QUALITY.good]: { icon: "good", word: "good" },
  [QUALITY.noisy]: { icon: "noisy", word: "noisy" },
  [QUALITY.unusable]: { icon: "unusable", word: "unusable" },
  [QUALITY.leadOff]: { icon: "off", word: "lead off" },
  [QUALITY.flat]: { icon: "flat", word: "flat" },
  [QUALITY.saturated]: { icon: "clipped", word: "clipped" },
};

/** Battery at or under this many percent is called low. */
export const LOW_BATTERY = 15;

/** How this screen hears of a patient. */
export interface Hearing {
  /** This screen is without the center. */
  readonly cutOff?: boolean;
  /** How long the center takes to tell the news of a patient that is not in view, ms. */
  readonly toldMs?: number;
}

/** The center tells of the patients out of view in turn, this many a second. */
const TOLD_A_SECOND = 64;

/** How long the news of a patient out of view may be under way, ms, on a center of `patients` patients. */
export const toldWithinMs = (patients: number): number => 1_000 + Math.ceil(patients / TOLD_A_SECOND) * 1_000;

/**
 * Judge a patient at `centerNow`; `newestMs` is the younger of what the waves and the state said. While this screen is
 * `cutOff` from the center it says so, and claims nothing about the transmitter's link.
 */
export function judge(
  patient: PatientState,
  newestMs: number | null,
  centerNow: number,
  { cutOff = false, toldMs = 0 }: Hearing = {},
): Condition {
  const lostFor = lostMs(patient, centerNow);
  const known = ageMs(newestMs, centerNow);
  // Nothing comes over a lost link, whatever the dates of the samples say.
  const age = known === null || lostFor === null ? known : Math.max(known, lostFor);
  // Links are told of at once; only the rest may be as old as the center's round of the patients out of view.
  const kind = kindOf(patient, age, lostFor !== null && lostFor > STALE_MS ? STALE_MS : STALE_MS + toldMs);
  const ahead = aheadMs(newestMs, centerNow);
  const leads = patient.leads.map((lead) => ({
    name: lead.name,
    ...(kind === "live" ? (QUALITIES[lead.quality] ?? UNKNOWN) : UNKNOWN),
  }));
  // With no lead that beats can be found in, a rate is of before the noise.
  const unreadable = leads.length > 0 && leads.every((lead) => BLIND.has(lead.icon));
  // Fibrillating ventricles have no rate, whatever waves are taken for beats.
  const fibrillates = patient.findings.some(({ kind, state }) => kind === VF && state === "open");
  const low = patient.battery !== null && patient.battery <= LOW_BATTERY;
  const said = ahead > 0 ? future(kind, ahead, lostFor) : lines(patient, kind, age, centerNow);
  const headline = said.headline;
  const detail = cutOff && kind !== "live" ? "screen without the center" : said.detail;
  const coming = patient.backlog_s >= 1 ? `${toCome(patient.backlog_s)} to come` : null;
  const troubled = kind !== "live" || low || !patient.stored || leads.some((lead) => lead.icon !== "good");
  return {
    kind,
    ageMs: age,
    headline,
    detail,
    leads,
    rate: kind === "live" && !unreadable && !fibrillates ? patient.hr : null,
    rhythm: kind === "live" && !unreadable ? (patient.rhythm?.words ?? null) : null,
    lastRate: fibrillates ? null : patient.hr,
    age: ageWords(kind, age),
    toCome: coming,
    battery: patient.battery === null ? null : { percent: patient.battery, low },
    stored: patient.stored,
    troubled,
    words: [headline, coming, low ? "battery low" : null, patient.stored ? null : "live, not stored"].filter(
      (word) => word !== null,
    ),
  };
}

const VF = "ventricular-fibrillation";
const BLIND: ReadonlySet<QualityIcon> = new Set(["unusable", "off", "flat", "clipped"]);
const UNKNOWN = { icon: "unknown" as const, word: "unknown" };

function kindOf(patient: PatientState, age: number | null, limitMs: number): Condition["kind"] {
  if (age === null) return ({ connected: "stale", lost: "lost", never: "never" } as const)[patient.link];
  if (age <= limitMs) return "live";
  return patient.link === "connected" ? "stale" : "lost";
}

/** How long the link has been lost, ms; null while it is not known to be. */
function lostMs({ link, link_since_ms }: PatientState, centerNow: number): number | null {
  return link !== "lost" || link_since_ms === null ? null : centerNow - link_since_ms;
}

/** Samples that are dated ahead of the center's clock: whether they are of now is not known. */
function future(kind: Condition["kind"], ahead: number, lostFor: number | null) {
  const detail = kind === "lost" ? (lostFor === null ? "link lost" : `link lost ${coarse(lostFor)} ago`) : null;
  return { headline: `samples dated ${coarse(ahead)} ahead`, detail: detail ?? "age of the samples not known" };
}

function lines(
  patient: PatientState,
  kind: Condition["kind"],
  age: number | null,
  centerNow: number,
): { headline: string | null; detail: string | null } {
  const since = patient.link_since_ms === null ? null : coarse(centerNow - patient.link_since_ms);
  if (kind === "live") return { headline: null, detail: null };
  if (kind === "never") return { headline: "never connected", detail: `waiting for ${patient.transmitter}` };
  const lost = since === null ? "link lost" : `link lost ${since} ago`;
  if (age === null) {
    const connected = since === null ? "connected" : `connected for ${since}`;
    return { headline: "no samples yet", detail: kind === "lost" ? lost : connected };
  }
  const headline = `no samples for ${duration(age)}`;
  return { headline, detail: kind === "stale" ? "still connected" : lost };
}

/** Frames come in lumps of a second, so ages up to two seconds are one word: nothing flickers that is well. */
function ageWords(kind: Condition["kind"], age: number | null): string {
  if (age === null) return "–";
  return kind === "live" && age <= 2_000 ? "≤ 2 s" : coarse(age);
}
