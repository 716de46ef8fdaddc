/** `/telephone`: calls by what is to be done with them, and the patients who may call. */

import { render } from "lit";
import type { Act } from "../chrome/acts";
import { go } from "../chrome/leaving";
import type { DeskClient } from "../desk/client";
import { callsView } from "./calls_view";
import { isUnattended, type Telephone, waitingOf } from "./entity";
import { Frame } from "./frame";
import { HandingIn } from "./handing";
import { found, type Known, readTold } from "./told";

export type GroupName = "waiting" | "spoken" | "ended" | "closed" | "older";

/** Calls by what is to be done with them, most pressing first. */
export function groupsOf(calls: readonly Telephone[], older: readonly Telephone[] = []): Readonly<Record<GroupName, readonly Telephone[]>> {
  const of = (fits: (one: Telephone) => boolean, newest = false) => calls.filter(fits).sort((a, b) => (newest ? -1 : 1) * ((a.rang_ms ?? 0) - (b.rang_ms ?? 0)) || a.call - b.call);
  return {
    waiting: waitingOf(calls),
    spoken: of((one) => one.state === "taken" && !isUnattended(one)),
    ended: of((one) => one.state === "ended" && !isUnattended(one)),
    closed: of((one) => one.state === "closed", true),
    older,
  };
}

export class CallsPage extends Frame {
  readonly acts: readonly Act[];
  readonly handing: HandingIn;
  query = "";
  /** Why the last act was refused. */
  said = "";
  /** A file is held over the page. */
  over = false;
  /** Closed calls of days before, as far as somebody asked for them. */
  private readonly before: Telephone[] = [];
  /** Where to go on below those; null: at what the list says. */
  private on: number | null | undefined;
  private asking = false;
  /** The call that keys chose; null for the first. */
  private chosen: number | null = null;

  constructor(root: HTMLElement, desk: DeskClient) {
    super(root, desk);
    this.handing = new HandingIn(() => desk.me?.csrf ?? "", () => this.refresh(), (call) => go(`/telephone/${call}`));
    const act = (group: Act["group"], label: string, keys: readonly string[], run: () => void, keyOnly = false): Act => ({ group, label, keys, run, keyOnly });
    this.acts = [
      act("Telephone", "next call", ["j", "↓"], () => this.step(1), true),
      act("Telephone", "call before", ["k", "↑"], () => this.step(-1), true),
      act("Telephone", "open the call", ["Enter"], () => this.one !== undefined && go(`/telephone/${this.one.call}`)),
      act("Telephone", "find a patient of the service", ["/"], () => this.root.querySelector<HTMLElement>("input[name=find]")?.focus()),
      act("Telephone", "take a recording in (WAV, FLAC)", ["i"], () => this.root.querySelector<HTMLElement>("input[type=file]")?.click()),
      act("Telephone", "closed calls of days before", ["o"], () => void this.older()),
      ...this.common(),
    ];
    window.addEventListener("dragover", (event) => this.dragged(event, true));
    window.addEventListener("dragleave", (event) => this.dragged(event, event.relatedTarget !== null));
    window.addEventListener("drop", (event) => {
      this.dragged(event, false);
      const file = event.dataTransfer?.files[0];
      if (file !== undefined) this.handing.send(file);
    });
  }

  protected get question(): string {
    return "telephone";
  }

  /** Open calls as the desk tells them, closed ones as the list does. */
  get calls(): readonly Telephone[] {
    const open = this.desk.store.all("telephone");
    const known = new Set(open.map(({ call }) => call));
    return [...open, ...(this.told?.calls ?? []).filter(({ call, state }) => !known.has(call) && state === "closed")];
  }

  get groups(): Readonly<Record<GroupName, readonly Telephone[]>> {
    const today = new Set(this.calls.map(({ call }) => call));
    return groupsOf(this.calls, this.before.filter(({ call }) => !today.has(call)));
  }

  /** Closed calls below this number can be asked for; null where there are none. */
  get more(): number | null {
    return this.on === undefined ? (this.told?.more ?? null) : this.on;
  }

  /** Closed calls of days before. */
  async older(): Promise<void> {
    const { more } = this;
    if (more === null || this.asking) return;
    this.asking = true;
    try {
      const told = readTold(await this.commands.read(`telephone?before=${more}`));
      this.before.push(...told.calls);
      [this.on, this.said] = [told.more, ""];
    } catch (error) {
      this.said = `Older calls cannot be shown: ${error instanceof Error ? error.message : String(error)}.`;
    }
    this.asking = false;
    this.refresh();
  }

  get rows(): readonly Telephone[] {
    return Object.values(this.groups).flat();
  }

  get one(): Telephone | undefined {
    const { rows } = this;
    return rows.find(({ call }) => call === this.chosen) ?? rows[0];
  }

  get patients(): readonly Known[] {
    return found(this.told?.patients ?? [], this.query);
  }

  private step(by: number): void {
    const { rows, one } = this;
    const at = one === undefined ? 0 : rows.indexOf(one);
    this.chosen = rows[Math.max(0, Math.min(rows.length - 1, at + by))]?.call ?? null;
    this.refresh();
  }

  choose(call: number): void {
    this.chosen = call;
    this.refresh();
  }

  get explains(): boolean {
    return this.desk.me?.staff?.roles.includes("supervisor") ?? false;
  }

  /** Why nobody was there to answer. */
  async explain(lapse: number, note: string): Promise<void> {
    const answer = await this.commands.ask("telephone.explain", { lapse, note });
    this.said = answer.ok ? "" : answer.words;
    await this.load();
  }

  search(words: string): void {
    this.query = words;
    this.refresh();
  }

  private dragged(event: DragEvent, over: boolean): void {
    event.preventDefault();
    if (this.over === over) return;
    this.over = over;
    this.refresh();
  }

  protected catches(event: KeyboardEvent): boolean {
    const { target, key } = event;
    if (!(target instanceof HTMLInputElement) || target.name !== "find" || key !== "Escape") return false;
    this.search("");
    target.blur();
    return true;
  }

  escape(): void {
    if (this.handing.current.state === "none") go("/");
    else this.handing.clear();
  }

  protected draw(): void {
    const { waiting } = this;
    document.title = waiting > 0 ? `▲ ${waiting} waiting · telephone` : "Telephone · einthoven";
    render(callsView(this, this.tail()), this.root);
  }

  describe(): object {
    return { page: "calls", calls: this.desk.store.n === null ? null : this.calls.length, told: this.told !== null };
  }
}
