/** The figures of a report as JSON (`/api/reports/N/content`); read with care, since another version may have made it. */

type Fields = Readonly<Record<string, unknown>>;

export interface Shown {
  readonly label: string;
  readonly text: string;
  readonly unit: string;
  readonly note: string;
  readonly span: Span | null;
}

/** Samples of the stream that something came from. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Said {
  readonly text: string;
  readonly gravity: string;
  readonly span: Span | null;
}

export interface Table {
  readonly caption: string;
  readonly note: string;
  readonly columns: readonly { readonly label: string; readonly unit: string; readonly number: boolean }[];
  readonly rows: readonly { readonly cells: readonly string[]; readonly span: Span | null }[];
}

export interface Section {
  readonly title: string;
  readonly note: string;
  readonly shown: readonly Shown[];
  readonly tables: readonly Table[];
}

export interface Strip {
  readonly span: Span | null;
  readonly when: string;
  readonly caption: string;
  readonly why: string;
  readonly rate: number;
  readonly traces: readonly { readonly lead: string; readonly gain: number; readonly baseline: number; readonly values: readonly (number | null)[] }[];
  readonly beats: readonly (readonly [number, string])[];
  readonly verdict: string;
}

export interface Series {
  readonly label: string;
  readonly style: string;
  readonly values: readonly (number | null)[];
  readonly upper: readonly (number | null)[];
}

export interface Chart {
  readonly title: string;
  readonly unit: string;
  readonly alt: string;
  readonly seconds: number;
  readonly step: number;
  readonly low: number;
  readonly high: number;
  readonly series: readonly Series[];
  readonly stretches: readonly { readonly label: string; readonly from: number; readonly to: number }[];
  readonly points: readonly { readonly letter: string; readonly label: string; readonly at: number }[];
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
}

export interface Content {
  readonly title: string;
  readonly dates: string;
  readonly facts: readonly (readonly [string, string])[];
  readonly conclusion: readonly Said[];
  readonly headline: readonly Shown[];
  readonly sections: readonly Section[];
  readonly charts: readonly Chart[];
  readonly strips: readonly Strip[];
  readonly notes: readonly string[];
}

const fields = (value: unknown): Fields => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === "string" ? value : typeof value === "number" ? String(value) : "");
const num = (value: unknown): number => (typeof value === "number" && Number.isFinite(value) ? value : 0);
const values = (value: unknown): readonly (number | null)[] => list(value).map((one) => (typeof one === "number" ? one : null));

function span(value: unknown): Span | null {
  const { start, end } = fields(value);
  return typeof start === "number" ? { start, end: typeof end === "number" ? end : start } : null;
}

const shown = (value: unknown): Shown => {
  const one = fields(value);
  return { label: text(one.label), text: text(one.text), unit: text(one.unit), note: text(one.note), span: span(one.figure) };
};

const table = (value: unknown): Table => {
  const one = fields(value);
  return {
    caption: text(one.caption),
    note: text(one.note),
    columns: list(one.columns).map(fields).map(({ label, unit, number }) => ({ label: text(label), unit: text(unit), number: number === true })),
    rows: list(one.rows).map((row) => ({ cells: list(fields(row).cells).map(text), span: span(row) })),
  };
};

const section = (value: unknown): Section => {
  const one = fields(value);
  return { title: text(one.title), note: text(one.note), shown: list(one.shown).map(shown), tables: list(one.tables).map(table) };
};

const strip = (value: unknown): Strip => {
  const one = fields(value);
  const traces = list(one.traces).map(fields);
  return {
    span: span(one),
    when: text(one.when),
    caption: text(one.caption),
    why: text(one.why),
    rate: num(one.rate_hz),
    traces: traces.map((each) => ({ lead: text(each.lead), gain: num(each.gain), baseline: num(each.baseline), values: values(each.values) })),
    beats: list(one.beats).map((beat) => [num(list(beat)[0]), text(list(beat)[1])] as const),
    verdict: text(one.verdict),
  };
};

const chart = (value: unknown): Chart => {
  const one = fields(value);
  const series = list(one.series).map(fields);
  return {
    title: text(one.title),
    unit: text(one.unit),
    alt: text(one.alt),
    seconds: num(one.seconds),
    step: num(one.step_s),
    low: num(one.low),
    high: num(one.high),
    series: series.map((each) => ({ label: text(each.label), style: text(each.style), values: values(each.values), upper: values(each.upper) })),
    stretches: list(one.stretches).map(fields).map((each) => ({ label: text(each.label), from: num(each.start_s), to: num(each.end_s) })),
    points: list(one.points).map(fields).map((each) => ({ letter: text(each.letter), label: text(each.label), at: num(each.at_s) })),
    ticks: list(one.ticks).map(fields).map((each) => ({ at: num(each.at_s), label: text(each.label) })),
  };
};

/** A content as it is shown; one of another form as its plain fields, so that nothing is hidden. */
export function contentOf(told: unknown): Content {
  const one = fields(told);
  const service = fields(one.service);
  const known = Array.isArray(one.sections);
  const facts: (readonly [string, string])[] = [
    ["ordered by", text(service.physician)],
    ["indication", text(service.indication)],
    ["transmitter", text(service.transmitter)],
    ["leads", list(one.leads).map(text).join(", ")],
    ["made by", text(one.made_by)],
    ["filter", text(one.filter)],
  ];
  return {
    title: text(one.title),
    dates: text(service.dates),
    facts: known ? facts.filter(([, value]) => value !== "") : Object.entries(one).map(([name, value]) => [name, typeof value === "object" ? JSON.stringify(value) : String(value)] as const),
    conclusion: list(one.conclusion).map((each) => ({ text: text(fields(each).text), gravity: text(fields(each).gravity), span: span(each) })),
    headline: list(one.headline).map(shown),
    sections: list(one.sections).map(section),
    charts: list(one.charts).map(chart),
    strips: list(one.strips).map(strip),
    notes: list(one.notes).map(text),
  };
}

/** An SVG path over values; a hole where there is none, a dot where one stands alone. */
export function pathOf(list_: readonly (number | null)[], x: (index: number) => number, y: (value: number) => number): string {
  let path = "";
  let pen = false;
  list_.forEach((value, index) => {
    if (value === null) pen = false;
    else {
      path += `${pen ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
      if (!pen && (list_[index + 1] ?? null) === null) path += "h0.1";
      pen = true;
    }
  });
  return path;
}
