/** The one socket of a tab: opens, watches for silence, opens again with growing, jittered waits. */

export type SocketState = "connecting" | "open" | "waiting";

export interface SocketHandlers {
  readonly opened: () => void;
  readonly text: (data: string) => void;
  readonly binary: (data: ArrayBuffer) => void;
  readonly changed: (state: SocketState) => void;
}

/** What the socket needs of its surroundings; tests bring their own. */
export interface SocketWorld {
  readonly open: (url: string) => WebSocket;
  readonly later: (act: () => void, ms: number) => number;
  readonly cancel: (timer: number) => void;
  readonly now: () => number;
  readonly random: () => number;
}

/** The server ticks every second; after five without a word the connection is taken for dead. */
export const DEAD_MS = 5_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

/** Wait before attempt `attempt` (from 0), ms: doubling from 250 to 5,000, ±30 % so that screens do not come at once. */
export function backoffMs(attempt: number, random: number): number {
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 10));
  return wait * (0.7 + 0.6 * random);
}

export class LiveSocket {
  connects = 0;
  lastHeard: number | null = null;
  private socket: WebSocket | null = null;
  private attempt = 0;
  private watchdog = 0;
  private retry = 0;

  constructor(
    private readonly url: string,
    private readonly handlers: SocketHandlers,
    private readonly world: SocketWorld,
  ) {}

  start(): void {
    this.handlers.changed("connecting");
    const socket = this.world.open(this.url);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.watch(socket);
    socket.onopen = () => {
      if (socket !== this.socket) return;
      this.connects++;
      this.handlers.changed("open");
      this.handlers.opened();
    };
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      if (socket !== this.socket) return;
      this.attempt = 0;
      this.lastHeard = this.world.now();
      this.watch(socket);
      if (typeof event.data === "string") this.handlers.text(event.data);
      else this.handlers.binary(event.data);
    };
    socket.onclose = () => this.lost(socket);
  }

  /** Send one message; what cannot be sent now is not kept: on opening everything is told anew. */
  send(message: object): void {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(message));
  }

  /** Waiting to reconnect? Then do it now (the tab came back, the network says it is there). */
  hurry(): void {
    if (this.socket !== null) return;
    this.world.cancel(this.retry);
    this.attempt = 0;
    this.start();
  }

  private watch(socket: WebSocket): void {
    this.world.cancel(this.watchdog);
    this.watchdog = this.world.later(() => this.lost(socket), DEAD_MS);
  }

  private lost(socket: WebSocket): void {
    if (socket !== this.socket) return;
    this.socket = null;
    this.world.cancel(this.watchdog);
    socket.onmessage = null;
    socket.close();
    this.handlers.changed("waiting");
    this.retry = this.world.later(() => this.start(), backoffMs(this.attempt++, this.world.random()));
  }
}
