/** On the audio thread: the microphone down to the telephone's rate, the caller's sound up to this machine's. */

import { Resampler, toFloat, toInt16 } from "./resampler";

/** What the audio thread gives; the types of pages do not know it. */
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
  abstract process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
}
declare const sampleRate: number;
declare function registerProcessor(name: string, made: new () => AudioWorkletProcessor): void;

const LINE_HZ = 8000;
/** 20 ms a message. */
const CHUNK = LINE_HZ / 50;
/** The caller is heard so late, s: what comes unevenly plays evenly. Beyond the most, what is oldest is left out. */
const LATE_S = 0.12;
const MOST_S = 1;

class Speaking extends AudioWorkletProcessor {
  private readonly down = new Resampler(sampleRate, LINE_HZ);
  private kept: number[] = [];

  process([input]: Float32Array[][]): boolean {
    const mono = input?.[0];
    if (mono === undefined) return true;
    this.kept.push(...toInt16(this.down.feed(mono)));
    while (this.kept.length >= CHUNK) {
      const chunk = Int16Array.from(this.kept.splice(0, CHUNK));
      this.port.postMessage(chunk, [chunk.buffer]);
    }
    return true;
  }
}

class Hearing extends AudioWorkletProcessor {
  private readonly up = new Resampler(LINE_HZ, sampleRate);
  private queue: Float32Array[] = [];
  private ahead = 0;
  private place = 0;
  private plays = false;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<Int16Array>) => {
      const sound = this.up.feed(toFloat(data));
      this.queue.push(sound);
      this.ahead += sound.length;
      while (this.ahead > MOST_S * sampleRate && this.queue.length > 1) {
        this.ahead -= this.queue.shift()!.length - this.place;
        this.place = 0;
      }
    };
  }

  process(_inputs: Float32Array[][], [output]: Float32Array[][]): boolean {
    const out = output?.[0];
    if (out === undefined) return true;
    this.plays = this.ahead >= (this.plays ? out.length : LATE_S * sampleRate);
    for (let i = 0; this.plays && i < out.length; i++) {
      const [first] = this.queue;
      if (first === undefined) break;
      out[i] = first[this.place++]!;
      this.ahead--;
      if (this.place < first.length) continue;
      this.queue.shift();
      this.place = 0;
    }
    return true;
  }
}

registerProcessor("speaking", Speaking);
registerProcessor("hearing", Hearing);
