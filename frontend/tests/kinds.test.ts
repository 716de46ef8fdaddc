import { describe, expect, it } from "vitest";
import type { Finding } from "../src/patient/findings";
import { type Canvas2d, INKS } from "../src/patient/ink";
import { drawFindings, drawRibbon, RIBBON } from "../src/patient/paint_findings";
import { KINDS, viewOf } from "../src/protocol/kinds";
import type { Priority } from "../src/protocol/messages";
import { foremost } from "../src/wall/findings";
import { NOW, VT } from "./patients";

const ink = INKS.dark;
const TOP = 100;
const across = { xOf: (sample: number) => sample, width: 1000, end: 1000 };

interface Box {
  readonly x: number;
  readonly wide: number;
  readonly high: number;
  readonly colour: string;
}

/** A canvas that remembers what it was told to fill and to write; a letter is six pixels wide. */
function paper() {
  const boxes: Box[] = [];
  const words: { readonly text: string; readonly x: number; readonly colour: string }[] = [];
  const g = {
    fillStyle: "",
    measureText: (text: string) => ({ width: 6 * text.length }),
    fillRect: (x: number, _y: number, wide: number, high: number) => boxes.push({ x, wide, high, colour: g.fillStyle }),
    fillText: (text: string, x: number) => words.push({ text, x, colour: g.fillStyle }),
  };
  return { g: g as unknown as Canvas2d, boxes, words };
}

function finding(kind: string, change: Partial<Finding> = {}): Finding {
  return {
    id: kind,
    kind,
    words: KINDS[kind]?.words ?? "Something new",
    priority: "low",
    start: 200,
    end: 500,
    state: "closed",
    toldAs: [],
    withdrawn: null,
    values: {},
    units: {},
    limits: {},
    strip: [0, 1000],
    rule: "rule",
    version: "1",
    ...change,
  };
}

function ribbon(...found: Finding[]) {
  const { g, boxes, words } = paper();
  drawRibbon(g, ink, found, across, TOP);
  return { boxes, words };
}

const PRIORITIES: readonly Priority[] = ["high", "medium", "low", "none"];
const EACH = Object.entries(KINDS).flatMap(([kind, view]) => PRIORITIES.map((priority) => ({ kind, priority, ...view })));

describe("no kind of finding is left out", () => {
  it.each(EACH)("$kind, $priority: a $drawn on the ribbon", ({ kind, priority, drawn, short }) => {
    const { boxes, words } = ribbon(finding(kind, { priority }));
    expect(boxes.some(({ x, high, colour }) => x === 200 && high > 0 && colour === ink.alarm[priority])).toBe(true);
    expect(words.map(({ text }) => text)).toEqual(drawn === "stretch" ? [short] : []);
    expect(boxes.some(({ wide }) => wide === 300)).toBe(drawn === "stretch");
  });

  it.each(EACH)("$kind, $priority: a bar with its words over the moment", ({ kind, priority, words: said }) => {
    const { g, boxes, words } = paper();
    drawFindings(g, ink, [finding(kind, { priority })], across, 0);
    expect(words.map(({ text }) => text)).toEqual([said]);
    expect(boxes[0]).toMatchObject({ x: 200, wide: 300, colour: ink.alarm[priority] });
  });

  it.each(Object.entries(KINDS))("%s has its short name on a small tile", (kind, { words, short }) => {
    expect(foremost([{ ...VT, kind, words }], NOW)).toMatchObject({ words, short });
  });

  it("one that these pages do not know has its own words everywhere", () => {
    const unknown = finding("something-new");
    expect(ribbon(unknown).words.map(({ text }) => text)).toEqual(["Something new"]);
    expect(ribbon({ ...unknown, words: "" }).words.map(({ text }) => text)).toEqual(["something-new"]);
    expect(viewOf({ kind: "constructor", words: "Of no table" }).short).toBe("Of no table");
    expect(foremost([{ ...VT, kind: "something-new", words: "Something new" }], NOW)?.short).toBe("Something new");
  });
});

describe("the ribbon", () => {
  const texts = (...found: Finding[]) => ribbon(...found).words.map(({ text, x }) => [text, x]);

  it("names sinus rhythm faintly, and where nothing lies over it", () => {
    const sinus = finding("sinus-rhythm", { priority: "none", start: 0, end: 1000 });
    expect(ribbon(sinus).words).toEqual([{ text: "Sinus", x: 3, colour: ink.faint }]);
    const vt = finding("ventricular-tachycardia", { priority: "high", start: 0, end: 40 });
    expect(texts(vt, sinus)).toEqual([["Sinus", 43], ["VT", 3]]);
    const af = finding("atrial-fibrillation", { priority: "medium", start: 20, end: 990 });
    expect(texts(af, sinus)).toEqual([["AF", 23]]);
  });

  it("has what presses more, then the higher rank on top", () => {
    const paced = finding("paced-rhythm", { priority: "none", start: 0, end: 1000 });
    const sinus = finding("sinus-rhythm", { priority: "none", start: 100, end: 900 });
    expect(texts(paced, sinus)).toEqual([["Paced", 3]]);
    expect(texts(sinus, finding("av-block-1", { priority: "none", start: 100, end: 900 }))).toEqual([["AVB I", 103]]);
  });

  it("is brief where there is no room for more, and silent where there is none at all", () => {
    const wenckebach = (end: number) => finding("av-block-2-mobitz-1", { end });
    expect([500, 260, 220].map((end) => texts(wenckebach(end)).map(([text]) => text))).toEqual([
      ["AVB II Wenckebach"],
      ["AVB II"],
      [],
    ]);
  });

  it.each<[Priority, number]>([["high", RIBBON - 1], ["medium", RIBBON - 1], ["low", RIBBON / 2], ["none", RIBBON / 3]])(
    "a tick of %s priority is %d high",
    (priority, high) => expect(ribbon(finding("pause", { priority })).boxes.map((box) => box.high)).toEqual([high]),
  );

  it("does not show what was withdrawn", () => {
    expect(ribbon(finding("asystole", { state: "withdrawn" })).boxes).toEqual([]);
  });
});
