/** What the reviewer's desk paints into the moment: the chosen beat, and the marks of a caliper marched out. */

import type { Canvas2d } from "../patient/ink";
import type { Scene } from "../patient/scene";
import { marched } from "./points";
import type { Review } from "./review";

export function paintChosen(
  g: Canvas2d,
  scene: Scene,
  review: Review,
  xOf: (sample: number) => number,
  { top, height }: { readonly top: number; readonly height: number },
): void {
  const { ink, details } = scene;
  if (review.chosen !== null) {
    const wide = 0.12 * details.rate;
    const x = Math.round(xOf(review.chosen - wide));
    const right = Math.round(xOf(review.chosen + wide));
    g.fillStyle = ink.brush;
    g.fillRect(x, top, Math.max(3, right - x), height);
    g.fillStyle = ink.text;
    for (const y of [top, top + height - 2]) g.fillRect(x, y, Math.max(3, right - x), 2);
  }
  if (review.caliper.march && scene.caliper !== null) {
    g.fillStyle = ink.faint;
    const stop = scene.view.start + (g.canvas.clientWidth || 0) * scene.view.spp;
    for (const at of marched(scene.caliper, scene.view.start, stop)) {
      const x = Math.round(xOf(at));
      for (let y = top; y < top + height; y += 6) g.fillRect(x, y, 1, 3);
    }
  }
}
