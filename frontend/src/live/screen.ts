/** The worker's whole act: socket in, pictures out. Everything it needs of the world comes with the constructor. */

import { parseBinary, WireError } from "../protocol/binary";
import { type PatientState, parseMessage, type ServerMessage, type ViewRequest } from "../protocol/messages";
import { advance, type Picture, streamId, streamNumber } from "../protocol/picture";
import { CenterClock } from "./clock";
import { describe } from "./debug";
import type { TileSpec } from "./geometry";
import { Painter } from "./painter";
import { LiveSocket, type SocketState, type SocketWorld } from "./socket";
import type { FromWorker, ScreenDebug, Tap, TapRun, ToWorker } from "./worker_messages";

type ViewMessage = Extract<ToWorker, { type: "view" }>;

const EMPTY_VIEW: ViewMessage = { type: "view", tiles: [], tap: null, columnsPerSecond: 100, history: 10 };

export class Screen {
  private readonly clock = new CenterClock();
  private readonly painter: Painter;
  private readonly socket: LiveSocket;
  private readonly rates = new Map<number, number>();
  private readonly newest = new Map<number, number>();
  private picture: Picture | null = null;
  private state: SocketState = "connecting";
  private view: ViewMessage = EMPTY_VIEW;
  private sent = "";
  private epoch = 0;
  private reloads = 0;
  private reloading = false;
  private refused = 0;

  constructor(
    url: string,
    canvas: OffscreenCanvas,
    private visible: boolean,
    private readonly post: (message: FromWorker) => void,
    private readonly world: SocketWorld,
  ) {
    this.painter = new Painter(canvas, world.now);
    const handlers = {
      opened: () => this.opened(),
      text: (data: string) => this.guard(() => this.text(data)),
      binary: (data: ArrayBuffer) => this.guard(() => this.binary(data)),
      changed: (state: SocketState) => {
        this.state = state;
        this.status();
      },
    };
    this.socket = new LiveSocket(url, handlers, world);
    this.socket.start();
  }

  /** A message of the page. */
  told(message: ToWorker): void {
    if (message.type === "resize") this.painter.resize(message.width, message.height, message.scale);
    else if (message.type === "view") this.look(message);
    else if (message.type === "visible") this.show(message.value);
    else if (message.type === "debug")
      this.post({ type: "debug", ask: message.ask, value: this.debug(message.pixels) });
  }

  /** Paint; called once an animation frame. */
  frame(): void {
    if (!this.visible) return;
    this.painter.frame(this.world.now() + this.clock.offset);
  }

  /** Tell the page how this screen is doing. */
  status(): void {
    const newest = [...this.newest].map(([stream, ms]) => [streamId(stream), ms] as const);
    const { lastHeard } = this.socket;
    this.post({
      type: "status",
      socket: this.state,
      lastHeard,
      offset: this.clock.offset,
      newest,
      frames: this.painter.frames,
    });
  }

  private guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.refused++;
      this.post({ type: "refused", why: error.message });
    }
  }

  private opened(): void {
    this.sent = "";
    this.reloading = false;
    if (!this.visible) this.socket.send({ type: "visible", value: false });
    this.ask();
  }

  private text(data: string): void {
    const message = parseMessage(data);
    this.clock.heard(message.server_ms, this.world.now());
    const next = advance(this.picture, message);
    if (next === "reload") {
      // Before the first snapshot of a connection and while one is asked for, more changes are no news.
      if (!this.reloading) {
        this.reloads++;
        this.reloading = true;
        this.socket.send({ type: "reload" });
      }
      return;
    }
    if (message.type === "snapshot") this.reloading = false;
    if (message.type === "tick" && message.refused !== null)
      this.post({ type: "refused", why: `the center refused: ${message.refused}` });
    this.picture = next;
    this.learn(message);
    this.post({ type: "message", message });
  }

  private learn(message: ServerMessage): void {
    if (message.type === "tick") return;
    for (const { id } of message.patients) {
      const patient = this.picture?.patients.get(id);
      if (patient !== undefined) this.learnPatient(patient);
    }
    if (message.type === "snapshot") this.ask();
  }

  private learnPatient(patient: PatientState): void {
    const stream = streamNumber(patient.id);
    if (stream === null) return;
    this.rates.set(stream, patient.rate_hz);
    const codes = patient.leads.map((lead) => lead.quality);
    this.painter.noteQuality(stream, codes);
  }

  private binary(data: ArrayBuffer): void {
    const waves = parseBinary(data);
    if (waves.kind !== 1) throw new WireError(`kind ${waves.kind} does not belong on the live socket`);
    this.clock.heard(waves.serverMs, this.world.now());
    if (waves.epoch !== this.epoch) return;
    for (const run of waves.runs)
      if (Number.isFinite(run.newestMs) && run.newestMs > 0) this.newest.set(run.stream, run.newestMs);
    this.painter.take(waves, this.rates, this.world.now() + this.clock.offset);
    const { tap } = this.view;
    if (tap === null) return;
    const stream = streamNumber(tap.id);
    const runs: TapRun[] = waves.runs
      .filter((run) => run.stream === stream && run.columns > 0)
      .map((run) => ({ ...run, values: run.values.slice() }));
    if (runs.length > 0) this.post({ type: "tap", runs });
  }

  private look(view: ViewMessage): void {
    this.view = view;
    this.painter.layout(view.tiles, this.rates);
    this.ask();
  }

  private show(visible: boolean): void {
    if (this.visible === visible) return;
    this.visible = visible;
    this.socket.hurry();
    this.socket.send({ type: "visible", value: visible });
    this.sent = "";
    // The past that went by unseen is asked for afresh, not drawn late.
    if (visible) this.ask();
  }

  /** Ask for the view where it differs from what was asked last. */
  private ask(): void {
    if (this.picture === null || !this.visible) return;
    const streams = mergeLeads(this.view.tiles, this.view.tap).filter(({ id }) => this.picture?.patients.has(id));
    const wanted = JSON.stringify([streams, this.view.columnsPerSecond, this.view.history]);
    if (wanted === this.sent) {
      this.painter.layout(this.view.tiles, this.rates);
      return;
    }
    this.sent = wanted;
    // Of streams out of view the state tells; what their waves last said would grow old unnoticed.
    const inView = new Set(streams.map(({ id }) => streamNumber(id)));
    for (const stream of this.newest.keys()) if (!inView.has(stream)) this.newest.delete(stream);
    this.epoch = (this.epoch + 1) >>> 0;
    // What was painted stays until the first run of the new view replaces it, stream by stream.
    this.painter.layout(this.view.tiles, this.rates);
    const request: ViewRequest = {
      type: "view",
      epoch: this.epoch,
      streams,
      columns_per_second: this.view.columnsPerSecond,
      history: this.view.history,
    };
    this.socket.send(request);
  }

  private debug(pixels: boolean): ScreenDebug {
    const now = this.world.now();
    return {
      ...describe(this.painter, now + this.clock.offset, pixels),
      boot: this.picture?.boot ?? null,
      n: this.picture?.n ?? null,
      socket: this.state,
      connects: this.socket.connects,
      reloads: this.reloads,
      refused: this.refused,
      offset_ms: this.clock.offset,
      silent_ms: this.socket.lastHeard === null ? null : now - this.socket.lastHeard,
      view: {
        epoch: this.epoch,
        columns_per_second: this.view.columnsPerSecond,
        streams: this.view.tiles.map((tile) => tile.id),
      },
      visible: this.visible,
    };
  }
}

/** The streams of the tiles and the tap with the leads that either needs. */
export function mergeLeads(tiles: readonly TileSpec[], tap: Tap | null): { id: string; leads: number[] }[] {
  const wanted = new Map<string, Set<number>>();
  const add = (id: string, leads: readonly number[]) => {
    const known = wanted.get(id) ?? new Set<number>();
    for (const lead of leads) known.add(lead);
    wanted.set(id, known);
  };
  for (const tile of tiles) add(tile.id, tile.leads);
  if (tap !== null) add(tap.id, tap.leads);
  const streams = [...wanted].map(([id, leads]) => ({ id, leads: [...leads].sort((a, b) => a - b) }));
  // Sorted, so that tiles in another order ask for nothing new.
  return streams.sort((a, b) => (a.id < b.id ? -1 : 1));
}
