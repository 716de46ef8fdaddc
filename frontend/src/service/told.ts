/** What the center tells of service periods, calls and kits (`/api/desk/services`, `/api/desk/kits`, …). Instants in ms since 1970. Never throws on an odd field. */

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const fields = (value: unknown): Fields => (isFields(value) ? value : {});
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number => (typeof value === "number" && Number.isFinite(value) ? value : 0);
const instant = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);
const list = <T>(value: unknown, one: (of: Fields) => T): readonly T[] => (Array.isArray(value) ? value.filter(isFields).map(one) : []);
const words = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : []);

export interface Kit {
  readonly transmitter: string;
  readonly made: string;
  readonly sends: string;
  readonly state: string;
  readonly sinceMs: number;
  readonly dueMs: number | null;
  readonly overdue: boolean;
  readonly stream: string;
  readonly patient: string;
  readonly unclean: boolean;
  readonly shipping: string;
  readonly said: string;
  readonly acts: readonly string[];
}

export interface Inventory {
  /** The center's time. */
  readonly nowMs: number;
  readonly states: readonly (readonly [string, number])[];
  readonly overdue: number;
  readonly change: boolean;
  readonly kits: readonly Kit[];
}

export const kitOf = (of: Fields): Kit => ({
  transmitter: text(of.transmitter),
  made: [text(of.model), text(of.serial)].filter(Boolean).join(" · "),
  sends: `${words(of.leads).join(", ")} · ${number(of.rate_hz)} /s`,
  state: text(of.state),
  sinceMs: number(of.since_ms),
  dueMs: instant(of.due_ms),
  overdue: of.overdue === true,
  stream: text(of.stream),
  patient: text(of.patient),
  unclean: of.unclean === true,
  shipping: text(of.shipping),
  said: text(of.said),
  acts: words(of.acts),
});

export function inventoryOf(told: unknown): Inventory {
  const of = fields(told);
  return {
    nowMs: number(of.now_ms),
    states: Object.entries(fields(of.states)).map(([state, count]) => [state, number(count)] as const),
    overdue: number(of.overdue),
    change: fields(of.may).change === true,
    kits: list(of.kits, kitOf),
  };
}

export interface Stay {
  readonly sinceMs: number;
  readonly untilMs: number | null;
  readonly where: string;
  readonly why: string;
  readonly by: string;
}

const stayOf = (of: Fields): Stay => ({ sinceMs: number(of.since_ms), untilMs: instant(of.until_ms), where: text(of.where), why: text(of.why), by: text(of.by) });

export interface Period {
  readonly stream: string;
  readonly patient: string;
  readonly birthDate: string;
  readonly practice: string;
  readonly order: number;
  readonly transmitter: string;
  readonly kit: string;
  readonly startedMs: number;
  readonly limitMs: number;
  readonly endedMs: number | null;
  readonly endedWhy: string;
  readonly extendedDays: number;
  readonly interrupted: Stay | null;
  readonly callDueMs: number | null;
  readonly calledMs: number | null;
  readonly callOverdue: boolean;
  /** It reached its limit and nobody had said that it goes on. */
  readonly over: boolean;
  /** It ends by itself within a day. */
  readonly endsSoon: boolean;
  /** The practice is to be asked whether it goes on. */
  readonly endDue: boolean;
}

export function periodOf(of: Fields): Period {
  const call = fields(of.first_call);
  return {
    stream: text(of.stream),
    patient: text(of.patient),
    birthDate: text(of.birth_date),
    practice: text(of.practice),
    order: number(of.order),
    transmitter: text(of.transmitter),
    kit: text(of.kit),
    startedMs: number(of.started_ms),
    limitMs: number(of.limit_ms),
    endedMs: instant(of.ended_ms),
    endedWhy: text(of.ended_why),
    extendedDays: number(of.extended_days),
    interrupted: isFields(of.interrupted) ? stayOf(of.interrupted) : null,
    callDueMs: instant(call.due_ms),
    calledMs: instant(call.done_ms),
    callOverdue: call.overdue === true,
    over: of.over === true,
    endsSoon: of.ends_soon === true,
    endDue: of.end_call_due === true,
  };
}

export interface Due {
  readonly stream: string;
  readonly patient: string;
  readonly telephone: string;
  readonly what: string;
  /** Whom to ask, where it is not the patient. */
  readonly who: string;
  readonly dueMs: number;
  readonly overdue: boolean;
  readonly kit: string;
  readonly tries: number;
}

export interface May {
  readonly extend: boolean;
  readonly call: boolean;
  readonly end: boolean;
}

const mayOf = (value: unknown): May => {
  const of = fields(value);
  return { extend: of.extend === true, call: of.call === true, end: of.end === true };
};

export interface Services {
  readonly nowMs: number;
  readonly calls: readonly Due[];
  readonly overdue: number;
  readonly periods: readonly Period[];
  readonly may: May;
}

export function servicesOf(told: unknown): Services {
  const of = fields(told);
  return {
    nowMs: number(of.now_ms),
    calls: list(of.calls, (one) => ({ stream: text(one.stream), patient: text(one.patient), telephone: text(one.telephone), what: text(one.what), who: text(one.who), dueMs: number(one.due_ms), overdue: one.overdue === true, kit: text(one.kit), tries: number(one.tries) })),
    overdue: number(of.overdue),
    periods: list(of.services, periodOf),
    may: mayOf(of.may),
  };
}

export interface Said {
  readonly atMs: number;
  readonly by: string;
  readonly words: string;
  readonly more: string;
  /** SHA-256 of the document, "" for none. */
  readonly document?: string;
}

/** How strips of a period come by telephone. */
export interface ByTelephone {
  readonly code: string;
  readonly numbers: readonly string[];
  readonly profile: string;
  readonly strips: number;
  readonly calls: readonly { readonly call: number; readonly atMs: number; readonly state: string }[];
}

export interface Whole extends Period {
  readonly byTelephone: ByTelephone | null;
  /** The center's time. */
  readonly nowMs: number;
  readonly telephone: string;
  readonly may: May;
  readonly stays: readonly Stay[];
  readonly extensions: readonly Said[];
  readonly calls: readonly Said[];
  readonly putOff: readonly Said[];
  readonly allowed: Said | null;
}

function byTelephoneOf(told: unknown): ByTelephone {
  const of = fields(told);
  const calls = list(of.calls, (one) => ({ call: number(one.call), atMs: number(one.at_ms), state: text(one.state) }));
  return { code: text(of.code), numbers: words(of.numbers), profile: text(of.profile), strips: number(of.strips), calls };
}

export function wholeOf(told: unknown): Whole {
  const of = fields(told);
  const allowed = isFields(of.allowed) ? of.allowed : null;
  return {
    ...periodOf(of),
    byTelephone: isFields(of.by_telephone) ? byTelephoneOf(of.by_telephone) : null,
    nowMs: number(of.now_ms),
    telephone: text(of.telephone),
    may: mayOf(of.may),
    stays: list(of.stays, stayOf),
    extensions: list(of.extensions, (one) => ({ atMs: number(one.at_ms), by: text(one.by), words: `${number(one.days)} days more: ${text(one.words)}`, more: `said by ${text(one.said_by)}`, document: text(one.document) })),
    calls: list(of.calls, (one) => ({ atMs: number(one.at_ms), by: text(one.by), words: `${text(one.what)}: ${one.reached === true ? text(one.said) : `nobody reached${text(one.said) === "" ? "" : `, ${text(one.said)}`}`}`, more: "" })),
    putOff: list(of.put_off, (one) => ({ atMs: number(one.until_ms), by: "", words: `${text(one.what)} put off: ${text(one.why)}`, more: "" })),
    allowed: allowed === null ? null : { atMs: number(allowed.at_ms), by: text(allowed.by), words: text(allowed.why), more: "" },
  };
}

export interface Sheet {
  /** Of a patient whose strips come by telephone: six digits; "" for one with a transmitter. */
  readonly code: string;
  readonly patient: string;
  readonly transmitter: string;
  readonly leads: readonly string[];
  readonly firstDay: string;
  readonly lastDay: string;
  readonly physician: string;
  readonly physicianTelephone: string;
  readonly center: string;
  readonly centerTelephone: string;
  readonly emergency: string;
  readonly printed: string;
}

export function sheetOf(told: unknown): Sheet {
  const of = fields(told);
  return {
    code: text(of.code),
    patient: text(of.patient),
    transmitter: text(of.transmitter),
    leads: words(of.leads),
    firstDay: text(of.first_day),
    lastDay: text(of.last_day),
    physician: text(of.physician),
    physicianTelephone: text(of.physician_telephone),
    center: text(of.center),
    centerTelephone: text(of.center_telephone),
    emergency: text(of.emergency) || "911",
    printed: text(of.printed),
  };
}

/** "Monday, November 23, 2026" of "2026-11-23": patients read dates in words. */
export function dayWords(iso: string): string {
  const at = new Date(`${iso}T12:00:00Z`);
  return Number.isNaN(at.getTime()) ? iso : new Intl.DateTimeFormat("en-US", { weekday: "long", month: "long", day: "numeric", year: "numeric", timeZone: "UTC" }).format(at);
}

/** What a path of these pages names: the list, one period, or its sheet. */
export function serviceAt(path: string): { readonly stream: string; readonly sheet: boolean } | "list" {
  const [, stream, sheet] = /^\/service\/(s\d{6,})(\/instructions)?\/?$/.exec(path) ?? [];
  return stream === undefined ? "list" : { stream, sheet: sheet !== undefined };
}
