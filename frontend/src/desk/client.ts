/** This tab's line to the desk: one socket, one store, the center's clock, and whether the desk still ticks. */

import { CenterClock, screenNow } from "../live/clock";
import { LiveSocket, type SocketState, type SocketWorld } from "../live/socket";
import type { Me } from "./entities";
import type { TileProof } from "../live/proof";
import { parseDesk } from "./messages";
import { DeskStore } from "./store";

/** The desk ticks each second; after five without, nothing here may be taken for so. */
export const DEAD_MAN_MS = 5_000;
/** Asked again for a snapshot that did not come, ms. */
const RELOAD_MS = 2_000;

export class DeskClient {
  readonly store = new DeskStore();
  state: SocketState = "connecting";
  /** Of the last tick; "" before the first. Goes back to the desk with what was painted. */
  nonce = "";
  /** The last message that could not be understood at all. */
  trouble: string | null = null;
  private readonly clock = new CenterClock();
  private readonly socket: LiveSocket;
  private readonly began: number;
  private lastTick: number | null = null;
  private reloadAt: number | null = null;
  private readonly tickers = new Set<(nonce: string) => void>();
  private readonly listeners = new Set<() => void>();

  constructor(
    url: string,
    private readonly world: SocketWorld,
  ) {
    this.began = world.now();
    this.socket = new LiveSocket(
      url,
      {
        opened: () => {
          // The desk begins with a snapshot of its own accord.
          this.reloadAt = world.now();
        },
        text: (data) => this.heard(data),
        binary: () => this.misheard("the desk sent what is no text"),
        changed: (state) => {
          this.state = state;
          this.changed();
        },
      },
      world,
    );
  }

  start(): this {
    this.socket.start();
    return this;
  }

  /** Waiting to reconnect? Do it now. */
  hurry(): void {
    this.socket.hurry();
  }

  /** Hear of every change of the line and of the store. */
  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Hear of every tick, with its nonce. */
  onTick(ticker: (nonce: string) => void): () => void {
    this.tickers.add(ticker);
    return () => void this.tickers.delete(ticker);
  }

  /** Say what is painted on this screen, in answer to the tick that `nonce` came with. */
  painted(visible: boolean, tiles: readonly TileProof[], nonce: string): void {
    if (nonce !== "") this.socket.send({ type: "painted", nonce, visible, tiles });
  }

  /** Say that this page is being closed or left: its last words, so that the record need not guess. */
  leaving(): void {
    this.socket.send({ type: "leaving" });
  }

  get me(): Me | undefined {
    return this.store.get("me");
  }

  /** Center time now, ms. */
  get now(): number {
    return this.world.now() + this.clock.offset;
  }

  /** Time since the last tick, ms; since this page began where there was none. */
  get sinceTick(): number {
    return this.world.now() - (this.lastTick ?? this.began);
  }

  /** The desk has not ticked for five seconds: what is shown may be anything by now. */
  get dead(): boolean {
    return this.sinceTick > DEAD_MAN_MS;
  }

  private heard(data: string): void {
    let message: ReturnType<typeof parseDesk>;
    try {
      message = parseDesk(data);
    } catch (error) {
      this.misheard(error instanceof Error ? error.message : String(error));
      return;
    }
    const now = this.world.now();
    this.clock.heard(message.server_ms, now);
    if (message.type === "tick") {
      this.lastTick = now;
      this.nonce = message.nonce;
      if (message.refused !== null) this.misheard(`the desk did not take what this page sent: ${message.refused}`);
    }
    if (message.type === "snapshot") {
      this.reloadAt = null;
      this.trouble = null;
    }
    if (this.store.apply(message) === "reload") this.reload(now);
    if (message.type === "tick") for (const ticker of [...this.tickers]) ticker(message.nonce);
    this.changed();
  }

  /** A message is missing: ask for everything, once, and once more where nothing comes of it. */
  private reload(now: number): void {
    if (this.reloadAt !== null && now - this.reloadAt < RELOAD_MS) return;
    this.reloadAt = now;
    this.socket.send({ type: "reload" });
  }

  private misheard(why: string): void {
    this.trouble = why;
    console.warn(why);
    this.changed();
  }

  private changed(): void {
    for (const listener of [...this.listeners]) listener();
  }
}

/** The desk of the center that this page came from. */
export function openDesk(): DeskClient {
  const url = new URL("/desk", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const client = new DeskClient(url.href, {
    open: (address) => new WebSocket(address),
    later: (act, ms) => setTimeout(act, ms) as unknown as number,
    cancel: (timer) => clearTimeout(timer),
    now: screenNow,
    random: Math.random,
  });
  window.addEventListener("online", () => client.hurry());
  window.addEventListener("pagehide", () => client.leaving());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") client.hurry();
  });
  return client.start();
}
