/** The measurements of one patient: what the center told, and the rows of the table that show them. */

import { WireError } from "../protocol/binary";

/** One figure, and the samples it came from; or why there is none. */
export interface Figure {
  readonly value: number | null;
  readonly unit: string;
  readonly start: number;
  readonly end: number;
  /** Beats, intervals or episodes that it rests on. */
  readonly count: number;
  /** Why there is no value; empty where there is one. */
  readonly reason: string;
}

export const WINDOWS = ["now", "hour", "today"] as const;
export type WindowName = (typeof WINDOWS)[number];
type FigureTable = Readonly<Record<string, Figure>>;

export interface EpisodeRow {
  readonly words: string;
  readonly count: number;
  readonly total: Figure;
  readonly longest: Figure;
  readonly shortest: Figure;
}

export interface Measures {
  /** Samples of today, up to the newest that was stored. */
  readonly start: number;
  readonly end: number;
  readonly windows: Readonly<Record<WindowName, FigureTable>>;
  readonly episodes: readonly EpisodeRow[];
  /** There were so many findings that some are not counted. */
  readonly leftOut: boolean;
}

function readFigure(value: unknown): Figure {
  const from = (value ?? {}) as Record<string, unknown>;
  const whole = (key: string) => (typeof from[key] === "number" ? (from[key] as number) : 0);
  if (typeof from.unit !== "string") throw new WireError("a measurement has no unit");
  if (from.value !== null && typeof from.value !== "number") throw new WireError("a measurement is not a number");
  return {
    value: from.value as number | null,
    unit: from.unit,
    start: whole("start_sample"),
    end: whole("end_sample"),
    count: whole("count"),
    reason: typeof from.reason === "string" ? from.reason : "",
  };
}

const readTable = (value: unknown): FigureTable => {
  if (typeof value !== "object" || value === null) throw new WireError("measurements are no table");
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, readFigure(one)]));
};

/** Read the answer of `…/measures`; throws WireError where it cannot be used. */
export function readMeasures(value: unknown): Measures {
  const from = (value ?? {}) as Record<string, unknown>;
  if (typeof from.start !== "number" || typeof from.end !== "number" || !Array.isArray(from.episodes))
    throw new WireError("measurements are not what they should be");
  const episodes = (from.episodes as Record<string, unknown>[]).map((row) => ({
    words: String(row.words ?? row.kind),
    count: Number(row.count),
    total: readFigure(row.total),
    longest: readFigure(row.longest),
    shortest: readFigure(row.shortest),
  }));
  const windows = { now: readTable(from.now), hour: readTable(from.hour), today: readTable(from.today) };
  return { start: from.start, end: from.end, windows, episodes, leftOut: from.findings_left_out === true };
}

/** What stands in one cell: a figure, and the ends of its range where it has them. */
export interface Cell {
  readonly figure: Figure;
  readonly range: readonly [Figure, Figure] | null;
}

export interface FigureRow {
  readonly name: string;
  readonly unit: string;
  /** Of now, the last hour and today; null where it means nothing there. */
  readonly cells: readonly (Cell | null)[];
}

export interface FigureGroup {
  readonly title: string;
  readonly rows: readonly FigureRow[];
}

/** Of a window: the figure, the lowest and the highest. */
type Pick = string | readonly [figure: string | null, least: string, most: string] | null;

/** Groups of rows in the order they are read: rate first, then what the beats do, then how they look. */
export function figureGroups({ windows }: Measures, leads: readonly string[]): FigureGroup[] {
  const row = (name: string, unit: string, now: Pick, past: Pick): FigureRow => ({
    name,
    unit,
    cells: WINDOWS.map((which) => cell(windows[which], which === "now" ? now : past)),
  });
  const wave = (name: string, key: string) =>
    row(name, "ms", key, [`${key}_median`, `${key}_least`, `${key}_most`]);
  return [
    {
      title: "Heart rate, bpm",
      rows: [
        row("of 8 beats", "", "rate", ["rate_mean", "rate_least_8_beats", "rate_most_8_beats"]),
        row("of a minute", "", "rate_minute", [null, "rate_least_minute", "rate_most_minute"]),
        row("of a beat", "", "rate_beat", [null, "rate_least_beat", "rate_most_beat"]),
        row("RR", "ms", "rr", ["rr_mean", "rr_shortest", "rr_longest"]),
      ],
    },
    {
      title: "Rhythm and ectopic beats",
      rows: [
        row("AF burden", "%", null, "af_burden"),
        row("V beats", "/h", null, "ventricular_an_hour"),
        row("V beats", "", null, "ventricular_beats"),
        row("V runs", "", null, "ventricular_runs"),
        row("longest V run", "", null, "ventricular_run_longest"),
        row("SV beats", "/h", null, "supraventricular_an_hour"),
        row("SV beats", "", null, "supraventricular_beats"),
        row("SV runs", "", null, "supraventricular_runs"),
      ],
    },
    {
      title: "Waves",
      rows: [
        wave("PR", "pr"),
        wave("QRS", "qrs"),
        wave("QT", "qt"),
        wave("QTcF", "qtc_fridericia"),
        wave("QTcB", "qtc_bazett"),
      ],
    },
    {
      title: "ST level",
      rows: leads.flatMap((lead) => [
        row(lead, "µV", `st_${lead}`, [`st_${lead}_median`, `st_${lead}_least`, `st_${lead}_most`]),
        row(`${lead} drift`, "µV", null, `st_${lead}_drift`),
      ]),
    },
    {
      title: "Variability",
      rows: [
        row("SDNN", "ms", "sdnn", "sdnn"),
        row("RMSSD", "ms", "rmssd", "rmssd"),
        row("pNN50", "%", "pnn50", "pnn50"),
        row("LF", "ms²", "lf", null),
        row("HF", "ms²", "hf", null),
        row("LF:HF", "", "lf_hf", null),
      ],
    },
  ];
}

const UNKNOWN: Figure = { value: null, unit: "", start: 0, end: 0, count: 0, reason: "fewer than two looks at the signal" };

function cell(table: FigureTable, pick: Pick): Cell | null {
  if (pick === null) return null;
  const [name, least, most] = typeof pick === "string" ? [pick, null, null] : pick;
  const range = least === null || most === null ? null : ([table[least] ?? UNKNOWN, table[most] ?? UNKNOWN] as const);
  const figure = name === null ? range![1] : (table[name] ?? UNKNOWN);
  const known = range !== null && range[0].value !== null && range[1].value !== null;
  return { figure, range: known ? range : null };
}

/** A figure as short as it may be: whole numbers from ten on, and signs where a level has one. */
export function shortFigure({ value, unit }: { readonly value: number | null; readonly unit: string }): string {
  if (value === null) return "–";
  const whole = Math.abs(value) >= 10 || Number.isInteger(value) || unit === "µV";
  const shown = value.toFixed(whole ? 0 : 1);
  const sign = unit === "µV" && Number(shown) > 0 ? "+" : "";
  return (sign + (Number(shown) === 0 ? "0" : shown)).replace("-", "−");
}

/** A cell as it is written: the figure, then its range. */
export function cellWords({ figure, range }: Cell): { figure: string; range: string } {
  if (range === null) return { figure: shortFigure(figure), range: "" };
  const [least, most] = [shortFigure(range[0]), shortFigure(range[1])];
  const ends = least === most ? least : [least, most].join(figure.unit === "µV" ? " to " : "–");
  // Where only the ends mean something they stand alone.
  if (figure === range[1]) return { figure: ends, range: "" };
  return { figure: shortFigure(figure), range: ends === shortFigure(figure) ? "" : ends };
}

const AGAIN_MS = 15_000;
const FAILED_MS = 5_000;

/** What the center tells of a stream, fetched anew now and then while it is looked at. */
export class Figures {
  measures: Measures | null = null;
  /** Why the last request failed; null while none did. */
  failure: string | null = null;
  /** Counts the changes. */
  edition = 0;
  private busy = false;
  private due = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly stream: string,
    private readonly changed: () => void,
    private readonly now: () => number = () => performance.now(),
    private readonly get: typeof fetch = (input, init) => fetch(input, init),
  ) {}

  /** Keep up; `since` is the first sample of today. */
  want(since: number): void {
    if (!this.busy && this.now() >= this.due) void this.fetch(since);
  }

  private async fetch(since: number): Promise<void> {
    this.busy = true;
    try {
      const answer = await this.get(`/api/streams/${this.stream}/measures?since=${Math.max(0, Math.round(since))}`);
      if (!answer.ok) throw new Error(`the center answered ${answer.status}`);
      this.measures = readMeasures(await answer.json());
      this.failure = null;
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
    this.due = this.now() + (this.failure === null ? AGAIN_MS : FAILED_MS);
    this.busy = false;
    this.edition++;
    this.changed();
  }
}

/** The last midnight of this screen's zone before a time, ms. */
export function midnight(ms: number): number {
  const day = new Date(ms);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}
