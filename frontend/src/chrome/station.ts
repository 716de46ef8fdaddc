/** The page's side of the worker: the canvas it paints on, what the server says, and how this screen is doing. */

import { SILENT_MS, screenNow } from "../live/clock";
import type { TileSpec } from "../live/geometry";
import type { TileProof } from "../live/proof";
import type { FromWorker, ScreenDebug, ScreenStatus, Tap, TapRun, ToWorker } from "../live/worker_messages";
import type { BeatSpan } from "../protocol/binary";
import type { PatientState } from "../protocol/messages";
import { advance, type Picture } from "../protocol/picture";

/** The worker reports four times a second; three seconds without is a stopped picture. */
const WORKER_DEAD_MS = 3_000;
/** How long the picture may stand still, or show another layout than the page, before the page says so. */
const STILL_MS = 1_000;
const WATCH_MS = 250;

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
    layout: 0,
    stillMs: 0,
  };
  newest: ReadonlyMap<string, number> = new Map();
  /** Why the picture cannot be painted at all; null while it can. */
  failure: string | null = null;
  /** What was last not understood by either side, and when. */
  refused: { readonly why: string; readonly at: number } | null = null;
  readonly startedAt = screenNow();
  onTap: (runs: readonly TapRun[]) => void = () => {};
  onBeats: (spans: readonly BeatSpan[]) => void = () => {};
  onProof: (nonce: string, tiles: readonly TileProof[]) => void = () => {};
  private readonly worker: Worker;
  private readonly listeners = new Set<() => void>();
  private readonly asked = new Map<number, (value: ScreenDebug) => void>();
  private asks = 0;
  private lastStatus = screenNow();
  private layout = 0;
  /** Looks at the worker since its last report, and since it last showed another layout than the page. */
  private unheard = 0;
  private lagging = 0;

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
    document.addEventListener("visibilitychange", () => {
      this.unheard = 0;
      this.lagging = 0;
      this.tell({ type: "visible", value: document.visibilityState === "visible" });
    });
    setInterval(() => this.watch(), WATCH_MS);
  }

  /** Counts looks, not time: a page that was held up itself has not looked, and accuses nobody. */
  private watch(): void {
    if (document.visibilityState !== "visible") return;
    this.unheard++;
    this.lagging = this.status.layout === this.layout ? 0 : this.lagging + 1;
  }

  /** The worker does not paint what the page says: no frames for a second, or still another layout. */
  get still(): boolean {
    const most = STILL_MS / WATCH_MS;
    return this.status.stillMs > STILL_MS || this.unheard > 2 * most || this.lagging > most;
  }

  listen(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** The canvas is now this large, device pixels. */
  resize(width: number, height: number, scale: number): void {
    this.tell({ type: "resize", width, height, scale });
  }

  /** Show this; returns the number of the layout, which the status repeats once it is painted. */
  view(tiles: readonly TileSpec[], tap: Tap | null, columnsPerSecond: number, history: number): number {
    this.layout++;
    this.tell({ type: "view", layout: this.layout, tiles, tap, columnsPerSecond, history });
    return this.layout;
  }

  /** Ask what is drawn of these tiles; `onProof` hears it once a whole frame has been painted. */
  prove(nonce: string, tiles: readonly string[]): void {
    this.tell({ type: "prove", nonce, tiles });
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

  /** The newest that waves or state said of a patient, ms, and whether this screen is without the center. */
  hearing({ id, newest_ms }: Pick<PatientState, "id" | "newest_ms">): { newestMs: number | null; cutOff: boolean } {
    const newest = Math.max(this.newest.get(id) ?? 0, newest_ms ?? 0);
    return { newestMs: newest > 0 ? newest : null, cutOff: this.silentMs !== null };
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
      this.unheard = 0;
    } else if (message.type === "message") {
      const next = advance(this.picture, message.message);
      // The worker has already asked for a fresh snapshot where one is needed.
      if (next === "reload" || next === this.picture) return;
      this.picture = next;
    } else if (message.type === "tap") this.onTap(message.runs);
    else if (message.type === "beats") this.onBeats(message.spans);
    else if (message.type === "proof") {
      // Of another layout than the page's: the tiles are not where it says that they are.
      if (message.layout === this.layout) this.onProof(message.nonce, message.tiles);
    }
    else if (message.type === "refused") {
      this.refused = { why: message.why, at: screenNow() };
      console.warn(message.why);
    } else {
      this.asked.get(message.ask)?.(message.value);
      this.asked.delete(message.ask);
    }
    if (message.type !== "tap" && message.type !== "beats" && message.type !== "proof") this.changed();
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
