/**
 * What is heard of a station. Bursts repeat by the clock of the audio hardware, not by timers: a tab in the background,
 * or a page that hangs, goes on sounding. So does the dead man: its alarm is always laid five seconds ahead, and each
 * tick of the center puts it off.
 */

import { loopSamples, type SoundName } from "./burst";
import { DEAD_MAN_S } from "./signals";

/** "blocked": the browser waits for a click or a key. "none": there is nothing to sound with. */
export type AudioState = "running" | "blocked" | "none";

const LEVEL = 0.8;
/** A sound that begins now begins so much later, s: what is laid into the past loses its first pulse. */
const LEAD_S = 0.05;

/** The part of an AudioContext that is needed; an OfflineAudioContext has it too. */
export type Context = BaseAudioContext & { readonly resume?: () => Promise<void> };

export class Sounder {
  readonly context: Context | null;
  readonly analyser: AnalyserNode | null;
  /** What is being played; null for silence. */
  playing: SoundName | null = null;
  /** When the dead man sounds, by the audio clock; null where he was never armed. */
  deadManAt: number | null = null;
  private readonly buffers = new Map<SoundName, AudioBuffer>();
  private source: AudioBufferSourceNode | null = null;
  private deadMan: AudioBufferSourceNode | null = null;
  private readonly out: AudioNode | null = null;

  constructor(
    make: () => Context,
    private readonly changed: () => void = () => {},
    /** Whether it alarms by itself when the center is silent: on pages of a watch. */
    private readonly guards = true,
  ) {
    this.context = made(make);
    this.analyser = this.context?.createAnalyser() ?? null;
    if (this.context === null || this.analyser === null) return;
    const gain = this.context.createGain();
    gain.gain.value = LEVEL;
    gain.connect(this.analyser);
    this.analyser.connect(this.context.destination);
    this.out = gain;
    this.context.addEventListener("statechange", () => {
      if (this.state === "running") this.begin();
      this.changed();
    });
    if (this.state === "running") this.begin();
  }

  /** The browser lets it sound: what should be heard by now is, and the dead man waits from now on. */
  private begin(): void {
    stop(this.source);
    this.source = this.playing === null ? null : this.lay(this.playing, LEAD_S);
    this.ticked();
  }

  get state(): AudioState {
    if (this.context === null || this.context.state === "closed") return "none";
    return this.context.state === "running" ? "running" : "blocked";
  }

  /** A person touched the page: the browser may let it sound now. */
  unblock(): void {
    if (this.state === "blocked") void this.context?.resume?.().catch(() => this.changed());
  }

  /** Sound this over and over from now on; null for silence. What is sounding already goes on undisturbed. */
  play(name: SoundName | null): void {
    if (name === this.playing) return;
    this.playing = name;
    stop(this.source);
    this.source = name === null ? null : this.lay(name, LEAD_S);
  }

  /** The center lives: the dead man waits another five seconds. */
  ticked(): void {
    if (!this.guards || this.context === null || this.state !== "running") return;
    stop(this.deadMan);
    this.deadManAt = this.context.currentTime + DEAD_MAN_S;
    this.deadMan = this.lay("high", DEAD_MAN_S);
  }

  private lay(name: SoundName, inS: number): AudioBufferSourceNode | null {
    const { context, out } = this;
    if (context === null || out === null || this.state !== "running") return null;
    const source = context.createBufferSource();
    source.buffer = this.buffer(context, name);
    source.loop = true;
    source.connect(out);
    source.start(context.currentTime + inS);
    return source;
  }

  private buffer(context: Context, name: SoundName): AudioBuffer {
    const known = this.buffers.get(name);
    if (known !== undefined) return known;
    const samples = loopSamples(name, context.sampleRate);
    const buffer = context.createBuffer(1, samples.length, context.sampleRate);
    buffer.copyToChannel(samples, 0);
    this.buffers.set(name, buffer);
    return buffer;
  }
}

function made(make: () => Context): Context | null {
  try {
    return make();
  } catch {
    // A browser without sound: the page says so.
    return null;
  }
}

function stop(source: AudioBufferSourceNode | null): void {
  if (source === null) return;
  source.stop();
  source.disconnect();
}
