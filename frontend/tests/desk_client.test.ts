import { describe, expect, it } from "vitest";
import { CASE, ME, NOW } from "./desk";
import { DEAD_MAN_MS, DeskClient } from "../src/desk/client";
import { Commands } from "../src/desk/commands";
import { parseDesk } from "../src/desk/messages";
import { DeskStore } from "../src/desk/store";

const snapshot = (n: number, put: object = {}, more = false) =>
  parseDesk(JSON.stringify({ type: "snapshot", n, server_ms: NOW, boot: "b1", put, more }));
const change = (n: number, put: object = {}, drop: string[] = [], more = false) =>
  parseDesk(JSON.stringify({ type: "change", n, server_ms: NOW, put, drop, more }));
const tick = (n: number, server_ms = NOW, nonce = "a1") => ({ type: "tick", n, server_ms, nonce });

describe("store", () => {
  it("holds what the snapshot and the changes after it say", () => {
    const store = new DeskStore();
    store.apply(snapshot(1, { me: ME, "case:12": CASE }));
    expect(store.apply(change(2, { "case:13": { ...CASE, id: 13 } }, ["case:12"]))).toBe("taken");
    expect(store.all("case").map(({ id }) => id)).toEqual([13]);
    expect(store.get("case", 13)?.title).toBe(CASE.title);
    expect(store.get("me")?.staff?.name).toBe("Ruiz, T.");
    expect(store.get("case", 12)).toBeUndefined();
  });

  it.each([
    ["a change before the snapshot", [change(2)]],
    ["a change too many", [snapshot(1), change(3)]],
    ["a change twice", [snapshot(1), change(2), change(2)]],
    ["a tick of a change that is not here", [snapshot(1), parseDesk(JSON.stringify(tick(2)))]],
  ])("%s asks for everything anew", (_, messages) => {
    const store = new DeskStore();
    const answers = messages.map((message) => store.apply(message));
    expect(answers[answers.length - 1]).toBe("reload");
  });

  it("takes nothing of a change after a hole", () => {
    const store = new DeskStore();
    store.apply(snapshot(1, { "case:12": CASE }));
    store.apply(change(3, {}, ["case:12"]));
    expect(store.get("case", 12)).toBeDefined();
  });

  it("a new snapshot leaves nothing of the old one", () => {
    const store = new DeskStore();
    store.apply(snapshot(4, { "case:12": CASE }));
    store.apply(snapshot(1, { me: ME }));
    expect(store.all("case")).toEqual([]);
    expect(store.apply(change(2))).toBe("taken");
  });

  it("is whole once the last part is here", () => {
    const store = new DeskStore();
    store.apply(snapshot(1, {}, true));
    store.apply(change(2, {}, [], true));
    expect(store.whole).toBe(false);
    store.apply(change(3));
    expect(store.whole).toBe(true);
  });

  it("tells those who asked for a prefix, of their keys, until they end it", () => {
    const store = new DeskStore();
    const heard: string[][] = [];
    const end = store.listen("case:", (keys) => heard.push([...keys]));
    store.apply(snapshot(1, { me: ME, "case:12": CASE }));
    store.apply(change(2, { me: ME }));
    store.apply(change(3, {}, ["case:12"]));
    end();
    store.apply(change(4, { "case:12": CASE }));
    expect(heard).toEqual([["case:12"], ["case:12"]]);
  });

  it("leaves what it does not know alone, and names what it could not read", () => {
    const store = new DeskStore();
    store.apply(snapshot(1, { "weather:1": {}, "case:12": { ...CASE, title: 5 } }));
    expect(store.faults).toEqual(["case:12.title is not a text"]);
  });
});

describe("messages", () => {
  it.each([
    ["{", "not JSON"],
    ["[]", "not an object"],
    ['{"type":"tick","server_ms":1}', "n of a message"],
    ['{"type":"tick","n":1}', "server_ms"],
    ['{"type":"snapshot","n":1,"server_ms":1}', "boot"],
    ['{"type":"gossip","n":1,"server_ms":1}', '"gossip"'],
  ])("%s is refused by name", (text, words) => {
    expect(() => parseDesk(text)).toThrow(words);
  });
});

class FakeSocket {
  binaryType = "";
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly sent: Record<string, unknown>[] = [];
  send(text: string) {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }
  close() {
    this.readyState = 3;
    this.onclose?.();
  }
  opens() {
    this.readyState = 1;
    this.onopen?.();
  }
  says(message: object) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

/** A client whose clock only moves when told; its timers never fire. */
function desk() {
  const clock = { now: 5_000 };
  const sockets: FakeSocket[] = [];
  const client = new DeskClient("ws://x/desk", {
    open: () => {
      sockets.push(new FakeSocket());
      return sockets[sockets.length - 1] as unknown as WebSocket;
    },
    later: () => 1,
    cancel: () => {},
    now: () => clock.now,
    random: () => 0.5,
  }).start();
  sockets[0]!.opens();
  return { client, clock, socket: sockets[0]! };
}

describe("client", () => {
  it("knows the desk's clock and the nonce of the last tick", () => {
    const { client, clock, socket } = desk();
    socket.says(snapshot(1, { me: ME }));
    socket.says(tick(1, NOW, "beef"));
    clock.now += 250;
    expect(client.now).toBe(NOW + 250);
    client.painted(true, [["s000017", 2000, 1, 77, 1999, 250, 1, 0]], client.nonce);
    expect(socket.sent).toEqual([
      { type: "painted", nonce: "beef", visible: true, tiles: [["s000017", 2000, 1, 77, 1999, 250, 1, 0]] },
    ]);
  });

  it("proves nothing before the first tick", () => {
    const { client, socket } = desk();
    client.painted(true, [], client.nonce);
    expect(socket.sent).toEqual([]);
  });

  it("five seconds without a tick are a dead desk, whatever else it says", () => {
    const { client, clock, socket } = desk();
    socket.says(snapshot(1));
    socket.says(tick(1));
    clock.now += DEAD_MAN_MS;
    socket.says(change(2));
    expect(client.dead).toBe(false);
    clock.now += 1;
    expect(client.dead).toBe(true);
    socket.says(tick(2, NOW + DEAD_MAN_MS + 1));
    expect(client.dead).toBe(false);
  });

  it("asks for everything after a hole, once until it comes or two seconds went by", () => {
    const { client, clock, socket } = desk();
    socket.says(snapshot(1));
    for (const n of [3, 4, 5]) socket.says(change(n, { me: ME }));
    expect(socket.sent).toEqual([{ type: "reload" }]);
    clock.now += 2_000;
    socket.says(tick(5));
    expect(socket.sent).toHaveLength(2);
    socket.says(snapshot(6, { me: ME }));
    expect(client.me?.csrf).toBe("c5rf");
    socket.says(change(9));
    expect(socket.sent).toHaveLength(3);
  });

  it("says what it did not understand, and goes on", () => {
    const { client, socket } = desk();
    socket.onmessage!({ data: "{" });
    expect(client.trouble).toBe("a message of the desk is not JSON");
    socket.says(snapshot(1, { me: ME }));
    expect(client.trouble).toBeNull();
    expect(client.me).toBeDefined();
  });
});

describe("commands", () => {
  interface Asked {
    readonly url: string;
    readonly init: RequestInit | undefined;
  }

  function world(...answers: (Response | Error)[]) {
    const asked: Asked[] = [];
    const get = (url: RequestInfo | URL, init?: RequestInit) => {
      asked.push({ url: String(url), init });
      const next = answers.shift()!;
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    };
    return { commands: new Commands(() => "c5rf", get as typeof fetch), asked };
  }
  const refused = (status: number, body: unknown) => new Response(JSON.stringify(body), { status });

  it("carries the token and the body", async () => {
    const { commands, asked } = world(new Response('{"ok":true,"case":12}'));
    expect(await commands.ask("case.take", { case: 12 })).toEqual({ ok: true, body: { ok: true, case: 12 } });
    expect(asked[0]!.url).toBe("/api/desk/case.take");
    expect(asked[0]!.init?.method).toBe("POST");
    expect(asked[0]!.init?.body).toBe('{"case":12}');
    expect(new Headers(asked[0]!.init?.headers).get("x-einthoven-csrf")).toBe("c5rf");
  });

  it("gives the desk's own words where it refuses", async () => {
    const { commands } = world(refused(409, { error: "case 12 is held by Kim, J. since 03:12", reason: "held" }));
    expect(await commands.ask("case.take", { case: 12 })).toEqual({
      ok: false,
      words: "case 12 is held by Kim, J. since 03:12",
      reason: "held",
    });
  });

  it.each([
    [new Response("<html>", { status: 502 }), "the center answered 502"],
    [refused(500, { error: 3 }), "the center answered 500"],
    [new TypeError("Failed to fetch"), "whether this was done is not known"],
  ])("never throws", async (answer, words) => {
    const { commands } = world(answer);
    const told = await commands.ask("case.take", {});
    expect(told.ok).toBe(false);
    expect(told.ok ? "" : told.words).toContain(words);
  });

  it("asks once for the token of a newer session", async () => {
    const { commands, asked } = world(
      refused(403, { error: "the session is another one", reason: "csrf" }),
      new Response('{"csrf":"new"}'),
      new Response('{"ok":true}'),
    );
    expect((await commands.ask("case.take", {})).ok).toBe(true);
    expect(asked.map(({ url }) => url)).toEqual(["/api/desk/case.take", "/api/me", "/api/desk/case.take"]);
    expect(new Headers(asked[2]!.init?.headers).get("x-einthoven-csrf")).toBe("new");
  });

  it("does not ask twice for an act that may have been done", async () => {
    const { commands, asked } = world(new TypeError("Failed to fetch"));
    await commands.ask("call.end", {});
    expect(asked).toHaveLength(1);
  });
});
