/** What stands beside the board, never over it: handing over, a patient, the cases. The tiles go on being painted. */

import { html, nothing, type TemplateResult } from "lit";
import type { Act } from "../chrome/acts";
import type { Prefs } from "../chrome/prefs";
import type { DeskClient } from "../desk/client";
import { deskBanners } from "../desk/head_view";
import { undecided } from "../desk/order";
import { CaseWork } from "../desk/work";
import { PatientView } from "../patient/view";
import { openWorklist } from "../watch/guide";
import type { WatchPost } from "../watch/post";

/** What it needs of the wall. */
export interface BesideHost {
  readonly prefs: Prefs;
  readonly root: HTMLElement;
  readonly post: WatchPost;
  readonly selected: string | null;
  select(id: string | null, focus?: boolean): void;
  refresh(): void;
  drawNow(): void;
  /** The selected tile gets the focus with the next drawing. */
  focusTile(): void;
}

export class Beside {
  panel: PatientView | null = null;
  readonly work: CaseWork;
  /** The cases are open, though a patient or a hand-over may stand in their place for a while. */
  private working = false;
  /** The last touch was in the cases: keys are theirs before they are the wall's. */
  private touched = false;
  /** The cases were opened for an emergency alone, and go with it. */
  private forEmergency = false;
  private marked: number | null = null;

  constructor(
    private readonly wall: BesideHost,
    private readonly desk: DeskClient,
  ) {
    this.work = new CaseWork(desk, {
      get prefs() {
        return wall.prefs;
      },
      root: wall.root,
      refresh: () => wall.refresh(),
      drawNow: () => wall.drawNow(),
      open: (stream) => this.open(stream),
    });
    for (const kind of ["focusin", "pointerdown"] as const)
      document.addEventListener(kind, ({ target }) => this.touch(target));
  }

  private touch(target: EventTarget | null): void {
    if (!(target instanceof Element)) return;
    const touched = target.closest(".panel.work") !== null ? true : target.closest(".board") !== null ? false : this.touched;
    if (touched === this.touched) return;
    this.touched = touched;
    this.wall.refresh();
  }

  /** The cases are what stands there now. */
  get worksCases(): boolean {
    return this.working && this.panel === null && this.wall.post.side === null;
  }

  /** Acts of the cases while keys are theirs. */
  get acts(): readonly Act[] {
    return this.worksCases && this.touched ? this.work.acts : [];
  }

  /** A patient, in the place of whatever stood there. */
  open(id: string): void {
    if (this.panel?.id === id) return;
    this.panel?.destroy();
    this.wall.select(id);
    const { wall } = this;
    this.panel = new PatientView(id, { compact: true, prefs: () => wall.prefs, close: () => this.close() });
    wall.refresh();
    requestAnimationFrame(() => this.panel?.focus());
  }

  private dropPanel(): void {
    this.panel?.destroy();
    this.panel = null;
  }

  /** The cases, with this one on the paper; without a number the one that was there, or the most urgent. */
  showCases(id: number | null = this.work.selected): void {
    if (this.wall.post.side !== null) this.wall.post.show(null);
    this.dropPanel();
    this.forEmergency = false;
    this.working = this.touched = true;
    if (this.work.side === "emergency" && id !== null && this.work.emergency.stream !== this.desk.store.get("case", id)?.stream)
      this.work.emergency.close();
    this.work.select(id, true);
    this.wall.drawNow();
  }

  /** The cases, or away with them; whoever has one goes on having it. */
  toggleCases(): void {
    if (!this.worksCases) this.showCases();
    else this.hideCases();
  }

  private hideCases(): void {
    this.working = this.touched = this.forEmergency = false;
    this.wall.focusTile();
    this.wall.refresh();
  }

  /** One key: where this patient is, whom to send there; only the next key begins it. */
  emergency(stream: string, name: string): void {
    if (this.wall.post.side !== null) this.wall.post.show(null);
    this.dropPanel();
    this.forEmergency ||= !this.working;
    this.working = this.touched = true;
    const cases = this.work.cases.filter((one) => one.stream === stream && undecided(one));
    if (cases.length > 0 && this.work.chosen?.stream !== stream) this.work.select(cases[0]!.id);
    this.work.emergencyOf(stream, name);
    this.wall.drawNow();
    this.wall.root.querySelector<HTMLElement>(".emergency-panel")?.focus({ preventScroll: true });
  }

  /** Esc: the topmost thing goes; false where nothing stands here. */
  close(): boolean {
    if (this.wall.post.side !== null) this.wall.post.show(null);
    else if (this.panel !== null) {
      this.dropPanel();
      if (!this.working) this.wall.focusTile();
    } else if (!this.working) return false;
    else if (!(this.touched && this.work.escape())) this.hideCases();
    this.wall.refresh();
    return true;
  }

  /** Before each drawing. */
  attend(): void {
    if (!this.working) return;
    if (this.forEmergency && this.work.side !== "emergency") this.hideCases();
    this.work.attend();
    const { chosen } = this.work;
    // The tile of the case on the paper is marked, and only that: no page is turned for it.
    if (chosen !== null && chosen.id !== this.marked && this.work.side !== "emergency") this.wall.select(chosen.stream);
    this.marked = chosen?.id ?? null;
  }

  /** After each drawing. */
  afterwards(): void {
    if (this.worksCases && this.work.side !== "emergency") this.work.afterwards();
  }

  view(nameOf: (stream: string) => string): TemplateResult | typeof nothing {
    const duty = this.wall.post.aside(nameOf);
    if (duty !== null) return html`<aside class="panel duty-side" aria-label="watch">${duty}</aside>`;
    if (this.panel !== null) return html`<aside class="panel" aria-label="patient">${this.panel.host}</aside>`;
    if (!this.working) return nothing;
    return html`<aside class=${this.touched ? "panel work touched" : "panel work"} aria-label="cases">${this.casesView()}</aside>`;
  }

  private casesView(): TemplateResult {
    const { work } = this;
    if (work.side === "emergency" && work.emergency.stream !== null)
      return html`<div class="side alone">${work.emergency.view()}</div>`;
    return html`<header class="work-head">
        <button class="quiet" title="lay it beside the wall or on another screen: a wall that is covered displays nobody" @click=${() => openWorklist()}>own window <kbd>W</kbd></button>
        <button class="quiet" @click=${() => this.hideCases()}>close <kbd>w</kbd></button>
      </header>
      <div class=${this.desk.dead ? "worklist beside cut-off" : "worklist beside"}>${work.view()}</div>
      ${deskBanners(this.desk).map(({ before, counting, after }) => html`<p class="problem">${before}<span aria-hidden="true">${counting}</span>${after}</p>`)}`;
  }
}
