import { describe, expect, it } from "vitest";
import { backoffMs, DEAD_MS, LiveSocket, type SocketState } from "../src/live/socket";

class FakeSocket {
  binaryType = "";
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string | ArrayBuffer }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly sent: string[] = [];
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    this.readyState = 3;
    this.onclose?.();
  }
  opens() {
    this.readyState = 1;
    this.onopen?.();
  }
}

/** A world whose clock only moves when told. */
function world() {
  let now = 0;
  let next = 1;
  const timers = new Map<number, { at: number; act: () => void }>();
  const sockets: FakeSocket[] = [];
  const states: SocketState[] = [];
  let opened = 0;
  const live = new LiveSocket(
    "ws://x/live",
    { opened: () => opened++, text: () => {}, binary: () => {}, changed: (state) => states.push(state) },
    {
      open: () => {
        sockets.push(new FakeSocket());
        return sockets[sockets.length - 1] as unknown as WebSocket;
      },
      later: (act, ms) => {
        timers.set(next, { at: now + ms, act });
        return next++;
      },
      cancel: (timer) => timers.delete(timer),
      now: () => now,
      random: () => 0.5,
    },
  );
  const pass = (ms: number) => {
    const until = now + ms;
    for (;;) {
      const due = [...timers].filter(([, timer]) => timer.at <= until).sort((a, b) => a[1].at - b[1].at)[0];
      if (due === undefined) break;
      timers.delete(due[0]);
      now = due[1].at;
      due[1].act();
    }
    now = until;
  };
  return { live, sockets, states, pass, opened: () => opened, timers };
}

describe("socket", () => {
  it("opens again after a close, later each time, and at once after a word", () => {
    const { live, sockets, pass } = world();
    live.start();
    const waits: number[] = [];
    for (let i = 0; i < 4; i++) {
      sockets[sockets.length - 1]!.close();
      const before = sockets.length;
      let waited = 0;
      while (sockets.length === before) {
        pass(10);
        waited += 10;
      }
      waits.push(waited);
    }
    expect(waits).toEqual([250, 500, 1000, 2000]);
    sockets[sockets.length - 1]!.opens();
    sockets[sockets.length - 1]!.onmessage!({ data: "{}" });
    sockets[sockets.length - 1]!.close();
    const before = sockets.length;
    pass(250);
    expect(sockets.length).toBe(before + 1);
  });

  it("takes silence for death, and a late word of the dead for nothing", () => {
    const { live, sockets, states, pass } = world();
    live.start();
    sockets[0]!.opens();
    pass(DEAD_MS - 1);
    expect(states[states.length - 1]).toBe("open");
    pass(1);
    expect(states[states.length - 1]).toBe("waiting");
    pass(1000);
    expect(sockets.length).toBe(2);
    sockets[0]!.onclose?.();
    pass(10_000);
    expect(states.filter((state) => state === "open").length).toBe(1);
  });

  it("keeps one timer, not one for each message", () => {
    const { live, sockets, timers } = world();
    live.start();
    sockets[0]!.opens();
    for (let i = 0; i < 50; i++) sockets[0]!.onmessage!({ data: "x" });
    expect(timers.size).toBe(1);
  });

  it("hurries when told to, once", () => {
    const { live, sockets, pass } = world();
    live.start();
    sockets[0]!.close();
    live.hurry();
    live.hurry();
    expect(sockets.length).toBe(2);
    pass(DEAD_MS - 1);
    expect(sockets.length).toBe(2);
  });

  it("sends nothing into a socket that is not open", () => {
    const { live, sockets } = world();
    live.start();
    live.send({ type: "reload" });
    sockets[0]!.opens();
    live.send({ type: "reload" });
    expect(sockets[0]!.sent).toEqual(['{"type":"reload"}']);
  });

  it.each([
    [0, 0, 175],
    [0, 1, 325],
    [3, 0.5, 2000],
    [99, 0.5, 5000],
    [99, 1, 6500],
  ])("attempt %i, chance %d: %i ms", (attempt, random, ms) => {
    expect(backoffMs(attempt, random)).toBeCloseTo(ms);
  });
});
