import { describe, expect, it } from "vitest";
import { actFor, keyName } from "../src/chrome/acts";
import { coarse, duration, elapsed, initials, toCome, when } from "../src/chrome/format";
import { search } from "../src/chrome/overlays";
import { type Calibration, type Place, readCalibrations, reckon, withCalibration } from "../src/chrome/calibration";
import { DEFAULTS, readPrefs } from "../src/chrome/prefs";
import type { Mark, PatientState } from "../src/protocol/messages";
import { Announcer } from "../src/wall/announcer";
import { judge, toldWithinMs } from "../src/wall/condition";
import { enrollCommand } from "../src/wall/empty_view";
import { fitGrid, leadsShown, places, tileSize, waveBox } from "../src/wall/fit";
import { banners } from "../src/wall/header_view";
import { inOrder, matches, moved, movedTo, paged, sorted } from "../src/wall/order";
import { markWords } from "../src/wall/tile_view";
import { NOW, PATIENT } from "./patients";

const judged = (change: Partial<PatientState>, ageMs: number | null, cutOff = false) =>
  judge({ ...PATIENT, ...change }, ageMs === null ? null : NOW - ageMs, NOW, { cutOff });

describe("condition", () => {
  it.each<[string, Partial<PatientState>, number | null, string, string | null, string | null]>([
    ["live", {}, 500, "live", null, null],
    ["live to the last moment", {}, 3000, "live", null, null],
    ["stale after three seconds", {}, 3001, "stale", "no samples for 3 s", "still connected"],
    ["stale for longer", {}, 7400, "stale", "no samples for 7 s", "still connected"],
    [
      "link lost",
      { link: "lost", link_since_ms: NOW - 40_000 },
      43_000,
      "lost",
      "no samples for 43 s",
      "link lost 40 s ago",
    ],
    [
      "link lost just now, samples are fresh",
      { link: "lost", link_since_ms: NOW - 1000 },
      900,
      "live",
      null,
      null,
    ],
    [
      "link lost, whatever the dates of the samples",
      { link: "lost", link_since_ms: NOW - 40_000 },
      0,
      "lost",
      "no samples for 40 s",
      "link lost 40 s ago",
    ],
    ["dated a little ahead", {}, -1900, "live", null, null],
    ["dated in the future", {}, -300_000, "stale", "samples dated 5 min ahead", "age of the samples not known"],
    [
      "dated in the future, and gone",
      { link: "lost", link_since_ms: NOW - 9000 },
      -300_000,
      "lost",
      "samples dated 5 min ahead",
      "link lost 9 s ago",
    ],
    [
      "was connected, never sent",
      { link: "lost", link_since_ms: NOW - 9000 },
      null,
      "lost",
      "no samples yet",
      "link lost 9 s ago",
    ],
    ["never", { link: "never", link_since_ms: null }, null, "never", "never connected", "waiting for T-100"],
    [
      "connected, nothing sent",
      { link_since_ms: NOW - 9000 },
      null,
      "stale",
      "no samples yet",
      "connected for 9 s",
    ],
  ])("%s", (_what, change, age, kind, headline, detail) => {
    expect(judged(change, age)).toMatchObject({ kind, headline, detail });
  });

  it("a stale picture has no rate, no quality, only the last rate", () => {
    const stale = judged({}, 8000);
    expect([stale.rate, stale.lastRate, stale.leads.map((lead) => lead.word)]).toEqual([
      null,
      72,
      ["unknown", "unknown"],
    ]);
  });

  it.each([
    [40, 4900, "live"],
    [40, 5100, "stale"],
    [6400, 5100, "live"],
    [6400, 104_900, "stale"],
  ])("out of view on a center of %i, last told of a sample %i ms old: %s", (patients, age, kind) => {
    expect(judge(PATIENT, NOW - age, NOW, { toldMs: toldWithinMs(patients) }).kind).toBe(kind);
  });

  it("a lost link is told of at once, also of patients out of view", () => {
    const lost = { ...PATIENT, link: "lost" as const, link_since_ms: NOW - 4000 };
    expect(judge(lost, NOW - 4500, NOW, { toldMs: 30_000 }).kind).toBe("lost");
  });

  it("a screen without the center claims nothing about links", () => {
    expect(judged({}, 8000, true).detail).toBe("screen without the center");
  });

  it.each([
    [0, "good"],
    [1, "noisy"],
    [2, "unusable"],
    [3, "lead off"],
    [4, "flat"],
    [5, "clipped"],
    [255, "unknown"],
    [42, "unknown"],
  ])("quality %i is %s", (quality, word) => {
    const condition = judged({ leads: [{ ...PATIENT.leads[0]!, quality }] }, 100);
    expect(condition.leads[0]!.word).toBe(word);
    expect(condition.troubled).toBe(word !== "good");
  });

  it.each<[Partial<PatientState>, string[]]>([
    [{ backlog_s: 720 }, ["12 min to come"]],
    [{ backlog_s: 45 }, ["45 s to come"]],
    [{ battery: 9 }, ["battery low"]],
    [{ stored: false }, ["live, not stored"]],
  ])("%o says %o", (change, words) => {
    expect(judged(change, 100).words).toEqual(words);
  });

  it.each([
    [400, "≤ 2 s"],
    [2000, "≤ 2 s"],
    [2400, "2 s"],
    [5000, "5 s"],
    [null, "–"],
  ])("age %s reads %s", (age, words) => {
    expect(judged({ link: "connected" }, age).age).toBe(words);
  });
});

describe("order", () => {
  const ids = ["a", "b", "c", "d"];
  it.each([
    ["b", 1, ["a", "c", "b", "d"]],
    ["b", -1, ["b", "a", "c", "d"]],
    ["a", -5, ids],
    ["a", 99, ["b", "c", "d", "a"]],
    ["x", 1, ids],
  ])("moves %s by %i", (id, by, expected) => expect(moved(ids, id, by)).toEqual(expected));

  it("drops one where another is", () => {
    expect(movedTo(ids, "d", "a")).toEqual(["d", "a", "b", "c"]);
    expect(movedTo(ids, "a", "c")).toEqual(["b", "c", "a", "d"]);
    expect(movedTo(ids, "", "c")).toEqual(ids);
  });

  it("new patients come after those that have a place", () => {
    const patients = ["s000003", "s000001", "s000002"].map((id) => ({ ...PATIENT, id }));
    expect(inOrder(patients, ["s000002"]).map((p) => p.id)).toEqual(["s000002", "s000001", "s000003"]);
  });

  const shown = [
    { id: "s000001", patient: "Zed", age: 100 },
    { id: "s000002", patient: "Able", age: 9000 },
    { id: "s000003", patient: "Mid", age: 100, battery: 3 },
  ].map(({ age, ...more }) => ({ patient: { ...PATIENT, ...more }, condition: judged(more, age) }));

  it.each([
    ["name" as const, ["s000002", "s000003", "s000001"]],
    ["stream" as const, ["s000001", "s000002", "s000003"]],
    ["attention" as const, ["s000002", "s000003", "s000001"]],
  ])("sorts by %s", (by, expected) => expect(sorted(shown, by)).toEqual(expected));

  it.each([
    ["able", ["s000002"]],
    ["stale", ["s000002"]],
    ["t-100 zed", ["s000001"]],
    ["low", ["s000003"]],
    ["nobody", []],
  ])("filter %s", (filter, expected) =>
    expect(shown.filter((one) => matches(one, filter)).map((one) => one.patient.id)).toEqual(expected),
  );

  it.each([
    [40, 0, 16, { page: 0, pages: 3, first: 1, last: 16 }],
    [40, 2, 16, { page: 2, pages: 3, first: 33, last: 40 }],
    [40, 9, 16, { page: 2, pages: 3, first: 33, last: 40 }],
    [0, 0, 16, { page: 0, pages: 1, first: 0, last: 0 }],
    [64, 0, 64, { page: 0, pages: 1, first: 1, last: 64 }],
  ])("%i patients, page %i of %i", (count, page, size, expected) => {
    const all = Array.from({ length: count }, (_, i) => i);
    const made = paged(all, page, size);
    expect(made).toMatchObject(expected);
    expect([...made.here, ...made.elsewhere].sort((a, b) => a - b)).toEqual(all);
  });
});

describe("fit", () => {
  it.each([
    [16, 1920, 1040, 4, 4],
    [32, 1920, 1040, 4, 8],
    [64, 1920, 1040, 8, 8],
    [64, 1280, 760, 8, 8],
    [16, 3840, 2120, 4, 4],
    [1, 800, 600, 1, 1],
  ])("%i tiles on %i × %i", (count, width, height, columns, rows) => {
    expect(fitGrid(count, width, height)).toEqual({ columns, rows });
  });

  it("always has room for all", () => {
    for (let count = 1; count <= 64; count++)
      for (const [width, height] of [
        [1920, 1040],
        [700, 1000],
        [3000, 300],
      ] as const) {
        const { columns, rows } = fitGrid(count, width, height);
        expect(columns * rows).toBeGreaterThanOrEqual(count);
      }
  });

  it.each([
    [1, 16, 1],
    [3, 16, 4],
    [17, 16, 16],
    [17, 64, 20],
    [41, 64, 48],
    [500, 64, 64],
  ])("%i patients of %i tiles: %i places", (n, tiles, expected) => {
    expect(places(n, tiles)).toBe(expected);
  });

  it.each([
    [160, 95, "xs"],
    [240, 130, "s"],
    [384, 208, "m"],
    [480, 260, "l"],
    [768, 264, "xl"],
    [960, 512, "xxl"],
  ])("%i × %i is %s", (width, height, size) => {
    expect(tileSize(width, height)).toBe(size);
    expect(waveBox(tileSize(width, height), width, height).height).toBeGreaterThan(60);
  });

  it.each([
    [2, 40, 1],
    [2, 76, 2],
    [8, 90, 2],
    [8, 210, 3],
    [1, 300, 1],
  ])("%i leads in %i px: %i", (leads, height, expected) => {
    expect(leadsShown(leads, height)).toBe(expected);
  });
});

describe("words", () => {
  it.each([
    [0, "0 s"],
    [59_999, "59 s"],
    [60_000, "1 min"],
    [125_000, "2 min 5 s"],
    [720_000, "12 min"],
    [7_380_000, "2 h 3 min"],
    [190_000_000, "2 d 4 h"],
  ])("%i ms: %s", (ms, text) => expect(duration(ms)).toBe(text)); // prettier-ignore
  it.each([
    [43_000, "43 s"],
    [140_000, "2 min"],
    [7_380_000, "2 h"],
    [190_000_000, "2 d"],
  ])("%i ms: about %s", (ms, text) => expect(coarse(ms)).toBe(text));
  it.each([
    [3, "3 s"],
    [119, "119 s"],
    [150, "2 min"],
    [720, "12 min"],
    [9000, "2 h 30 min"],
  ])("%i s: %s to come", (s, text) => expect(toCome(s)).toBe(text));
  it.each([
    ["Doe, Jane", "D. J."],
    ["Kowalczyk-Okonkwo, Magdalena", "K. O. M."],
    ["Émile Zola", "É. Z."],
    ["", "s000017"],
    ["1234", "s000017"],
  ])("%s: %s", (name, text) => expect(initials(name, "s000017")).toBe(text));
  it("time since the first sample", () => expect(elapsed(3_723_045)).toBe("01:02:03.045"));
  it("a date only where it is not today", () => {
    const at = Date.UTC(2026, 10, 21, 23, 16, 9);
    expect(when(at, at + 60_000, "UTC")).toBe("23:16:09 UTC");
    expect(when(at, at + 3_600_000, "UTC")).toBe("Sat 21 Nov 2026 23:16:09 UTC");
  });
  it("the first command is complete", () => {
    expect(enrollCommand("https://127.0.0.1:8443")).toMatch(
      /^einthoven enroll --center https:\/\/127\.0\.0\.1:8443 --patient ".+" --transmitter \S+ --rate \d+ --leads \S+ --out \S+$/,
    );
  });
});

describe("header", () => {
  const center = {
    storing: "ok" as const,
    since_ms: NOW - 5000,
    findings: "ok" as const,
    findings_since_ms: null,
    findings_waiting: 0,
    clock: "ok",
    patients: 1,
    connected: 1,
    behind_s: 0,
    silent: null,
  };
  it.each([
    ["nothing", center, null, []],
    ["no center", center, 7200, [/without the center for 7 s; pictures are not live/]],
    ["full disk", { ...center, storing: "full" as const }, null, [/Disk full for 5 s: live, not stored/]],
    ["failing disk", { ...center, storing: "failing" as const }, null, [/Storing fails for 5 s/]],
    [
      "findings that are not saved",
      { ...center, findings: "unsaved" as const, findings_since_ms: NOW - 90_000, findings_waiting: 1 },
      null,
      [/^Findings cannot be saved for 1 min 30 s \(1 change\): shown, held in memory and tried again/],
    ],
    ["clock", { ...center, clock: "stepped" }, null, [/stepped/]],
    ["behind", { ...center, behind_s: 12 }, null, [/12 s behind/]],
  ])("%s", (_what, state, silentMs, expected) => {
    const said = banners({ center: state, centerNow: NOW, silentMs, still: false, trouble: null });
    const words = said.map(({ before, counting, after }) => before + counting + after);
    expect(words.length).toBe(expected.length);
    for (const [i, pattern] of expected.entries()) expect(words[i]).toMatch(pattern);
  });

  it("what counts seconds is apart from what is read out", () => {
    const at = (silentMs: number) =>
      banners({ center, centerNow: NOW, silentMs, still: true, trouble: null }).map((banner) => banner.before);
    expect(at(4000)).toEqual(at(9000));
    expect(at(4000)[1]).toMatch(/^The picture does not move/);
  });
});

describe("keys", () => {
  const key = (name: string, more: object = {}) => ({
    key: name,
    altKey: false,
    ctrlKey: false,
    metaKey: false,
    shiftKey: false,
    ...more,
  });
  it.each([
    [key("ArrowLeft", { altKey: true }), "Alt+←"],
    [key("k", { ctrlKey: true }), "Ctrl+K"],
    [key("k", { metaKey: true }), "Ctrl+K"],
    [key("Enter", { shiftKey: true }), "Shift+Enter"],
    [key("?", { shiftKey: true }), "?"],
    [key("P", { shiftKey: true }), "P"],
    [key("Escape"), "Esc"],
  ])("%o is %s", (event, name) => expect(keyName(event)).toBe(name));

  it("one key, one act", () => {
    const acts = [
      { label: "a", group: "Go" as const, keys: ["p"], run: () => {} },
      { label: "b", group: "Go" as const, keys: ["P"], run: () => {} },
    ];
    expect([actFor(acts, key("p"))?.label, actFor(acts, key("P"))?.label, actFor(acts, key("x"))]).toEqual([
      "a",
      "b",
      undefined,
    ]);
  });

  it("search finds every word, beginnings first", () => {
    const choices = ["Bergström, Elin", "Lindqvist, Axel", "calibrate"].map((label) => ({
      label,
      hint: "T-1",
      run: () => {},
    }));
    expect(search(choices, "li").map((choice) => choice.label)).toEqual([
      "Lindqvist, Axel",
      "Bergström, Elin",
      "calibrate",
    ]);
    expect(search(choices, "axel t-1").map((choice) => choice.label)).toEqual(["Lindqvist, Axel"]);
  });
});

describe("what a screen remembers", () => {
  it.each([
    ["nothing", null, {}],
    ["damage", "{oops", {}],
    ["null", "null", {}],
    [
      "sense",
      JSON.stringify({ tiles: 64, privacy: true, order: ["s000001"] }),
      { tiles: 64, privacy: true, order: ["s000001"] },
    ],
    [
      "nonsense",
      JSON.stringify({ pxPerMm: 9, calibrated: true, tiles: 17, speed: 26, gain: "10", order: [1, "x"] }),
      { order: ["x"] },
    ],
  ])("%s", (_what, text, expected) => expect(readPrefs(text)).toEqual({ ...DEFAULTS, ...expected }));
});

describe("millimetres", () => {
  const place: Place = { width: 1920, height: 1080, ratio: 1, zoom: 1.01 };
  const made: Calibration = { ...place, pxPerMm: 6 };
  it.each<[string, Partial<Place>, number | null]>([
    ["the same screen", {}, 6],
    ["the same screen, another window", { zoom: 1.06 }, 6],
    ["zoomed to 150 %", { ratio: 1.5, zoom: 1.5 }, 4],
    ["zoomed to 50 %", { ratio: 0.5, zoom: 0.5 }, 12],
    ["another screen", { width: 2560, height: 1440 }, null],
    ["another screen that calls itself as large, twice as fine", { ratio: 2 }, null],
    ["zoomed where the ratio does not tell", { zoom: 1.5 }, null],
  ])("%s", (_what, change, expected) => expect(reckon(made, { ...place, ...change })).toBe(expected));

  it("each screen keeps its own; measured again, the newer counts", () => {
    const other = { ...made, width: 2560, height: 1440, pxPerMm: 4 };
    const list = withCalibration(withCalibration([made], other), { ...made, pxPerMm: 7 });
    expect(list.map(({ width, pxPerMm }) => [width, pxPerMm])).toEqual([
      [2560, 4],
      [1920, 7],
    ]);
  });

  it.each([
    ["nothing", null, 0],
    ["damage", "{oops", 0],
    ["no list", "{}", 0],
    ["nonsense", JSON.stringify([null, { ...made, pxPerMm: 900 }, { ...made, zoom: 0 }, { pxPerMm: 5 }]), 0],
    ["sense", JSON.stringify([made]), 1],
    ["too many", JSON.stringify(Array.from({ length: 30 }, () => made)), 8],
  ])("kept: %s", (_what, text, count) => expect(readCalibrations(text).length).toBe(count));
});

it.each<[string, Mark | null, string | null]>([
  ["none", null, null],
  ["fresh", { sample: 1, symptom: "palpitations", at_ms: NOW - 90_000 }, "palpitations 90 s ago"],
  ["older", { sample: 1, symptom: "dizziness", at_ms: NOW - 7_200_000 }, "dizziness 2 h ago"],
  ["a day", { sample: 1, symptom: "dizziness", at_ms: NOW - 86_400_001 }, null],
  ["no clock", { sample: 1, symptom: "dizziness", at_ms: null }, "dizziness, time not known"],
])("mark: %s", (_what, mark, words) => expect(markWords(mark, NOW)).toBe(words));

it("a screen reader hears changes, not the first picture", () => {
  const announcer = new Announcer();
  const one = (ageMs: number) => [{ patient: PATIENT, condition: judged({}, ageMs) }];
  expect(announcer.text(one(100), false)).toBe("");
  expect(announcer.text(one(4000), true)).toBe("D. J.: no samples for 4 s");
  expect(announcer.text(one(5000), true)).toBe("D. J.: no samples for 4 s");
  expect(announcer.text(one(100), false)).toBe("Doe, Jane: MLII good, V5 good");
});
