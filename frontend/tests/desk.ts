/** What a desk would say, for the tests of the pages. */

export const NOW = 1_763_768_400_000;

export const ME = {
  sign_in: "in",
  staff: { id: 3, name: "Ruiz, T.", roles: ["technician"], practice: null },
  permissions: ["case.take", "watch.hold"],
  csrf: "c5rf",
  session: { until_ms: NOW + 3_600_000, locked: false },
  station: { id: 2, name: "desk 2", site: "Boston" },
  qualified: { ok: true, reasons: [] },
  demo: false,
  audio: { paused_until_ms: null },
  watches: { held: 31, limit: 40, warn: 32 },
};

export const CASE = {
  id: 12,
  stream: "s000017",
  patient: "Doe, Jane",
  group: "vt",
  title: "Ventricular tachycardia, 182 /min, 12 s",
  tier: "emergent",
  priority: "high",
  state: "open",
  onset_ms: NOW - 30_000,
  opened_ms: NOW - 20_000,
  due_ms: NOW + 100_000,
  escalated: false,
  held_by: null,
  held_ms: null,
  findings: [{ key: "17-3", kind: "ventricular-tachycardia", title: "VT", start: 1000, stop: 4000, state: "closed" }],
  met: [{ criterion: "vt.sustained", tier: "emergent", value: 182, limit: 100, unit: "/min", words: "rate 182 > 100" }],
  symptom: null,
  alarm: { state: "active", since_ms: NOW - 20_000, acknowledged_by: null, acknowledged_ms: null },
  verdict: null,
  overread: null,
  first_reader: null,
  overread_due_ms: null,
  closes_ms: null,
  notification: null,
};
