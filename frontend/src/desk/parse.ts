/** From what the desk sends to entities. Never throws: what cannot be read is in the entity's `faults`. */

import {
  ALARM_STATES,
  ANSWERS,
  type Answering,
  type Calling,
  type Call,
  type Case,
  CASE_PRIORITIES,
  CASE_STATES,
  type CaseFinding,
  type CenterFacts,
  type Contact,
  type Emergency,
  type Ending,
  type Entities,
  type Incident,
  type Kind,
  type Leg,
  type Legs,
  type Me,
  type Met,
  type Notice,
  NOTICE_STATES,
  NOTIFICATION_STATES,
  type Notification,
  OUTCOMES,
  type PatientFacts,
  type Peer,
  type Person,
  type Rung,
  type RunningLeg,
  SIGN_IN,
  type Symptom,
  TIERS,
  type Verdict,
  VERDICTS,
  type Watch,
  WATCH_STATES,
  type Who,
} from "./entities";
import { isFields, Reader } from "./reader";
import { readTelephone } from "../telephone/entity";

const who = (from: Reader): Who => ({ id: from.number("id", -1), name: from.text("name", "somebody") });

/** A person told as `{id, name}` or by name alone. */
function nameOf(from: Reader, key: string): string | null {
  const value = from.raw(key);
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value;
  if (isFields(value)) return from.inner(key).text("name", "somebody");
  from.fault(key, "names nobody");
  return "somebody";
}

export function readMe(from: Reader): Me {
  const session = from.innerOrNull("session", (s) => ({
    until_ms: s.numberOrNull("until_ms"),
    locked: s.flag("locked", true),
  }));
  const watches = from.innerOrNull("watches", (w) => ({
    held: w.number("held", 0),
    limit: w.number("limit", 0),
    warn: w.number("warn", 0),
  }));
  return {
    faults: from.faults,
    sign_in: from.oneOf("sign_in", SIGN_IN, "needed"),
    staff: from.innerOrNull("staff", (s) => ({
      ...who(s),
      roles: s.texts("roles"),
      practice: s.has("practice") ? String(s.raw("practice")) : null,
    })),
    permissions: from.texts("permissions"),
    csrf: from.has("csrf") ? from.text("csrf") : "",
    session: session ?? { until_ms: null, locked: false },
    station: from.innerOrNull("station", (s) => ({
      id: s.number("id", -1),
      name: s.text("name", "a station"),
      site: s.has("site") ? String(s.raw("site")) : "",
    })),
    qualified: from.innerOrNull("qualified", (q) => ({ ok: q.flag("ok", false), reasons: q.texts("reasons") })) ?? {
      ok: false,
      reasons: [],
    },
    demo: from.has("demo") ? from.flag("demo", false) : false,
    audio: from.innerOrNull("audio", (a) => ({ paused_until_ms: a.numberOrNull("paused_until_ms") })) ?? {
      paused_until_ms: null,
    },
    watches: watches ?? { held: 0, limit: 0, warn: 0 },
  };
}

const readPerson = (from: Reader): Person => ({
  faults: from.faults,
  id: from.number("id", -1),
  name: from.text("name", "somebody"),
  roles: from.texts("roles"),
  station: from.has("station") ? String(from.raw("station")) : null,
  site: from.has("site") ? String(from.raw("site")) : null,
  held: from.number("held", 0),
  limit: from.number("limit", 0),
  warn: from.number("warn", 0),
  since_ms: from.numberOrNull("since_ms"),
  alive: from.flag("alive", false),
});

function readWatch(from: Reader): Watch {
  const state = WATCH_STATES.find((one) => one === from.raw("state")) ?? null;
  if (state === null) from.fault("state", `"${String(from.raw("state"))}" is not known`);
  const all = from.raw("offered_to") === "all";
  return {
    faults: from.faults,
    id: from.number("id", -1),
    stream: from.stream("stream"),
    patient: from.has("patient") ? from.text("patient") : "",
    state,
    by: from.innerOrNull("by", who),
    station: from.numberOrNull("station"),
    offered_to: all ? "all" : from.innerOrNull("offered_to", who),
    from: from.innerOrNull("from", who),
    since_ms: from.numberOrNull("since_ms"),
    proof_ms: from.numberOrNull("proof_ms"),
    overdue: from.has("overdue") ? from.flag("overdue", true) : false,
    why: from.has("why") ? from.text("why") : "",
  };
}

const readPatient = (from: Reader): PatientFacts => ({
  faults: from.faults,
  stream: from.stream("stream"),
  patient: from.has("patient") ? from.text("patient") : "",
  watched: from.flag("watched", false),
  displayed: from.flag("displayed", false),
  unwatched_since_ms: from.numberOrNull("unwatched_since_ms"),
  known_af: from.has("known_af") ? from.flag("known_af", false) : false,
  corrected_ms: from.has("corrected") ? from.innerOrNull("corrected", (c) => c.numberOrNull("at_ms")) : null,
  alarm_paused_until_ms: from.numberOrNull("alarm_paused_until_ms"),
  criteria: from.innerOrNull("criteria", (c) => ({
    version: String(c.raw("version") ?? ""),
    effective_ms: c.numberOrNull("effective_ms"),
  })),
});

const readEnding = (from: Reader): Ending => ({
  faults: from.faults,
  stream: from.stream("stream"),
  patient: from.has("patient") ? from.text("patient") : "",
  limit_ms: from.numberOrNull("limit_ms"),
  over: from.flag("over", true),
  asked: from.flag("asked", false),
  cases: from.numbers("cases"),
});

export const readFinding = (from: Reader): CaseFinding => ({
  key: String(from.raw("key") ?? ""),
  kind: from.has("kind") ? from.text("kind") : "",
  title: from.text("title", "a finding"),
  start: from.numberOrNull("start"),
  stop: from.numberOrNull("stop"),
  state: from.has("state") ? from.text("state") : "",
});

const readMet = (from: Reader): Met => ({
  criterion: from.text("criterion", "a criterion"),
  tier: from.oneOf("tier", TIERS, "emergent"),
  value: from.numberOrNull("value"),
  limit: from.numberOrNull("limit"),
  unit: from.has("unit") ? from.text("unit") : "",
  words: from.has("words") ? from.text("words") : "",
});

/** A symptom in whatever words the patient gave it. */
function readSymptom(from: Reader): Symptom {
  const words = ["symptom", "text", "activity"].filter((key) => typeof from.raw(key) === "string");
  return {
    text: words
      .map((key) => String(from.raw(key)))
      .filter(Boolean)
      .join(", "),
    severity: from.numberOrNull("severity"),
    at_ms: from.numberOrNull("at_ms"),
  };
}

export function readVerdict(from: Reader): Verdict {
  const verdict = VERDICTS.find((one) => one === from.raw("verdict")) ?? null;
  if (verdict === null) from.fault("verdict", `"${String(from.raw("verdict"))}" is not known`);
  return {
    verdict,
    by: nameOf(from, "by") ?? "somebody",
    at_ms: from.numberOrNull("at_ms"),
    note: from.has("note") ? from.text("note") : "",
  };
}

/** A tier, a priority or a state that is not known reads as the most pressing one: a case is never lost to a word. */
export const readCase = (from: Reader): Case => ({
  faults: from.faults,
  id: from.number("id", -1),
  stream: from.stream("stream"),
  patient: from.text("patient", "a patient"),
  group: from.has("group") ? from.text("group") : "",
  title: from.text("title", "a case without a title"),
  tier: from.oneOf("tier", TIERS, "emergent"),
  priority: from.oneOf("priority", CASE_PRIORITIES, "high"),
  state: from.oneOf("state", CASE_STATES, "open"),
  onset_ms: from.numberOrNull("onset_ms"),
  opened_ms: from.numberOrNull("opened_ms"),
  due_ms: from.numberOrNull("due_ms"),
  escalated: from.has("escalated") ? from.flag("escalated", true) : false,
  held_by: from.innerOrNull("held_by", who),
  held_ms: from.numberOrNull("held_ms"),
  findings: from.list("findings", readFinding),
  met: from.list("met", readMet),
  symptom: from.innerOrNull("symptom", readSymptom),
  alarm: from.innerOrNull("alarm", (a) => ({
    state: a.oneOf("state", ALARM_STATES, "active"),
    since_ms: a.numberOrNull("since_ms"),
    acknowledged_by: nameOf(a, "acknowledged_by"),
    acknowledged_ms: a.numberOrNull("acknowledged_ms"),
  })) ?? { state: "active", since_ms: null, acknowledged_by: null, acknowledged_ms: null },
  verdict: from.innerOrNull("verdict", readVerdict),
  overread: !from.has("overread") ? null : from.raw("overread") === "due" ? "due" : "done",
  first_reader: from.innerOrNull("first_reader", who),
  overread_due_ms: from.numberOrNull("overread_due_ms"),
  closes_ms: from.numberOrNull("closes_ms"),
  notification: from.numberOrNull("notification"),
});

const readContact = (from: Reader): Contact => ({
  name: from.text("name", "somebody"),
  role: from.has("role") ? from.text("role") : "",
  number: from.has("number") ? from.text("number") : "",
});

const readRung = (from: Reader): Rung => ({
  ...readContact(from),
  contact: String(from.raw("contact") ?? ""),
  due_ms: from.numberOrNull("due_ms"),
  why: from.has("why") ? from.text("why") : "",
});

const some = (from: Reader, key: string): string => (from.has(key) ? from.text(key) : "");

export function readCall(from: Reader): Call {
  const outcome = OUTCOMES.find((one) => one === from.raw("outcome")) ?? null;
  if (outcome === null && from.has("outcome")) from.fault("outcome", `"${String(from.raw("outcome"))}" is not known`);
  return {
    id: from.number("id", -1),
    contact: String(from.raw("contact") ?? ""),
    name: some(from, "name"),
    number: some(from, "number"),
    by: nameOf(from, "by") ?? "",
    started_ms: from.numberOrNull("started_ms"),
    ended_ms: from.numberOrNull("ended_ms"),
    outcome,
    person: some(from, "person"),
    person_role: some(from, "person_role"),
    readback: from.has("readback") ? from.flag("readback", false) : false,
    said: some(from, "said"),
    action: some(from, "action"),
  };
}

/** A state that is not known reads as a notice that did not arrive. */
const readNotice = (from: Reader): Notice => ({
  channel: some(from, "channel"),
  to: some(from, "to"),
  what: some(from, "what"),
  state: from.oneOf("state", NOTICE_STATES, "given_up"),
  at_ms: from.numberOrNull("at_ms"),
  next_ms: from.numberOrNull("next_ms"),
  receipt: some(from, "receipt"),
  known: from.has("known") ? from.flag("known", false) : true,
});

export const readNotification = (from: Reader): Notification => ({
  faults: from.faults,
  id: from.number("id", -1),
  case: from.numberOrNull("case"),
  stream: from.stream("stream"),
  patient: from.text("patient", "a patient"),
  tier: from.oneOf("tier", TIERS, "emergent"),
  state: from.oneOf("state", NOTIFICATION_STATES, "calling"),
  opened_ms: from.numberOrNull("opened_ms"),
  due_ms: from.numberOrNull("due_ms"),
  next: from.list("next", readRung),
  calls: from.list("calls", readCall),
  notices: from.list("notices", readNotice),
});

export const readEmergency = (from: Reader): Emergency => ({
  faults: from.faults,
  id: from.number("id", -1),
  stream: from.stream("stream"),
  patient: from.text("patient", "a patient"),
  opened_ms: from.numberOrNull("opened_ms"),
  by: nameOf(from, "by") ?? "",
  steps: from.list("steps", (step) => ({
    id: String(step.raw("id") ?? ""),
    title: step.text("title", "a step"),
    detail: some(step, "detail"),
    done_ms: step.numberOrNull("done_ms"),
    by: nameOf(step, "by") ?? "",
    note: some(step, "note"),
  })),
  address: some(from, "address"),
  place: some(from, "place"),
  local_number: some(from, "local_number"),
  contacts: from.list("contacts", readContact),
});

const readIncident = (from: Reader): Incident => ({
  faults: from.faults,
  id: from.number("id", -1),
  stream: from.has("stream") ? from.stream("stream") : null,
  patient: from.textOrNull("patient"),
  kind: some(from, "kind"),
  cause: some(from, "cause"),
  since_ms: from.numberOrNull("since_ms"),
  until_ms: from.numberOrNull("until_ms"),
  closed_by: nameOf(from, "closed_by"),
  note: some(from, "note"),
});

const readLeg = (from: Reader): Leg => ({
  tier: from.oneOf("tier", TIERS, "emergent"),
  name: from.text("name", "a leg"),
  limit_s: from.numberOrNull("limit_s"),
  p50_s: from.numberOrNull("p50_s"),
  p90_s: from.numberOrNull("p90_s"),
  p99_s: from.numberOrNull("p99_s"),
  n: from.number("n", 0),
  missed: from.number("missed", 0),
  within_pct: from.numberOrNull("within_pct"),
});

const readRunning = (from: Reader): RunningLeg => ({
  case: from.number("case", -1),
  stream: from.stream("stream"),
  patient: some(from, "patient"),
  tier: from.oneOf("tier", TIERS, "emergent"),
  leg: from.text("leg", "a leg"),
  since_ms: from.numberOrNull("since_ms"),
  due_ms: from.numberOrNull("due_ms"),
  about: from.has("about") ? from.flag("about", true) : false,
});

const readLegs = (from: Reader): Legs => ({
  faults: from.faults,
  windows: from.list("windows", (one) => ({
    name: one.text("name", "a time"),
    since_ms: one.numberOrNull("since_ms"),
    legs: one.list("legs", readLeg),
  })),
  running: from.list("running", readRunning),
  open: from.has("open") ? from.number("open", 0) : 0,
});

function readCenter(from: Reader): CenterFacts {
  const sound = from.raw("sound");
  return {
    faults: from.faults,
    name: some(from, "name"),
    attended: from.has("attended") ? from.flag("attended", true) : true,
    continuity: from.innerOrNull("continuity", (c) => ({
      shift_pct: c.numberOrNull("shift_pct"),
      since_ms: c.numberOrNull("since_ms"),
      today_pct: c.numberOrNull("today_pct"),
      today_since_ms: c.numberOrNull("today_since_ms"),
      incidents: c.numberOrNull("incidents"),
    })),
    sound: isFields(sound) ? sound : {},
    unsaved: from.has("unsaved_since_ms") ? { since_ms: from.number("unsaved_since_ms", 0), count: from.has("unsaved") ? from.number("unsaved", 0) : 0 } : null,
    defect: from.innerOrNull("defect", (d) => ({ what: d.text("what", "?"), since_ms: d.numberOrNull("since_ms") })),
    lines: from.list("lines", (l) => ({ line: l.text("line", "?"), since_ms: l.numberOrNull("since_ms"), why: l.text("why", "") })),
    own: from.raw("interest") === "own",
    telephone: from.raw("telephone") === true,
    standby_alarm: from.has("standby_alarm") ? from.flag("standby_alarm", true) : false,
  };
}

const readPeer = (from: Reader): Peer => ({
  faults: from.faults,
  id: from.number("id", -1),
  name: from.text("name", "a center"),
  alive: from.flag("alive", false),
  silent_since_ms: from.numberOrNull("silent_since_ms"),
  lent: from.number("lent", 0),
  watching: from.number("watching", 0),
  guests: from.number("guests", 0),
});

const readAnswering = (from: Reader): Answering => ({
  faults: from.faults,
  call: from.number("call", -1),
  state: from.oneOf("state", ANSWERS, "ringing"),
  name: from.text("name", "somebody"),
  role: some(from, "role"),
  lines: from.texts("lines"),
});

const readCalling = (from: Reader): Calling => ({ faults: from.faults, call: from.number("call", -1), stage: from.text("stage", "over"), lines: from.texts("lines") });

const READ: { readonly [K in Kind]: (from: Reader) => Entities[K] } = {
  me: readMe,
  person: readPerson,
  watch: readWatch,
  patient: readPatient,
  ending: readEnding,
  case: readCase,
  notification: readNotification,
  emergency: readEmergency,
  incident: readIncident,
  legs: readLegs,
  peer: readPeer,
  center: readCenter,
  answer: readAnswering,
  caller: readCalling,
  telephone: readTelephone,
};

/** Kind of an entity by its key; null where this page knows no such kind. */
export function kindOf(key: string): Kind | null {
  const name = key.split(":", 1)[0]!;
  return Object.hasOwn(READ, name) ? (name as Kind) : null;
}

/** The entity behind a key. */
export function readEntity<K extends Kind>(kind: K, key: string, value: unknown): Entities[K] {
  return READ[kind](new Reader(key, value));
}
