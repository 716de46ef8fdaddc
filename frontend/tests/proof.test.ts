import { beforeAll, describe, expect, it, vi } from "vitest";
import { Painter } from "../src/live/painter";
import { crc32, LEAD_OFF_FLAG, Prover, STALE_FLAG, type TileProof } from "../src/live/proof";
import { HOLE, parseBinary, type Waves } from "../src/protocol/binary";
import { QUALITY } from "../src/protocol/messages";
import { bearWitness, type WitnessWorld } from "../src/watch/witness";
import { NOW } from "./patients";
import { type RunSpec, wavesMessage } from "./wire";

const RATE = 250;
const SPC = 2.5;

/** A canvas that takes every stroke and shows none. */
class Paper {
  width = 1;
  height = 1;
  readonly context = new Proxy({} as Record<string, unknown>, {
    get: (held, name: string) => held[name] ?? (name === "isContextLost" ? () => false : () => ({})),
  });
  getContext() {
    return this.context;
  }
}

beforeAll(() => vi.stubGlobal("OffscreenCanvas", Paper));

const value = (lead: number, column: number): [number, number] => [column * 3 + lead, column * 3 + lead + 40];

/** A painter of one tile of two leads, fed by hand; its clock stands where the test puts it. */
function tile() {
  let now = NOW;
  const painter = new Painter(new Paper() as unknown as OffscreenCanvas, () => now);
  const rates = new Map([[17, RATE]]);
  const spec = { id: "s000017", stream: 17, leads: [0, 1], x: 0, y: 0, width: 700, height: 200 };
  const lay = () => painter.layout([{ ...spec, pxPerSecond: 100, pxPerMv: 40, gridPx: 20 }], rates);
  lay();
  const send = (from: number, to: number, more: Partial<RunSpec> = {}, leads = [0, 1]) => {
    const runs = leads.map((lead) => ({
      stream: 17,
      lead,
      mode: 1 as const,
      flags: 0,
      start: from * SPC,
      spc: SPC,
      newestMs: now,
      gain: 200,
      baseline: 0,
      values: Array.from({ length: to - from }, (_, i) => value(lead, from + i)).flat(),
      ...more,
    }));
    painter.take(parseBinary(wavesMessage(1, 1, now, runs)) as Waves, rates, now);
  };
  const prover = new Prover();
  return {
    painter,
    lay,
    send,
    pass: (ms: number) => {
      now += ms;
    },
    frame: () => painter.frame(now),
    prove: (): TileProof => prover.prove(painter, new Set(["s000017"]))[0]!,
    /** CRC of columns as they should have been drawn. */
    sum: (from: number, to: number, other: ReadonlyMap<number, [number, number]> = new Map()) =>
      [0, 1].reduce(
        (crc, lead) =>
          crc32(
            Array.from({ length: to - from }, (_, i) => other.get(from + i) ?? value(lead, from + i)).flat(),
            crc,
          ),
        0,
      ),
  };
}

it("the sum is that of zlib, little-endian, and goes on from lead to lead", () => {
  // "123456789" has the check value 0xCBF43926; its first eight bytes as four values.
  expect(crc32([0x3231, 0x3433, 0x3635, 0x3837])).toBe(0x9ae0daaf);
  expect(crc32([0x3635, 0x3837], crc32([0x3231, 0x3433]))).toBe(0x9ae0daaf);
  expect(crc32([-1, -32768])).toBe(crc32([0xffff, 0x8000]));
});

describe("what a tile proves", () => {
  it("nothing before something was painted", () => {
    const { send, frame, prove } = tile();
    frame();
    expect(prove()).toEqual(["s000017", 0, 1, 0, -1, 0, 0, STALE_FLAG]);
    send(0, 300);
    // It has come, and no frame has drawn it.
    expect(prove()[5]).toBe(0);
  });

  it("the columns on the glass up to the pen, as they were stroked", () => {
    const { send, frame, prove, sum } = tile();
    send(0, 400);
    frame();
    const [id, stop, spc, crc, newest, columns, leads, flags] = prove();
    expect([id, spc, leads, flags]).toEqual(["s000017", SPC, 3, 0]);
    expect(newest).toBe(Math.ceil(stop * SPC) - 1);
    // A second and a quarter is kept back, and no column that is only half on the screen.
    expect(stop).toBeGreaterThan(265);
    expect(stop).toBeLessThanOrEqual(275);
    expect(columns).toBeGreaterThanOrEqual(100);
    expect(crc).toBe(sum(stop - columns, stop));
  });

  it("without frames the same again, whatever comes", () => {
    const { send, frame, prove, pass } = tile();
    send(0, 400);
    frame();
    const before = prove();
    pass(1000);
    send(400, 500);
    expect(prove().slice(1, 2)).toEqual(before.slice(1, 2));
  });

  it("late samples count when they are painted, not when they come", () => {
    const { send, frame, prove, sum } = tile();
    send(0, 400);
    frame();
    prove();
    const [, stop, , , , columns] = prove();
    const at = stop - 50;
    const late = { flags: 2, start: at * SPC, values: [7, 9] };
    send(at, at + 1, late);
    expect(prove()[3]).toBe(sum(stop - columns, stop));
    frame();
    expect(prove()[3]).toBe(sum(stop - columns, stop, new Map([[at, [7, 9]]])));
  });

  it("a hole is a value like any other", () => {
    const { send, frame, prove, sum } = tile();
    send(0, 250);
    send(260, 400);
    frame();
    const [, stop, , crc, , columns] = prove();
    const hole = new Map(Array.from({ length: 10 }, (_, i): [number, [number, number]] => [250 + i, [HOLE, HOLE]]));
    expect(crc).toBe(sum(stop - columns, stop, hole));
  });

  it("nothing where one of its leads is not there yet", () => {
    const { send, frame, prove } = tile();
    send(0, 400, {}, [0]);
    frame();
    expect(prove()[5]).toBe(0);
  });

  it("since the last report, at least a second, and never more than is still to be seen", () => {
    const { send, frame, prove, pass } = tile();
    send(0, 400);
    frame();
    prove();
    let end = 400;
    const on = (ms: number) => {
      for (let gone = 0; gone < ms; gone += 100) {
        pass(100);
        send(end, end + 10);
        end += 10;
        frame();
      }
    };
    on(300);
    expect(prove()[5]).toBe(100);
    on(2_000);
    const [, stop, , , , columns] = prove();
    expect(columns).toBeGreaterThan(180);
    expect(columns).toBeLessThan(230);
    on(30_000);
    expect(prove()[5]).toBe(400);
    expect(stop).toBeGreaterThan(0);
  });

  it("says that it is stale, and that a lead is off", () => {
    const { painter, send, frame, prove, pass } = tile();
    painter.noteQuality(17, [QUALITY.good, QUALITY.leadOff]);
    send(0, 400);
    pass(4_000);
    frame();
    expect(prove()[7]).toBe(STALE_FLAG | LEAD_OFF_FLAG);
  });
});

describe("the page", () => {
  function page(seen: string[]) {
    let tick: (nonce: string) => void = () => {};
    const told: unknown[] = [];
    const frames: (() => void)[] = [];
    const state = { visible: true, seen, asked: [] as unknown[] };
    const world: WitnessWorld = {
      picture: { prove: (nonce, tiles) => void state.asked.push([nonce, tiles]), onProof: () => {} },
      desk: {
        onTick: (ticker) => {
          tick = ticker;
          return () => {};
        },
        painted: (...said) => void told.push(said),
      },
      visible: () => state.visible,
      inView: () => state.seen,
      frame: (act) => void frames.push(act),
    };
    bearWitness(world);
    return { state, told, frames, tick: (nonce: string) => tick(nonce), answer: world.picture };
  }
  const A: TileProof = ["s000001", 10, 1, 5, 9, 10, 1, 0];
  const B: TileProof = ["s000002", 10, 1, 5, 9, 10, 1, 0];

  it("asks the painter with each tick and answers with a frame of its own", () => {
    const { state, told, frames, tick, answer } = page(["s000001", "s000002"]);
    tick("n1");
    expect(state.asked).toEqual([["n1", ["s000001", "s000002"]]]);
    answer.onProof("n1", [A, B]);
    expect(told).toEqual([]);
    frames.shift()!();
    expect(told).toEqual([[true, [A, B], "n1"]]);
  });

  it("leaves out what was covered meanwhile, and says nothing for a tick that is over", () => {
    const { state, told, frames, tick, answer } = page(["s000001", "s000002"]);
    tick("n1");
    answer.onProof("n1", [A, B]);
    state.seen = ["s000002"];
    frames.shift()!();
    expect(told).toEqual([[true, [B], "n1"]]);
    answer.onProof("n1", [A, B]);
    tick("n2");
    frames.shift()!();
    expect(told.length).toBe(1);
  });

  it("hidden, it says so at once; with nothing in view as well", () => {
    const { state, told, tick } = page([]);
    tick("n1");
    state.visible = false;
    tick("n2");
    expect(told).toEqual([
      [true, [], "n1"],
      [false, [], "n2"],
    ]);
    expect(state.asked).toEqual([]);
  });

  it("hidden between the painter's frame and its own, it proves nothing", () => {
    const { state, told, frames, tick, answer } = page(["s000001"]);
    tick("n1");
    answer.onProof("n1", [A]);
    state.visible = false;
    frames.shift()!();
    expect(told).toEqual([]);
  });
});
