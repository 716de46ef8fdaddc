import { beforeAll, describe, expect, it, vi } from "vitest";
import type { TileSpec } from "../src/live/geometry";
import { Screen } from "../src/live/screen";
import type { FromWorker, ScreenDebug, ScreenStatus } from "../src/live/worker_messages";
import { streamNumber } from "../src/protocol/picture";
import { NOW, PATIENT } from "./patients";
import { type RunSpec, wavesMessage } from "./wire";

/** A canvas that takes every stroke and shows none. */
class Paper {
  width = 1;
  height = 1;
  lost = false;
  readonly context = new Proxy({} as Record<string, unknown>, {
    get: (held, name: string) => held[name] ?? (name === "isContextLost" ? () => this.lost : () => ({})),
  });
  getContext() {
    return this.context;
  }
}

class FakeSocket {
  readyState = 1;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string | ArrayBuffer }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly sent: { type: string; epoch: number; streams: { id: string }[] }[] = [];
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {}
}

beforeAll(() => vi.stubGlobal("OffscreenCanvas", Paper));

/** A screen on a socket that the test speaks for. */
function screen() {
  let now = NOW;
  const sockets: FakeSocket[] = [];
  const told: FromWorker[] = [];
  const paper = new Paper();
  const world = {
    open: () => {
      sockets.push(new FakeSocket());
      return sockets[sockets.length - 1] as unknown as WebSocket;
    },
    later: () => 0,
    cancel: () => {},
    now: () => now,
    random: () => 0,
  };
  const made = new Screen("ws://x", paper as unknown as OffscreenCanvas, true, (said) => told.push(said), world);
  let layout = 0;
  return {
    made,
    told,
    paper,
    sockets,
    connect: () => sockets[sockets.length - 1]!.onopen!(),
    hear: (message: object | ArrayBuffer) =>
      sockets[sockets.length - 1]!.onmessage!({
        data: message instanceof ArrayBuffer ? message : JSON.stringify({ server_ms: now, ...message }),
      }),
    look: (ids: string[]) =>
      made.told({
        type: "view",
        layout: ++layout,
        tiles: ids.map(tile),
        tap: null,
        columnsPerSecond: 100,
        history: 5,
      }),
    views: () => sockets[sockets.length - 1]!.sent.filter((message) => message.type === "view"),
    pass: (ms: number) => {
      now += ms;
    },
    status: () => {
      made.status();
      return told.findLast((message): message is ScreenStatus => message.type === "status")!;
    },
    debug: () => {
      made.told({ type: "debug", ask: 1, pixels: false });
      const last = told[told.length - 1] as { value: ScreenDebug };
      return last.value;
    },
  };
}

const tile = (id: string): TileSpec => ({
  id,
  stream: streamNumber(id)!,
  leads: [0],
  x: 0,
  y: 0,
  width: 400,
  height: 100,
  pxPerSecond: 100,
  pxPerMv: 40,
  gridPx: 20,
});

const snapshot = (boot: string, ids: string[], total = ids.length) => ({
  type: "snapshot",
  n: 1,
  boot,
  center: {},
  total,
  patients: ids.map((id) => ({ ...PATIENT, id })),
});

const run = (stream: number, values: number[], flags = 1): RunSpec => ({
  stream,
  lead: 0,
  mode: 0,
  flags,
  start: 0,
  spc: 1,
  newestMs: NOW,
  gain: 200,
  baseline: 0,
  values,
});

const A_SECOND = Array.from({ length: 360 }, (_, i) => i);

describe("a snapshot in pages", () => {
  it("asks for streams that it has not told of yet: after a reconnect they have waves again", () => {
    const { connect, hear, look, views } = screen();
    connect();
    hear(snapshot("a", ["s000001", "s001000"]));
    look(["s000001", "s001000"]);
    connect();
    hear(snapshot("a", ["s000001"], 2));
    expect(views().map(({ streams }) => streams.map(({ id }) => id))).toEqual([
      [],
      ["s000001", "s001000"],
      ["s000001", "s001000"],
    ]);
  });

  it("asks once more for a tile whose rate came after its waves", () => {
    const { connect, hear, look, views, debug } = screen();
    connect();
    hear(snapshot("a", ["s000001"], 2));
    look(["s000001", "s000002"]);
    hear(wavesMessage(1, debug().view.epoch, NOW, [run(2, A_SECOND)]));
    expect(debug().tiles[1]!.leads).toEqual([]);
    const before = views().length;
    hear({ type: "change", n: 2, patients: [{ ...PATIENT, id: "s000002" }], removed: [], center: {} });
    expect(views().length).toBe(before + 1);
    hear(wavesMessage(1, debug().view.epoch, NOW, [run(2, A_SECOND)]));
    expect(debug().tiles[1]).toMatchObject({ rate_hz: 360, leads: [{ lead: 0 }] });
    hear({ type: "change", n: 3, patients: [{ id: "s000002", hr: 71 }], removed: [], center: {} });
    expect(views().length).toBe(before + 1);
  });
});

describe("another center at the same address", () => {
  const painted = (boot: string) => {
    const made = screen();
    made.connect();
    made.hear(snapshot("a", ["s000001"]));
    made.look(["s000001"]);
    made.hear(wavesMessage(1, made.debug().view.epoch, NOW, [run(1, A_SECOND)]));
    expect(made.debug().tiles[0]!.leads.length).toBe(1);
    made.connect();
    made.hear(snapshot(boot, ["s000001"]));
    return made;
  };

  it("has patients of its own: nothing of the one before stays on the screen", () => {
    const { debug, status } = painted("b");
    expect(debug().tiles).toMatchObject([{ id: "s000001", newest_sample: null, leads: [] }]);
    expect(status().newest).toEqual([]);
  });

  it("the same center again goes on with what is painted", () => {
    expect(painted("a").debug().tiles[0]!.leads.length).toBe(1);
  });
});

it("the page knows the center's clock before the picture that is read by it", () => {
  const { connect, hear, told } = screen();
  connect();
  hear({ ...snapshot("a", ["s000001"]), server_ms: NOW - 7_200_000 });
  const at = told.findIndex(({ type }) => type === "message");
  expect(told[at - 1]).toMatchObject({ type: "status", offset: -7_200_000 });
});

it("a fresh start without columns clears what was painted", () => {
  const { connect, hear, look, debug } = screen();
  connect();
  hear(snapshot("a", ["s000001"]));
  look(["s000001"]);
  hear(wavesMessage(1, debug().view.epoch, NOW, [run(1, A_SECOND)]));
  hear(wavesMessage(1, debug().view.epoch, NOW, [run(1, [], 0)]));
  expect(debug().tiles[0]!.leads.length).toBe(1);
  hear(wavesMessage(1, debug().view.epoch, NOW, [run(1, [])]));
  expect(debug().tiles[0]!.leads).toEqual([]);
});

it("a sample dated far ahead makes no tile live", () => {
  const { made, connect, hear, look, debug } = screen();
  connect();
  hear(snapshot("a", ["s000001"]));
  look(["s000001"]);
  for (const [ahead, stale] of [
    [1000, false],
    [60_000, true],
  ] as const) {
    hear(wavesMessage(1, debug().view.epoch, NOW, [{ ...run(1, A_SECOND), newestMs: NOW + ahead }]));
    made.frame();
    expect(debug().tiles[0]!.stale).toBe(stale);
  }
});

describe("the status", () => {
  it("names the layout that a whole frame has shown", () => {
    const { made, look, status } = screen();
    look(["s000001"]);
    look(["s000002"]);
    expect(status().layout).toBe(0);
    made.frame();
    expect(status().layout).toBe(2);
  });

  it("says how long no frame was painted, a lost canvas among the reasons, a hidden tab not", () => {
    const { made, paper, pass, status } = screen();
    made.frame();
    pass(300);
    expect(status().stillMs).toBe(300);
    made.frame();
    expect(status().stillMs).toBe(0);
    paper.lost = true;
    pass(1500);
    made.frame();
    expect(status()).toMatchObject({ stillMs: 1500, frames: 2 });
    made.told({ type: "visible", value: false });
    pass(9000);
    expect(status().stillMs).toBe(0);
    paper.lost = false;
    made.told({ type: "visible", value: true });
    expect(status().stillMs).toBe(0);
    made.frame();
    expect(status().frames).toBe(3);
  });
});

describe("what is drawn", () => {
  const asked = () => {
    const { made, told, ...rest } = screen();
    rest.connect();
    rest.hear(snapshot("a", ["s000017"]));
    rest.look(["s000017"]);
    made.told({ type: "prove", nonce: "n1", tiles: ["s000017", "s000099"] });
    const proofs = () => told.filter((message) => message.type === "proof");
    return { made, proofs, ...rest };
  };

  it("is told with the next frame, once, of the tiles that are there", () => {
    const { made, proofs } = asked();
    expect(proofs()).toEqual([]);
    made.frame();
    made.frame();
    expect(proofs()).toMatchObject([{ nonce: "n1", layout: 1, tiles: [["s000017", 0, 1, 0, -1, 0, 0, 1]] }]);
  });

  it("is not told where nothing can be painted, nor of a page that was hidden meanwhile", () => {
    const { made, paper, proofs } = asked();
    paper.lost = true;
    made.frame();
    expect(proofs()).toEqual([]);
    paper.lost = false;
    made.told({ type: "visible", value: false });
    made.frame();
    made.told({ type: "visible", value: true });
    made.frame();
    expect(proofs()).toEqual([]);
  });
});
