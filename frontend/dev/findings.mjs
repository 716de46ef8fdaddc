/** Findings, rhythms and classed beats of the center of paper. */

const MADE = [
  // [patient, priority, kind, words, seconds before start, seconds long or null while open, rate, values]
  [6, "high", "ventricular-tachycardia", "Ventricular tachycardia", 14, null, 182, { beats: 41, rate_bpm: 182 }],
  [6, "low", "ventricular-couplet", "Ventricular couplet", 90, 0.5, null, { rr_ms: 340 }],
  [4, "medium", "atrial-fibrillation", "Atrial fibrillation", 4000, null, 112, { chance: 0.97, rate_bpm: 112 }],
  [8, "medium", "nonsustained-ventricular-tachycardia", "Nonsustained ventricular tachycardia", 31, 2.4, 151, { beats: 5 }],
  [0, "low", "sinus-bradycardia", "Sinus bradycardia", 700, null, 46, { rate_bpm: 46, lowest_rate_bpm: 43 }],
  [11, "low", "ventricular-couplet", "Ventricular couplet", 1, 0.5, null, { rr_ms: 340 }],
  [7, "medium", "analysis-lost", "Analysis lost", 55, null, null, { seconds: 55 }],
  [17, "high", "asystole", "Asystole", 9, null, null, { still_s: 9 }],
]; // prettier-ignore
const UNITS = { rate_bpm: "bpm", lowest_rate_bpm: "bpm", rr_ms: "ms", beats: "beats", still_s: "s", seconds: "s" };
const LIMITS = { beats: 5, rate_bpm: 100, still_s: 4, seconds: 30 };

/** Every finding of a patient; days of couplets lie behind those of now. */
export function findingsOf(p, started, now) {
  const at = (s) => Math.floor(((started - p.origin) / 1000 - s) * p.rate);
  const rows = MADE.filter(([i]) => i === p.i).map(([, ...row]) => row);
  for (let k = 1; k < 40; k++)
    rows.push([
      k % 9 === 4 ? "medium" : "low",
      k % 9 === 4 ? "nonsustained-ventricular-tachycardia" : "ventricular-couplet",
      k % 9 === 4 ? "Nonsustained ventricular tachycardia" : "Ventricular couplet",
      k * k * 97 + 300,
      k % 9 === 4 ? 3.1 : 0.6,
      k % 9 === 4 ? 144 : null,
      k % 9 === 4 ? { beats: 7, rate_bpm: 144, fastest_rr_ms: 391 } : { rr_ms: 350, coupling_ms: 410 },
    ]);
  const found = rows.map(([priority, kind, words, before, long, rate, values], i) => {
    const start = at(before);
    const end = long === null ? null : start + Math.round(long * p.rate);
    const ms = (sample) => Math.round(p.origin + (sample / p.rate) * 1000);
    return {
      id: `${rows.length - i}`,
      kind,
      words,
      priority,
      start,
      end,
      opened_ms: ms(start),
      closed_ms: end === null ? null : ms(end),
      state: end === null ? "open" : "closed",
      rate,
      values,
      units: UNITS,
      limits: LIMITS,
      strip: [start - 3 * p.rate, (end ?? start + 6 * p.rate) + 5 * p.rate],
      rule: kind,
      version: "1",
    };
  });
  return found.filter(({ start }) => start > 0 && start < ((now - p.origin) / 1000) * p.rate).sort((a, b) => a.start - b.start);
}

/** What a screen is told of now. */
export function nowOf(p, now, started) {
  return findingsOf(p, started, now)
    .filter(({ closed_ms }) => closed_ms === null || now - closed_ms < 120_000)
    .map(({ id, kind, words, priority, start, end, opened_ms, closed_ms, state, rate }) => ({
      id,
      kind,
      words,
      priority,
      start,
      end,
      since_ms: opened_ms,
      ended_ms: closed_ms,
      state,
      rate,
    }));
}

export function rhythmOf(p, now) {
  const [words, aux] = { 6: ["V-tach", "(VT"], 4: ["AF", "(AFIB"], 0: ["S brady", "(SBR"], 7: ["undetermined", ""] }[p.i] ?? ["Sinus", "(N"];
  return { words, aux, since_ms: now - 60_000 };
}

const CODES = { N: 1, V: 5, S: 9, F: 6, "/": 12 };

/** Kind 4: the beats of the last ten seconds; the newest second is not classed yet. */
export function beatsMessage(epoch, patients, endOf) {
  const head = Buffer.alloc(24);
  head.writeUInt8(1, 0);
  head.writeUInt8(4, 1);
  head.writeUInt16LE(patients.length, 2);
  head.writeUInt32LE(epoch, 4);
  head.writeDoubleLE(Date.now(), 8);
  const parts = patients.map((p) => {
    const stop = endOf(p);
    const start = Math.max(0, stop - 10 * p.rate);
    const beats = p.heart.beats(start / p.rate, stop / p.rate).map(([t, code]) => [Math.round(t * p.rate), code]);
    const seen = beats.filter(([at]) => at >= start && at < stop);
    const buffer = Buffer.alloc(24 + 16 * seen.length);
    buffer.writeUInt32LE(p.stream, 0);
    buffer.writeUInt32LE(seen.length, 4);
    buffer.writeDoubleLE(start, 8);
    buffer.writeDoubleLE(stop, 16);
    seen.forEach(([at, code], i) => {
      buffer.writeDoubleLE(at, 24 + 16 * i);
      buffer.writeUInt8(stop - at < p.rate ? 13 : (CODES[code] ?? 1), 36 + 16 * i);
      buffer.writeUInt8(stop - at < p.rate ? 2 : 0, 37 + 16 * i);
    });
    return buffer;
  });
  return Buffer.concat([head, ...parts]);
}
