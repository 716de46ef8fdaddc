/** The page's side of the worker: the canvas it paints on, what the server says, and how this screen is doing. */

import { SILENT_MS, screenNow } from "../live/clock";
import type { TileSpec } from "../live/geometry";
import type { FromWorker, ScreenDebug, ScreenStatus, Tap, TapRun, ToWorker } from "../live/worker_messages";
import { advance, type Picture } from "../protocol/picture";

/** The worker reports four times a second; three seconds without is a stopped picture. */
const WORKER_DEAD_MS = 3_000;

export class Station {
  readonly canvas = document.createElement("canvas");
  picture: Picture | null = null;
  status: ScreenStatus = {
    type: "status",
    socket: "connecting",
    lastHeard: null,
    offset: 0,
    newest: [],
    frames: 0,
  };
  newest: ReadonlyMap<string, number> = new Map();
  /** Why the picture cannot be painted at all; null while it can. */
  failure: string | null = null;
  /** What was last not understood by either side, and when. */
  refused: { readonly why: string; readonly at: number } | null = null;
  readonly startedAt = screenNow();
  onTap: (runs: readonly TapRun[]) => void = () => {};
  private readonly worker: Worker;
  private readonly listeners = new Set<() => void>();
  private readonly asked = new Map<number, (value: ScreenDebug) => void>();
  private asks = 0;
  private lastStatus = screenNow();

  constructor() {
    this.worker = new Worker(new URL("../live/worker.ts", import.meta.url), { type: "module", name: "waves" });
    this.worker.onmessage = (event: MessageEvent<FromWorker>) => this.told(event.data);
    this.worker.onerror = (event) => {
      this.failure = `the painter of this screen stopped: ${event.message || "unknown error"}`;
      this.changed();
    };
    this.canvas.className = "waves";
    this.canvas.setAttribute("aria-hidden", "true");
    const offscreen = this.canvas.transferControlToOffscreen();
    const visible = document.visibilityState === "visible";
    this.tell({ type: "start", url: liveUrl(), canvas: offscreen, visible }, [offscreen]);
    document.addEventListener("visibilitychange", () =>
      this.tell({ type: "visible", value: document.visibilityState === "visible" }),
    );
  }

  listen(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** The canvas is now this large, device pixels. */
  resize(width: number, height: number, scale: number): void {
    this.tell({ type: "resize", width, height, scale });
  }

  view(tiles: readonly TileSpec[], tap: Tap | null, columnsPerSecond: number, history: number): void {
    this.tell({ type: "view", tiles, tap, columnsPerSecond, history });
  }

  debug(pixels: boolean): Promise<ScreenDebug> {
    const ask = ++this.asks;
    return new Promise((resolve) => {
      this.asked.set(ask, resolve);
      this.tell({ type: "debug", ask, pixels });
    });
  }

  /** Center time now, ms. */
  get centerNow(): number {
    return screenNow() + this.status.offset;
  }

  /** How long this screen has been without the center, ms; null while it is not. */
  get silentMs(): number | null {
    const now = screenNow();
    const since = this.status.lastHeard ?? this.startedAt;
    const silent = now - since;
    if (now - this.lastStatus > WORKER_DEAD_MS && document.visibilityState === "visible")
      return now - this.lastStatus;
    return silent > SILENT_MS ? silent : null;
  }

  /** What went wrong between this screen and the center in the last ten seconds; null while nothing did. */
  get trouble(): string | null {
    return this.refused !== null && screenNow() - this.refused.at < 10_000 ? this.refused.why : null;
  }

  private tell(message: ToWorker, transfer: Transferable[] = []): void {
    this.worker.postMessage(message, transfer);
  }

  private told(message: FromWorker): void {
    if (message.type === "status") {
      this.status = message;
      this.newest = new Map(message.newest);
      this.lastStatus = screenNow();
    } else if (message.type === "message") {
      const next = advance(this.picture, message.message);
      // The worker has already asked for a fresh snapshot where one is needed.
      if (next === "reload" || next === this.picture) return;
      this.picture = next;
    } else if (message.type === "tap") this.onTap(message.runs);
    else if (message.type === "refused") {
      this.refused = { why: message.why, at: screenNow() };
      console.warn(message.why);
    } else {
      this.asked.get(message.ask)?.(message.value);
      this.asked.delete(message.ask);
    }
    if (message.type !== "tap") this.changed();
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}

function liveUrl(): string {
  const url = new URL("/live", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
