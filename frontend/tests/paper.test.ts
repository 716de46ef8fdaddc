import { describe, expect, it } from "vitest";
import { medianOf } from "../src/patient/ink";
import { notLoaded, rowMm, stripPath, stripsOnSheet } from "../src/patient/print";
import { HOLE } from "../src/protocol/binary";

describe("paper", () => {
  const piece = (values: number[]) => {
    const low = [Int16Array.from(values)];
    return {
      piece: {
        start: 0,
        spc: 1,
        low,
        high: low,
        rate: null,
        coverage: null,
        stride: 1,
        offset: 0,
        columns: values.length,
      },
      from: 0,
      to: values.length,
      sharp: true,
    }; // prettier-ignore
  };

  it("is 25 mm to the second and 10 mm to the millivolt, and lifts the pen over holes", () => {
    const path = stripPath([piece([0, 200, HOLE, -100, 0])], 0, 0, 100, 200, 0);
    expect(path).toBe("M0.00 0.00L0.25 -10.00M0.75 5.00L1.00 0.00");
  });

  it("goes on from one piece to the next, and not over what lies between", () => {
    const [a, b] = [piece([0, 200]), piece([200, 0])];
    const moved = (start: number) => ({ ...b, piece: { ...b.piece, start }, from: start, to: start + 2 });
    expect(stripPath([a, moved(2)], 0, 0, 100, 200, 0)).toBe("M0.00 0.00L0.25 -10.00L0.50 -10.00L0.75 0.00");
    expect(stripPath([a, moved(6)], 0, 0, 100, 200, 0)).toBe("M0.00 0.00L0.25 -10.00M1.50 -10.00L1.75 0.00");
  });

  it("the middle is the median of what is there", () => {
    expect(medianOf([piece([7, 7, HOLE, 7, 900])], 0)).toBe(7);
    expect(medianOf([piece([HOLE])], 0)).toBeNull();
  });

  it("draws nothing that is not on hand sample by sample, and says so", () => {
    const coarse = { ...piece([0, 200, 100]), sharp: false };
    expect(stripPath([coarse], 0, 0, 100, 200, 0)).toBe("");
    const after = { ...piece([0, 200]), from: 3, to: 5, piece: { ...piece([0, 200]).piece, start: 3 } };
    expect(stripPath([coarse, after], 0, 0, 100, 200, 0)).toBe("M0.75 0.00L1.00 -10.00");
    expect(notLoaded([coarse, after], 0, 9)).toEqual([
      [0, 3],
      [5, 9],
    ]);
    expect(notLoaded([], 4, 4)).toEqual([]);
  });

  it("draws nothing where the smallest is above the largest: nothing is stored there", () => {
    const empty = piece([100, 100, 100]);
    const high = [Int16Array.from([100, 99, 100])];
    expect(stripPath([{ ...empty, piece: { ...empty.piece, high } }], 0, 0, 100, 200, 0)).toBe(
      "M0.00 -5.00M0.50 -5.00",
    );
  });

  it.each([
    [1, 5, 26],
    [2, 3, 25],
    [3, 2, 26],
    [4, 1, 30],
    [6, 1, 27],
  ])("%i leads: %i strips of %i mm a lead, no higher than a sheet", (leads, strips, row) => {
    expect([stripsOnSheet(leads), rowMm(leads)]).toEqual([strips, row]);
    // A4 landscape, 10 mm of margin, 8 and 5 mm of head and foot.
    expect(strips * (leads * row + 8.6)).toBeLessThanOrEqual(210 - 20 - 13);
  });
});
