/** Pointers and wheels on the panes of the patient page. */

import { listen } from "./gestures";
import { overviewSample } from "./paint_overview";
import type { PatientView } from "./view";
import { zoom } from "./viewport";

/** Where the pointer is on the moment; null where it is not. */
export type Hover = (at: { readonly sample: number; readonly x: number; readonly y: number } | null) => void;

interface Hands {
  readonly overview: HTMLElement;
  readonly lines: HTMLElement;
  readonly moment: HTMLElement;
}

/** So near to a measured point a caliper snaps to it, CSS pixels. */
const SNAP_PX = 6;

export function layHands(view: PatientView, { overview, lines, moment }: Hands, hover: Hover): void {
  moment.tabIndex = 0;
  moment.setAttribute("aria-label", "electrocardiogram; arrow keys move, plus and minus zoom, l follows live");
  lines.setAttribute("aria-label", "minutes of one lead");
  overview.setAttribute("aria-label", "the whole stream: rate in beats a minute, and what was found");
  const sampleAt = (x: number) => view.view.start + x * view.view.spp;
  listen(moment, {
    zoom: (factor, x) =>
      view.look(
        zoom(view.view, factor, x, view.bounds),
        view.following && factor > 0 && x > 0.9 * view.bounds.width,
      ),
    pan: (px) => view.panBy(px),
    measuring: (event) => view.caliperMode || event.shiftKey,
    measure: (phase, x, y) => {
      const reach = SNAP_PX * view.view.spp;
      const point = { sample: view.review?.snap(sampleAt(x), reach) ?? sampleAt(x), y };
      view.following = false;
      const from = phase === "begin" || view.caliper === null ? point : view.caliper.from;
      view.caliper = { from, to: point };
      view.refresh();
    },
    hover: (x, y) => hover(x === null ? null : { sample: sampleAt(x), x, y }),
  });
  const jumpOverview = (event: PointerEvent) => {
    if (event.buttons === 1) view.jump(overviewSample(event.offsetX, overview.clientWidth, view.end));
  };
  overview.addEventListener("pointerdown", jumpOverview);
  overview.addEventListener("pointermove", jumpOverview);
  lines.addEventListener("pointerdown", (event) => view.jumpLine(event));
  lines.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const rows = Math.sign(event.deltaY);
      view.look({ ...view.view, start: view.view.start + rows * view.rowSeconds * view.bounds.rate });
    },
    { passive: false },
  );
}
