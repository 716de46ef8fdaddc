import type { FindingState, PatientState } from "../src/protocol/messages";

export const NOW = 1_763_768_400_000;

export const PATIENT: PatientState = {
  id: "s000017",
  patient: "Doe, Jane",
  transmitter: "T-100",
  rate_hz: 360,
  leads: [
    { name: "MLII", gain: 200, baseline: 1024, quality: 0 },
    { name: "V5", gain: 200, baseline: 1024, quality: 0 },
  ],
  hr: 72,
  rhythm: { words: "Sinus", aux: "(N", since_ms: NOW - 60_000 },
  findings: [],
  battery: 80,
  link: "connected",
  link_since_ms: NOW - 600_000,
  newest_ms: NOW - 500,
  backlog_s: 0,
  stored: true,
  mark: null,
  period: "open",
};

export const VT: FindingState = {
  id: "3",
  kind: "ventricular-tachycardia",
  words: "Ventricular tachycardia",
  priority: "high",
  start: 1000,
  end: null,
  since_ms: NOW - 12_000,
  ended_ms: null,
  state: "open",
  rate: 182,
};
