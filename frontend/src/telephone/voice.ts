/** Speaking with the patient: the microphone to the line, the line to this machine's ears. Silent while a strip comes. */

import workletUrl from "./voice_worklet?worker&url";

/** "heard": the patient is heard, and cannot hear us; `why` says so. */
export type VoiceState = "off" | "joining" | "talking" | "heard" | "over";

/** Where the browser waits for a touch of the page before it plays anything. */
const TOUCHES = ["pointerdown", "keydown"] as const;

const TONE_LEVEL = 0.2;

/** Closings of the line's socket in words. */
const CLOSED: Readonly<Record<number, string>> = {
  1008: "the center did not take what this page sent",
  4401: "nobody is signed in any more",
  4403: "calls are not for this role",
  4404: "somebody else has the call, or its line is down",
};

export class Voice {
  state: VoiceState = "off";
  /** Why the patient cannot hear us, or why it is over. */
  why = "";
  /** By hand. */
  muted = false;
  /** Because a strip comes. */
  hushed = false;
  private socket: WebSocket | null = null;
  private context: AudioContext | null = null;
  private microphone: MediaStream | null = null;
  private hearing: AudioWorkletNode | null = null;
  private level: GainNode | null = null;

  constructor(
    private readonly call: number,
    private readonly changed: () => void,
  ) {}

  /** Join the line: first to hear, then to speak where this machine and its person let us. */
  async join(): Promise<void> {
    if (this.state === "joining" || this.state === "talking" || this.state === "heard") return;
    this.put("joining", "");
    try {
      const context = new AudioContext();
      this.context = context;
      await context.audioWorklet.addModule(workletUrl);
      context.addEventListener("statechange", () => this.changed());
      const wake = () => {
        if (context.state === "suspended") void context.resume().catch(() => {});
        if (context.state === "closed") for (const touch of TOUCHES) document.removeEventListener(touch, wake, true);
      };
      for (const touch of TOUCHES) document.addEventListener(touch, wake, true);
      this.hearing = new AudioWorkletNode(context, "hearing", { numberOfInputs: 0, outputChannelCount: [1] });
      this.level = context.createGain();
      this.hearing.connect(this.level).connect(context.destination);
      this.setLevel();
    } catch {
      return this.end("this browser plays no sound of the line");
    }
    this.connect();
  }

  private connect(): void {
    const url = new URL(`/telephone/${this.call}/voice`, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onmessage = ({ data }: MessageEvent<unknown>) => this.heard(data);
    socket.onclose = ({ code }) => {
      if (this.socket === socket) this.end(this.why || (CLOSED[code] ?? (code === 1000 ? "the line is down" : "the line's sound was lost")));
    };
  }

  private heard(data: unknown): void {
    if (data instanceof ArrayBuffer) {
      this.play(new Int16Array(data, 0, data.byteLength >> 1));
      return;
    }
    const told = said(data);
    if (told.type === "open") void this.speak();
    else if (told.type === "lost") this.play(new Int16Array(Math.min(16_000, Math.max(0, Number(told.samples) || 0))));
    else if (told.type === "over") this.why = typeof told.why === "string" ? told.why : "the line is down";
  }

  private play(sound: Int16Array): void {
    this.hearing?.port.postMessage(sound);
  }

  /** The microphone, where there is one and it may be used. */
  private async speak(): Promise<void> {
    const { context } = this;
    if (context === null) return;
    try {
      this.microphone = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true } });
    } catch (error) {
      return this.put("heard", microphoneWords(error));
    }
    if (this.context !== context) return this.release();
    const speaking = new AudioWorkletNode(context, "speaking", { numberOfOutputs: 1 });
    speaking.port.onmessage = ({ data }: MessageEvent<Int16Array>) => this.send(data);
    context.createMediaStreamSource(this.microphone).connect(speaking);
    // A node that leads nowhere is not asked for sound; this one gives none.
    speaking.connect(context.destination);
    this.put("talking", "");
  }

  private send(sound: Int16Array): void {
    if (this.silent || this.socket?.readyState !== WebSocket.OPEN) return;
    this.socket.send(sound.buffer as ArrayBuffer);
  }

  /** The browser plays nothing, and records nothing, before somebody touches the page. */
  get blocked(): boolean {
    return this.context !== null && this.context.state === "suspended";
  }

  /** Nothing of this room goes to the patient now. */
  get silent(): boolean {
    return this.muted || this.hushed;
  }

  mute(on = !this.muted): void {
    this.muted = on;
    this.changed();
  }

  /** A strip comes: the microphone is silent until it is over, for a voice would be in the tone. */
  hush(on: boolean): void {
    if (this.hushed === on) return;
    this.hushed = on;
    this.setLevel();
    this.changed();
  }

  /** The tone of a strip is loud in an ear: it is heard softly. */
  private setLevel(): void {
    if (this.level !== null) this.level.gain.value = this.hushed ? TONE_LEVEL : 1;
  }

  leave(): void {
    if (this.state !== "off") this.end("");
  }

  private end(why: string): void {
    const { socket, context } = this;
    this.socket = this.context = this.hearing = null;
    socket?.close();
    void context?.close().catch(() => {});
    this.release();
    this.put("over", why);
  }

  private release(): void {
    for (const track of this.microphone?.getTracks() ?? []) track.stop();
    this.microphone = null;
  }

  private put(state: VoiceState, why: string): void {
    [this.state, this.why] = [state, why];
    this.changed();
  }
}

function said(data: unknown): Readonly<Record<string, unknown>> {
  try {
    const told: unknown = JSON.parse(String(data));
    return typeof told === "object" && told !== null ? (told as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Why there is no microphone, for whoever sits before it. */
export function microphoneWords(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError") return "the browser does not give the microphone to this page: allow it beside the address, then join again";
  if (name === "NotFoundError") return "this machine has no microphone";
  if (name === "NotReadableError") return "another program has the microphone";
  return "this browser gives no microphone (it does so over https or on the center's own machine alone)";
}

/** What stands on the page about it. */
export function voiceWords({ state, why, muted, hushed, blocked }: Pick<Voice, "state" | "why" | "muted" | "hushed" | "blocked">): string {
  if (blocked) return "The browser holds sound back: press a key, and you and the patient hear each other.";
  if (state === "off") return "You do not hear the patient yet.";
  if (state === "joining") return "Joining the line.";
  if (state === "over") return why === "" ? "You left the line." : `Not on the line: ${why}.`;
  if (state === "heard") return `You hear the patient; the patient does not hear you: ${why}.`;
  if (hushed) return "A strip comes: your microphone is off by itself until it is over. You hear the tone, softly.";
  return muted ? "Your microphone is off. You hear the patient." : "You speak with the patient.";
}
