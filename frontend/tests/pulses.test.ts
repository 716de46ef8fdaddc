import { describe, expect, it } from "vitest";
import type { TileSpec } from "../src/live/geometry";
import { withoutPulses } from "../src/live/pulses";
import { DARK, type Textures } from "../src/live/textures";
import { type Brush, Tile } from "../src/live/tile";
import { LeadTrace } from "../src/live/trace";
import { HOLE, type Run } from "../src/protocol/binary";
import { QUALITY } from "../src/protocol/messages";

const GAIN = 200;

/** Eight seconds of a heart of 70 a minute, units: QRS complexes `width` ms wide, with or without pulses before them. */
function heart(rate: number, { height = 1.5, width = 80, pulse = 0 }): number[] {
  const period = (60 / 70) * rate;
  return Array.from({ length: 8 * rate }, (_, i) => {
    const ms = (((i % period) - period / 2) / rate) * 1000;
    const qrs = Math.max(0, 1 - Math.abs(ms) / (width / 2)) * height;
    const first = Math.floor(period / 2 - 0.06 * rate);
    const into = Math.floor(i % period) - first;
    const spike = into >= 0 && into < Math.max(1, Math.round(0.002 * rate)) ? pulse : 0;
    return Math.round((qrs + spike) * GAIN);
  });
}

/** The same as columns of `spc` samples. */
function columns(values: readonly number[], spc: number): { lows: number[]; highs: number[] } {
  const lows: number[] = [];
  const highs: number[] = [];
  for (let c = 0; (c + 1) * spc <= values.length; c++) {
    const part = values.slice(Math.ceil(c * spc), Math.ceil((c + 1) * spc));
    lows.push(Math.min(...part));
    highs.push(Math.max(...part));
  }
  return { lows, highs };
}

describe("pulses of a pacemaker", () => {
  const SAMPLINGS = [
    [200, 1],
    [250, 1],
    [250, 1.3],
    [250, 2.6],
    [360, 1.9],
    [500, 1],
    [500, 2.6],
    [1000, 1],
    [1000, 5.3],
  ] as const;

  it.each(SAMPLINGS)("are taken out at %d Hz, %d samples a column, up and down", (rate, spc) => {
    for (const pulse of [0.8, 2, 9, -0.8, -2, -9]) {
      const { lows, highs } = columns(heart(rate, { pulse }), spc);
      const plain = columns(heart(rate, {}), spc);
      const most = Math.max(...withoutPulses(highs, true, { rate, spc, gain: GAIN }));
      const least = Math.min(...withoutPulses(lows, false, { rate, spc, gain: GAIN }));
      expect([least, most]).toEqual([Math.min(...plain.lows), Math.max(...plain.highs)]);
    }
  });

  it.each(SAMPLINGS)("and no QRS complex of 50 ms and more is, at %d Hz, %d samples a column", (rate, spc) => {
    for (const width of [50, 80, 160])
      for (const height of [0.4, 1.5, 4]) {
        const { highs, lows } = columns(heart(rate, { width, height }), spc);
        expect(withoutPulses(highs, true, { rate, spc, gain: GAIN })).toEqual(highs);
        expect(withoutPulses(lows, false, { rate, spc, gain: GAIN })).toEqual(lows);
      }
  });

  it.each([
    ["fewer than 200 samples a second: what is narrow may be a QRS complex", 128, 8],
    ["a fraction of a second: nothing to compare with", 250, 0.05],
  ])("%s", (_what, rate, seconds) => {
    const values = heart(rate, { pulse: 5 }).slice(0, seconds * rate);
    expect(withoutPulses(values, true, { rate, spc: 1, gain: GAIN })).toEqual(values);
  });
});

const run = (start: number, values: readonly number[], rest: Partial<Run> = {}): Run => ({
  stream: 1,
  lead: 0,
  mode: 0,
  fresh: false,
  late: false,
  skipped: false,
  columns: values.length,
  start,
  samplesPerColumn: 1,
  newestMs: 0,
  gain: GAIN,
  baseline: 0,
  values: Int16Array.from(values),
  ...rest,
});

function traceOf(values: readonly number[], rate: number): LeadTrace {
  const made = new LeadTrace(run(0, values), 10, rate);
  made.write(run(0, values));
  return made;
}

it.each([2, 9, -2, -9])("pulses of %d mV do not move the middle of a lane", (pulse) => {
  const half = 1.1 * GAIN;
  const centre = (made: LeadTrace) => {
    made.recentre(8 * 250, half);
    return made.centre;
  };
  // QRS complexes of 1.5 mV reach beyond half a lane: it is moved so far that they fit.
  expect(centre(traceOf(heart(250, { pulse }), 250))).toBe(centre(traceOf(heart(250, {}), 250)));
});

const SPEC: TileSpec = {
  id: "s000001",
  stream: 1,
  leads: [0, 1],
  x: 20,
  y: 10,
  width: 300,
  height: 100,
  pxPerSecond: 95,
  pxPerMv: 40,
  gridPx: 0,
};

/** A brush on one row of pixels `y`: what was filled last at each x. */
function row(y: number) {
  const pixels: (string | undefined)[] = [];
  const done: string[] = [];
  const context = new Proxy({ fillStyle: "" } as Record<string, unknown>, {
    get: (held, name: string) => {
      if (name === "fillRect")
        return (x: number, top: number, wide: number, high: number) => {
          if (y < top || y >= top + high) return;
          for (let at = Math.round(x); at < Math.round(x + wide); at++) pixels[at] = String(held.fillStyle);
          done.push(String(held.fillStyle));
        };
      return held[name] ?? (() => done.push(name));
    },
  });
  const textures = Object.fromEntries(
    ["hole", "noisy", "leadOff", "flat", "clipped", "late"].map((name) => [name, name]),
  ) as unknown as Textures;
  const brush = { context, palette: DARK, textures, scale: 1 } as unknown as Brush;
  const lit = () => pixels.flatMap((colour, x) => (colour === DARK.cut ? [x] : []));
  return { brush, pixels, lit, done };
}

const FOOT = 59;
const paced = () => traceOf(heart(250, { pulse: -9, height: 0.8 }), 250);

describe("where a trace goes on beyond its lane", () => {
  it("a tick wider than its line stands at the lane's edge, whether painted at once or bit by bit", () => {
    const seen = (pen: number) => ({ traces: [paced(), undefined], beats: undefined, pen });
    const pens = [7.9 * 250, 7.01 * 250, 3.2 * 250];
    for (const pen of pens) {
      const [once, bits] = [row(FOOT), row(FOOT)];
      new Tile(SPEC, 250).repaint(once.brush, seen(pen));
      const tile = new Tile(SPEC, 250);
      for (let at = 1; at < pen; at += 4.17) tile.paint(bits.brush, seen(at));
      tile.paint(bits.brush, seen(pen));
      expect(bits.lit()).toEqual(once.lit());
      expect(once.lit().length).toBeGreaterThan(10);
    }
  });

  it("one tick for each pulse: seven pixels, around where it is", () => {
    const { brush, lit } = row(FOOT);
    new Tile(SPEC, 250).repaint(brush, { traces: [paced(), undefined], beats: undefined, pen: 2.9 * 250 });
    const period = (60 / 70) * 250;
    const at = [0, 1, 2].map((beat) => SPEC.x + (Math.ceil(beat * period + Math.floor(period / 2 - 15)) / 250) * 95);
    expect(lit().length).toBe(3 * 7);
    expect(lit().every((x) => at.some((middle) => Math.abs(x + 0.5 - middle) <= 4.5))).toBe(true);
  });

  it("none at the other edge, none where it does not, and none beside the tile", () => {
    const seen = { traces: [paced(), undefined], beats: undefined, pen: 7.9 * 250 };
    const top = row(10);
    new Tile(SPEC, 250).repaint(top.brush, seen);
    expect(top.lit()).toEqual([]);
    const plain = row(FOOT);
    new Tile(SPEC, 250).repaint(plain.brush, { ...seen, traces: [traceOf(heart(250, { height: 0.8 }), 250), undefined] });
    expect(plain.lit()).toEqual([]);
    for (let width = 290; width < 310; width++) {
      const narrow = row(FOOT);
      new Tile({ ...SPEC, width }, 250).repaint(narrow.brush, seen);
      expect(narrow.lit().every((x) => x >= SPEC.x && x < SPEC.x + width)).toBe(true);
    }
  });

  it("is told over the letters of the beats, not under them", () => {
    const { brush, done } = row(FOOT);
    const beats = { over: () => [{ sample: 120, letter: "P" as const }] };
    new Tile(SPEC, 250).repaint(brush, { traces: [paced(), undefined], beats: beats as never, pen: 500 });
    expect(done.lastIndexOf("fillText")).toBeGreaterThan(0);
    expect(done.lastIndexOf("fillText")).toBeLessThan(done.indexOf(DARK.cut));
  });
});

describe("a stretch without samples", () => {
  const none = () => traceOf(Array.from({ length: 2000 }, () => HOLE), 250);
  const some = () => traceOf(heart(250, {}), 250);
  const off = () => {
    const made = none();
    made.noteQuality(0, QUALITY.leadOff);
    return made;
  };
  it.each([
    ["is a hole where no lead has any", [none(), none()], "hole"],
    ["is a lead that is off where another has some", [none(), some()], "leadOff"],
    ["is a lead that is off where that is known", [off(), off()], "leadOff"],
  ])("%s", (_what, traces, texture) => {
    const { brush, pixels } = row(40);
    new Tile(SPEC, 250).repaint(brush, { traces, beats: undefined, pen: 500 });
    expect(pixels[60]).toBe(texture);
  });
});
