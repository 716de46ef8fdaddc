/** Strips of calls: as they grow, as they lie on paper, what is said of them; and the sound of the line. */

import { describe, expect, it } from "vitest";
import { bySecond, gapSeconds, Growing, RATE } from "../src/telephone/growing";
import { caliperWords, pxPerUnit } from "../src/telephone/paint_strip";
import { Resampler, toFloat, toInt16 } from "../src/telephone/resampler";
import { mostBack, placeOf, rowsOf, sampleAt } from "../src/telephone/rows";
import { readStripAnswer } from "../src/telephone/told";
import { microphoneWords, voiceWords } from "../src/telephone/voice";

const answer = (from: number, values: readonly (number | null)[], change: object = {}) =>
  readStripAnswer({ strip: 1, from, total: from + values.length, open: true, unit: "uV", scale: 1, values, flags: values.map((one) => (one === null ? 1 : 0)), ...change });

describe("a strip that grows", () => {
  it("is the same in pieces as whole", () => {
    const all = Array.from({ length: 20_000 }, (_, i) => (i % 997 < 13 ? null : i % 500));
    const whole = new Growing(1);
    whole.take(answer(0, all));
    const pieces = new Growing(1);
    for (let at = 0; at < all.length; at += 333) expect(pieces.take(answer(at, all.slice(at, at + 333)))).toBe(true);
    expect(pieces.length).toBe(all.length);
    expect(pieces.values.subarray(0, all.length)).toEqual(whole.values.subarray(0, all.length));
    expect(pieces.gaps()).toEqual(whole.gaps());
  });

  it.each([["a hole between", 30, {}], ["another scale", 10, { scale: 2 }], ["another unit", 10, { unit: "mHz" }]])("is asked for anew after %s", (_, from, change) => {
    const one = new Growing(1);
    one.take(answer(0, Array<number>(10).fill(5)));
    expect(one.take(answer(from, [1, 2], change))).toBe(false);
    expect(one.length).toBe(0);
    expect(one.take(answer(0, [7, 8, 9], change))).toBe(true);
    expect([...one.values.subarray(0, 3)]).toEqual([7, 8, 9]);
  });

  it("is no millivolts where the center does not say so", () => {
    expect(readStripAnswer({ values: [1] }).unit).toBe("mHz");
  });

  it("names what was lost by the line and what was not received otherwise", () => {
    const one = new Growing(1);
    one.take(answer(0, [1, null, null, null, 2], { flags: [0, 1, 1, 2, 0] }));
    expect(one.gaps()).toEqual([{ start: 1, stop: 3, lost: true }, { start: 3, stop: 4, lost: false }]);
    expect(gapSeconds(one)).toBeCloseTo(3 / RATE);
  });

  it("has its quality by second from the center, and before that its gaps", () => {
    const one = new Growing(1);
    one.take(answer(0, [...Array<number>(RATE).fill(1), ...Array<null>(RATE).fill(null)], { quality: { seconds: [{ at: 0, snr_db: 31, gap: 0, lost: 0, clipped: true }] } }));
    expect(bySecond(one)).toEqual([{ at: 0, snr: 31, gap: 0, clipped: true }, { at: 1, snr: null, gap: 1, clipped: false }]);
  });

  it("takes what is no number for a gap", () => {
    const told = readStripAnswer({ values: [1, "x", Number.NaN, null, {}], flags: [0, 9] });
    expect(told.values).toEqual([1, null, null, null, null]);
    expect(told.flags).toEqual([0, 0]);
  });
});

describe("rows on paper", () => {
  const PX = 96 / 25.4;

  it.each([[681, 428], [1180, 640], [60, 40]])("are true to scale on %s × %s", (width, height) => {
    const rows = rowsOf(60 * RATE, width, height, PX, 25, 0);
    expect(rows.pxPerSample * RATE).toBeCloseTo(25 * PX);
    expect(rows.samples % (RATE / 5)).toBe(0);
    expect(rows.samples * rows.pxPerSample).toBeLessThanOrEqual(Math.max(width, (RATE / 5) * rows.pxPerSample) + 1e-9);
    expect(rows.room * rows.height).toBeCloseTo(height);
  });

  it("follow the newest, and turn back as far as there is something", () => {
    const at = (length: number, back = 0) => rowsOf(length, 681, 428, PX, 25, back).first;
    const { samples, room } = rowsOf(0, 681, 428, PX, 25, 0);
    expect([at(0), at(samples * room), at(samples * room + 1)]).toEqual([0, 0, 1]);
    expect(at(samples * (room + 3), 2)).toBe(1);
    expect(mostBack(samples * (room + 3), { samples, room })).toBe(3);
  });

  it("give back the sample that lies under a point", () => {
    const rows = rowsOf(60 * RATE, 681, 428, PX, 25, 0);
    for (const sample of [rows.first * rows.samples, rows.first * rows.samples + 777, (rows.first + rows.room) * rows.samples - 1]) {
      const place = placeOf(sample, rows)!;
      expect(sampleAt(place.x, place.middle + 3, rows)).toEqual({ sample: expect.closeTo(sample), y: expect.closeTo(3) });
    }
    expect(placeOf(rows.first * rows.samples - 1, rows)).toBeNull();
  });

  it("are 10 mm to a millivolt; without a known size as high as can be read, and no millivolts are told", () => {
    const one = new Growing(1);
    one.take(answer(0, Array.from({ length: 100 }, (_, i) => i * 10)));
    expect(pxPerUnit({ strip: one, pxPerMm: PX, gain: 10 }) * 1000).toBeCloseTo(10 * PX);
    const caliper = { from: { sample: 0, y: 0 }, to: { sample: 200, y: -10 * PX } };
    expect(caliperWords(caliper, one, 10 * PX)).toBe("800 ms, 75 /min, 1.00 mV");
    const unknown = new Growing(2);
    unknown.take(answer(0, Array.from({ length: 100 }, (_, i) => i * 10), { unit: "mHz" }));
    expect(pxPerUnit({ strip: unknown, pxPerMm: PX, gain: 10 }) * unknown.span).toBeCloseTo(10 * PX);
    expect(caliperWords(caliper, unknown, 10 * PX)).toBe("800 ms, 75 /min");
  });
});

describe("sound between rates", () => {
  const tone = (hz: number, rate: number, seconds: number) => Float32Array.from({ length: Math.round(rate * seconds) }, (_, i) => Math.sin((2 * Math.PI * hz * i) / rate));
  const level = (sound: Float32Array) => Math.sqrt(sound.slice(400, -400).reduce((sum, one) => sum + one * one, 0) / (sound.length - 800));

  it.each([[48_000, 8000], [44_100, 8000], [8000, 48_000], [16_000, 8000]])("passes a voice from %s to %s", (from, to) => {
    const made = new Resampler(from, to).feed(tone(1000, from, 0.5));
    expect(level(made)).toBeCloseTo(Math.SQRT1_2, 2);
    expect(made.length).toBeGreaterThan(0.497 * to - 20);
  });

  it("keeps out what the line cannot carry", () => {
    expect(level(new Resampler(48_000, 8000).feed(tone(6000, 48_000, 0.5)))).toBeLessThan(0.01);
  });

  it("is the same however it is cut", () => {
    const sound = tone(440, 44_100, 0.2);
    const whole = new Resampler(44_100, 8000).feed(sound);
    const cut = new Resampler(44_100, 8000);
    const parts: number[] = [];
    for (let at = 0; at < sound.length; at += 128) parts.push(...cut.feed(sound.subarray(at, at + 128)));
    expect(parts.length).toBe(whole.length);
    parts.forEach((value, i) => expect(value).toBeCloseTo(whole[i]!, 5));
  });

  it("is cut and never wrapped where it is too loud", () => {
    expect([...toInt16(Float32Array.of(2, -2, 0.5))]).toEqual([32767, -32768, 16384]);
    expect([...toFloat(Int16Array.of(-32768, 16384))]).toEqual([-1, 0.5]);
  });
});

describe("words of the voice", () => {
  const said = (change: object) => voiceWords({ state: "talking", why: "", muted: false, hushed: false, blocked: false, ...change });

  it("say who hears whom", () => {
    expect(said({})).toBe("You speak with the patient.");
    expect(said({ hushed: true })).toContain("your microphone is off by itself");
    expect(said({ muted: true })).toContain("Your microphone is off");
    expect(said({ state: "heard", why: "this machine has no microphone" })).toBe("You hear the patient; the patient does not hear you: this machine has no microphone.");
    expect(said({ blocked: true })).toContain("press a key");
  });

  it.each([["NotAllowedError", "allow it"], ["NotFoundError", "no microphone"], ["NotReadableError", "another program"]])("say why there is no microphone: %s", (name, words) => {
    expect(microphoneWords(new DOMException("", name))).toContain(words);
  });
});
