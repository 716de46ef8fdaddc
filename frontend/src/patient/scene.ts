/** Everything the panes draw from, gathered once a frame. */

import type { BeatsOver } from "./beats";
import type { CaliperModel } from "./caliper";
import type { Details } from "./details";
import type { Findings } from "./findings";
import type { Ink } from "./ink";
import type { LiveTail } from "./live_tail";
import type { Quality } from "./quality";
import type { ReviewPart } from "./review_part";
import type { TileCache } from "./tile_cache";
import type { Viewport } from "./viewport";

export interface Scene {
  readonly details: Details;
  readonly view: Viewport;
  readonly cache: TileCache;
  readonly beats: BeatsOver;
  readonly findings: Findings;
  readonly quality: Quality;
  readonly tail: LiveTail;
  /** Sample after the newest known, stored or live. */
  readonly end: number;
  /** Up to where to draw; below `end` while the pen follows live. */
  readonly pen: number;
  readonly ink: Ink;
  readonly pxPerMm: number;
  readonly caliper: CaliperModel | null;
  /** Lead of the lines pane. */
  readonly lead: number;
  readonly stale: boolean;
  /** Leads of the moment; all where it is not said. */
  readonly shown?: readonly number[] | undefined;
  /** Height of a millivolt, mm; 10 where it is not said. */
  readonly gainMm?: number | undefined;
  /** The reviewer's desk, where there is one. */
  readonly review?: ReviewPart | null | undefined;
}
