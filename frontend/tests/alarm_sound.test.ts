import { describe, expect, it } from "vitest";
import { burstS, loopSamples, type SoundName } from "../src/alarm/burst";
import { peaksOf, spectrumOf } from "../src/alarm/ear";
import { type Context, Sounder } from "../src/alarm/sounder";

const RATE = 16_000;

/** What IEC 60601-1-8 (table 3 and 4) asks of each priority: the second table, beside the one that is played. */
const STANDARD = {
  high: { pulses: 10, ms: [75, 200], between: [2.5, 15], notes: [262, 330, 392, 392, 523, 262, 330, 392, 392, 523] },
  medium: { pulses: 3, ms: [125, 250], between: [2.5, 30], notes: [262, 330, 392] },
  low: { pulses: 2, ms: [125, 250], between: [15, Number.POSITIVE_INFINITY], notes: [330, 262] },
} as const;

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Where something is heard: stretches of samples that are not separated by 20 ms of silence, in s. */
function pulsesHeard(samples: Float32Array): Stretch[] {
  const found: { from: number; to: number }[] = [];
  for (let i = 0; i < samples.length; i++) {
    if (Math.abs(samples[i]!) < 0.004) continue;
    const last = found[found.length - 1];
    if (last !== undefined && i / RATE - last.to < 0.02) last.to = i / RATE;
    else found.push({ from: i / RATE, to: i / RATE });
  }
  return found;
}

/** Level of a frequency in a stretch (Goertzel), dB. */
function level(samples: Float32Array, { from, to }: Stretch, hz: number): number {
  let [re, im, n] = [0, 0, 0];
  for (let i = Math.ceil(from * RATE); i < to * RATE; i++, n++) {
    re += samples[i]! * Math.cos((2 * Math.PI * hz * i) / RATE);
    im += samples[i]! * Math.sin((2 * Math.PI * hz * i) / RATE);
  }
  return 20 * Math.log10(Math.hypot(re, im) / n);
}

const fundamental = (samples: Float32Array, pulse: Stretch): number =>
  Array.from({ length: 500 }, (_, i) => 200 + i).reduce((best, hz) =>
    level(samples, pulse, hz) > level(samples, pulse, best) ? hz : best,
  );

const gaps = (pulses: readonly Stretch[]): number[] => pulses.slice(1).map(({ from }, i) => (from - pulses[i]!.to) * 1000);

describe.each(["high", "medium", "low"] as const)("the sound of %s priority", (priority) => {
  const wanted = STANDARD[priority];
  const samples = loopSamples(priority, RATE);
  const pulses = pulsesHeard(samples);

  it("has the pulses of its burst, none shorter or longer than allowed", () => {
    expect(pulses.length).toBe(wanted.pulses);
    for (const { from, to } of pulses) {
      expect((to - from) * 1000).toBeGreaterThanOrEqual(wanted.ms[0]);
      expect((to - from) * 1000).toBeLessThanOrEqual(wanted.ms[1]);
    }
  });

  it("is silent between two bursts as long as it should be", () => {
    const silence = samples.length / RATE - pulses.at(-1)!.to;
    expect(silence).toBeGreaterThanOrEqual(wanted.between[0]);
    expect(silence).toBeLessThanOrEqual(wanted.between[1]);
  });

  it("plays its melody", () => {
    for (const [i, note] of wanted.notes.entries())
      expect(Math.abs(fundamental(samples, pulses[i]!) - note)).toBeLessThanOrEqual(4);
  });

  it("has at least four harmonics from 300 to 4000 Hz within 15 dB of the strongest", () => {
    for (const pulse of pulses) {
      const base = fundamental(samples, pulse);
      const levels = Array.from({ length: 12 }, (_, k) => base * (k + 1))
        .filter((hz) => hz >= 300 && hz <= 4000)
        .map((hz) => level(samples, pulse, hz));
      const strongest = Math.max(...levels);
      expect(levels.filter((db) => db > strongest - 15).length).toBeGreaterThanOrEqual(4);
    }
  });

  it("rises and falls without a click", () => {
    let step = 0;
    for (let i = 1; i < samples.length; i++) step = Math.max(step, Math.abs(samples[i]! - samples[i - 1]!));
    expect(step).toBeLessThan(0.45);
    const loudest = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(loudest).toBeLessThanOrEqual(1);
    expect(loudest).toBeGreaterThan(0.5);
  });
});

it("the pulses of high priority stand in two groups of five: x, x, 2x + td, x, then a longer wait", () => {
  const between = gaps(pulsesHeard(loopSamples("high", RATE)));
  const td = 150;
  const x = between[0]!;
  expect(x).toBeGreaterThanOrEqual(50);
  expect(x).toBeLessThanOrEqual(125);
  for (const group of [between.slice(0, 4), between.slice(5)])
    for (const [i, want] of [x, x, 2 * x + td, x].entries()) expect(Math.abs(group[i]! - want)).toBeLessThan(12);
  expect(between[4]).toBeGreaterThanOrEqual(350);
  expect(between[4]).toBeLessThanOrEqual(1300);
});

it("the pulses of medium and low are as far apart as each other", () => {
  for (const name of ["medium", "low"] as const)
    for (const gap of gaps(pulsesHeard(loopSamples(name, RATE)))) {
      expect(gap).toBeGreaterThanOrEqual(125);
      expect(gap).toBeLessThanOrEqual(250);
    }
});

// ---- what is played when -----------------------------------------------------------------------------------

class FakeSource {
  buffer: { readonly length: number } | null = null;
  loop = false;
  startedAt: number | null = null;
  stopped = false;
  connect() {}
  disconnect() {}
  start(at: number) {
    this.startedAt = at;
  }
  stop() {
    this.stopped = true;
  }
}

function room() {
  const sources: FakeSource[] = [];
  const node = { connect: () => {}, gain: { value: 1 } };
  const context = {
    currentTime: 10,
    sampleRate: 8000,
    state: "running",
    destination: {},
    createAnalyser: () => node,
    createGain: () => node,
    createBuffer: (_channels: number, length: number) => ({ length, copyToChannel: () => {} }),
    createBufferSource: () => {
      sources.push(new FakeSource());
      return sources[sources.length - 1];
    },
    turned: () => {},
    addEventListener: (_name: string, turned: () => void) => {
      context.turned = turned;
    },
    resumed: 0,
    resume() {
      this.resumed++;
      return Promise.resolve();
    },
  };
  const sounder = new Sounder(() => context as unknown as Context);
  const lengthOf = (name: SoundName) => loopSamples(name, 8000).length;
  const live = () => sources.filter(({ stopped }) => !stopped);
  /** All that is laid but the dead man. */
  const alarms = () => live().filter(({ startedAt }) => startedAt! < context.currentTime + 1);
  return { sounder, context, sources, lengthOf, live, alarms };
}

describe("the sounder", () => {
  it("repeats a burst by the audio clock alone, and does not begin anew while it sounds", () => {
    const { sounder, alarms, lengthOf } = room();
    sounder.play("medium");
    sounder.play("medium");
    expect(alarms().map(({ loop, buffer }) => [loop, buffer!.length])).toEqual([[true, lengthOf("medium")]]);
  });

  it("what presses more takes over, and silence is silence", () => {
    const { sounder, alarms, lengthOf } = room();
    sounder.play("low");
    sounder.play("high");
    expect(alarms().map(({ buffer }) => buffer!.length)).toEqual([lengthOf("high")]);
    sounder.play(null);
    expect(alarms()).toEqual([]);
  });

  it("the dead man sounds five seconds after the last tick, without any timer of the page", () => {
    const { sounder, context, live, lengthOf } = room();
    expect(live().map(({ startedAt }) => startedAt)).toEqual([15]);
    sounder.ticked();
    context.currentTime = 13;
    sounder.ticked();
    expect(live().map(({ startedAt, buffer }) => [startedAt, buffer!.length])).toEqual([[18, lengthOf("high")]]);
    expect(sounder.deadManAt).toBe(18);
  });

  it("blocked, it says so, lays nothing into a clock that stands, and sounds as soon as it may", () => {
    const { sounder, context, live, alarms, lengthOf } = room();
    context.state = "suspended";
    expect(sounder.state).toBe("blocked");
    sounder.play("high");
    sounder.ticked();
    expect(alarms()).toEqual([]);
    sounder.unblock();
    expect(context.resumed).toBe(1);
    context.state = "running";
    context.turned();
    expect(alarms().map(({ buffer }) => buffer!.length)).toEqual([lengthOf("high")]);
    expect(live().length).toBe(2);
    sounder.unblock();
    expect(context.resumed).toBe(1);
  });

  it("without sound at all it says so and goes on", () => {
    const sounder = new Sounder(() => {
      throw new Error("no audio");
    });
    sounder.play("high");
    sounder.ticked();
    expect(sounder.state).toBe("none");
  });
});

it("peaks are what stands out of its neighbours, near the strongest", () => {
  const spectrum = [-90, -40, -20, -40, -60, -35, -60, -70, -50, -70];
  expect(peaksOf(spectrum, 10)).toEqual([20, 50]);
  expect(peaksOf([-140, -130, -140], 10)).toEqual([]);
});

it("a reminder is one short tone", () => {
  expect(pulsesHeard(loopSamples("reminder", RATE)).length).toBe(1);
  expect(burstS("reminder")).toBeLessThan(0.2);
});

it("what is heard of a tone is its pitch", () => {
  const rate = 48_000;
  const tone = Float32Array.from({ length: 2048 }, (_, i) => 0.5 * Math.sin((2 * Math.PI * 1000 * i) / rate));
  const spectrum = spectrumOf(tone);
  const strongest = spectrum.indexOf(Math.max(...spectrum)) * (rate / 2048);
  expect(Math.abs(strongest - 1000)).toBeLessThan(rate / 2048);
  expect(peaksOf(spectrum, rate / 2048)).toHaveLength(1);
});
