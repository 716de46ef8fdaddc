/** `/telephone/N`: one call, from its first ring to its outcome: who it is, the strip as it grows, what to say, what was said. */

import { render } from "lit";
import type { Act } from "../chrome/acts";
import { clockTime } from "../chrome/format";
import { go } from "../chrome/leaving";
import type { DeskClient } from "../desk/client";
import type { Case, Person } from "../desk/entities";
import { EmergencySide } from "../desk/emergency_side";
import { type Draft, draftOf, merged, same } from "./asking";
import { callActs } from "./call_acts";
import { callView } from "./call_view";
import { isOnLine, isUnattended, type StripTold, type Telephone } from "./entity";
import { Frame } from "./frame";
import { NOTED } from "./say_view";
import { StripPane } from "./strip_pane";
import { found, type Instruction, type Known, type RecorderKind } from "./told";
import { Voice } from "./voice";
import { callerOf, guessWords, stateWords } from "./words";

const SAID_MS = 10_000;
/** How many are shown of those who are found. */
const MOST = 6;

/** So far a case may begin before or behind the strip that it is of, ms: one of a symptom reaches a minute back, and what is placed later lies later. */
const NEAR_MS = 120_000;

/** Whether a case is of a strip: it is this patient's, and began while the strip lasts. */
const liesOn = ({ stream, onset_ms }: Case, { stream: of, start, samples, closed_ms }: StripTold): boolean =>
  stream === of && start !== null && closed_ms !== null && onset_ms !== null && onset_ms > closed_ms - samples * 4 - NEAR_MS && onset_ms < closed_ms + NEAR_MS;

/** What is asked of a strip: it counts for nothing, it is another person's, which recorder played it. */
export type StripAsk = "strike" | "move" | "played";

export class CallPage extends Frame {
  readonly pane: StripPane;
  readonly voice: Voice;
  readonly emergency: EmergencySide;
  readonly acts: readonly Act[];
  /** What is typed of what the patient says; null: as it is on record. */
  draft: Draft | null = null;
  /** Words by which a patient is looked for. */
  query = "";
  at = 0;
  /** Another patient is to be tied although one is. */
  again = false;
  /** Hanging up is asked once more. */
  hanging = false;
  step = 0;
  guide = 0;
  outcome = "";
  note = "";
  /** What was said when the patient was called back. */
  spoken = "";
  /** Something is asked of a strip, and its number. */
  asking: { readonly what: StripAsk; readonly strip: number } | null = null;
  busy = "";
  light = false;
  /** It is handed to another, or taken from another. */
  passing = false;
  /** Why it is another patient's after all. */
  why = "";
  private base: Draft | null = null;
  private said: { readonly words: string; readonly bad: boolean; readonly at: number } | null = null;
  private joined = false;

  constructor(
    root: HTMLElement,
    desk: DeskClient,
    readonly number: number,
  ) {
    super(root, desk);
    this.pane = new StripPane(number, { prefs: () => this.prefs, light: () => this.light, refresh: () => this.refresh() });
    this.voice = new Voice(number, () => this.refresh());
    this.emergency = new EmergencySide(desk, this);
    this.acts = [...callActs(this), ...this.common()];
    window.addEventListener("pagehide", () => this.voice.leave());
    window.addEventListener("beforeunload", (event) => {
      if (this.changing) event.preventDefault();
    });
  }

  protected get question(): string {
    return `telephone/${this.number}`;
  }

  /** The call as the desk tells it; of one that was closed long ago as the list does. */
  get call(): Telephone | null {
    return this.desk.store.get("telephone", this.number) ?? this.told?.calls.find(({ call }) => call === this.number) ?? null;
  }

  get mine(): boolean {
    const { call } = this;
    return call?.taken_by != null && !isUnattended(call) && call.state !== "closed" && call.taken_by.id === this.id;
  }

  /** My number; 0 where nobody signs in. */
  get id(): number {
    const { me } = this.desk;
    return me?.staff?.id ?? (me?.sign_in === "off" ? 0 : -1);
  }

  get supervises(): boolean {
    return this.desk.me?.staff?.roles.includes("supervisor") ?? false;
  }

  /** Somebody else has it. */
  get withAnother(): boolean {
    const { call } = this;
    return call !== null && !this.mine && !isUnattended(call) && call.state !== "closed";
  }

  /** Strips of an open call are its holder's; those of a closed one a supervisor puts right. */
  get maySetRight(): boolean {
    return this.call?.state === "closed" ? this.supervises : this.mine;
  }

  /** Others who are at a station, to whom it may be offered. */
  get others(): readonly Person[] {
    return this.desk.store.all("person").filter(({ id, station, alive }) => id !== this.id && station !== null && alive);
  }

  /** Strips of it lie in somebody's ECG. */
  get placed(): boolean {
    return this.call?.strips.some(({ start, struck }) => start !== null && struck === "") ?? false;
  }

  /** A strip comes now. */
  get coming(): boolean {
    const { call } = this;
    return call !== null && isOnLine(call) && call.strips.some(({ closed_ms }) => closed_ms === null);
  }

  get patients(): readonly Known[] {
    return this.told?.patients ?? [];
  }

  get results(): readonly Known[] {
    return this.query.trim() === "" ? [] : found(this.patients, this.query).slice(0, MOST);
  }

  /** Kinds of recorders that a strip may be read by. */
  get recorders(): readonly RecorderKind[] {
    return this.told?.recorders ?? [];
  }

  get guides(): readonly Instruction[] {
    return this.told?.instructions ?? [];
  }

  /** Born when, of a patient of the service; "" where that is not known. */
  born(stream: string): string {
    return this.patients.find((one) => one.stream === stream)?.born || (stream === this.call?.stream && this.call.born) || this.call?.guesses.find((one) => one.stream === stream)?.born || "";
  }

  get asked(): Draft | null {
    const { call } = this;
    if (call === null) return null;
    return this.draft ?? draftOf(call.asked);
  }

  get changing(): boolean {
    const { call, draft } = this;
    return call !== null && draft !== null && !same(draft, draftOf(call.asked));
  }

  /** Cases of the patient that came of this call. */
  get cases(): readonly Case[] {
    const { call } = this;
    if (call === null || call.stream === null) return [];
    // A case may be told before the call that names it.
    const named = new Set(call.strips.flatMap(({ cases }) => cases));
    return this.desk.store.all("case").filter((one) => named.has(one.id) || call.strips.some((strip) => liesOn(one, strip)));
  }

  words(): { readonly words: string; readonly bad: boolean } | null {
    // Why something was not done stays until the next act: nobody misses it who looked away.
    return this.said !== null && (this.said.bad || performance.now() - this.said.at < SAID_MS) ? this.said : null;
  }

  // ---- what is typed -------------------------------------------------------------------------------------

  type(change: Partial<Draft>): void {
    const { call } = this;
    if (call === null) return;
    if (this.draft === null) this.base = draftOf(call.asked);
    this.draft = { ...(this.draft ?? draftOf(call.asked)), ...change };
    this.mended();
  }

  async keep(): Promise<boolean> {
    const { call, draft, base } = this;
    if (call === null || draft === null || base === null || !this.changing) return true;
    const whole = merged(base, draft, draftOf(call.asked));
    const done = await this.act("telephone.ask", { ...whole }, `On record at ${clockTime(this.desk.now)}.`);
    // What was typed meanwhile stays to be kept.
    if (done && this.draft === draft) this.draft = this.base = null;
    else if (done) this.base = whole;
    return done;
  }

  search(words: string): void {
    [this.query, this.at] = [words, 0];
    this.refresh();
  }

  move(by: number): void {
    this.at = Math.max(0, Math.min(this.results.length - 1, this.at + by));
    this.refresh();
  }

  /** Somebody else's after all. */
  tieAgain(): void {
    this.again = true;
    this.drawNow();
    this.root.querySelector<HTMLElement>("input[name=who]")?.focus();
  }

  /** A strip counts for nothing, or is another person's: why. */
  ask(strip: number, what: StripAsk): void {
    this.asking = { strip, what };
    this.drawNow();
    this.root.querySelector<HTMLElement>(".strip-asks :is(select, input)")?.focus();
  }

  choose(outcome: string): void {
    this.outcome = this.outcome === outcome ? "" : outcome;
    this.mended();
  }

  speak(words: string): void {
    this.spoken = words;
    this.mended();
  }

  write(note: string): void {
    this.note = note;
    this.mended();
  }

  /** Something is mended: why it was not done is said no more. */
  private mended(): void {
    if (this.said?.bad) this.said = null;
    this.refresh();
  }

  // ---- acts ----------------------------------------------------------------------------------------------

  async take(): Promise<void> {
    const { call } = this;
    if (call !== null && this.withAnother && call.offered_to?.id !== this.id) {
      // Who has it offers it; a supervisor takes it, and says why.
      if (!this.supervises) return this.tell(`${call.taken_by?.name ?? "somebody"} has the call, and may offer it to you`, true);
      this.passing = true;
      this.drawNow();
      return this.root.querySelector<HTMLElement>(".passing input")?.focus();
    }
    if (await this.act("telephone.take", {}, "")) await this.join();
  }

  /** Hear the patient and speak: the browser asks for the microphone. */
  async join(): Promise<void> {
    this.joined = true;
    if (this.call?.line !== "file") await this.voice.join();
  }

  /** A supervisor takes it from its holder, with the reason. */
  async takeOver(why: string): Promise<void> {
    if (!(await this.act("telephone.take_over", { why }, ""))) return;
    this.passing = false;
    await this.join();
  }

  /** Another is asked to take it over; until they do it stays where it is. */
  async offer(to: number): Promise<void> {
    if (await this.act("telephone.offer", { to }, "Offered. You have it until they take it.")) this.passing = false;
  }

  async letGo(): Promise<void> {
    if (await this.act("telephone.leave", {}, "Nobody has the call now: it sounds at every station.")) this.passing = false;
  }

  pass(): void {
    this.passing = !this.passing;
    this.drawNow();
    this.root.querySelector<HTMLElement>(".passing :is(select, input)")?.focus();
  }

  async tie(stream: string): Promise<void> {
    const moves = this.placed;
    if (moves && this.why.trim() === "") {
      this.tell("say why: strips of this call lie in the other patient's ECG already", true);
      this.root.querySelector<HTMLElement>("input[name=why]")?.focus();
      return;
    }
    if (await (moves ? this.act("telephone.move", { stream, why: this.why.trim() }, "Its strips are moved to that patient.") : this.act("telephone.tie", { stream }, ""))) {
      this.why = "";
      this.again = false;
      this.search("");
      (document.activeElement as HTMLElement | null)?.blur();
    }
  }

  /** A digit: the guess of that number is who the patient says to be. */
  digit(digit: number): void {
    const guess = this.call?.guesses.filter(({ stream }) => stream !== this.call?.stream)[digit - 1];
    if (guess !== undefined && (this.call?.stream === null || this.again)) void this.tie(guess.stream);
  }

  async hang(sure = this.hanging): Promise<void> {
    const { call } = this;
    if (call === null || !isOnLine(call)) return this.tell("the line is down already", true);
    if (!sure) {
      this.hanging = true;
      this.drawNow();
      this.root.querySelector<HTMLElement>(".hanging .main")?.focus();
      return;
    }
    this.hanging = false;
    await this.act("telephone.hang", {}, "");
  }

  async close(): Promise<void> {
    if (this.outcome === "") {
      this.tell("choose how it ended", true);
      this.root.querySelector<HTMLElement>(".ending-call button")?.focus();
      return;
    }
    if (NOTED.includes(this.outcome) && this.note.trim() === "") {
      this.tell(`"${this.outcome}" says nothing without a note`, true);
      return this.root.querySelector<HTMLElement>(".ending-call input")?.focus();
    }
    if (!(await this.keep())) return;
    await this.act("telephone.close", { outcome: this.outcome, note: this.note.trim() }, "Closed.");
  }

  async tried(reached: boolean): Promise<void> {
    const note = this.spoken.trim();
    if (reached && note === "") {
      this.tell("write down what was said", true);
      return this.root.querySelector<HTMLElement>("input[name=said]")?.focus();
    }
    if (await this.act("telephone.tried", { reached, note }, reached ? "On record: the patient was reached." : "On record: not reached.")) this.speak("");
  }

  async strike(strip: number, why: string): Promise<void> {
    if (await this.act("telephone.strike", { strip, why }, "The strip counts no more; it stays on record.")) this.asking = null;
  }

  /** Who was told because of a strip that does not count knows better now. */
  async followed(strip: number, item: number, how: string): Promise<void> {
    await this.act("telephone.followed", { strip, item, how }, "On record: they know better now.");
  }

  async moveStrip(strip: number, stream: string, why: string): Promise<void> {
    if (await this.act("telephone.move", { strip, stream, why }, "The strip is put to the other patient.")) this.asking = null;
  }

  async played(profile: string, speed: number, why: string): Promise<void> {
    const done = this.call !== null && isOnLine(this.call) ? "On record: the strip is read anew once the line is down." : "On record: the strip is read anew.";
    if (await this.act("telephone.played", { profile, speed, why }, done)) this.asking = null;
  }

  emergencyKey(): void {
    const { call } = this;
    if (call?.stream == null) return this.tell("tie the call to a patient first: then the procedure knows where they are", true);
    this.emergency.open(call.stream, call.patient);
  }

  openCase(): void {
    const one = this.cases[0];
    if (one === undefined) this.tell("no case came of this call", true);
    else go(`/worklist?case=${one.id}`);
  }

  /** The next thing to read aloud, or the one before. */
  say(by: number): void {
    const lines = this.guides[this.guide]?.lines.length ?? 0;
    this.step = Math.max(0, Math.min(lines - 1, this.step + by));
    this.refresh();
  }

  turnGuide(to = (this.guide + 1) % Math.max(1, this.guides.length)): void {
    [this.guide, this.step] = [to, 0];
    this.refresh();
  }

  turnPaper(): void {
    this.light = !this.light;
    this.refresh();
  }

  private async act(name: string, fields: object, done: string): Promise<boolean> {
    if (this.busy !== "") return false;
    this.busy = name;
    this.refresh();
    const answer = await this.commands.ask(name, { call: this.number, ...fields });
    this.busy = "";
    // Which field of the act it was is for programs: what is wrong stands behind it.
    if (!answer.ok) this.tell(answer.words.replace(/^[a-z_]+: (?=\S)/, ""), true);
    else if (done !== "") this.tell(done, false);
    else this.said = null;
    this.refresh();
    return answer.ok;
  }

  tell(words: string, bad: boolean): void {
    this.said = { words, bad, at: performance.now() };
    this.refresh();
  }

  // ---- keys ----------------------------------------------------------------------------------------------

  protected catches(event: KeyboardEvent): boolean {
    const { target, key } = event;
    if (target instanceof HTMLElement && target.matches("input[name=who]")) return this.inSearch(key);
    // The reason is there: the patient who was chosen before it.
    if (target instanceof HTMLElement && target.matches(".who-asks input[name=why]") && key === "Enter") return this.inSearch(key);
    const field = target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;
    // What says "Esc" beside its fields is left by one.
    if (field && key === "Escape" && target.closest(".strip-asks, .passing, .who-asks") !== null) {
      target.blur();
      this.escape();
      return true;
    }
    if (field && target.closest(".asked") !== null && key === "Enter" && target.name !== "at") {
      void this.keep();
      target.blur();
      return true;
    }
    if (field) return false;
    if (this.emergency.catches(event)) return true;
    return this.pane.measuring && this.measuring(event);
  }

  private inSearch(key: string): boolean {
    if (key === "ArrowDown") this.move(1);
    else if (key === "ArrowUp") this.move(-1);
    else if (key === "Enter") {
      const one = this.results[this.at];
      if (one !== undefined) void this.tie(one.stream);
    } else if (key === "Escape") {
      this.search("");
      (document.activeElement as HTMLElement).blur();
    } else return false;
    return true;
  }

  private measuring({ key, shiftKey, ctrlKey, altKey, metaKey }: KeyboardEvent): boolean {
    if (ctrlKey || altKey || metaKey) return false;
    const ways: Readonly<Record<string, readonly [number, number]>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const way = ways[key];
    if (way !== undefined) this.pane.aim(way[0], way[1], shiftKey);
    else if (key === "Enter" || key === " ") this.pane.setPoint();
    else return false;
    return true;
  }

  escape(): void {
    if (this.hanging) this.hanging = false;
    else if (this.asking !== null) this.asking = null;
    else if (this.pane.measuring) this.pane.measure(false);
    else if (this.passing) this.passing = false;
    else if (this.again) this.again = false;
    else if (this.mine && this.call !== null && isOnLine(this.call)) this.tell("you are on the line: ◂ calls leaves the page, and the call stays yours", false);
    else go("/telephone");
    this.refresh();
  }

  // ---- drawing -------------------------------------------------------------------------------------------

  protected draw(): void {
    const { call } = this;
    if (call !== null) {
      this.pane.attend(call);
      this.voice.hush(this.coming);
      // Whoever takes it on another page, or comes back to it, hears the patient here.
      if (this.mine && isOnLine(call) && !this.joined) void this.join();
      if (!isOnLine(call) || !this.mine) this.voice.leave();
    }
    const who = call === null ? "" : guessWords(call);
    document.title = call === null ? `Call ${this.number}` : `${isUnattended(call) ? "▲ " : ""}${callerOf(call)}${who === "" ? "" : ` · ${who}`} · ${stateWords(call, this.desk.now)}`;
    render(callView(this, this.tail()), this.root);
    this.pane.paint();
  }

  describe(): object {
    const { call } = this;
    return { page: "call", call: this.number, state: call?.state ?? null, stream: call?.stream ?? null, voice: this.voice.state, told: this.told !== null, ...this.pane.describe() };
  }
}
