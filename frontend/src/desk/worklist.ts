/** The worklist: cases by urgency, the strip of the chosen one, and everything that is done about it. */

import { html, nothing, render, type TemplateResult } from "lit";
import type { Act } from "../chrome/acts";
import { measured } from "../chrome/calibration";
import { initials, plural } from "../chrome/format";
import type { Choice } from "../chrome/overlays";
import { Overlays } from "../chrome/overlay_state";
import { loadPrefs, type Prefs, savePrefs } from "../chrome/prefs";
import type { PatientState } from "../protocol/messages";
import { CallPanel } from "./call_panel";
import { type CaseModel, caseView } from "./case_view";
import type { DeskClient } from "./client";
import { Commands } from "./commands";
import { CaseAnnouncer } from "./case_announcer";
import { Doing } from "./doing";
import { EmergencyPanel } from "./emergency_panel";
import type { Case, Notification } from "./entities";
import { deskBanners, headView } from "./head_view";
import { Judging } from "./judging";
import { keep, kept } from "./keeping";
import { listView } from "./list_view";
import { caseOf, countTiers, FILTERS, type Filter, listed, stepped, TIER_WORDS, undecided } from "./order";
import { noCase, noDesk, signIn, waiting } from "./empty_desk";
import { CaseStrip } from "./strip";
import { centreView } from "./strip_view";
import { Asked, readCaseWhole, readPatientWhole, type Similar } from "./whole";
import { worklistActs } from "./worklist_acts";
import { pressed } from "./worklist_keys";
import { DemoGuide } from "../watch/guide";

type Side = "case" | "call" | "emergency";

const PAPER_KEY = "einthoven.paper";
const PATIENCE_MS = 3_000;

export class Worklist {
  prefs: Prefs = loadPrefs();
  readonly overlays: Overlays;
  readonly strip: CaseStrip;
  readonly doing: Doing;
  readonly station = { picture: null };
  private readonly commands: Commands;
  private readonly judging: Judging;
  readonly calls: CallPanel;
  private readonly guide: DemoGuide;
  private readonly emergency: EmergencyPanel;
  private readonly wholes: Asked<ReturnType<typeof readCaseWhole>>;
  private readonly patients: Asked<ReturnType<typeof readPatientWhole>>;
  private readonly announcer = new CaseAnnouncer();
  readonly acts: readonly Act[];
  private filter: Filter = "open";
  /** From the start the case that the address names, as links of notices do. */
  private selected: number | null = caseOf(location.search);
  private side: Side = "case";
  private light = true;
  private pending = false;
  private focusRow = false;
  private boot: string | null = null;

  constructor(
    private readonly root: HTMLElement,
    readonly client: DeskClient,
  ) {
    const refresh = () => this.refresh();
    this.commands = new Commands(() => client.me?.csrf ?? "");
    this.doing = new Doing(this.commands, refresh);
    const read = (path: string) => this.commands.read(path);
    this.wholes = new Asked(read, readCaseWhole, refresh);
    this.patients = new Asked(read, readPatientWhole, refresh);
    this.light = kept(PAPER_KEY) !== "dark";
    this.strip = new CaseStrip({ prefs: () => this.prefs, light: () => this.light, refresh });
    this.judging = new Judging(this);
    this.calls = new CallPanel(this.callHost());
    this.guide = new DemoGuide(client, "worklist", refresh);
    this.emergency = new EmergencyPanel(this.emergencyHost());
    this.acts = worklistActs(this);
    this.overlays = new Overlays(this, this.acts);
    client.listen(refresh);
    document.addEventListener("keydown", (event) => pressed(this, event));
    document.addEventListener("visibilitychange", () => {
      this.pending = false;
      this.refresh();
    });
    setInterval(refresh, 500);
    new ResizeObserver(refresh).observe(root);
    this.refresh();
  }

  private callHost() {
    const page = this;
    return {
      doing: this.doing,
      get now() {
        return page.client.now;
      },
      refresh: () => page.refresh(),
      notification: () => page.notification,
      answering: (call: number) => page.client.store.get("answer", call) ?? null,
      patientName: () => (page.chosen === null ? "" : page.name(page.chosen)),
      close: () => page.turn("case"),
    };
  }

  private emergencyHost() {
    const page = this;
    return {
      doing: this.doing,
      store: this.client.store,
      patients: this.patients,
      get now() {
        return page.client.now;
      },
      refresh: () => page.refresh(),
      close: () => page.turn("case"),
    };
  }

  private get cases(): readonly Case[] {
    return this.client.store.all("case");
  }

  private get shown(): readonly Case[] {
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
    return this.prefs.privacy ? initials(one.patient, one.stream) : one.patient;
  }

  shownName(patient: PatientState): string {
    return this.name({ patient: patient.patient, stream: patient.id });
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

  turnFilter(to: Filter = FILTERS[(FILTERS.indexOf(this.filter) + 1) % FILTERS.length]!): void {
    this.filter = to;
    this.refresh();
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
    else if (this.side === "call") this.calls.digit(digit);
    else if (chosen !== null) void this.judging.verdict(chosen, digit - 1);
  }

  /** Esc: the topmost thing goes; when nothing is open the case is released. */
  escape(): void {
    const { chosen, strip } = this;
    if (this.overlays.shown !== null) this.overlays.show(null);
    else if (strip.relabel !== null) strip.relabel = null;
    else if (strip.measuring || strip.caliper !== null) strip.measure(false);
    else if (this.side === "emergency") this.emergency.close();
    else if (this.side === "call") this.turn("case");
    else if (strip.compare !== null) strip.compare = null;
    else if (chosen !== null) void this.judging.release(chosen);
    this.refresh();
  }

  undo(): void {
    void this.judging.undo();
  }

  acknowledge(): void {
    if (this.chosen !== null) void this.judging.acknowledge(this.chosen);
  }

  relabel(): void {
    if (this.chosen !== null && this.strip.relabel === null) this.strip.beginRelabel();
  }

  call(): void {
    if (this.chosen !== null) this.turn("call");
  }

  emergencyKey(): void {
    const { chosen } = this;
    if (chosen === null || chosen.stream === "") return;
    this.side = "emergency";
    this.emergency.open(chosen.stream, this.name(chosen));
  }

  focusNote(): void {
    this.turn("case");
    this.drawNow();
    this.root.querySelector<HTMLInputElement>("#verdict-note")?.focus();
  }

  openPatient(): void {
    if (this.chosen !== null) this.open(this.chosen.stream);
  }

  open(id: string): void {
    location.assign(`/patient/${id}`);
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
    return chosen === null ? "" : `${chosen.state} ${chosen.findings.length} ${chosen.verdict?.at_ms ?? ""}`;
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

  back(id: number): void {
    this.select(id, true);
  }

  set(change: Partial<Prefs>): void {
    this.prefs = { ...this.prefs, ...change };
    savePrefs(this.prefs);
    this.refresh();
  }

  choices(): readonly Choice[] {
    const cases = this.cases.map((one) => ({
      label: this.name(one),
      hint: `case ${one.id} · ${TIER_WORDS[one.tier].toLowerCase()} · ${one.title}`,
      run: () => this.select(one.id, true),
    }));
    const patients = this.client.store.all("patient").map((one) => ({
      label: this.name(one),
      hint: `patient ${one.stream}`,
      run: () => this.open(one.stream),
    }));
    return [...cases, ...patients];
  }

  refresh(): void {
    if (this.pending) return;
    this.pending = true;
    const draw = () => {
      if (this.pending) this.drawNow();
    };
    if (document.visibilityState === "visible") requestAnimationFrame(draw);
    else setTimeout(draw, 0);
  }

  drawNow(): void {
    this.pending = false;
    this.draw();
  }

  private draw(): void {
    const { client } = this;
    this.prefs = measured(this.prefs);
    this.notice();
    const shown = this.shown;
    // The first case there is is shown; nobody has it by that.
    if (this.chosen === null && client.store.whole) this.selected = shown[0]?.id ?? null;
    const { chosen } = this;
    this.judging.attend(chosen);
    this.strip.show(chosen);
    const counts = countTiers(this.cases);
    const told = [counts.emergent > 0 ? `${counts.emergent} emergent` : "", counts.urgent > 0 ? `${counts.urgent} urgent` : ""];
    document.title = ["worklist", ...told.filter(Boolean)].join(" · ");
    document.documentElement.dataset.theme = "dark";
    const head = { counts, me: client.me, now: client.now, known: client.store.n !== null, dead: client.dead, said: deskBanners(client) };
    render(
      html`${headView(head, { palette: () => this.overlays.show("palette"), help: () => this.overlays.show("help") })}
        ${this.guide.view()}
        <main class=${client.dead && client.store.n !== null ? "worklist cut-off" : "worklist"}>${this.body(shown, chosen)}</main>
        ${this.overlays.view()}
        <div class="spoken" aria-live="assertive" aria-atomic="true">${this.announcer.text(this.cases, (one) => this.name(one))}</div>`,
      this.root,
    );
    this.afterwards();
  }

  private notice(): void {
    const { boot } = this.client.store;
    if (this.boot !== null && boot !== this.boot) this.strip.forget();
    this.boot = boot;
  }

  private body(shown: readonly Case[], chosen: Case | null): TemplateResult {
    const { client } = this;
    if (client.me?.sign_in === "needed") return signIn();
    if (client.store.n === null) return client.sinceTick > PATIENCE_MS ? noDesk(location.origin, client.sinceTick) : waiting();
    const count = (filter: Filter) => listed(this.cases, filter, client.me).length;
    return html`${listView(
        {
          cases: shown,
          counts: { open: count("open"), mine: count("mine"), all: count("all") },
          filter: this.filter,
          selected: this.selected,
          me: client.me,
          now: client.now,
          name: (one) => this.name(one),
        },
        { select: (id) => this.select(id), filter: (filter) => this.turnFilter(filter) },
      )}
      ${chosen === null ? noCase(client.store.all("patient").length) : this.centre(chosen)}
      <aside class="side" aria-label=${this.side}>${this.sideView(chosen)}</aside>`;
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
        calibrated: this.prefs.calibrated,
        light: this.light,
      },
      {
        compare: (similar) => {
          strip.compare = similar;
          this.refresh();
        },
        home: () => strip.home(),
        measure: () => strip.measure(),
        relabel: () => (strip.relabel === null ? strip.beginRelabel() : this.escape()),
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
      verdict: (key) => void judging.verdict(chosen, key),
      note: (text) => {
        judging.note = text;
      },
      dropStrip: (index) => this.strip.dropStrip(index),
      undo: () => this.undo(),
      call: () => this.call(),
      acknowledge: () => this.acknowledge(),
    });
  }

  private model(one: Case): CaseModel {
    const whole = this.wholes.get(`case/${one.id}`, this.edition);
    const patient = this.patients.get(`patient/${one.stream}`);
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
    };
  }

  private afterwards(): void {
    this.strip.paint();
    if (!this.focusRow) return;
    this.focusRow = false;
    const row = this.root.querySelector<HTMLElement>(`.case[data-id="${this.selected}"]`);
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "nearest" });
  }

  /** For tests: what this page shows. */
  describe(): unknown {
    return {
      name: "worklist",
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
