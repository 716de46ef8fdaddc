/** The line that stands over every page of a station: a patient calls, who it may be, and the key that takes the call. */

import { render } from "lit";
import { answersCalls, callsPressing } from "../alarm/here";
import { Sounder } from "../alarm/sounder";
import { layFlashes } from "../alarm/signals";
import { typing } from "../chrome/acts";
import { go, openWindow } from "../chrome/leaving";
import { loadPrefs } from "../chrome/prefs";
import type { DeskClient } from "../desk/client";
import { Commands } from "../desk/commands";
import { ALARMS } from "../wall/findings";
import { isOnLine, type Telephone, waitingOf } from "./entity";
import { lineView } from "./line_view";
import { CallAnnouncer } from "./words";

const LOOK_MS = 500;
/** How long an answer of the desk stands in the line, ms. */
const SAID_MS = 8_000;
/** This screen belongs to a center with a telephone: kept, so that the first call of a night moves nothing. */
const KEPT = "einthoven.telephone";

/** The line of this page; null where it has none. */
let line: CallLine | null = null;

/** What the key T does on every page: takes the call that waits longest, else opens the page of calls. */
export function takeCall(): void {
  if (line === null) go("/telephone");
  else line.strike();
}

/** What is heard of the line on pages without a watch; null where nothing can be. */
export const soundOfCalls = (): Sounder | null => line?.sounder ?? null;

export class CallLine {
  /** Made once calls can come here: no page without them asks for sound. */
  sounder: Sounder | null = null;
  private readonly host = document.createElement("div");
  private readonly announcer = new CallAnnouncer();
  private readonly commands: Commands;
  private said: { readonly words: string; readonly at: number } | null = null;
  private shown = false;
  private busy = false;
  private struck = false;

  /** `sounds`: nothing else of this page sounds; where the watch does, it sounds calls as well. */
  constructor(
    private readonly desk: DeskClient,
    private readonly sounds: boolean,
    private readonly call: number | null = null,
  ) {
    line = this;
    this.host.className = "call-line-host";
    this.commands = new Commands(() => desk.me?.csrf ?? "");
    desk.listen(() => this.look());
    window.addEventListener("keydown", (event) => this.key(event));
    setInterval(() => this.look(), LOOK_MS);
    this.look();
  }

  /** Calls that nobody has, the one to take first. */
  get waiting(): readonly Telephone[] {
    return this.desk.dead || !answersCalls(this.desk.store) ? [] : waitingOf(this.desk.store.all("telephone"));
  }

  /** A call that I have, and that is still on the line, on another page than this. */
  private get mine(): Telephone | null {
    const me = this.desk.me?.staff?.id;
    if (me === undefined) return null;
    return this.desk.store.all("telephone").find((one) => one.state === "taken" && one.taken_by?.id === me && one.call !== this.call) ?? null;
  }

  /** Whether the space is kept: where patients may telephone, and somebody who answers them is signed in. */
  private get kept(): boolean {
    const { store, me } = this.desk;
    if (me === undefined) return this.shown || (store.n === null && remembered());
    if (!answersCalls(store)) return false;
    return store.get("center")?.telephone === true || store.all("telephone").length > 0;
  }

  private look(): void {
    const kept = this.kept;
    if (kept !== this.shown) {
      this.shown = kept;
      document.body.classList.toggle("with-calls", kept);
      if (kept) document.body.prepend(this.host);
      else this.host.remove();
    }
    if (kept && this.sounds && this.sounder === null) this.sound();
    if (this.desk.me !== undefined) remember(kept);
    const pressing = this.desk.dead ? [] : callsPressing(this.desk.store);
    const paused = (this.desk.me?.audio.paused_until_ms ?? 0) > this.desk.now;
    const sound = ALARMS.find((priority) => pressing.includes(priority)) ?? null;
    this.sounder?.play(sound === null ? null : paused ? "reminder" : sound);
    if (this.struck && this.desk.store.whole) this.strike();
    this.draw();
  }

  private sound(): void {
    layFlashes(document.documentElement.style);
    this.sounder = new Sounder(() => new AudioContext(), () => this.draw(), false);
    for (const touch of ["pointerdown", "keydown"] as const) document.addEventListener(touch, () => this.sounder?.unblock(), { capture: true });
  }

  private draw(): void {
    if (!this.shown) return;
    const { desk } = this;
    const said = this.said !== null && performance.now() - this.said.at < SAID_MS ? this.said.words : null;
    const blocked = this.sounder?.state === "blocked";
    const model = { waiting: this.waiting, mine: this.mine, calls: desk.store.all("telephone"), now: desk.now, privacy: loadPrefs().privacy, known: desk.store.n !== null && !desk.dead, blocked, said, spoken: this.announcer.text(this.waiting) };
    render(lineView(model, { take: (one) => void this.take(one), open: (one) => this.open(one), unblock: () => this.sounder?.unblock() }), this.host);
  }

  /** T struck anywhere but in a field; pages with a list of keys bring it themselves. */
  private key(event: KeyboardEvent): void {
    if (event.key !== "T" || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.repeat || typing(event.target)) return;
    if (document.querySelector(".sheet") !== null || !this.shown) return;
    event.preventDefault();
    this.strike();
  }

  strike(): void {
    // Struck before the desk has said what waits: heard once it has.
    this.struck = this.desk.store.n === null;
    if (this.struck) return;
    const [first] = this.waiting;
    const { mine } = this;
    if (first !== undefined) void this.take(first);
    else if (mine !== null) this.open(mine);
    else if (this.call === null && !/^\/telephone\/?$/.test(location.pathname)) go("/telephone");
  }

  /** Take a call and open it: in this window, unless that would end what only this window shows. */
  private async take(one: Telephone): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    const beside = this.beside;
    // A window is opened at once: later the browser would not take it for what somebody asked for.
    if (beside) this.open(one);
    const answer = await this.commands.ask("telephone.take", { call: one.call });
    this.busy = false;
    if (!answer.ok) {
      this.said = { words: answer.words, at: performance.now() };
      this.draw();
    } else if (!beside && one.call !== this.call) this.open(one);
  }

  /** The page that is open cannot be left without a loss: watches are displayed on it, or another call is spoken on it. */
  private get beside(): boolean {
    const displays = location.pathname === "/" && (this.desk.me?.watches.held ?? 0) > 0;
    const here = this.call === null ? undefined : this.desk.store.get("telephone", this.call);
    const speaks = here !== undefined && isOnLine(here) && here.taken_by?.id === this.desk.me?.staff?.id;
    return displays || speaks;
  }

  private open(one: Telephone): void {
    const path = `/telephone/${one.call}`;
    if (one.call === this.call) return;
    if (this.beside) openWindow(path);
    else go(path);
  }
}

function remembered(): boolean {
  try {
    return localStorage.getItem(KEPT) === "yes";
  } catch {
    return false;
  }
}

function remember(kept: boolean): void {
  try {
    if (kept) localStorage.setItem(KEPT, "yes");
    else localStorage.removeItem(KEPT);
  } catch {
    // A browser that keeps nothing shows the line once the desk has spoken.
  }
}
