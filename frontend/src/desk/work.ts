/**
 * Working cases: the list by urgency, the strip of the chosen one, and everything that is done about it. The same on a
 * page of its own and beside the wall.
 */

import { html, nothing, type TemplateResult } from "lit";
import type { Act } from "../chrome/acts";
import { initials, plural } from "../chrome/format";
import type { Choice } from "../chrome/overlays";
import type { Prefs } from "../chrome/prefs";
import { CallPanel } from "./call_panel";
import { type CaseModel, caseView } from "./case_view";
import type { DeskClient } from "./client";
import { Commands } from "./commands";
import { Doing } from "./doing";
import { EmergencyPanel } from "./emergency_panel";
import { noCase, noDesk, signIn, waiting } from "./empty_desk";
import type { Case, Notification } from "./entities";
import { Judging } from "./judging";
import { keep, kept } from "./keeping";
import { listView } from "./list_view";
import { type Filter, filtersOf, listed, stepped, TIER_WORDS, undecided } from "./order";
import { CaseStrip } from "./strip";
import { centreView } from "./strip_view";
import { Asked, readCaseWhole, readPatientWhole, type Similar, whoseIs } from "./whole";
import { workActs } from "./worklist_acts";

type Side = "case" | "call" | "emergency";

const PAPER_KEY = "einthoven.paper";
const PATIENCE_MS = 3_000;

/** What the cases need of the page that they are worked on. */
export interface WorkHost {
  readonly prefs: Prefs;
  /** What the cases are drawn in. */
  readonly root: ParentNode;
  refresh(): void;
  drawNow(): void;
  /** Show all of a patient. */
  open(stream: string): void;
}

export class CaseWork {
  readonly strip: CaseStrip;
  readonly doing: Doing;
  readonly calls: CallPanel;
  readonly emergency: EmergencyPanel;
  readonly acts: readonly Act[];
  filter: Filter = "open";
  selected: number | null = null;
  side: Side = "case";
  private readonly commands: Commands;
  private readonly judging: Judging;
  private readonly wholes: Asked<ReturnType<typeof readCaseWhole>>;
  private readonly patients: Asked<ReturnType<typeof readPatientWhole>>;
  private light = kept(PAPER_KEY) !== "dark";
  private focusRow = false;
  private boot: string | null = null;

  constructor(
    readonly client: DeskClient,
    private readonly host: WorkHost,
  ) {
    const refresh = () => this.refresh();
    this.commands = new Commands(() => client.me?.csrf ?? "");
    this.doing = new Doing(this.commands, refresh);
    const read = (path: string) => this.commands.read(path);
    this.wholes = new Asked(read, readCaseWhole, refresh);
    this.patients = new Asked(read, readPatientWhole, refresh);
    this.strip = new CaseStrip({ prefs: () => host.prefs, light: () => this.light, refresh });
    this.judging = new Judging(this);
    this.calls = new CallPanel(this.callHost());
    this.emergency = new EmergencyPanel(this.emergencyHost());
    this.acts = workActs(this);
  }

  private callHost() {
    const work = this;
    return {
      doing: this.doing,
      get now() {
        return work.client.now;
      },
      refresh: () => work.refresh(),
      notification: () => work.notification,
      answering: (call: number) => work.client.store.get("answer", call) ?? null,
      patientName: () => (work.chosen === null ? "" : work.name(work.chosen)),
      close: () => work.turn("case"),
    };
  }

  private emergencyHost() {
    const work = this;
    return {
      doing: this.doing,
      store: this.client.store,
      patients: this.patients,
      get now() {
        return work.client.now;
      },
      refresh: () => work.refresh(),
      close: () => work.turn("case"),
    };
  }

  refresh(): void {
    this.host.refresh();
  }

  get cases(): readonly Case[] {
    return this.client.store.all("case");
  }

  get shown(): readonly Case[] {
    return listed(this.cases, this.filter, this.client.me);
  }

  /** The case that is shown: the selected one as it stands now, on whatever list it is. */
  get chosen(): Case | null {
    return this.selected === null ? null : (this.client.store.get("case", this.selected) ?? null);
  }

  private get notification(): Notification | null {
    const { chosen } = this;
    if (chosen === null) return null;
    if (chosen.notification !== null) return this.client.store.get("notification", chosen.notification) ?? null;
    return this.client.store.all("notification").find((one) => one.case === chosen.id) ?? null;
  }

  name(one: Pick<Case, "patient" | "stream">): string {
    return this.host.prefs.privacy ? initials(one.patient, one.stream) : one.patient;
  }

  select(id: number | null, focus = false): void {
    if (id !== this.selected && this.side !== "emergency") this.side = "case";
    this.selected = id;
    this.focusRow = focus;
    this.refresh();
  }

  step(by: number): void {
    const ids = this.shown.map(({ id }) => id);
    this.select(stepped(ids, this.selected, by), true);
  }

  top(): void {
    this.select(this.shown[0]?.id ?? null, true);
  }

  turnFilter(to?: Filter): void {
    const there = filtersOf(this.client.me);
    this.filter = to ?? there[(there.indexOf(this.filter) + 1) % there.length]!;
    if (this.again && !this.shown.some(({ id }) => id === this.selected)) this.select(this.shown[0]?.id ?? this.selected);
    else this.refresh();
  }

  /** Whether cases are read a second time here. */
  private get again(): boolean {
    return this.filter === "again";
  }

  turn(side: Side): void {
    this.side = side;
    this.refresh();
  }

  turnPaper(): void {
    this.light = !this.light;
    keep(PAPER_KEY, this.light ? "light" : "dark");
    this.refresh();
  }

  /** Enter: what the open panel asks for, else take the case. */
  enter(): void {
    const { chosen } = this;
    if (this.side === "emergency") void this.emergency.confirm();
    else if (this.side === "call") void this.calls.enter();
    else if (chosen !== null) void this.judging.take(chosen);
  }

  digit(digit: number): void {
    const { chosen } = this;
    if (this.side === "emergency") this.emergency.digit(digit);
    // Where nobody is to be told yet, or no longer since the case grew graver, a digit is a verdict.
    else if (this.side === "call" && this.notification !== null) this.calls.digit(digit);
    else if (chosen !== null && this.again) void this.judging.again(chosen, digit - 1);
    else if (chosen !== null) void this.judging.verdict(chosen, digit - 1);
  }

  /** Esc: the topmost thing goes; when nothing is open the case is released. False where there was nothing to do. */
  escape(): boolean {
    const { chosen, strip } = this;
    const held = chosen !== null && this.judging.releasable(chosen);
    if (strip.relabel !== null) strip.relabel = null;
    else if (strip.measuring || strip.caliper !== null) strip.measure(false);
    else if (this.side === "emergency") this.emergency.close();
    else if (this.side === "call") this.turn("case");
    else if (strip.compare !== null) strip.compare = null;
    else if (held) void this.judging.release(chosen);
    else return false;
    this.refresh();
    return true;
  }

  undo(): void {
    void this.judging.undo();
  }

  acknowledge(): void {
    if (this.chosen !== null) void this.judging.acknowledge(this.chosen);
  }

  closeCase(): void {
    if (this.chosen !== null) void this.judging.close(this.chosen);
  }

  relabel(): void {
    if (this.chosen !== null && this.strip.relabel === null) this.strip.beginRelabel();
  }

  call(): void {
    if (this.chosen !== null) this.turn("call");
  }

  emergencyKey(): void {
    const { chosen } = this;
    if (chosen !== null && chosen.stream !== "") this.emergencyOf(chosen.stream, this.name(chosen));
  }

  /** Show where a patient is and ask whether the emergency procedure begins; nothing has begun by that. */
  emergencyOf(stream: string, name: string): void {
    this.side = "emergency";
    this.emergency.open(stream, name);
  }

  focusNote(): void {
    this.turn("case");
    this.host.drawNow();
    this.host.root.querySelector<HTMLInputElement>("#verdict-note")?.focus();
  }

  openPatient(): void {
    if (this.chosen !== null) this.host.open(this.chosen.stream);
  }

  compareNext(by: 1 | -1): void {
    const all = this.similar.filter(({ start }) => start !== null);
    if (all.length === 0) return;
    const at = this.strip.compare === null ? -1 : all.indexOf(this.strip.compare);
    const to = at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by;
    this.strip.compare = all[to] ?? null;
    this.refresh();
  }

  private get similar(): readonly Similar[] {
    return this.selected === null ? [] : (this.wholes.get(`case/${this.selected}`, this.edition).value?.similar ?? []);
  }

  /** What the whole of a case is fetched anew for. */
  private get edition(): string {
    const { chosen } = this;
    return chosen === null ? "" : `${chosen.state} ${chosen.findings.length} ${chosen.verdict?.at_ms ?? ""} ${chosen.overread ?? ""}`;
  }

  judged(one: Case, call: boolean): void {
    if (call || one.tier === "emergent") {
      if (call) this.side = "call";
      this.refresh();
      return;
    }
    const waiting = this.shown.filter((other) => undecided(other) && other.id !== one.id);
    const after = waiting.find((other) => other.held_by === null) ?? waiting[0];
    if (after !== undefined && this.selected === one.id) this.select(after.id, true);
    else this.refresh();
  }

  readAgain(one: Case): void {
    const after = this.shown.find(({ id }) => id !== one.id);
    if (after !== undefined && this.selected === one.id) this.select(after.id, true);
    else this.refresh();
  }

  back(id: number): void {
    this.select(id, true);
  }

  /** The cases, for the palette. */
  choices(run: (id: number) => void): readonly Choice[] {
    return this.cases.map((one) => ({
      label: this.name(one),
      hint: `case ${one.id} · ${TIER_WORDS[one.tier].toLowerCase()} · ${one.title}`,
      run: () => run(one.id),
    }));
  }

  /** Before each drawing: what is chosen, and what else follows from the newest word of the desk. */
  attend(): void {
    const { boot } = this.client.store;
    if (this.boot !== null && boot !== this.boot) this.strip.forget();
    this.boot = boot;
    // The first case there is is shown; nobody has it by that.
    if (this.chosen === null && this.client.store.whole) this.selected = this.shown[0]?.id ?? null;
    this.judging.attend(this.chosen);
    this.strip.show(this.chosen);
  }

  /** List, strip and side; `duty` stands in the place of the side where there is one. */
  view(duty: TemplateResult | null = null): TemplateResult {
    const { client, shown, chosen } = this;
    if (client.me?.sign_in === "needed") return signIn();
    if (client.store.n === null) return client.sinceTick > PATIENCE_MS ? noDesk(location.origin, client.sinceTick) : waiting();
    const count = (filter: Filter) => listed(this.cases, filter, client.me).length;
    return html`${listView(
        {
          cases: shown,
          counts: { open: count("open"), mine: count("mine"), again: count("again"), all: count("all") },
          filter: this.filter,
          selected: this.selected,
          me: client.me,
          now: client.now,
          name: (one) => this.name(one),
          endings: client.store.all("ending"),
        },
        { select: (id) => this.select(id), filter: (filter) => this.turnFilter(filter) },
      )}
      ${chosen === null ? noCase(client.store.all("patient").length) : this.centre(chosen)}
      ${
        duty === null
          ? html`<aside class="side" aria-label=${this.side}>${this.sideView(chosen)}</aside>`
          : html`<aside class="side duty-side" aria-label="watch">${duty}</aside>`
      }`;
  }

  private centre(one: Case): TemplateResult {
    const { strip } = this;
    return centreView(
      {
        one,
        name: this.name(one),
        strip,
        similar: this.similar,
        now: this.client.now,
        calibrated: this.host.prefs.calibrated,
        light: this.light,
        keys: this.side === "case",
      },
      {
        compare: (similar) => {
          strip.compare = similar;
          this.refresh();
        },
        home: () => strip.home(),
        measure: () => strip.measure(),
        relabel: () => (strip.relabel === null ? strip.beginRelabel() : void this.escape()),
        label: (symbol) => strip.label(symbol),
        toggleStrip: () => strip.toggleStrip(),
        paper: () => this.turnPaper(),
        retry: () => strip.retry(),
      },
    );
  }

  private sideView(chosen: Case | null): TemplateResult | typeof nothing {
    if (this.side === "emergency" && this.emergency.stream !== null) return this.emergency.view();
    if (chosen === null) return html`<p class="none">${plural(this.cases.length, "case")} in all.</p>`;
    if (this.side === "call") return this.calls.view();
    const { judging } = this;
    return caseView(this.model(chosen), {
      take: () => void judging.take(chosen),
      release: () => void judging.release(chosen),
      verdict: (key) => this.digit(key + 1),
      note: (text) => {
        judging.note = text;
      },
      dropStrip: (index) => this.strip.dropStrip(index),
      undo: () => this.undo(),
      close: () => this.closeCase(),
      call: () => this.call(),
      acknowledge: () => this.acknowledge(),
    });
  }

  private model(one: Case): CaseModel {
    const whole = this.wholes.get(`case/${one.id}`, this.edition);
    const patient = this.patients.get(`patient/${one.stream}`, "", whoseIs(this.client.store, one.stream));
    return {
      one,
      me: this.client.me,
      now: this.client.now,
      evidence: this.strip.evidence,
      whole: whole.value,
      wholeFailure: whole.failure,
      patient: patient.value,
      patientFailure: patient.failure,
      notification: this.notification,
      strips: this.strip.strips,
      relabels: this.strip.relabel?.changes.length ?? null,
      note: this.judging.note,
      busy: this.doing.isBusy("verdict"),
      problem: (place) => this.doing.problem(place),
      undo: this.judging.undoable,
      again: this.again && one.overread === "due",
    };
  }

  /** After each drawing. */
  afterwards(): void {
    this.strip.paint();
    if (!this.focusRow) return;
    this.focusRow = false;
    const row = this.host.root.querySelector<HTMLElement>(`.case[data-id="${this.selected}"]`);
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "nearest" });
  }

  /** For tests: what is shown. */
  describe(): object {
    return {
      selected: this.selected,
      side: this.side,
      filter: this.filter,
      listed: this.shown.map(({ id }) => id),
      dead: this.client.dead,
      whole: this.client.store.whole,
      strip: this.strip.describe(),
    };
  }
}
