/** What the page and its worker say to each other. */

import type { BeatSpan } from "../protocol/binary";
import type { ServerMessage } from "../protocol/messages";
import type { PainterDebug } from "./debug";
import type { TileSpec } from "./geometry";
import type { TileProof } from "./proof";
import type { SocketState } from "./socket";

/** A stream whose runs the page wants itself (the patient page follows live). */
export interface Tap {
  readonly id: string;
  readonly leads: readonly number[];
}

export type ToWorker =
  | { readonly type: "start"; readonly url: string; readonly canvas: OffscreenCanvas; readonly visible: boolean }
  | { readonly type: "resize"; readonly width: number; readonly height: number; readonly scale: number }
  | {
      readonly type: "view";
      /** Counts the layouts of a page; the status tells which one is on the screen. */
      readonly layout: number;
      readonly tiles: readonly TileSpec[];
      readonly tap: Tap | null;
      readonly columnsPerSecond: number;
      readonly history: number;
    }
  | { readonly type: "visible"; readonly value: boolean }
  /** Tell with the next painted frame what is drawn of these tiles. */
  | { readonly type: "prove"; readonly nonce: string; readonly tiles: readonly string[] }
  | { readonly type: "debug"; readonly ask: number; readonly pixels: boolean };

/** A run handed on to the page; `values` is a copy. */
export interface TapRun {
  readonly stream: number;
  readonly lead: number;
  readonly mode: 0 | 1;
  readonly fresh: boolean;
  readonly late: boolean;
  readonly start: number;
  readonly samplesPerColumn: number;
  readonly newestMs: number;
  readonly values: Int16Array;
}

/** How this screen is doing; sent four times a second. */
export interface ScreenStatus {
  readonly type: "status";
  readonly socket: SocketState;
  /** When a message last came, screen clock in ms; null before the first. */
  readonly lastHeard: number | null;
  /** Center time minus screen time, ms. */
  readonly offset: number;
  /** Acquisition time of the newest sample of each stream in view. */
  readonly newest: readonly (readonly [id: string, ms: number])[];
  readonly frames: number;
  /** Number of the newest layout that a whole frame has shown; 0 before the first. */
  readonly layout: number;
  /** How long ago the last frame was painted, ms; 0 while the page is hidden. */
  readonly stillMs: number;
}

export interface ScreenDebug extends PainterDebug {
  readonly boot: string | null;
  readonly n: number | null;
  readonly socket: SocketState;
  readonly connects: number;
  readonly reloads: number;
  readonly refused: number;
  readonly offset_ms: number;
  readonly silent_ms: number | null;
  readonly view: {
    readonly epoch: number;
    readonly columns_per_second: number;
    readonly streams: readonly string[];
  };
  readonly visible: boolean;
}

export type FromWorker =
  | ScreenStatus
  | { readonly type: "message"; readonly message: ServerMessage }
  | { readonly type: "tap"; readonly runs: readonly TapRun[] }
  /** Beats of the stream that the page taps. */
  | { readonly type: "beats"; readonly spans: readonly BeatSpan[] }
  | { readonly type: "refused"; readonly why: string }
  | { readonly type: "proof"; readonly nonce: string; readonly layout: number; readonly tiles: readonly TileProof[] }
  | { readonly type: "debug"; readonly ask: number; readonly value: ScreenDebug };
