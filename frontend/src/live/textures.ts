/** Patterns that say what is wrong with a stretch without colour: told apart in grey, on fax and by the colour-blind. */

import { type BeatColours, DARK_BEATS } from "../protocol/beat_class";

export interface Palette {
  readonly tile: string;
  readonly grid: string;
  readonly trace: readonly string[];
  readonly stale: string;
  /** Ticks where a trace is cut off at the edge of its lane. */
  readonly cut: string;
  readonly texture: string;
  readonly beat: BeatColours;
}

export const DARK: Palette = {
  tile: "#11161d",
  grid: "#1a232e",
  trace: ["#7ee0a1", "#8fb8ff"],
  stale: "#66727f",
  cut: "#f4f7fa",
  texture: "#5d6a6f",
  beat: DARK_BEATS,
};

export type TextureName = "hole" | "noisy" | "leadOff" | "flat" | "clipped" | "late";

export type Textures = Readonly<Record<TextureName, CanvasPattern>>;

type Sketch = (g: OffscreenCanvasRenderingContext2D, size: number) => void;

const strokes = (g: OffscreenCanvasRenderingContext2D, lines: readonly (readonly number[])[]) => {
  g.beginPath();
  for (const [x0, y0, x1, y1] of lines) {
    g.moveTo(x0!, y0!);
    g.lineTo(x1!, y1!);
  }
  g.stroke();
};

const SKETCHES: Readonly<Record<TextureName, Sketch>> = {
  // Hole: diagonal hatch. Nothing was stored here.
  hole: (g, s) =>
    strokes(g, [
      [-1, s + 1, s + 1, -1],
      [-1, 1, 1, -1],
      [s - 1, s + 1, s + 1, s - 1],
    ]),
  // Noise: scattered dots.
  noisy: (g, s) => {
    const dot = s / 8;
    for (const [x, y] of [
      [0.1, 0.15],
      [0.55, 0.4],
      [0.25, 0.7],
      [0.8, 0.85],
    ])
      g.fillRect(x! * s, y! * s, dot, dot);
  },
  // Lead off: horizontal dashes, like a cut wire.
  leadOff: (g, s) =>
    strokes(g, [
      [0, s * 0.5, s * 0.45, s * 0.5],
      [s * 0.5, s * 0.999, s * 0.95, s * 0.999],
    ]),
  // Flat: lines, like what came.
  flat: (g, s) => strokes(g, [[0, s * 0.5, s, s * 0.5]]),
  // Clipped: lines in pairs, like the rails that it ran into.
  clipped: (g, s) =>
    strokes(g, [
      [0, s * 0.3, s, s * 0.3],
      [0, s * 0.6, s, s * 0.6],
    ]),
  // Late: upright ticks.
  late: (g, s) => strokes(g, [[s * 0.5, 0, s * 0.5, s]]),
};

const SIZES: Readonly<Record<TextureName, number>> = {
  hole: 9,
  noisy: 11,
  leadOff: 12,
  flat: 11,
  clipped: 11,
  late: 5,
};

/** Make the patterns for a screen with `scale` device pixels to a CSS pixel. */
export function makeTextures(
  context: OffscreenCanvasRenderingContext2D,
  palette: Palette,
  scale: number,
): Textures {
  const made = Object.entries(SKETCHES).map(([name, sketch]) => {
    const size = Math.max(4, Math.round(SIZES[name as TextureName] * scale));
    const canvas = new OffscreenCanvas(size, size);
    const g = canvas.getContext("2d")!;
    g.strokeStyle = palette.texture;
    g.fillStyle = palette.texture;
    g.lineWidth = Math.max(1, scale);
    sketch(g, size);
    return [name, context.createPattern(canvas, "repeat")!] as const;
  });
  return Object.fromEntries(made) as unknown as Textures;
}
