import { describe, expect, it } from "vitest";
import { rateAxis } from "../src/patient/paint_overview";

/** Heights that the plot has beside the wall and on a page of its own. */
const PLOTS = [52, 74];

const shown = (...rates: number[]) => ({
  bins: rates.length,
  rate: Float32Array.from(rates),
  coverage: new Float32Array(rates.length).fill(1),
});

describe("the overview's axis of the rate", () => {
  it.each(PLOTS)("ends at 180 while nothing is higher, %i px", (plot) => {
    for (const rates of [null, shown(), shown(Number.NaN, 64, 180)])
      expect(rateAxis(rates, plot)).toMatchObject({ high: 180, labels: [100, 60] });
  });

  it.each([
    [181, 200],
    [200, 200],
    [201, 250],
    [249.6, 250],
    [312, 350],
  ])("grows by whole fifties: %d is below %i", (rate, high) => {
    expect(rateAxis(shown(70, rate, Number.NaN, 80), 74).high).toBe(high);
  });

  it("a rate of a stretch of which nothing is stored is not drawn, and has no room", () => {
    const rates = shown(70, 240);
    rates.coverage[1] = 0;
    expect(rateAxis(rates, 74).high).toBe(180);
  });

  it.each(PLOTS)("higher is higher, up to the highest, %i px", (plot) => {
    const { y } = rateAxis(shown(70, 236), plot);
    const heights = [30, 60, 100, 180, 200, 236].map(y);
    expect(heights).toEqual([...new Set(heights)].sort((a, b) => b - a));
    expect(heights.at(-1)).toBeGreaterThanOrEqual(4);
    expect(heights[0]).toBeLessThanOrEqual(plot - 8);
  });

  it.each(PLOTS.flatMap((plot) => [190, 240, 290, 340, 400].map((rate) => [rate, plot] as const)))(
    "the top is labelled, and 100, and no label stands on another: %i over %i px",
    (rate, plot) => {
      const { high, labels, y } = rateAxis(shown(rate), plot);
      expect(labels[0]).toBe(high);
      expect(labels).toContain(100);
      // The top's hangs below its line, the others stand above theirs.
      const boxes = labels.map((one) => ({ top: one === high ? y(one) : y(one) - 10, foot: one === high ? y(one) + 10 : y(one) }));
      for (const [i, box] of boxes.entries()) if (i > 0) expect(box.top).toBeGreaterThanOrEqual(boxes[i - 1]!.foot);
    },
  );
});
