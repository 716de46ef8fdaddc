/** `/codes`: what a billing code is, when it was valid, what replaced it, and a picture of all of them since 1990. */

import { render } from "lit";
import { typing } from "../chrome/acts";
import { go } from "../chrome/leaving";
import { pageView } from "./page_view";
import { dayAt, type Layout, layout, xOf } from "./timeline";
import { type Book, type Code, found, isDay, isDiagnosis, monthsLater, type Pair, type Valid } from "./told";

const NARROWEST = 420;
const ASK_AFTER_MS = 150;
const REACH = 7;

export interface Diagnosis {
  readonly code: string;
  readonly on: string;
  readonly valid: Valid;
}

export class CodesPage {
  book: Book | null = null;
  failure: string | null = null;
  /** The day of service that everything is judged on. */
  on = "";
  typed = "";
  chosen: string | null = null;
  hovered: string | null = null;
  way: "picture" | "table" = "picture";
  pair: Pair | null = null;
  other = "";
  diagnosis: Diagnosis | null = null;
  problem: string | null = null;
  private list: ReadonlySet<string> = new Set();
  private plan: Layout | null = null;
  private dragging = false;
  private timer = 0;

  constructor(private readonly root: HTMLElement) {
    document.documentElement.dataset.theme = "dark";
    document.title = "Billing codes · einthoven";
    this.draw();
    void this.load();
    window.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("resize", () => this.draw());
    window.addEventListener("beforeprint", () => this.draw());
  }

  describe(): object {
    return { page: "codes", chosen: this.chosen, on: this.on, found: this.list.size };
  }

  /** The picture's layout for the room there is. */
  get laid(): Layout | null {
    return this.plan;
  }

  get found(): readonly Code[] {
    return this.book === null ? [] : this.book.codes.filter((code) => this.list.has(code.code));
  }

  get code(): Code | null {
    return this.book?.codes.find((one) => one.code === this.chosen) ?? null;
  }

  matches(code: Code): boolean {
    return this.list.has(code.code);
  }

  familyName(id: string): string {
    return this.book?.families.find((family) => family.id === id)?.name ?? id;
  }

  private async load(): Promise<void> {
    try {
      this.book = await this.ask<Book>("/api/codes");
      const asked = new URLSearchParams(location.search);
      const on = asked.get("on") ?? "";
      this.on = isDay(on) ? on : this.book.today;
      this.list = new Set(this.book.codes.map((code) => code.code));
      const code = asked.get("code")?.toUpperCase() ?? null;
      if (code !== null && this.list.has(code)) this.chosen = code;
      else if (code !== null) this.type(code);
      this.failure = null;
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
    this.draw();
  }

  private async ask<T>(path: string): Promise<T> {
    let answer: Response;
    try {
      answer = await fetch(path, { signal: AbortSignal.timeout(10_000) });
    } catch {
      throw new Error("the center did not answer");
    }
    const told = (await answer.json().catch(() => null)) as { error?: string } | null;
    if (!answer.ok) throw new Error(told?.error ?? `the center answered ${answer.status}`);
    return told as T;
  }

  draw(): void {
    render(pageView(this), this.root);
    const room = this.root.querySelector<HTMLElement>(".codes-room");
    if (this.book === null || room === null) return;
    const width = Math.max(NARROWEST, room.clientWidth);
    this.plan = layout(this.book, width, room.clientHeight);
    render(pageView(this), this.root);
  }

  // ---- choosing -----------------------------------------------------------------------------------------------

  type(words: string): void {
    this.typed = words;
    this.diagnosis = null;
    if (this.book !== null) {
      const all = isDiagnosis(words) ? this.book.codes : found(this.book, words);
      this.list = new Set(all.map((code) => code.code));
      if (words.trim() !== "" && !isDiagnosis(words) && all.length > 0 && !this.list.has(this.chosen ?? "")) this.pick(all[0]!.code);
      this.later();
    }
    this.draw();
  }

  choose(code: string): void {
    this.pick(code);
    this.draw();
    this.root.querySelector(`#code-${code}`)?.scrollIntoView({ block: "nearest" });
    this.root.querySelector(".codes-facts")?.scrollTo({ top: 0 });
  }

  hover(code: string | null): void {
    if (this.hovered === code) return;
    this.hovered = code;
    this.draw();
  }

  show(way: "picture" | "table"): void {
    this.way = way;
    this.draw();
  }

  private pick(code: string): void {
    if (this.chosen !== code) {
      this.pair = null;
      this.other = "";
    }
    this.chosen = code;
    this.address();
  }

  private step(by: number): void {
    const list = this.found.length > 0 ? this.found : (this.book?.codes ?? []);
    const at = list.findIndex((one) => one.code === this.chosen);
    const next = list[at < 0 ? 0 : Math.max(0, Math.min(list.length - 1, at + by))];
    if (next !== undefined) this.choose(next.code);
  }

  // ---- the day ------------------------------------------------------------------------------------------------

  day(on: string): void {
    if (!isDay(on) || this.plan === null || on === this.on) return;
    this.on = on < this.plan.first ? this.plan.first : on > this.plan.last ? this.plan.last : on;
    this.pair = null;
    this.address();
    this.later();
    this.draw();
  }

  grab(event: PointerEvent): void {
    const { plan } = this;
    if (plan === null || event.button !== 0) return;
    const { x, y } = this.place(event);
    // The line and its label are held, and the axis goes to where it is pressed; rows are chosen.
    if (Math.abs(x - xOf(plan, this.on)) > REACH && y > 30) return;
    this.dragging = true;
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    if (y <= 30 && Math.abs(x - xOf(plan, this.on)) > 48) this.day(dayAt(plan, x));
    event.preventDefault();
  }

  drag(event: PointerEvent): void {
    if (this.dragging && this.plan !== null) this.day(dayAt(this.plan, this.place(event).x));
  }

  drop(event: PointerEvent): void {
    if (!this.dragging) return;
    this.dragging = false;
    (event.currentTarget as Element).releasePointerCapture(event.pointerId);
  }

  private place(event: PointerEvent): { readonly x: number; readonly y: number } {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  cursorKey(event: KeyboardEvent): void {
    const months: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, PageDown: -12, PageUp: 12 };
    const by = months[event.key];
    if (by !== undefined) this.day(monthsLater(this.on, by));
    else if (event.key === "Home") this.day(this.plan?.first ?? "");
    else if (event.key === "End") this.day(this.book?.today ?? "");
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const field = event.target instanceof HTMLInputElement && event.target.name === "find";
    if (field && (event.key === "ArrowDown" || event.key === "ArrowUp" || event.key === "Escape")) {
      event.preventDefault();
      if (event.key === "Escape") this.type("");
      else this.step(event.key === "ArrowDown" ? 1 : -1);
      return;
    }
    if (typing(event.target)) return;
    const acts: Readonly<Record<string, () => void>> = {
      j: () => this.step(1),
      ArrowDown: () => this.step(1),
      k: () => this.step(-1),
      ArrowUp: () => this.step(-1),
      "[": () => this.day(monthsLater(this.on, -12)),
      "]": () => this.day(monthsLater(this.on, 12)),
      t: () => this.day(this.book?.today ?? ""),
      v: () => this.show(this.way === "picture" ? "table" : "picture"),
      "/": () => this.root.querySelector<HTMLInputElement>("input[name=find]")?.focus(),
      w: () => go("/"),
    };
    const act = acts[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }

  private address(): void {
    const asked = new URLSearchParams();
    if (this.chosen !== null) asked.set("code", this.chosen);
    if (this.book !== null && this.on !== this.book.today) asked.set("on", this.on);
    history.replaceState(null, "", `/codes${asked.size === 0 ? "" : `?${asked}`}`);
  }

  // ---- what is asked of the center ----------------------------------------------------------------------------

  together(other: string): void {
    this.other = other;
    this.pair = null;
    this.later();
    this.draw();
  }

  /** Pairs and diagnoses are asked for once nothing was typed for a moment. */
  private later(): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.asking(), ASK_AFTER_MS);
  }

  private async asking(): Promise<void> {
    const { on, chosen, other, typed } = this;
    this.problem = null;
    try {
      if (isDiagnosis(typed)) this.diagnosis = await this.ask<Diagnosis>(`/api/codes/diagnosis?code=${encodeURIComponent(typed.trim())}&on=${on}`);
      if (chosen !== null && other !== "") this.pair = await this.ask<Pair>(`/api/codes/pair?a=${chosen}&b=${other}&on=${on}`);
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
    this.draw();
  }
}
