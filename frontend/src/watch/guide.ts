/** In a demo: one line that says what can be done next. Put away by hand, never over a tile. */

import { html, nothing, type TemplateResult } from "lit";
import { plural } from "../chrome/format";
import type { DeskClient } from "../desk/client";
import { running } from "../desk/call";
import type { Case } from "../desk/entities";
import { act, Refused } from "../signin/me";
import type { Facts } from "../alarm/here";
import { dutyOf, WATCHES } from "./duty";

const PUT_AWAY = "einthoven.guide";
/** Of a case of the others the wall's guide says nothing: there may be many, and none of them is soon. */
const PRESSING: ReadonlySet<string> = new Set(["emergent", "urgent"]);

export type GuidePage = "wall" | "worklist";

export interface Hint {
  readonly words: TemplateResult;
  /** Whether there is somebody to be asked for patients. */
  readonly ask: boolean;
  /** Whether the worklist is what comes next. */
  readonly worklist: boolean;
}

/** The cases of my patients that are not closed: what wants something first, then the most pressing. */
function wanting(facts: Facts): readonly Case[] {
  const streams = new Set(dutyOf(facts).mine.map(({ stream }) => stream));
  const id = facts.get("me")?.staff?.id;
  const tiers = ["emergent", "urgent", "technical", "daily"];
  return facts
    .all("case")
    .filter((one) => one.state !== "closed" && (one.held_by === null ? streams.has(one.stream) : one.held_by.id === id))
    .sort((a, b) => Number(a.closes_ms !== null) - Number(b.closes_ms !== null) || Number(b.held_by !== null) - Number(a.held_by !== null) || tiers.indexOf(a.tier) - tiers.indexOf(b.tier) || a.id - b.id);
}

/** What can be done next; null where the guide has nothing to say to whoever is here. */
export function hintOf(facts: Facts, page: GuidePage): Hint | null {
  const me = facts.get("me");
  if (me === undefined || !me.demo || !me.permissions.includes(WATCHES)) return null;
  const [one] = wanting(facts);
  return page === "wall" ? onTheWall(facts, one) : onTheWorklist(facts, one);
}

function onTheWall(facts: Facts, one: Case | undefined): Hint {
  const { offers, mine } = dutyOf(facts);
  const hint = (words: TemplateResult, ask = false, worklist = false): Hint => ({ words, ask, worklist });
  const pressing = one !== undefined && one.held_by === null && PRESSING.has(one.tier);
  if (offers.length > 0 && !pressing)
    return hint(html`<b>${plural(offers.length, "patient")} offered to you:</b> <kbd>y</kbd> takes them. They are yours once this screen has painted them.`);
  if (one !== undefined && one.held_by !== null && one.closes_ms === null) return hint(html`<b>Your case: ${one.patient}.</b> <kbd>w</kbd> goes on with it beside this wall.`, false, true);
  if (pressing)
    return hint(html`<b>${one.patient}: ${one.title}.</b> <kbd>a</kbd> acknowledges the alarm; <kbd>w</kbd> shows the case beside this wall.`, false, true);
  if (mine.length === 0) return hint(html`<b>Simulated technicians watch everybody.</b> They offer you some patients when you come, and when you ask.`, true);
  return hint(
    html`<b>You watch ${plural(mine.length, "patient")} (◆).</b> Something will happen to one of them soon. <kbd>h</kbd> hands them back, <kbd>?</kbd> shows every key.`,
    true,
    true,
  );
}

function onTheWorklist(facts: Facts, one: Case | undefined): Hint {
  const hint = (words: TemplateResult): Hint => ({ words, ask: false, worklist: false });
  if (one === undefined)
    return hint(html`<b>No case of your patients.</b> Those of others are worked by simulated technicians; you can watch them do it. Keep the wall in sight.`);
  const patient = html`<b>${one.patient}.</b>`;
  if (one.held_by === null) return hint(html`${patient} <kbd>Enter</kbd> takes the case.`);
  // A verdict that is void, because something graver came, does not end the call that goes on.
  const calling = facts.all("notification").some(({ case: of, calls }) => of === one.id && running(calls) !== null);
  if (calling) return hint(html`${patient} Somebody simulated answers below the number. Write down who, that they read it back, and what they do.`);
  if (one.verdict === null) return hint(html`${patient} <kbd>1</kbd> to <kbd>5</kbd> judge it; <kbd>5</kbd>: true, and call now.`);
  const told = one.notification === null ? undefined : facts.get("notification", one.notification);
  if (told === undefined || told.state === "closed") return hint(html`${patient} Judged: it closes by itself within a minute, or now by <kbd>x</kbd>; <kbd>u</kbd> takes the verdict back.`);
  if (told.state === "reached") return hint(html`${patient} Reached: what the physician does closes it, <kbd>Enter</kbd> where it is written down.`);
  return hint(html`${patient} <kbd>C</kbd> shows whom to call, <kbd>Enter</kbd> calls. Nothing is dialled: the physician is simulated.`);
}

/** The worklist in a window of its own, so that the wall stays in sight; there already, it comes to the front. */
export function openWorklist(from: Pick<Window, "open" | "screen"> = window): void {
  const { availWidth, availHeight } = from.screen;
  const size = `width=${Math.min(1280, Math.round(availWidth * 0.6))},height=${Math.round(availHeight * 0.85)}`;
  from.open("/worklist", "einthoven-worklist", `popup,${size}`)?.focus();
}

export class DemoGuide {
  private away = sessionStorage.getItem(PUT_AWAY) !== null;
  private said: string | null = null;

  constructor(
    private readonly desk: DeskClient,
    private readonly page: () => GuidePage,
    private readonly refresh: () => void,
    /** Shows the cases beside the wall. */
    private readonly cases: () => void,
  ) {}

  private ask(): Promise<void> {
    return this.wish("/api/demo/ask", "asked: an offer comes in a moment");
  }

  private letOneCall(): Promise<void> {
    return this.wish("/api/demo/call", "a patient dials: it rings in a moment");
  }

  private async wish(path: string, done: string): Promise<void> {
    try {
      await act(path, {}, this.desk.me?.csrf ?? "");
      this.said = done;
    } catch (error) {
      this.said = error instanceof Refused ? error.message : String(error);
    }
    this.refresh();
    setTimeout(() => {
      this.said = null;
      this.refresh();
    }, 5_000);
  }

  private putAway(): void {
    this.away = true;
    sessionStorage.setItem(PUT_AWAY, "1");
    this.refresh();
  }

  view(): TemplateResult | typeof nothing {
    const hint = this.away || this.desk.dead ? null : hintOf(this.desk.store, this.page());
    if (hint === null) return nothing;
    return html`<aside class="demo-guide" aria-label="guide of the demo">
      <span class="mark">demo</span>
      <p role="status">${hint.words}</p>
      ${this.said === null ? nothing : html`<span class="faint">${this.said}</span>`}
      ${hint.ask ? html`<button class="quiet" @click=${() => void this.ask()}>ask for patients</button>` : nothing}
      ${this.desk.store.get("center")?.telephone === true ? html`<button class="quiet" @click=${() => void this.letOneCall()}>let a patient telephone</button>` : nothing}
      ${hint.worklist ? html`<button class="quiet" @click=${() => this.cases()}>cases <kbd>w</kbd></button>` : nothing}
      <button class="quiet away" aria-label="put the guide away" @click=${() => this.putAway()}>✕</button>
    </aside>`;
  }
}
