/** This station's post at the desk: its watches, its alarms and its sound, beside whatever the page shows. */

import { html, nothing, type TemplateResult } from "lit";
import { alarmsHere, type Here, isHeld, type TileAlarm, tileAlarm, watchedBy } from "../alarm/here";
import { layFlashes } from "../alarm/signals";
import { Sounder } from "../alarm/sounder";
import type { Act } from "../chrome/acts";
import { type Answer, Commands } from "../desk/commands";
import type { DeskClient } from "../desk/client";
import type { Case } from "../desk/entities";
import { isOpen, undecided } from "../desk/order";
import { ALARMS } from "../wall/findings";
import { barView, linesBanner, lostBanner, troubleBanner, loudBanner } from "./bar_view";
import { dutyOf, markOf, type TileMark } from "./duty";
import { handOverView, lackingView, offersView, pauseView, type Recipient, type SideName, UNFIT } from "./side_view";

/** What the post needs of the page it stands on. */
export interface PostHost {
  readonly selected: string | null;
  refresh(): void;
  /** Draw at once: the next key may come before the next frame. */
  drawNow(): void;
  /** Streams whose tiles are on the page that is shown. */
  onPage(): ReadonlySet<string>;
  /** Show as many tiles as there are. */
  showAll(): void;
}

const AUDIO_PAUSE_S = 120;
const LOOK_MS = 250;
/** How long an answer of the desk stands in the bar, ms. */
const SAID_MS = 8_000;

export class WatchPost {
  readonly sounder: Sounder;
  side: SideName | null = null;
  /** Streams whose tiles could be seen when the desk last ticked; null where nobody looks. */
  inView: ReadonlySet<string> | null = null;
  private readonly commands: Commands;
  private readonly marked = new Set<number>();
  private to: Recipient | null = null;
  /** Acts on their way. */
  private readonly asked = new Set<string>();
  private lacking: readonly string[] = [];
  private said: { readonly words: string; readonly at: number } | null = null;

  constructor(
    private readonly desk: DeskClient,
    private readonly host: PostHost,
    sounder = new Sounder(() => new AudioContext(), () => host.refresh()),
  ) {
    this.sounder = sounder;
    this.commands = new Commands(() => desk.me?.csrf ?? "");
    layFlashes(document.documentElement.style);
    desk.listen(() => this.look());
    desk.onTick(() => sounder.ticked());
    for (const touch of ["pointerdown", "keydown"] as const)
      document.addEventListener(touch, () => sounder.unblock(), { capture: true });
    setInterval(() => this.look(), LOOK_MS);
  }

  /** What should sound does. Where the center is silent the dead man speaks alone. */
  private look(): void {
    this.sounder.play(this.desk.dead || !this.known ? null : this.here().sound);
    this.host.refresh();
  }

  get known(): boolean {
    return this.desk.store.n !== null && !this.desk.dead;
  }

  here(): Here {
    return alarmsHere(this.desk.store, this.desk.now);
  }

  mark(stream: string): TileMark {
    return markOf(this.desk.store, stream, this.desk.now, this.desk.dead);
  }

  alarm(stream: string): TileAlarm | null {
    return this.known ? tileAlarm(this.desk.store, stream, this.desk.now) : null;
  }

  /** Streams that I watch. */
  mine(): ReadonlySet<string> {
    const id = this.desk.me?.staff?.id;
    return id === undefined ? new Set() : watchedBy(this.desk.store, id);
  }

  // ---- acts ----------------------------------------------------------------------------------------------

  acts(): readonly Act[] {
    const act = (label: string, keys: readonly string[], run: () => void): Act => ({ group: "Watch", label, keys, run });
    return [
      act("acknowledge the alarm (of the selected patient, else the most pressing)", ["a"], () => this.acknowledge()),
      act("accept every patient that is offered to me", ["y"], () => this.acceptAll()),
      act("offers one by one", ["i"], () => this.show("offers")),
      act("hand patients over", ["h"], () => this.show("handover")),
      act("take the patients whom nobody watches", ["t"], () => this.take()),
      act("pause sound at this station for two minutes", ["q"], () => this.pauseAudio()),
      act("pause the selected patient's alarms", ["z"], () => this.show("pause")),
    ];
  }

  /** Keys that belong to what stands beside the wall; true where one was taken. */
  catches(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "altKey" | "metaKey">): boolean {
    if (this.side !== "offers" || event.ctrlKey || event.altKey || event.metaKey || !/^[1-9]$/.test(event.key)) return false;
    const one = dutyOf(this.desk.store).offers[Number(event.key) - 1];
    if (one !== undefined) void this.ask("watch.accept", { watches: [one.id] });
    return true;
  }

  /** Open what stands beside the wall, or close what is open; the same key does both. */
  show(name: SideName | null): void {
    const next = name === this.side ? null : name;
    if (next === "pause" && this.host.selected === null) return this.say("select a patient first");
    this.side = next;
    this.said = null;
    if (next === "handover") this.begin();
    this.host.drawNow();
    if (next === null) return;
    const side = document.querySelector(".duty-side");
    const field = side?.querySelector<HTMLElement>("input") ?? side?.querySelector<HTMLElement>("li button");
    field?.focus({ preventScroll: true });
  }

  /** The selected patient is marked where there is one of mine; to whom is never chosen for anybody. */
  private begin(): void {
    this.marked.clear();
    this.to = null;
    const free = dutyOf(this.desk.store).mine.filter(({ state }) => state === "held");
    for (const one of free) if (one.stream === this.host.selected) this.marked.add(one.id);
  }

  private acceptAll(): void {
    const watches = dutyOf(this.desk.store).offers.map(({ id }) => id);
    if (watches.length === 0) this.say("nothing is offered to you");
    else void this.ask("watch.accept", { watches });
  }

  /** Take everybody whom nobody watches. */
  take(): void {
    const streams = dutyOf(this.desk.store).nobodys.filter(({ watched }) => !watched).map(({ stream }) => stream);
    if (streams.length === 0) this.say("everybody is watched");
    else void this.ask("watch.take", { streams });
  }

  private pauseAudio(): void {
    // None at all ends the pause.
    void this.ask("alarm.pause_audio", { seconds: this.here().pausedUntilMs === null ? AUDIO_PAUSE_S : 0 });
  }

  /** The most pressing case of the selected patient; without a selection of all that concern this station. */
  private foremost(fits: (one: Case) => boolean): Case | undefined {
    const { streams } = this.here();
    const { selected } = this.host;
    return this.desk.store
      .all("case")
      .filter((one) => fits(one) && (selected === null ? (streams?.has(one.stream) ?? true) : one.stream === selected))
      .sort((a, b) => ALARMS.indexOf(a.priority) - ALARMS.indexOf(b.priority) || a.id - b.id)[0];
  }

  /** Number of the case to work on now: of the selected patient, else the most pressing; null where there is none. */
  pressing(): number | null {
    return (this.foremost(undecided) ?? this.foremost(isOpen))?.id ?? null;
  }

  private acknowledge(): void {
    const { selected } = this.host;
    const one = this.foremost(({ alarm, stream }) => alarm.state !== "acknowledged" && (this.here().streams?.has(stream) ?? true));
    if (one === undefined) this.say(selected === null ? "no alarm to acknowledge" : "the selected patient has no alarm to acknowledge");
    else void this.ask("alarm.acknowledge", { case: one.id });
  }

  /** What is asked already is not asked twice; no key waits for another. */
  private async ask(act: string, body: object): Promise<boolean> {
    const name = `${act} ${JSON.stringify(body)}`;
    if (this.asked.has(name)) return false;
    this.asked.add(name);
    this.host.refresh();
    const answer = await this.commands.ask(act, body);
    this.asked.delete(name);
    return this.answered(answer);
  }

  private answered(answer: Answer): boolean {
    if (answer.ok) {
      this.said = null;
      if (this.side === "lacking") this.side = null;
    } else if (UNFIT.includes(answer.reason)) {
      this.lacking = answer.words.split("; ");
      this.side = "lacking";
    } else this.say(answer.words);
    this.host.refresh();
    return answer.ok;
  }

  /** Tell something in the bar, for a while. */
  say(words: string): void {
    this.said = { words, at: performance.now() };
    this.host.refresh();
  }

  private get words(): string | null {
    return this.said !== null && performance.now() - this.said.at < SAID_MS ? this.said.words : null;
  }

  // ---- views ---------------------------------------------------------------------------------------------

  bar(): TemplateResult {
    const onPage = this.host.onPage();
    const isSeen = (stream: string) => onPage.has(stream) && (this.inView?.has(stream) ?? true);
    const model = {
      duty: dutyOf(this.desk.store),
      here: this.here(),
      audio: this.sounder.state,
      now: this.desk.now,
      known: this.known,
      notShown: [...this.mine()].filter((stream) => !isSeen(stream)).length,
      side: this.side,
      said: this.side === null ? this.words : null,
    };
    return barView(model, {
      acceptAll: () => this.acceptAll(),
      offers: () => this.show("offers"),
      handOver: () => this.show("handover"),
      take: () => this.take(),
      pauseAudio: () => this.pauseAudio(),
      unblock: () => this.sounder.unblock(),
      showMine: () => this.host.showAll(),
    });
  }

  loud(): TemplateResult | typeof nothing {
    const model = { audio: this.sounder.state, here: this.here() };
    const banner = loudBanner(model, this.desk.dead ? this.desk.sinceTick : null, () => this.sounder.unblock());
    if (this.desk.dead) return banner;
    const mayTake = dutyOf(this.desk.store).count !== null;
    const lost = { here: model.here, now: this.desk.now, known: this.known };
    const center = this.desk.store.all("center")[0];
    const trouble = center === undefined ? nothing : html`${troubleBanner(center, this.desk.now)}${linesBanner(center, this.desk.now)}`;
    return html`${banner}${trouble}${lostBanner(lost, mayTake ? () => this.take() : null)}`;
  }

  /** What stands beside the wall; null where nothing does. */
  aside(nameOf: (stream: string) => string): TemplateResult | null {
    const duty = dutyOf(this.desk.store);
    const close = () => this.show(null);
    if (this.side === "offers")
      return offersView(duty.offers, this.words, {
        accept: (watch) => void this.ask("watch.accept", { watches: [watch] }),
        decline: (watch) => void this.ask("watch.decline", { watches: [watch], why: "declined at the station" }),
        close,
      });
    if (this.side === "lacking") return lackingView(this.lacking, close);
    if (this.side === "handover") return this.handOver(duty, close);
    const { selected } = this.host;
    if (this.side !== "pause" || selected === null) return null;
    const held = isHeld(this.desk.store, { stream: selected, priority: "low" }, this.desk.now);
    return pauseView(nameOf(selected) + (held ? " (paused now)" : ""), this.words, {
      pause: (why, seconds) =>
        void this.ask("alarm.pause", { stream: selected, seconds, why }).then((done) => done && this.show(null)),
      close,
    });
  }

  private handOver(duty: ReturnType<typeof dutyOf>, close: () => void): TemplateResult {
    const free = duty.mine.filter(({ state }) => state === "held");
    const marked = new Set(free.map(({ id }) => id).filter((id) => this.marked.has(id)));
    const again = () => this.host.refresh();
    return handOverView(
      { duty, marked, to: this.to, busy: this.asked.size > 0, said: this.words },
      {
        mark: (watch, on) => {
          if (on) this.marked.add(watch);
          else this.marked.delete(watch);
          again();
        },
        markAll: (on) => {
          this.marked.clear();
          if (on) for (const { id } of free) this.marked.add(id);
          again();
        },
        choose: (to) => {
          this.to = to;
          again();
        },
        send: () => {
          if (marked.size === 0 || this.to === null) return;
          const watches = marked.size === duty.mine.length ? "all" : [...marked];
          // Below zero stands another center.
          const to = this.to === "all" || this.to > 0 ? this.to : { center: -this.to };
          void this.ask("watch.offer", { watches, to }).then((done) => {
            if (done) this.marked.clear();
            again();
          });
        },
        takeBack: (watch) => {
          const me = this.desk.me?.staff?.id;
          if (me !== undefined) void this.ask("watch.offer", { watches: [watch], to: me }).then((done) => done && this.show("offers"));
        },
        withdraw: (watches) => void this.ask("watch.withdraw", { watches }),
        close,
      },
    );
  }
}
