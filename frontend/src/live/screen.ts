/** The worker's whole act: socket in, pictures out. Everything it needs of the world comes with the constructor. */

import { type BeatNews, parseBinary, WireError } from "../protocol/binary";
import { type PatientState, parseMessage, type ServerMessage, type ViewRequest } from "../protocol/messages";
import { advance, type Picture, streamId, streamNumber } from "../protocol/picture";
import { CenterClock } from "./clock";
import { describe } from "./debug";
import type { TileSpec } from "./geometry";
import { Painter } from "./painter";
import { Prover } from "./proof";
import { LiveSocket, type SocketState, type SocketWorld } from "./socket";
import type { FromWorker, ScreenDebug, Tap, TapRun, ToWorker } from "./worker_messages";

type ViewMessage = Extract<ToWorker, { type: "view" }>;

const EMPTY_VIEW: ViewMessage = {
  type: "view",
  layout: 0,
  tiles: [],
  tap: null,
  columnsPerSecond: 100,
  history: 10,
};

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
  /** Number of the newest layout that a whole frame has shown. */
  private shownLayout = 0;
  private paintedAt: number;
  private readonly prover = new Prover();
  /** What the center wants to know is drawn; answered by a frame and by nothing else. */
  private proving: Extract<ToWorker, { type: "prove" }> | null = null;

  constructor(
    url: string,
    canvas: OffscreenCanvas,
    private visible: boolean,
    private readonly post: (message: FromWorker) => void,
    private readonly world: SocketWorld,
  ) {
    this.painter = new Painter(canvas, world.now);
    this.paintedAt = world.now();
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
    else if (message.type === "prove") this.proving = message;
    else if (message.type === "debug")
      this.post({ type: "debug", ask: message.ask, value: this.debug(message.pixels) });
  }

  /** Paint; called once an animation frame. */
  frame(): void {
    if (!this.visible || !this.painter.frame(this.world.now() + this.clock.offset)) return;
    this.paintedAt = this.world.now();
    this.prove();
    if (this.shownLayout === this.view.layout) return;
    // The page veils tiles until it hears that they are painted where it put them.
    this.shownLayout = this.view.layout;
    this.status();
  }

  private prove(): void {
    if (this.proving === null) return;
    const { nonce, tiles } = this.proving;
    this.proving = null;
    const proofs = this.prover.prove(this.painter, new Set(tiles));
    this.post({ type: "proof", nonce, layout: this.view.layout, tiles: proofs });
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
      layout: this.shownLayout,
      stillMs: this.visible ? this.world.now() - this.paintedAt : 0,
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
    if (message.type === "snapshot") {
      this.reloading = false;
      if (this.picture !== null && this.picture.boot !== message.boot) this.forget();
    }
    if (message.type === "tick" && message.refused !== null)
      this.post({ type: "refused", why: `the center refused: ${message.refused}` });
    this.picture = next;
    this.learn(message);
    // A picture is read by the center's clock, which the page has to know before it.
    if (message.type === "snapshot") this.status();
    this.post({ type: "message", message });
  }

  /** Another run of the center: its stream numbers may be other patients', so nothing that was painted may stay. */
  private forget(): void {
    this.rates.clear();
    this.newest.clear();
    this.painter.forget();
    this.sent = "";
  }

  private learn(message: ServerMessage): void {
    if (message.type === "tick") return;
    let late = false;
    for (const { id } of message.patients) {
      const patient = this.picture?.patients.get(id);
      if (patient !== undefined) late = this.learnPatient(patient) || late;
    }
    // Waves of a stream whose rate was not known yet were not taken: they are asked for once more.
    if (late) this.sent = "";
    if (late || message.type === "snapshot") this.ask();
  }

  /** Take what is new of a patient; returns whether the rate of a stream in view was not known before. */
  private learnPatient(patient: PatientState): boolean {
    const stream = streamNumber(patient.id);
    if (stream === null) return false;
    const known = this.rates.get(stream);
    this.rates.set(stream, patient.rate_hz);
    const codes = patient.leads.map((lead) => lead.quality);
    this.painter.noteQuality(stream, codes);
    return known !== patient.rate_hz && this.view.tiles.some((tile) => tile.stream === stream);
  }

  private binary(data: ArrayBuffer): void {
    const waves = parseBinary(data);
    if (waves.kind === 4) return this.beats(waves);
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

  private beats(news: BeatNews): void {
    this.clock.heard(news.serverMs, this.world.now());
    if (news.epoch !== this.epoch) return;
    this.painter.takeBeats(news.spans, this.rates);
    const stream = this.view.tap === null ? null : streamNumber(this.view.tap.id);
    const spans = news.spans.filter((span) => span.stream === stream);
    if (spans.length > 0) this.post({ type: "beats", spans });
  }

  private look(view: ViewMessage): void {
    this.view = view;
    this.painter.layout(view.tiles, this.rates);
    this.ask();
  }

  private show(visible: boolean): void {
    if (this.visible === visible) return;
    this.visible = visible;
    this.proving = null;
    this.paintedAt = this.world.now();
    this.socket.hurry();
    this.socket.send({ type: "visible", value: visible });
    this.sent = "";
    // The past that went by unseen is asked for afresh, not drawn late.
    if (visible) this.ask();
  }

  /**
   * Ask for the view where it differs from what was asked last. Streams that the snapshot has not told of yet are
   * asked for as well: it comes in pages, and the center takes streams that it does not know.
   */
  private ask(): void {
    if (this.picture === null || !this.visible) return;
    const streams = mergeLeads(this.view.tiles, this.view.tap);
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
