import { describe, expect, it } from "vitest";
import { type Canvas2d, INKS } from "../src/patient/ink";
import { drawCut } from "../src/patient/paint_cut";
import { bandOf } from "../src/patient/paint_moment";
import type { Part } from "../src/patient/tile_cache";
import { HOLE } from "../src/protocol/binary";

const BAND = { top: 50, bottom: 150 };

function ticks(values: readonly number[], pxPerUnit = 1, change: Partial<Part> = {}) {
  const drawn: number[][] = [];
  const column = Int16Array.from(values);
  const piece = { start: 100, spc: 1, low: [column], high: [column], rate: null, coverage: null, stride: 1, offset: 0, columns: values.length };
  const part: Part = { piece, from: 100, to: 100 + values.length, sharp: true, ...change };
  const g = { fillStyle: "", fillRect: (...box: number[]) => drawn.push(box) } as unknown as Canvas2d;
  const lane = { middle: 100, centre: 1000, pxPerUnit };
  drawCut(g, INKS.dark, { parts: [part], lead: 0, lane }, (sample) => (sample - 100) * 10, BAND);
  return drawn.map(([x, y]) => [x! + 3.5, y]);
}

describe("a trace that leaves what is shown of it", () => {
  // The band is 50 units to either side of 1000.
  it.each<[string, number[], number, number[][]]>([
    ["none inside, to the very edge", [1000, 1050, 950], 1, []],
    ["above", [1000, 1051, 1000], 1, [[10.5, 50]]],
    ["below", [1000, 1000, 949], 1, [[20.5, 148]]],
    ["upside down", [1051, 1000], -1, [[0.5, 148]]],
    ["not where nothing was measured", [HOLE, 1000], 1, []],
  ])("%s", (_what, values, pxPerUnit, expected) => {
    expect(ticks(values, pxPerUnit)).toEqual(expected);
  });

  it("only over the part that is drawn", () => {
    expect(ticks([2000, 2000, 2000, 2000], 1, { from: 101, to: 103 }).map(([x]) => x)).toEqual([10.5, 20.5]);
  });
});

describe("how far a lead reaches on the moment", () => {
  const box = { top: 20, height: 400 };
  it.each<[string, number, number, number, object]>([
    ["high lanes: a little into the next", 200, 0, 50, { top: 20, bottom: 245 }],
    ["never out of the picture", 200, 1, 50, { top: 195, bottom: 420 }],
    ["its own lane at least", 200, 0, 10, { top: 20, bottom: 220 }],
    ["twelve low lanes: the next", 400 / 12, 5, 16, { top: 20 + (400 / 12) * 5.5 - 40, bottom: 20 + (400 / 12) * 5.5 + 40 }],
  ])("%s", (_what, laneHeight, lane, pxPerMv, band) => {
    expect(bandOf(box, laneHeight, lane, pxPerMv)).toEqual(band);
  });
});
