/**
 * A center of paper for working on the pages: serves the built files, plays synthetic waves, and can be told to fail.
 *
 *   npm run mock -- --port 8800 --patients 40 --days 3 --frame 1000
 *
 * GET /mock/KEY=VALUE changes it while it runs: full=1, clock=stepped, silent=1, drop=1 (close sockets).
 */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";
import { beatsMessage, findingsOf, nowOf, rhythmOf } from "./findings.mjs";
import { heart } from "./hearts.mjs";

const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : process.argv[at + 1];
};
const PORT = Number(option("port", 8800));
const COUNT = Number(option("patients", 16));
const DAYS = Number(option("days", 3));
const FRAME_MS = Number(option("frame", 1000));
const PLAIN = process.argv.includes("--plain");
const STATIC = join(fileURLToPath(import.meta.url), "../../../src/einthoven/edges/web/static");
const HOLE = -32768;
const boot = Math.random().toString(16).slice(2);
const started = Date.now();
const flags = { full: "", clock: "ok", silent: "" };
let n = 1;

const NAMES = [
  "Abara, Ngozi",
  "Bergström, Elin",
  "Castellanos, Rosa",
  "Doe, Jane",
  "Eldridge, Thomas",
  "Fujimoto, Haruki",
  "Gallagher, Siobhan",
  "Hernández, Luis",
  "Iyer, Lakshmi",
  "Jankowski, Piotr",
  "Kowalczyk-Okonkwo, Magdalena",
  "Lindqvist, Axel",
  "Moreau, Camille",
  "Nakamura, Yui",
  "O’Brien, Declan",
  "Petrov, Ivan",
]; // prettier-ignore
const LEADS = [
  ["MLII", "V5"],
  ["MLII", "V1"],
  ["II", "V2"],
  ["MLII"],
  ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2"],
];

/** What is the matter with patient number i. */
const matter = (i) =>
  PLAIN
    ? ""
    : ({
        3: "lost",
        5: "leadoff",
        7: "noisy",
        9: "backlog",
        10: "never",
        12: "lowbattery",
        14: "stale",
        33: "lost",
      }[i] ?? "");

const patients = Array.from({ length: COUNT }, (_, i) => {
  const names = LEADS[i === 6 ? 4 : i === 13 ? 3 : i % 3];
  const rate = [360, 250, 128, 500][i % 4];
  return {
    i,
    id: `s${String(i + 1).padStart(6, "0")}`,
    stream: i + 1,
    name: `${NAMES[i % NAMES.length]}${i >= NAMES.length ? ` ${1 + Math.floor(i / NAMES.length)}` : ""}`,
    rate,
    names,
    heart: heart(i + 1),
    origin: started - DAYS * 86_400_000,
    gain: 200,
    baseline: i % 2 ? 0 : 1024,
  };
});

/** Time (ms) of the newest sample on hand: whole frames, none while the link is lost. */
function newestMs(p, now) {
  const what = matter(p.i);
  if (what === "never") return null;
  const stop = what === "lost" ? started - 43_000 : what === "stale" ? Math.min(now, started + 20_000) : now;
  const shift = (p.i * 97) % FRAME_MS;
  return Math.floor((stop - shift) / FRAME_MS) * FRAME_MS + shift;
}

const endOf = (p, now) => {
  const newest = newestMs(p, now);
  return newest === null ? 0 : Math.floor(((newest - p.origin) / 1000) * p.rate);
};

/** Holes by index, from a short list in seconds before start of this process. */
function holesOf(p) {
  const at = (s) => Math.floor(((started - p.origin) / 1000 - s) * p.rate);
  const day = 86_400;
  const list = [
    [40_000 + p.i * 300, 38_000 + p.i * 300, "power", true],
    [1.6 * day, 1.5 * day, "removed", true],
    [620, 560, "", false],
  ]; // prettier-ignore
  if (matter(p.i) === "backlog") list.push([8, 2, "", false]);
  return list
    .map(([a, b, cause, declared]) => ({ start: Math.max(0, at(a)), stop: at(b), cause, declared }))
    .filter((h) => h.stop > h.start)
    .sort((a, b) => a.start - b.start);
}

function value(p, lead, k) {
  const t = k / p.rate;
  const what = matter(p.i);
  let mv = p.heart.volts(t, lead);
  if (what === "noisy") mv += 0.35 * Math.sin(t * 340) * Math.sin(t * 3.1) + 0.3 * Math.sin(t * 57 + lead);
  if (what === "leadoff" && lead === 1) mv = 0.004 * Math.sin(t * 377);
  return Math.max(-32767, Math.min(32767, Math.round(mv * p.gain + p.baseline)));
}

const pad8 = (bytes) => (bytes + 7) & ~7;

function runBytes(p, lead, start, stop, spc, flagBits, newest) {
  const holes = holesOf(p);
  const inHole = (k) => holes.some((h) => k >= h.start && k < h.stop);
  const raw = spc <= 1;
  const c0 = raw ? start : Math.ceil(start / spc);
  const c1 = raw ? stop : Math.floor(stop / spc);
  const columns = Math.max(0, c1 - c0);
  const buffer = Buffer.alloc(48 + pad8(columns * (raw ? 2 : 4)));
  buffer.writeUInt32LE(p.stream, 0);
  buffer.writeUInt8(lead, 4);
  buffer.writeUInt8(raw ? 0 : 1, 5);
  buffer.writeUInt16LE(flagBits, 6);
  buffer.writeUInt32LE(columns, 8);
  buffer.writeDoubleLE(raw ? c0 : c0 * spc, 16);
  buffer.writeDoubleLE(raw ? 1 : spc, 24);
  buffer.writeDoubleLE(newest ?? Number.NaN, 32);
  buffer.writeFloatLE(p.gain, 40);
  buffer.writeFloatLE(p.baseline, 44);
  for (let c = 0; c < columns; c++) {
    if (raw) {
      buffer.writeInt16LE(inHole(c0 + c) ? HOLE : value(p, lead, c0 + c), 48 + 2 * c);
      continue;
    }
    const a = Math.ceil((c0 + c) * spc);
    const b = Math.ceil((c0 + c + 1) * spc);
    let low = 32767;
    let high = HOLE;
    const step = Math.max(1, Math.floor((b - a) / 24));
    for (let k = a; k < b; k += step) {
      if (inHole(k)) continue;
      const v = value(p, lead, k);
      if (v < low) low = v;
      if (v > high) high = v;
    }
    buffer.writeInt16LE(low > high ? HOLE : low, 48 + 4 * c);
    buffer.writeInt16LE(low > high ? HOLE : high, 50 + 4 * c);
  }
  return { buffer, next: raw ? c1 : c1 * spc, columns };
}

function message(kind, epoch, runs) {
  const header = Buffer.alloc(24);
  header.writeUInt8(1, 0);
  header.writeUInt8(kind, 1);
  header.writeUInt16LE(runs.length, 2);
  header.writeUInt32LE(epoch, 4);
  header.writeDoubleLE(Date.now(), 8);
  return Buffer.concat([header, ...runs]);
}

function state(p) {
  const now = Date.now();
  const what = matter(p.i);
  const newest = newestMs(p, now);
  const quality = (lead) => (what === "noisy" ? (lead === 0 ? 1 : 2) : what === "leadoff" && lead === 1 ? 3 : 0);
  return {
    id: p.id,
    patient: p.name,
    transmitter: `T-${100 + p.i}`,
    rate_hz: p.rate,
    leads: p.names.map((name, lead) => ({ name, gain: p.gain, baseline: p.baseline, quality: quality(lead) })),
    hr: what === "never" ? null : Math.round(p.heart.rateAt((now - p.origin) / 1000)),
    rhythm: what === "never" ? null : rhythmOf(p, now),
    findings: what === "never" ? [] : nowOf(p, now, started),
    battery: what === "never" ? null : what === "lowbattery" ? 9 : 40 + ((p.i * 13) % 60),
    link: what === "never" ? "never" : what === "lost" ? "lost" : "connected",
    link_since_ms: what === "lost" ? started - 42_000 : started - 3_600_000,
    newest_ms: newest,
    backlog_s: what === "backlog" ? Math.max(0, 740 - (now - started) / 200) : 0,
    stored: flags.full === "",
    mark: p.i === 1 ? { sample: endOf(p, started) - 4000, symptom: "palpitations", at_ms: started - 16_000 } : null,
    period: "open",
  };
}

const center = () => ({
  storing: flags.full ? "full" : "ok",
  since_ms: flags.full ? Number(flags.full) : started,
  clock: flags.clock,
  patients: COUNT,
  connected: patients.filter((p) => !["lost", "never"].includes(matter(p.i))).length,
  behind_s: 0,
});

const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

function details(p) {
  const end = endOf(p, Date.now());
  const holes = holesOf(p);
  const stored = [];
  let at = 0;
  for (const h of holes) {
    stored.push([at, h.start]);
    at = h.stop;
  }
  stored.push([at, end]);
  const mark = (before, symptom, activity, severity) => {
    const sample = Math.floor(((started - p.origin) / 1000 - before) * p.rate);
    return { sample, at_ms: p.origin + (sample / p.rate) * 1000, symptom, activity, severity, text: "" };
  };
  return {
    state: state(p),
    layout: {
      rate_hz: p.rate,
      leads: p.names.map((name) => ({ name, gain: p.gain, baseline: p.baseline, resolution: 11, units: "mV" })),
    },
    origin_ms: p.origin,
    fixes: [
      [0, p.origin],
      [end, p.origin + (end / p.rate) * 1000],
    ],
    stored,
    holes,
    marks: [
      mark(90_000, "dizziness", "climbing stairs", 2),
      mark(4_000, "palpitations", "at rest", 3),
      mark(30, "palpitations", "walking", 1),
    ],
    segments: 12,
  }; // prettier-ignore
}

function envelope(p, start, stop, bins) {
  const binSamples = Math.max(1, Math.ceil((stop - start) / bins));
  const count = Math.ceil((stop - start) / binSamples);
  const holes = holesOf(p);
  const head = Buffer.alloc(24 + 32);
  head.writeUInt8(1, 0);
  head.writeUInt8(3, 1);
  head.writeDoubleLE(Date.now(), 8);
  head.writeUInt32LE(p.stream, 24);
  head.writeUInt32LE(count, 28);
  head.writeUInt32LE(p.names.length, 32);
  head.writeDoubleLE(start, 40);
  head.writeDoubleLE(binSamples, 48);
  const rate = Buffer.alloc(pad8(count * 4));
  const coverage = Buffer.alloc(pad8(count * 4));
  const leads = p.names.map(() => [Buffer.alloc(pad8(count * 2)), Buffer.alloc(pad8(count * 2))]);
  const end = endOf(p, Date.now());
  for (let b = 0; b < count; b++) {
    const a = start + b * binSamples;
    const z = a + binSamples;
    let missing = Math.max(0, z - Math.max(end, a));
    for (const h of holes) missing += Math.max(0, Math.min(z, h.stop) - Math.max(a, h.start));
    const share = Math.max(0, 1 - missing / binSamples);
    const t = a / p.rate;
    const slow = 14 * Math.sin(t / 13_000 + p.i) + 7 * Math.sin(t / 1_700) + 5 * Math.sin(t / 211);
    rate.writeFloatLE(share > 0 ? p.heart.rateAt(t) + slow : Number.NaN, b * 4);
    coverage.writeFloatLE(share, b * 4);
    leads.forEach(([low, high], lead) => {
      low.writeInt16LE(share > 0 ? p.baseline - 80 - lead * 20 : 1, b * 2);
      high.writeInt16LE(share > 0 ? p.baseline + 220 + Math.round(20 * Math.sin(b)) : 0, b * 2);
    });
  }
  return Buffer.concat([head, rate, coverage, ...leads.flat()]);
}

function api(path, query) {
  const found = /^\/api\/streams\/(s\d+)(?:\/(\w+))?$/.exec(path);
  if (path === "/api/streams") return patients.map(state);
  const p = patients.find((one) => one.id === found?.[1]);
  if (p === undefined) return null;
  const start = Number(query.get("start"));
  const stop = Number(query.get("stop"));
  if (found[2] === undefined) return details(p);
  if (found[2] === "window") {
    const end = Math.min(stop, endOf(p, Date.now()));
    const spc = (stop - start) / Number(query.get("columns"));
    const cut = spc <= 1 ? end : Math.floor(end / spc) * spc;
    return message(
      2,
      0,
      p.names.map(
        (_, lead) => runBytes(p, lead, start, Math.max(start, cut), spc, 0, newestMs(p, Date.now())).buffer,
      ),
    );
  }
  if (found[2] === "findings") {
    const all = findingsOf(p, started, Date.now()).filter((f) => f.start < stop && (f.end ?? f.start) >= start);
    return { findings: all, truncated: false };
  }
  if (found[2] === "envelope") return envelope(p, start, stop, Number(query.get("bins")));
  const beats = p.heart.beats(start / p.rate, stop / p.rate).filter(([t]) => t * p.rate < endOf(p, Date.now()));
  return {
    start,
    samples: beats.map(([t]) => Math.round(t * p.rate)),
    codes: beats.map(([, c]) => c).join(""),
    late: [],
    truncated: false,
  };
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://x");
  const set = /^\/mock\/(\w+)=(.*)$/.exec(url.pathname);
  if (set) {
    if (set[1] === "drop") for (const client of live.clients) client.terminate();
    else flags[set[1]] = set[1] === "full" && set[2] ? String(Date.now()) : set[2];
    response.end("ok");
    return;
  }
  if (url.pathname.startsWith("/api/")) {
    const answer = api(url.pathname, url.searchParams);
    if (answer === null) {
      response.writeHead(404, { "content-type": "application/json" }).end('{"error":"no such stream"}');
      return;
    }
    const binary = Buffer.isBuffer(answer);
    response.writeHead(200, { "content-type": binary ? "application/octet-stream" : "application/json" });
    response.end(binary ? answer : JSON.stringify(answer));
    return;
  }
  const name = extname(url.pathname) ? normalize(url.pathname) : "/index.html";
  try {
    const body = await readFile(join(STATIC, name));
    response.writeHead(200, {
      "content-type": TYPES[extname(name)] ?? "text/plain",
      "content-security-policy": "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:",
    });
    response.end(body);
  } catch {
    response.writeHead(404).end("not found");
  }
});

const live = new WebSocketServer({ server, path: "/live", perMessageDeflate: false });

live.on("connection", (socket) => {
  let view = null;
  let visible = true;
  let turns = 0;
  const at = new Map();
  const snapshot = () =>
    socket.send(
      JSON.stringify({
        type: "snapshot",
        n,
        server_ms: Date.now(),
        boot,
        center: center(),
        patients: patients.map(state),
      }),
    ); // prettier-ignore
  snapshot();
  socket.on("message", (data) => {
    const said = JSON.parse(String(data));
    if (said.type === "reload") snapshot();
    if (said.type === "visible") visible = said.value;
    if (said.type !== "view") return;
    view = said;
    at.clear();
  });
  const waves = setInterval(() => {
    if (view === null || !visible || flags.silent) return;
    const runs = [];
    for (const { id, leads } of view.streams) {
      const p = patients.find((one) => one.id === id);
      const end = endOf(p, Date.now());
      const newest = newestMs(p, Date.now());
      for (const lead of leads) {
        const key = `${id}/${lead}`;
        const first = !at.has(key);
        const spc = p.rate / view.columns_per_second;
        const from = first ? Math.max(0, end - view.history * p.rate) : at.get(key);
        const run = runBytes(p, lead, from, end, spc, first ? 1 : 0, newest);
        at.set(key, first && end === 0 ? 0 : Math.max(from, run.next));
        if (end === 0) at.delete(key);
        runs.push(run.buffer);
      }
    }
    socket.send(message(1, view.epoch, runs));
    if (++turns % 5 === 0) {
      const seen = view.streams.map(({ id }) => patients.find((one) => one.id === id));
      socket.send(beatsMessage(view.epoch, seen, (p) => endOf(p, Date.now())));
    }
  }, 100);
  socket.on("close", () => clearInterval(waves));
});

setInterval(() => {
  if (flags.silent) return;
  n += 1;
  const changed = patients
    .map(state)
    .map(({ id, hr, rhythm, findings, backlog_s, newest_ms, stored, leads }) => ({
      id,
      hr,
      rhythm,
      findings,
      backlog_s,
      newest_ms,
      stored,
      leads,
    }));
  const text = JSON.stringify({
    type: "change",
    n,
    server_ms: Date.now(),
    patients: changed,
    removed: [],
    center: center(),
  });
  for (const client of live.clients) client.send(text);
}, 1000);

server.listen(PORT, "127.0.0.1", () => console.log(`http://127.0.0.1:${PORT}/ with ${COUNT} patients`));
