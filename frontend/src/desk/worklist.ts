/** `/worklist`: cases on a page of their own, for a second screen, with the watch bar of the wall over them. */

import { html, render } from "lit";
import type { Act } from "../chrome/acts";
import { measured } from "../chrome/calibration";
import { go } from "../chrome/leaving";
import { Redraw } from "../chrome/redraw";
import type { Choice } from "../chrome/overlays";
import { Overlays } from "../chrome/overlay_state";
import { loadPrefs, type Prefs, savePrefs } from "../chrome/prefs";
import type { PatientState } from "../protocol/messages";
import { WatchPost } from "../watch/post";
import { CaseAnnouncer } from "./case_announcer";
import type { DeskClient } from "./client";
import { deskBanners, headView } from "./head_view";
import { caseOf, countTiers } from "./order";
import { CaseWork } from "./work";
import { screenActs } from "./worklist_acts";
import { pressed } from "./worklist_keys";
import { DemoGuide } from "../watch/guide";

export class Worklist {
  prefs: Prefs = loadPrefs();
  readonly overlays: Overlays;
  readonly work: CaseWork;
  /** This station's watches, alarms and sound; its tiles are on the wall. */
  readonly post: WatchPost;
  readonly station = { picture: null };
  private readonly guide: DemoGuide;
  readonly acts: readonly Act[];
  private readonly announcer = new CaseAnnouncer();
  private readonly redraw = new Redraw(() => this.draw());

  constructor(
    readonly root: HTMLElement,
    readonly client: DeskClient,
  ) {
    this.work = new CaseWork(client, this);
    // From the start the case that the address names, as links of notices do.
    this.work.selected = caseOf(location.search);
    this.post = new WatchPost(client, this);
    // One alarm is acknowledged here: that of the case on the paper.
    const watching = this.post.acts().filter(({ keys }) => !keys.includes("a"));
    this.acts = [...this.work.acts, ...watching, ...screenActs(this)];
    this.overlays = new Overlays(this, () => this.acts);
    client.listen(() => this.refresh());
    document.addEventListener("keydown", (event) => this.key(event));
    this.guide = new DemoGuide(client, () => "worklist", () => this.refresh(), () => {});
    setInterval(() => this.refresh(), 500);
    new ResizeObserver(() => this.refresh()).observe(root);
    this.refresh();
  }

  private key(event: KeyboardEvent): void {
    if (pressed(this, event)) event.preventDefault();
  }

  /** The patient of the case on the paper. */
  get selected(): string | null {
    return this.work.chosen?.stream ?? null;
  }

  /** No tile is on this page: what is in view is told on the wall. */
  onPage(): ReadonlySet<string> {
    return this.post.mine();
  }

  showAll(): void {
    go("/");
  }

  shownName(patient: PatientState): string {
    return this.work.name({ patient: patient.patient, stream: patient.id });
  }

  /** Esc: the topmost thing goes. */
  escape(): void {
    if (this.overlays.shown !== null) this.overlays.show(null);
    else if (this.post.side !== null) this.post.show(null);
    else this.work.escape();
    this.refresh();
  }

  open(id: string): void {
    go(`/patient/${id}`);
  }

  set(change: Partial<Prefs>): void {
    this.prefs = { ...this.prefs, ...change };
    savePrefs(this.prefs);
    this.refresh();
  }

  choices(): readonly Choice[] {
    const patients = this.client.store.all("patient").map((one) => ({
      label: this.work.name(one),
      hint: `patient ${one.stream}`,
      run: () => this.open(one.stream),
    }));
    return [...this.work.choices((id) => this.work.select(id, true)), ...patients];
  }

  refresh(): void {
    this.redraw.soon();
  }

  drawNow(): void {
    this.redraw.now();
  }

  private draw(): void {
    const { client, work, post } = this;
    this.prefs = measured(this.prefs);
    work.attend();
    const counts = countTiers(work.cases);
    const told = [counts.emergent > 0 ? `${counts.emergent} emergent` : "", counts.urgent > 0 ? `${counts.urgent} urgent` : ""];
    document.title = ["worklist", ...told.filter(Boolean)].join(" · ");
    document.documentElement.dataset.theme = "dark";
    const head = { counts, me: client.me, now: client.now, known: client.store.n !== null, dead: client.dead, said: deskBanners(client) };
    const nameOf = (stream: string) => work.name(client.store.get("patient", stream) ?? { patient: stream, stream });
    render(
      html`${headView(head, { palette: () => this.overlays.show("palette"), help: () => this.overlays.show("help") })}
        ${post.bar()} ${post.loud()} ${this.guide.view()}
        <main class=${client.dead && client.store.n !== null ? "worklist cut-off" : "worklist"}>${work.view(post.aside(nameOf))}</main>
        ${this.overlays.view()}
        <div class="spoken" aria-live="assertive" aria-atomic="true">${this.announcer.text(work.cases, (one) => work.name(one))}</div>`,
      this.root,
    );
    work.afterwards();
  }

  /** For tests: what this page shows. */
  describe(): unknown {
    return { name: "worklist", ...this.work.describe() };
  }
}
