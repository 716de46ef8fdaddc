/** What both pages of the telephone have: the sheet of keys, the palette, preferences of this screen, the head. */

import { html, nothing, type TemplateResult } from "lit";
import { type Act, actFor, typing } from "../chrome/acts";
import { measured } from "../chrome/calibration";
import { clockTime, day, duration, zone } from "../chrome/format";
import { go } from "../chrome/leaving";
import { Overlays } from "../chrome/overlay_state";
import type { Choice } from "../chrome/overlays";
import { loadPrefs, type Prefs, savePrefs } from "../chrome/prefs";
import { Redraw } from "../chrome/redraw";
import type { DeskClient } from "../desk/client";
import { Commands } from "../desk/commands";
import type { PatientState } from "../protocol/messages";
import { callerOf, guessWords, stateWords } from "./words";
import { isUnattended } from "./entity";
import { takeCall } from "./call_line";
import { readTold, type Told } from "./told";

const AGAIN_MS = 3_000;

export abstract class Frame {
  prefs: Prefs = loadPrefs();
  readonly overlays: Overlays;
  readonly station = { picture: null };
  readonly commands: Commands;
  told: Told | null = null;
  failure: string | null = null;
  private readonly redraw = new Redraw(() => {
    this.prefs = measured(this.prefs);
    this.draw();
  });

  constructor(
    readonly root: HTMLElement,
    readonly desk: DeskClient,
  ) {
    document.documentElement.dataset.theme = "dark";
    this.commands = new Commands(() => desk.me?.csrf ?? "");
    this.overlays = new Overlays(this, () => this.acts);
    desk.listen(() => this.refresh());
    // No tile is here; that the page is seen is told all the same, so that a station that goes dark with a patient on the line is known (R18).
    desk.onTick((nonce) => desk.painted(document.visibilityState === "visible", [], nonce));
    document.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.refresh()).observe(root);
    setInterval(() => this.refresh(), 250);
    setInterval(() => void this.load(), AGAIN_MS);
    // What a page is about is known only once it is made.
    queueMicrotask(() => void this.load());
    this.refresh();
  }

  /** What is asked of the desk. */
  protected abstract get question(): string;
  abstract get acts(): readonly Act[];
  protected abstract draw(): void;
  /** Keys before those of the acts; true where one was taken. */
  protected abstract catches(event: KeyboardEvent): boolean;
  abstract escape(): void;

  async load(): Promise<void> {
    try {
      this.told = readTold(await this.commands.read(this.question));
      this.failure = null;
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
    this.refresh();
  }

  private key(event: KeyboardEvent): void {
    if (typing(event.target)) {
      if (this.catches(event)) event.preventDefault();
      else if (event.key === "Escape") (event.target as HTMLElement).blur();
      return;
    }
    if (this.overlays.catches(event) || (this.overlays.shown === null && this.catches(event))) return event.preventDefault();
    if (event.defaultPrevented) return;
    const presses = event.key === "Enter" || event.key === " ";
    if (presses && event.target instanceof HTMLElement && event.target.matches("button, a, summary")) return;
    const act = actFor(this.acts, event);
    if (act === undefined) return;
    event.preventDefault();
    act.run();
  }

  /** What both pages do. */
  protected common(): readonly Act[] {
    return [
      { group: "Go", label: "take the call that waits longest", keys: ["T"], run: () => takeCall() },
      { group: "Go", label: "back to the wall", keys: ["w"], run: () => go("/") },
      { group: "Go", label: "search calls, pages and acts", keys: ["Ctrl+K"], run: () => this.overlays.show("palette") },
      { group: "Go", label: "this sheet", keys: ["?"], run: () => this.overlays.show(this.overlays.shown === "help" ? null : "help") },
      { group: "Go", label: "close what was opened last", keys: ["Esc"], keyOnly: true, run: () => (this.overlays.shown === null ? this.escape() : this.overlays.show(null)) },
    ];
  }

  choices(): readonly Choice[] {
    return this.desk.store.all("telephone").map((one) => ({ label: `${callerOf(one)} ${guessWords(one)}`.trim(), hint: `call ${one.call}, ${stateWords(one, this.desk.now)}`, run: () => go(`/telephone/${one.call}`) }));
  }

  set(change: Partial<Prefs>): void {
    this.prefs = { ...this.prefs, ...change };
    savePrefs(this.prefs);
    this.refresh();
  }

  open(id: string): void {
    go(`/patient/${id}`);
  }

  shownName({ patient, id }: PatientState): string {
    return patient || id;
  }

  refresh(): void {
    this.redraw.soon();
  }

  drawNow(): void {
    this.redraw.now();
  }

  /** How many nobody has. */
  protected get waiting(): number {
    return this.desk.store.all("telephone").filter(isUnattended).length;
  }

  /** The end of the head: what is wrong with the desk, its clock, search and keys. */
  protected tail(): TemplateResult {
    const { desk } = this;
    const { me } = desk;
    const dead = desk.dead && desk.store.n !== null;
    return html`${dead ? html`<b class="cut" role="alert">No word from the desk<span aria-hidden="true"> for ${duration(desk.sinceTick)}</span>: what is shown is old.</b>` : nothing}
      <span class="who-here"><b>${me?.staff?.name ?? (me?.sign_in === "off" ? "console" : "")}</b> <span class="faint">${me?.station?.name ?? "no station"}</span></span>
      <time class=${desk.dead ? "clock cut-off" : "clock"}><b>${desk.store.n === null ? "––:––:––" : clockTime(desk.now)}</b><span>${zone(desk.now)}<span class="date"> · ${day(desk.now)}</span></span></time>
      <span class="tools"><button class="quiet" @click=${() => this.overlays.show("palette")} aria-label="search"><kbd>Ctrl K</kbd></button><button class="quiet" @click=${() => this.overlays.show("help")} aria-label="keys"><kbd>?</kbd></button></span>`;
  }
}
