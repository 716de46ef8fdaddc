/** What the reviewer's desk is to the map it stands beside. */

import type { TemplateResult } from "lit";
import type { EventScene } from "./event_list";
import type { Canvas2d, Ink } from "./ink";
import type { Scene } from "./scene";

export interface ReviewPart {
  /** What stands beside the picture. */
  view(scene: EventScene): TemplateResult;
  /** Ask for what is not known yet; once a frame. */
  want(scene: EventScene, width: number): void;
  /** Counts what changes in the overview. */
  readonly edition: number;
  /** What the caliper that stands is of, in words: "QT: 402 ms"; "" where nobody said. */
  readonly measured: string;
  /** Everything is another center's run: nothing that was fetched stays. */
  restart(): void;
  /** A sample, or the measured point within reach of it. */
  snap(sample: number, reach: number): number;
  paintOverview(g: Canvas2d, ink: Ink, xOf: (sample: number) => number, foot: number): void;
  paintMoment(g: Canvas2d, scene: Scene, xOf: (sample: number) => number, box: { readonly top: number; readonly height: number }): void;
  /** For tests. */
  describe(): unknown;
}
