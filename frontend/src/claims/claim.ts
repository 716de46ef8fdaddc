/** `/claims/N`: one claim with its checks, what was measured, the file; changed, released, asked again. */

import { render } from "lit";
import { typing } from "../chrome/acts";
import { go } from "../chrome/leaving";
import { Requests, wordsOf } from "../prescribe/requests";
import { packetOf, RecordPart } from "../record/record_part";
import { claimView } from "./claim_view";
import { type ClaimTold, type Content, wantsReason, withValue } from "./told";

const AGAIN_MS = 2000;

export class ClaimPage {
  told: ClaimTold | null = null;
  failure: string | null = null;
  problem: string | null = null;
  done: string | null = null;
  /** What is typed over the claim; null: nothing. */
  draft: Content | null = null;
  /** Fields that are being written in, as they are typed: what is told again meanwhile leaves them alone. */
  raw: Readonly<Record<string, string>> = {};
  /** Fields whose text is none that can be taken, with what is wanted. */
  wrong: Readonly<Record<string, string>> = {};
  reasons: Record<string, string> = {};
  busy = false;
  /** The record on request of the claim's service; null before the claim is told. */
  record: RecordPart | null = null;
  /** What asks for a denied claim again, with the record in it. */
  packet: RecordPart | null = null;
  private base = 0;
  private readonly requests = new Requests();

  constructor(
    private readonly root: HTMLElement,
    readonly number: number,
  ) {
    document.documentElement.dataset.theme = "dark";
    document.title = `Claim ${number} · einthoven`;
    this.draw();
    void this.requests.begin().then(() => this.load());
    setInterval(() => void this.load(), AGAIN_MS);
    window.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("beforeunload", (event) => {
      if (this.changing) event.preventDefault();
    });
  }

  describe(): object {
    return { page: "claim", claim: this.number, state: this.told?.state ?? null };
  }

  get content(): Content | null {
    return this.draft ?? this.told?.content ?? null;
  }

  /** Something is typed that is not kept yet. */
  get changing(): boolean {
    return this.draft !== null || Object.keys(this.raw).length > 0;
  }

  get editable(): boolean {
    const state = this.told?.state;
    return this.told?.may === true && (state === "held" || state === "ready" || state === "checking" || state === "rejected");
  }

  /** Whether a field can be typed over: a void says what the claim said that it voids. */
  changes(path: string): boolean {
    return this.editable && (this.told?.kind !== "void" || path === "original" || path === "note");
  }

  private async load(): Promise<void> {
    try {
      this.told = await this.requests.read<ClaimTold>(`claim/${this.number}`);
      this.failure = null;
      this.record ??= new RecordPart(() => this.requests.me, this.told.stream, () => this.draw());
      this.packet ??= new RecordPart(() => this.requests.me, this.told.stream, () => this.draw(), undefined, packetOf(this.number));
      document.title = `${this.told.patient} · claim ${this.told.id}`;
    } catch (error) {
      this.failure = wordsOf(error);
    }
    this.draw();
  }

  draw(): void {
    render(claimView(this), this.root);
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const acts: Readonly<Record<string, () => void>> = {
      Escape: () => go("/claims"),
      n: () => this.told !== null && this.told.next !== null && go(`/claims/${this.told.next}`),
      r: () => this.next()?.focus(),
      e: () => this.root.querySelector<HTMLElement>(".what input")?.focus(),
      p: () => this.root.querySelector<HTMLElement>(".right summary")?.focus(),
      w: () => go("/"),
    };
    const act = acts[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }

  type(path: string, value: unknown): void {
    const held = this.content;
    if (held === null || this.told === null) return;
    if (this.draft === null) this.base = this.told.version;
    this.draft = withValue(held, path, value);
    this.draw();
  }

  /** A letter more in a field. */
  write(path: string, text: string): void {
    this.raw = { ...this.raw, [path]: text };
    this.draw();
  }

  /** A field is left: what it says is taken, or stays there with what is wanted. */
  settle<T>(path: string, parse: (text: string) => T | null, wanted = ""): void {
    const { [path]: text, ...others } = this.raw;
    if (text === undefined) return;
    const value = parse(text);
    const { [path]: _, ...wrong } = this.wrong;
    this.wrong = value === null ? { ...wrong, [path]: wanted } : wrong;
    if (value === null) return this.draw();
    this.raw = others;
    this.type(path, value);
  }

  drop(): void {
    [this.draft, this.raw, this.wrong] = [null, {}, {}];
    this.problem = null;
    this.draw();
    this.stay();
  }

  async keep(): Promise<void> {
    if (this.draft === null) return;
    if ((await this.act("claim.change", { base: this.base, content: this.draft }, "Kept; it is checked anew.")) !== null) this.draft = null;
    this.draw();
    this.stay();
  }

  /** A modifier that is proposed is put on by a person. */
  putOn(modifier: string): void {
    const lines = this.content?.lines;
    if (!Array.isArray(lines)) return;
    this.type("lines", lines.map((line: { modifiers?: readonly string[] }) => ({ ...line, modifiers: [...(line.modifiers ?? []), modifier].slice(0, 4) })));
    void this.keep();
  }

  /** What stands between this claim and its release: a reason that is not given yet, or the button. */
  next(): HTMLElement | undefined {
    const reasons = [...this.root.querySelectorAll<HTMLInputElement>(".reason input")];
    return reasons.find((one) => one.value.trim() === "") ?? this.root.querySelector<HTMLElement>(".release :is(button, summary)") ?? undefined;
  }

  reason(rule: string, why: string): void {
    this.reasons = { ...this.reasons, [rule]: why };
    this.draw();
  }

  release(): void {
    const asked = (this.told?.checks ?? []).filter(wantsReason).map((one) => one.rule);
    const reasons = Object.fromEntries(asked.map((rule) => [rule, this.reasons[rule] ?? ""]));
    void this.act("claim.release", { version: this.told?.version, reasons, seen: this.told?.stamp }, "Released: it goes into the next file.");
  }

  again(): void {
    void this.act("claim.check", {}, "It is checked anew.");
  }

  takeBack(why: string): void {
    void this.act("claim.take_back", { why }, "Taken back: it does not go out.");
  }

  cancel(why: string): void {
    void this.act("claim.void", { why }, "Voided: it never goes out.");
  }

  /** A claim that replaces this one, or asks the payer to void it; it opens, for it is to be looked at. */
  async amend(act: "claim.replace" | "claim.cancel", why: string, original: string): Promise<void> {
    const answer = await this.act(act, { why, original }, "Made.");
    if (answer !== null && typeof answer.claim === "number") go(`/claims/${answer.claim}`);
  }

  finish(how: string): void {
    void this.act("claim.carried_out", { how }, "On record: the payer voided it.");
  }

  stands(why: string): void {
    void this.act("claim.stands", { why }, "On record: nothing is to be put right.");
  }

  owe(cents: number, known: string, why: string): void {
    void this.act("claim.refund_owed", { cents, known, why }, "On record: it goes back to the payer.");
  }

  paidBack(day: string, how: string): void {
    void this.act("claim.refunded", { day, how }, "On record: it went back.");
  }

  notOwed(why: string): void {
    void this.act("claim.refund_dropped", { why }, "On record: nothing is owed.");
  }

  async note(text: string): Promise<boolean> {
    return (await this.act("claim.note", { text }, "Noted.")) !== null;
  }

  appeal(how: string): void {
    void this.act("claim.appeal", { how }, "On record: a redetermination was asked for.");
  }

  /** Where an act took away what was focused, whoever works by keys goes on at what can be done next. */
  private stay(): void {
    const { activeElement } = document;
    if (activeElement === null || activeElement === document.body) (this.root.querySelector<HTMLElement>(".release") ?? this.root.querySelector<HTMLElement>(".top h1"))?.focus();
  }

  private async act(name: string, fields: object, done: string): Promise<Readonly<Record<string, unknown>> | null> {
    this.busy = true;
    this.draw();
    const answer = await this.requests.ask(name, { claim: this.number, ...fields });
    this.busy = false;
    this.problem = answer.ok ? null : answer.words;
    this.done = answer.ok ? done : null;
    await this.load();
    this.stay();
    return answer.ok ? answer.body : null;
  }
}
