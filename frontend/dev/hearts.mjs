/** Synthetic ECG in closed form: any sample of any stream at any time, so windows of weeks need no storage. */

const BUMPS = [
  // [centre in the beat, width, millivolts]
  [-0.2, 0.028, 0.12],
  [-0.026, 0.008, -0.11],
  [0.0, 0.0095, 1.15],
  [0.028, 0.009, -0.22],
  [0.27, 0.055, 0.28],
];
const WIDE = [
  [-0.02, 0.03, -0.3],
  [0.03, 0.045, 1.5],
  [0.3, 0.08, -0.45],
];

const hash = (n) => {
  const x = Math.sin(n * 127.1 + 311.7) * 43758.5453;
  return x - Math.floor(x);
};

/** Beats as a function of time: phase grows by 1 a beat, with breathing and slow change. */
export function heart(seed) {
  const rate = 52 + 46 * hash(seed + 1);
  const hz = rate / 60;
  const ectopy = hash(seed + 2) < 0.35 ? 5 + Math.floor(20 * hash(seed + 3)) : 0;
  const phase = (t) => hz * t + 0.035 * Math.sin(2 * Math.PI * 0.23 * t + seed) + 1.2 * Math.sin(t / 190 + seed);
  const wide = (beat) => ectopy > 0 && beat % ectopy === 3;
  const rateAt = (t) => 60 * (hz + (1.2 / 190) * Math.cos(t / 190 + seed));
  const volts = (t, lead) => {
    const p = phase(t);
    const beat = Math.round(p);
    let sum = 0;
    for (let b = beat - 1; b <= beat + 1; b++) {
      const ectopic = wide(b);
      const at = ((p - b) / hz) * (ectopic ? 1 : 1) + (ectopic ? 0.16 / hz : 0);
      for (const [centre, width, mv] of ectopic ? WIDE : BUMPS) {
        const z = (at - centre) / width;
        if (z * z < 40) sum += mv * Math.exp(-0.5 * z * z);
      }
    }
    const sign = lead === 1 ? -0.55 + 0.9 * hash(seed + 5) : 1;
    return sum * sign + 0.06 * Math.sin(2 * Math.PI * 0.31 * t + seed) + 0.012 * (hash(t * 977 + lead) - 0.5);
  };
  const beats = (from, to) => {
    const found = [];
    for (let t = from; t < to; t += 0.004) {
      const p = phase(t);
      if (Math.round(phase(t - 0.004) - 0.5) !== Math.round(p - 0.5)) {
        const b = Math.round(p);
        found.push([wide(b) ? t - 0.16 : t, wide(b) ? "V" : "N"]);
      }
    }
    return found;
  };
  return { rateAt, volts, beats };
}
