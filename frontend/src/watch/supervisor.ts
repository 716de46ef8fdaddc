/** `/supervisor`: people at stations, patients without a watch, incidents, legs and continuity, from the desk's store. */

import { html, render, type TemplateResult } from "lit";
import { type Act, actFor, typing } from "../chrome/acts";
import { go } from "../chrome/leaving";
import { Redraw } from "../chrome/redraw";
import { clockTime, day, zone } from "../chrome/format";
import { Commands } from "../desk/commands";
import type { DeskClient } from "../desk/client";
import type { Incident, Legs, Person } from "../desk/entities";
import { isFields } from "../desk/reader";
import type { Here } from "../alarm/here";
import { OverduePart } from "../reports/overdue";
import { AgreementPart } from "./agreement";
import { type DutyModel, dutyOf } from "./duty";
import { WatchPost } from "./post";
import { supervisorView } from "./supervisor_view";
import { WearingPart } from "./wearing";

/** A stretch in which a patient was not watched and displayed. */
export interface Exception {
  readonly stream: string;
  readonly patient: string | null;
  readonly start_ms: number;
  readonly end_ms: number | null;
  readonly cause: string;
  readonly by: string | null;
}

export interface ContinuityReport {
  readonly pct: number | null;
  readonly exceptions: readonly Exception[];
}

export interface SupervisorModel {
  readonly known: boolean;
  readonly now: number;
  readonly here: Here;
  readonly duty: DutyModel;
  /** Streams that are offered, and nobody has accepted yet. */
  readonly offered: ReadonlySet<string>;
  readonly people: readonly Person[];
  /** Incidents that nobody has closed, those that go on first. */
  readonly open: readonly Incident[];
  readonly legs: Legs | null;
  /** Over which time the legs are told. */
  readonly window: string;
  /** Null while it has not come, words where it could not be had. */
  readonly report: ContinuityReport | string | null;
  readonly chosen: number | null;
  readonly cause: string;
  readonly note: string;
  readonly busy: boolean;
  readonly said: string | null;
  /** What stands behind the rest: parts that keep themselves. */
  readonly more: readonly TemplateResult[];
}

const DAY_MS = 86_400_000;
const REPORT_EVERY_MS = 30_000;
const MORE_EVERY_MS = 60_000;

/** What the desk says of a period; fields that are not there read as not known. */
export function readReport(told: unknown): ContinuityReport {
  if (!isFields(told)) return { pct: null, exceptions: [] };
  const list = Array.isArray(told.exceptions) ? told.exceptions.filter(isFields) : [];
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : null);
  const number = (value: unknown) => (typeof value === "number" && Number.isFinite(value) ? value : null);
  return {
    pct: number(told.pct),
    exceptions: list.map((one) => ({
      stream: text(one.stream) ?? "?",
      patient: text(one.patient),
      start_ms: number(one.start_ms) ?? 0,
      end_ms: number(one.end_ms),
      cause: text(one.cause) ?? "cause not known",
      by: text(one.closed_by),
    })),
  };
}

/** Incidents that are still to be closed: what goes on first, then the newest. */
export function openIncidents(all: readonly Incident[]): readonly Incident[] {
  return all
    .filter(({ closed_by }) => closed_by === null)
    .sort((a, b) => Number(a.until_ms !== null) - Number(b.until_ms !== null) || (b.since_ms ?? 0) - (a.since_ms ?? 0));
}

export class SupervisorPage {
  readonly selected = null;
  readonly post: WatchPost;
  private readonly acts: readonly Act[];
  private readonly commands: Commands;
  private readonly wearing: WearingPart;
  private readonly agreement: AgreementPart;
  private readonly overdue: OverduePart;
  private readonly redraw = new Redraw(() => this.draw());
  private report: ContinuityReport | string | null = null;
  private chosen: number | null = null;
  private window = "shift";
  private cause = "";
  private note = "";
  private busy = false;
  private said: string | null = null;

  constructor(
    private readonly root: HTMLElement,
    private readonly desk: DeskClient,
  ) {
    this.post = new WatchPost(desk, this);
    this.commands = new Commands(() => desk.me?.csrf ?? "");
    this.wearing = new WearingPart(this.commands, () => this.refresh(), () => this.may("patient.contact"));
    this.agreement = new AgreementPart(this.commands, () => this.refresh());
    this.overdue = new OverduePart(this.commands, () => this.refresh());
    const back: Act = { group: "Go", label: "the wall", keys: ["w"], run: () => go("/") };
    this.acts = [...this.post.acts().filter(({ keys }) => /^[aqt]$/.test(keys[0] ?? "")), back];
    document.documentElement.dataset.theme = "dark";
    document.addEventListener("keydown", (event) => this.key(event));
    setInterval(() => void this.fetch(), REPORT_EVERY_MS);
    setInterval(() => this.fetchMore(), MORE_EVERY_MS);
    const first = desk.listen(() => {
      if (desk.store.n === null) return;
      first();
      void this.fetch();
      this.fetchMore();
    });
    this.refresh();
  }

  describe(): object {
    return { page: "supervisor" };
  }

  onPage(): ReadonlySet<string> {
    return this.post.mine();
  }

  showAll(): void {
    go("/");
  }

  refresh(): void {
    this.redraw.soon();
  }

  drawNow(): void {
    this.redraw.now();
  }

  private draw(): void {
    const { desk } = this;
    const { store, now } = desk;
    const known = this.post.known;
    const here = this.post.here();
    const open = openIncidents(store.all("incident"));
    const people = [...store.all("person")].sort((a, b) => Number(a.alive) - Number(b.alive) || (a.name < b.name ? -1 : 1));
    const offered = new Set(store.all("watch").filter(({ state }) => state === "offered").map(({ stream }) => stream));
    const alone = here.unwatched.length;
    document.title = ["einthoven", alone > 0 ? `${alone} unwatched` : "", open.length > 0 ? `${open.length} incidents` : ""].filter(Boolean).join(" · ");
    render(
      html`<header class="top">
          <a class="brand" href="/" title="the wall (w)">◂ wall <kbd>w</kbd></a><span class="counts"><b>Supervisor</b></span>
          <time class=${known ? "clock" : "clock cut-off"} title="clock of the center"><b>${known ? clockTime(now) : "––:––:––"}</b><span>${zone(now)} · ${day(now)}</span></time>
        </header>
        ${this.post.bar()} ${this.post.loud()}
        ${supervisorView(
          {
            known, now, here, duty: dutyOf(store), offered, people, open, legs: store.get("legs") ?? null, window: this.window, report: this.report,
            chosen: this.chosen, cause: this.cause, note: this.note, busy: this.busy, said: this.said,
            more: [
              ...(this.may("read.contacts") ? [this.wearing.view(now)] : []),
              ...(this.may("read.report") ? [this.overdue.view(now)] : []),
              ...(this.may("read.staff") ? [this.agreement.view(now)] : []),
            ],
          },
          {
            choose: (incident) => this.choose(incident),
            write: (field, text) => {
              this[field] = text;
              this.refresh();
            },
            close: (incident) => void this.close(incident),
            take: () => this.post.take(),
            turn: (window) => {
              this.window = window;
              this.refresh();
            },
          },
        )}`,
      this.root,
    ); // prettier-ignore
  }

  private fetchMore(): void {
    if (this.may("read.contacts")) void this.wearing.fetch();
    if (this.may("read.staff")) void this.agreement.fetch();
    if (this.may("read.report")) void this.overdue.fetch();
  }

  private may(permission: string): boolean {
    return this.desk.me?.permissions.includes(permission) ?? false;
  }

  private key(event: KeyboardEvent): void {
    if (typing(event.target)) {
      if (event.key === "Escape") (event.target as HTMLElement).blur();
      return;
    }
    if (event.target instanceof HTMLButtonElement && (event.key === "Enter" || event.key === " ")) return;
    const act = actFor(this.acts, event);
    if (act === undefined) return;
    event.preventDefault();
    act.run();
  }

  private async fetch(): Promise<void> {
    const to = Math.floor(this.desk.now);
    try {
      this.report = readReport(await this.commands.read(`continuity?from_ms=${to - DAY_MS}&to_ms=${to}`));
    } catch (error) {
      this.report = error instanceof Error ? error.message : String(error);
    }
    this.refresh();
  }

  private choose(incident: number): void {
    this.chosen = this.chosen === incident ? null : incident;
    this.cause = this.desk.store.get("incident", incident)?.cause ?? "";
    this.note = "";
    this.said = null;
    this.drawNow();
    if (this.chosen !== null) this.root.querySelector<HTMLInputElement>("input[name=cause]")?.focus();
  }

  private async close(incident: number): Promise<void> {
    await this.ask("incident.close", { incident, cause: this.cause.trim(), note: this.note.trim() });
    if (this.said === null) this.chosen = null;
    this.refresh();
  }

  private async ask(act: string, body: object): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.said = null;
    this.refresh();
    const answer = await this.commands.ask(act, body);
    this.busy = false;
    if (!answer.ok) this.said = answer.words;
    this.refresh();
  }
}
