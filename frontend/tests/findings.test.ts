import { describe, expect, it } from "vitest";
import { clockTime } from "../src/chrome/format";
import { BeatTrack } from "../src/live/beat_track";
import { inked } from "../src/live/tile";
import { Beats } from "../src/patient/beats";
import { endOf, Findings, readFindings, valueRows } from "../src/patient/findings";
import { readDetails } from "../src/patient/details";
import { rowFor } from "../src/patient/paint_findings";
import { Strips, stripLanes, stripSize } from "../src/patient/strips";
import { WireError, type BeatNow } from "../src/protocol/binary";
import { type FindingState, parsePatient } from "../src/protocol/messages";
import { Announcer } from "../src/wall/announcer";
import { alike, judge } from "../src/wall/condition";
import { countOpen, countWords, foremost, nextPressing } from "../src/wall/findings";
import { matches, sorted } from "../src/wall/order";
import { NOW, PATIENT, VT } from "./patients";
import { wavesMessage } from "./wire";

const settle = () => new Promise((resolve) => setImmediate(resolve));
const AF: FindingState = {
  ...VT,
  id: "4",
  kind: "atrial-fibrillation",
  words: "Atrial fibrillation",
  priority: "medium",
  start: 500,
  rate: 112,
};
const ended = (one: FindingState, secondsAgo: number): FindingState => ({
  ...one,
  state: "closed",
  end: 2000,
  ended_ms: NOW - secondsAgo * 1000,
});
const shown = (...findings: FindingState[]) => {
  const patient = { ...PATIENT, findings };
  return { patient, condition: judge(patient, NOW, NOW) };
};

describe("the tile says the most pressing finding", () => {
  it.each<[string, FindingState[], object | null]>([
    ["nothing", [], null],
    ["an open one", [VT], { id: "3", priority: "high", sign: "!!!", short: "VT", rate: 182, open: true, when: "12 s" }],
    ["the higher priority", [AF, VT], { id: "3", more: 1 }],
    ["what is open before what ended", [AF, ended(VT, 5)], { id: "4", more: 0, open: true }],
    ["the newer of like ones", [VT, { ...VT, id: "9", start: 1500 }], { id: "9", more: 1 }],
    ["one that ended a moment ago", [ended(VT, 40)], { id: "3", open: false, when: "40 s ago" }],
    ["one that ended two minutes ago no more", [ended(VT, 120)], null],
    ["a low one goes sooner", [ended({ ...VT, priority: "low" }, 30)], null],
    ["no alarm", [{ ...VT, priority: "none" }], null],
    ["one that was withdrawn", [{ ...ended(VT, 3), state: "withdrawn" }], { when: "withdrawn", open: false }],
    ["one whose end is not known", [{ ...VT, state: "interrupted" }], { when: "end not known", open: false }],
    ["and that no longer than others", [{ ...VT, state: "interrupted", since_ms: NOW - 130_000 }], null],
    ["one of an unknown kind", [{ ...VT, kind: "new", words: "New kind" }], { short: "New kind" }],
    ["one without a clock", [{ ...VT, since_ms: null }], { when: "" }],
  ])("%s", (_what, findings, expected) => {
    const said = foremost(findings, NOW);
    if (expected === null) expect(said).toBeNull();
    else expect(said).toMatchObject(expected);
  });
});

describe("counts and order", () => {
  it("counts what is open, by priority", () => {
    const counts = countOpen([{ findings: [VT, AF, ended(VT, 1)] }, { findings: [AF, { ...AF, priority: "none" }] }]);
    expect(counts).toEqual({ high: 1, medium: 2, low: 0 });
    expect([countWords(counts), countWords({ high: 0, medium: 0, low: 0 })]).toEqual(["1 high, 2 medium", null]);
  });

  it("goes from one patient with an open finding to the next, the most pressing first, and round", () => {
    const ward = [
      { id: "a", findings: [AF] },
      { id: "b", findings: [] },
      { id: "c", findings: [VT] },
      { id: "d", findings: [AF] },
      { id: "e", findings: [ended(VT, 1)] },
    ];
    const seen = [null as string | null];
    for (let i = 0; i < 4; i++) seen.push(nextPressing(ward, seen[seen.length - 1]!));
    expect(seen.slice(1)).toEqual(["c", "a", "d", "c"]);
    expect(nextPressing(ward, "b")).toBe("c");
    expect(nextPressing([ward[1]!], "a")).toBeNull();
  });

  it("sorts what presses most to the front, and finds by what was found", () => {
    const named = (id: string, ...findings: FindingState[]) => {
      const one = shown(...findings);
      return { ...one, patient: { ...one.patient, id } };
    };
    const ward = [named("s000001"), named("s000002", AF), named("s000003", VT)];
    expect(sorted(ward, "attention")).toEqual(["s000003", "s000002", "s000001"]);
    expect(ward.map((one) => matches(one, "fibrillation medium"))).toEqual([false, true, false]);
  });
});

it("a high finding is announced once, whatever else changes; a second of its kind anew", () => {
  const announcer = new Announcer();
  const said = (time: number) => `Ventricular tachycardia, high priority, since ${clockTime(time)}`;
  const since = VT.since_ms!;
  expect(announcer.urgent([shown(VT, AF)], false)).toBe(`Doe, Jane: ${said(since)}`);
  const same = [shown({ ...VT, rate: 190 }, AF)];
  expect(announcer.urgent(same, true)).toBe(`Doe, Jane: ${said(since)}`);
  const second = [shown({ ...VT, id: "8", since_ms: since + 137_000 })];
  expect(announcer.urgent(second, false)).toBe(`Doe, Jane: ${said(since + 137_000)}`);
  const third = [shown({ ...VT, id: "9", since_ms: null })];
  expect(announcer.urgent(third, true)).toBe("D. J.: Ventricular tachycardia, high priority");
});

it("rows are filled wherever they are free, and what finds none is left out", () => {
  const rows: Parameters<typeof rowFor>[0] = [];
  const placed = [[100, 200], [150, 250], [160, 170], [0, 90], [120, 130], [210, 220], [165, 168]] as const;
  expect(placed.map(([from, to]) => rowFor(rows, from, to))).toEqual([0, 1, 2, 0, 1, 0, 3]);
});

describe("noise is shown as noise", () => {
  const lead = (quality: number) => ({ name: "II", gain: 200, baseline: 0, quality });
  it.each([
    ["good", [0, 2], 72, "Sinus"],
    ["noisy: beats are found", [1, 1], 72, "Sinus"],
    ["no lead is to be read", [2, 3], null, null],
  ])("%s", (_what, qualities, rate, rhythm) => {
    const said = judge({ ...PATIENT, leads: qualities.map(lead) }, NOW, NOW);
    expect([said.rate, said.rhythm, said.lastRate]).toEqual([rate, rhythm, 72]);
  });

  it("nor is a rate shown of fibrillating ventricles, before they do and behind it is", () => {
    const vf = { ...VT, kind: "ventricular-fibrillation", words: "Ventricular fibrillation" };
    const rates = [[vf], [VT], [ended(vf, 1)], [{ ...vf, state: "withdrawn" as const }]].map((findings) => {
      const { rate, lastRate, rhythm } = judge({ ...PATIENT, findings }, NOW, NOW);
      return [rate, lastRate, rhythm];
    });
    expect(rates).toEqual([[null, null, "Sinus"], [72, 72, "Sinus"], [72, 72, "Sinus"], [72, 72, "Sinus"]]);
  });

  it("leads that are alike stand together in the head of the page, the good ones last", () => {
    const said = (...qualities: number[]) =>
      alike(judge({ ...PATIENT, leads: qualities.map((quality, i) => ({ ...lead(quality), name: `V${i + 1}` })) }, NOW, NOW).leads);
    expect(said(0, 3, 0, 3, 1)).toEqual([
      { icon: "off", word: "lead off", names: ["V2", "V4"] },
      { icon: "noisy", word: "noisy", names: ["V5"] },
      { icon: "good", word: "good", names: ["V1", "V3"] },
    ]);
    expect(said()).toEqual([]);
  });

  it("nor is a rhythm shown of what is not live", () => {
    expect(judge(PATIENT, NOW - 5000, NOW).rhythm).toBeNull();
  });
});

describe("what the center says of findings is checked", () => {
  it.each([
    ["priority", { priority: "urgent" }],
    ["state", { state: "over" }],
    ["words", { words: 7 }],
    ["id", { id: 3 }],
  ])("%s", (key, change) =>
    expect(() => parsePatient({ ...PATIENT, findings: [{ ...VT, ...change }] })).toThrow(key));

  it("a center that tells of none is taken as it is", () => {
    const { rhythm: _, findings: __, ...older } = PATIENT;
    expect(parsePatient(older)).toMatchObject({ rhythm: null, findings: [] });
  });
});

describe("beats on the wall", () => {
  const beat = (sample: number, code: number, open = false): BeatNow => ({ sample, code, open, rr: 0, late: false });
  const span = (start: number, stop: number, ...beats: BeatNow[]) => ({ stream: 1, start, stop, beats });

  it("has letters for V, S, F, paced and those that could not be classed; none before they are classed", () => {
    const track = new BeatTrack();
    const codes = [1, 5, 9, 6, 12, 13, 16];
    track.take(span(0, 1000, ...codes.map((code, i) => beat(i * 100, code)), beat(900, 5, true)));
    expect(track.over(0, 1000).map(({ letter }) => letter)).toEqual(["V", "S", "F", "P", "?"]);
  });

  it("tells what is to be painted again, and only that", () => {
    const track = new BeatTrack();
    expect(track.take(span(0, 1000, beat(100, 1), beat(500, 5)))).toEqual([500]);
    expect(track.take(span(0, 1000, beat(100, 1), beat(500, 5), beat(900, 13, true)))).toEqual([]);
    expect(track.take(span(400, 1000, beat(500, 1), beat(900, 9))).sort()).toEqual([500, 900]);
    expect(track.over(0, 1000)).toEqual([{ sample: 900, letter: "S" }]);
    expect(track.take(span(800, 1000))).toEqual([900]);
    track.take(span(1000, 2000, beat(1500, 5)));
    track.forget(1600);
    expect(track.over(0, 2000)).toEqual([]);
  });

  it("knows after any spans what the last one says of each sample", () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % below;
    };
    for (let round = 0; round < 200; round++) {
      const track = new BeatTrack();
      const truth = new Map<number, number>();
      for (let step = 0; step < 8; step++) {
        const start = random(50);
        const stop = start + random(40);
        const at = [...new Set(Array.from({ length: random(6) }, () => start + random(Math.max(1, stop - start))))];
        const beats = stop > start ? at.sort((a, b) => a - b).map((sample) => beat(sample, [1, 5, 9][random(3)]!)) : [];
        const before = new Map(track.over(0, 100).map(({ sample, letter }) => [sample, letter]));
        const changed = new Set(track.take(span(start, stop, ...beats)));
        for (const sample of [...truth.keys()]) if (sample >= start && sample < stop) truth.delete(sample);
        for (const { sample, code } of beats) truth.set(sample, code);
        const now = new Map(track.over(0, 100).map(({ sample, letter }) => [sample, letter]));
        const differ = Array.from({ length: 100 }, (_, at) => at).filter((at) => before.get(at) !== now.get(at));
        expect([...changed].sort((a, b) => a - b)).toEqual(differ);
        const marked = [...truth].filter(([, code]) => code !== 1).sort((a, b) => a[0] - b[0]);
        expect([...now]).toEqual(marked.map(([sample, code]) => [sample, code === 5 ? "V" : "S"]));
      }
    }
  });

  it.each([
    ["nothing marked", [], [[10, 30, "plain"]]],
    ["one inside", [[15, 20, "V"]], [[10, 15, "plain"], [15, 20, "V"], [20, 30, "plain"]]],
    ["over both ends", [[0, 12, "V"], [28, 40, "S"]], [[10, 12, "V"], [12, 28, "plain"], [28, 30, "S"]]],
    ["two that overlap", [[12, 20, "V"], [18, 25, "S"]], [[10, 12, "plain"], [12, 20, "V"], [20, 25, "S"], [25, 30, "plain"]]],
    ["one outside", [[40, 50, "V"]], [[10, 30, "plain"]]],
  ] as const)("colours pieces of a stretch: %s", (_what, spots, expected) => {
    const cut = inked({ from: 10, to: 30 }, spots.map(([from, to, colour]) => ({ from, to, colour })), "plain");
    expect(cut.map(({ from, to, colour }) => [from, to, colour])).toEqual(expected);
  });
});

it("on the patient page live beats stand in for those fetched, as far as they reach back", async () => {
  const answer = { samples: [100, 2000, 2200, 2400], codes: "NNQQ", late: [] };
  const get = async () => ({ ok: true, json: async () => answer }) as unknown as Response;
  const kept = globalThis.fetch;
  globalThis.fetch = get as typeof fetch;
  const beats = new Beats("s000017", 250, () => {});
  beats.want(0, 3000, 3000);
  await settle();
  globalThis.fetch = kept;
  const told = (sample: number, code: number, open: boolean) => ({ sample, code, open, rr: 0, late: false });
  beats.take([{ stream: 17, start: 1500, stop: 3000, beats: [told(2200, 5, false), told(2900, 13, true)] }]);
  const codes = () => beats.over(0, 5000).map(({ sample, code }) => [sample, code]);
  expect(codes()).toEqual([[100, "N"], [2200, "V"], [2900, "Q"]]);
  beats.take([{ stream: 17, start: 2900, stop: 4500, beats: [told(2950, 9, false)] }]);
  expect(codes()).toEqual([[100, "N"], [2200, "V"], [2950, "S"]]);
  beats.take([{ stream: 17, start: 4800, stop: 5000, beats: [told(4900, 1, false)] }]);
  expect(codes()).toEqual([[100, "N"], [2000, "N"], [2200, "Q"], [2400, "Q"], [2950, "S"], [4900, "N"]]);
});

const FINDING = {
  id: "1",
  kind: "ventricular-tachycardia",
  words: "Ventricular tachycardia",
  priority: "high",
  start: 1000,
  end: 2000,
  state: "closed",
  values: { beats: 5, rate_bpm: 182.44, fastest_rr_ms: null, cause: "unknown", polymorphic: 1 },
  units: { beats: "beats", rate_bpm: "bpm", fastest_rr_ms: "ms" },
  limits: { beats: 5, rate_bpm: 100 },
  strip: [250, 3500],
  rule: "vt",
  version: "1",
};

describe("findings as fetched", () => {
  it("values stand with their units beside what they were compared with", () => {
    const { findings } = readFindings({ findings: [FINDING], truncated: false });
    expect(valueRows(findings[0]!)).toEqual([
      { name: "beats", value: "5", limit: "5" },
      { name: "rate", value: "182.44 bpm", limit: "100 bpm" },
      { name: "fastest rr", value: "not known", limit: "" },
      { name: "cause", value: "unknown", limit: "" },
      { name: "polymorphic", value: "yes", limit: "" },
    ]);
  });

  it("one that does not hold says why and when", () => {
    const withdrawn = { reason: "overruled", words: "overruled by Atrial fibrillation", at_ms: 5000 };
    const read = (one: object) => readFindings({ findings: [{ ...FINDING, ...one }] }).findings[0]!.withdrawn;
    expect(read({ state: "withdrawn", withdrawn })).toEqual({ words: "overruled by Atrial fibrillation", at_ms: 5000 });
    expect(read({ state: "withdrawn", withdrawn: { ...withdrawn, at_ms: null } })?.at_ms).toBeNull();
    expect(read({ withdrawn: null })).toBeNull();
    expect(read({})).toBeNull();
    expect(() => read({ withdrawn: { words: 3 } })).toThrow(WireError);
  });

  it("one that took another kind says under which it was told before", () => {
    const read = (one: object) => readFindings({ findings: [{ ...FINDING, ...one }] }).findings[0]!.toldAs;
    expect(read({ told_as: ["Ventricular tachycardia"] })).toEqual(["Ventricular tachycardia"]);
    expect(read({})).toEqual([]);
    expect(() => read({ told_as: [3] })).toThrow(WireError);
  });

  it.each([
    ["no list", { findings: {} }],
    ["no priority", { findings: [{ ...FINDING, priority: "x" }] }],
    ["no strip", { findings: [{ ...FINDING, strip: [1] }] }],
    ["no start", { findings: [{ ...FINDING, start: null }] }],
    ["no object", { findings: [null] }],
    ["truncated without where to go on", { findings: [], truncated: true }],
  ])("refuses %s", (_what, answer) => expect(() => readFindings(answer)).toThrow(WireError));
});

/** A center with findings, and the pages that were asked of it. */
function paper(all: (typeof FINDING)[], rate = 1) {
  const asked: string[] = [];
  let [fails, now] = [false, 0];
  const get = async (url: string | URL | Request) => {
    asked.push(String(url).split("?")[1]!);
    if (fails) return { ok: false, status: 503 };
    const query = new URLSearchParams(String(url).split("?")[1]);
    const [start, stop] = [Number(query.get("start")), Number(query.get("stop"))];
    const found = all.filter((one) => one.start < stop && one.end >= start).sort((a, b) => a.start - b.start);
    const page = found.slice(0, 3);
    const next = found[3]?.start;
    return { ok: true, json: async () => ({ findings: page, truncated: next !== undefined, next }) };
  };
  const findings = new Findings("s000017", rate, () => {}, () => now, get as unknown as typeof fetch);
  return {
    findings,
    asked,
    fail: (on: boolean) => {
      fails = on;
    },
    pass: (ms: number) => {
      now += ms;
    },
    ids: () => findings.list.map(({ id }) => Number(id)),
  };
}

const many = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ ...FINDING, id: `${i}`, start: 1000 * i, end: 1000 * i + 10 }));

describe("the list of findings", () => {
  it("begins with a day, page by page, newest first; the day before is asked for", async () => {
    const { findings, ids, asked } = paper(many(100));
    expect([findings.from, findings.loading]).toEqual([null, false]);
    findings.want(100_000, []);
    expect(findings.loading).toBe(true);
    for (let i = 0; i < 40; i++) await settle();
    expect([ids()[0], ids().length, findings.from]).toEqual([99, 86, 13_600]);
    expect(asked.length).toBe(29);
    findings.earlier();
    for (let i = 0; i < 40; i++) await settle();
    expect([findings.from, ids()[ids().length - 1]]).toEqual([0, 0]);
    findings.earlier();
    expect(findings.loading).toBe(false);
  });

  it("asks again when the live socket tells something else, and takes away what is not so", async () => {
    const all = many(3);
    const { findings, ids, asked, pass } = paper(all);
    findings.want(2100, []);
    await settle();
    expect(ids()).toEqual([2, 1, 0]);
    pass(2_000);
    findings.want(2100, []);
    await settle();
    expect(asked.length).toBe(1);
    all.pop();
    findings.want(2100, [VT]);
    await settle();
    expect([asked.length, ids()]).toEqual([2, [1, 0]]);
  });

  it("one that is open is asked for anew, however long ago it began", async () => {
    const all = [{ ...FINDING, id: "7", start: 10, end: 1e9, state: "open" }];
    const { findings, asked, pass } = paper(all);
    findings.want(50_000, []);
    await settle();
    pass(60_000);
    findings.want(60_000, []);
    await settle();
    expect(asked[1]).toMatch(/^start=10&/);
  });

  it("says why it has nothing, keeps what it has, and tries again by itself", async () => {
    const { findings, ids, asked, fail, pass } = paper(many(2));
    fail(true);
    findings.want(2000, []);
    await settle();
    expect([findings.failure, findings.from]).toEqual(["the center answered 503", null]);
    findings.want(2000, []);
    expect(asked.length).toBe(1);
    fail(false);
    pass(6_000);
    findings.want(2000, []);
    await settle();
    expect([findings.failure, ids()]).toEqual([null, [1, 0]]);
  });

  it("finds what touches a stretch, by start", async () => {
    const { findings } = paper(many(3));
    findings.want(2100, []);
    await settle();
    expect(findings.over(1005, 2001).map(({ id }) => id)).toEqual(["1", "2"]);
    expect(findings.over(1011, 2000)).toEqual([]);
    const [open, lost] = [{ start: 5, end: null, state: "open" as const }, { start: 5, end: null, state: "interrupted" as const }];
    expect([endOf(open, 90), endOf(lost, 90), endOf({ ...lost, end: 7 }, 90)]).toEqual([90, 5, 7]);
  });
});

describe("evidence strips", () => {
  const strips = (stop: () => number, status = () => 200) => {
    const asked: string[] = [];
    let now = 0;
    const get = async (url: string) => {
      asked.push(url);
      const values = Array.from({ length: Math.max(0, stop() - 250) }, (_, i) => i);
      const run = { stream: 17, lead: 0, mode: 0 as const, flags: 0, start: 250, spc: 1 };
      const body = wavesMessage(2, 0, NOW, [{ ...run, newestMs: NOW, gain: 200, baseline: 0, values }]);
      return { ok: status() === 200, status: status(), arrayBuffer: async () => body };
    };
    const pass = (ms: number) => {
      now += ms;
    };
    return { made: new Strips("s000017", () => {}, () => now, get as unknown as typeof fetch), asked, pass };
  };
  const [finding] = readFindings({ findings: [FINDING] }).findings;

  it("are the very samples, fetched once", async () => {
    const { made, asked } = strips(() => 3500);
    made.want(finding!);
    made.want(finding!);
    await settle();
    made.want(finding!);
    expect(asked).toEqual(["/api/streams/s000017/window?start=250&stop=3500&columns=3250"]);
    expect(made.piece(finding!)).toMatchObject({ start: 250, spc: 1, columns: 3250 });
  });

  it("are fetched again while their end is still to come", async () => {
    let stop = 2000;
    const { made, asked, pass } = strips(() => stop);
    made.want(finding!);
    await settle();
    made.want(finding!);
    expect(asked.length).toBe(1);
    pass(2_500);
    stop = 3500;
    made.want(finding!);
    await settle();
    pass(2_500);
    made.want(finding!);
    expect([asked.length, made.piece(finding!)?.columns]).toEqual([2, 3250]);
  });

  it("are 25 mm to the second and as high as the peaks of each lead ask for, which all fit; pulses do not ask", () => {
    const near = (i: number, middle: number) => Math.abs(i - middle) < 10;
    const column = (least: number, most: number) =>
      Int16Array.from({ length: 3250 }, (_, i) => (near(i, 100) ? most : near(i, 200) ? least : i % 200 === 80 ? -4000 : 1024));
    const leads = [column(1004, 1624), column(0, 0).map(() => -32768)];
    const piece = { start: 250, spc: 1, low: leads, high: leads, rate: null, coverage: null, stride: 1, offset: 0, columns: 3250 };
    const details = readDetails({ state: PATIENT, layout: { rate_hz: 250 }, stored: [[0, 5000]] });
    const [first, second] = stripLanes(piece, details);
    expect(first!.heightMm).toBe(33);
    // 20 units are a millimetre: from the middle to either edge all values are inside.
    expect([(1624 - first!.centre) / 20, (first!.centre - 1004) / 20].every((mm) => mm <= first!.heightMm / 2)).toBe(true);
    expect(second).toEqual({ heightMm: 16, centre: 1024 });
    expect(stripSize(finding!, details, piece, 4)).toEqual({ width: 13 * 25 * 4, height: 20 + (33 + 16) * 4 });
  });

  it("say why they are not there, until they are asked for again", async () => {
    let status = 503;
    const { made, asked } = strips(
      () => 3500,
      () => status,
    );
    made.want(finding!);
    await settle();
    made.want(finding!);
    expect([asked.length, made.failure(finding!)]).toEqual([1, "the center answered 503"]);
    status = 200;
    made.retry(finding!);
    await settle();
    expect([made.failure(finding!), made.piece(finding!)?.columns]).toEqual([null, 3250]);
  });
});
