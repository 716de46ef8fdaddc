/** The session of this page: who am I, what locks, what ends; a lock hides the controls and leaves the wall. */

import { act, askMe, type Me, Refused } from "./me";
import { browserWords, unlockByPasskey } from "./passkey";

const ASK_MS = 15_000;
/** The center is told at most this often that somebody is there. */
const ALIVE_MS = 60_000;
/** What can be acted on: hidden from hands and keys while locked, not from eyes. */
const CONTROLS = ".tools, .tiles, .bottom, .panel, .sheet, .alarms";

export class PageSession {
  me: Me;
  /** Why unlocking failed; null where it did not. */
  failure: string | null = null;
  busy = false;
  private lastAlive = 0;
  private readonly listeners = new Set<() => void>();

  constructor(
    me: Me,
    private readonly ended: () => void,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.me = me;
    this.lastAlive = now();
    if (me.sign_in !== "in") return;
    setInterval(() => void this.ask(), ASK_MS);
    setInterval(() => this.seal(), 500);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") void this.ask();
    });
    for (const kind of ["pointerdown", "keydown"]) {
      window.addEventListener(kind, (event) => this.used(event), { capture: true });
    }
    this.seal();
  }

  get locked(): boolean {
    return this.me.session?.locked === true;
  }

  listen(listener: () => void): void {
    this.listeners.add(listener);
  }

  async ask(): Promise<void> {
    const me = await askMe();
    if (me !== null) this.told(me);
  }

  async lock(): Promise<void> {
    await this.does("/api/session/lock", {});
  }

  async unlock(secret: string, code: string): Promise<void> {
    await this.does("/api/session/unlock", { secret, code });
  }

  async unlockWithPasskey(): Promise<void> {
    await this.trying(async () => {
      await unlockByPasskey(this.me.csrf);
      await this.ask();
    });
  }

  async signOut(): Promise<void> {
    await this.trying(async () => {
      await act("/api/sign-out", {}, this.me.csrf);
      this.ended();
    });
  }

  private async does(path: string, body: object): Promise<void> {
    await this.trying(async () => {
      await act(path, body, this.me.csrf);
      await this.ask();
    });
  }

  private async trying(doing: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.failure = null;
    this.changed();
    try {
      await doing();
    } catch (error) {
      this.failure = error instanceof Refused ? error.message : browserWords(error);
      if (error instanceof Refused && error.status === 401 && error.reason === "sign_in") await this.ask();
    } finally {
      this.busy = false;
      this.changed();
    }
  }

  private told(me: Me): void {
    if (me.sign_in === "needed") {
      this.ended();
      return;
    }
    this.me = me;
    this.seal();
    this.changed();
  }

  /** Somebody pressed something: the center hears of it, or, while locked, nothing does. */
  private used(event: Event): void {
    if (this.locked) {
      const inside = event.target instanceof Element && event.target.closest(".lock-bar") !== null;
      if (!inside) event.stopImmediatePropagation();
      if (!inside && event instanceof KeyboardEvent && event.key.length === 1)
        document.querySelector<HTMLInputElement>(".lock-bar input")?.focus();
      return;
    }
    if (this.now() - this.lastAlive < ALIVE_MS) return;
    this.lastAlive = this.now();
    act("/api/session/alive", {}, this.me.csrf).catch(() => this.ask());
  }

  /** Lit draws the controls anew whenever it likes, so they are sealed again and again while locked. */
  private seal(): void {
    document.documentElement.classList.toggle("locked", this.locked);
    for (const part of document.querySelectorAll<HTMLElement>(CONTROLS)) part.inert = this.locked;
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
