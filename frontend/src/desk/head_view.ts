/** The line over the worklist: what is open by tier, who sits here, the clock, and all that is wrong. */

import { html, nothing, type TemplateResult } from "lit";
import { clockTime, day, duration, plural, zone } from "../chrome/format";
import { type Banner, bannersView } from "../wall/header_view";
import { SIGNS } from "../wall/findings";
import type { DeskClient } from "./client";
import { type Me, type Tier, TIERS } from "./entities";
import { TIER_WORDS } from "./order";

export interface HeadModel {
  readonly counts: Readonly<Record<Tier, number>>;
  readonly me: Me | undefined;
  readonly now: number;
  readonly known: boolean;
  readonly dead: boolean;
  readonly said: readonly Banner[];
}

const PRIORITY: Readonly<Record<Tier, "high" | "medium" | "low">> = {
  emergent: "high",
  urgent: "medium",
  daily: "low",
  technical: "low",
};

/** A sentence for each thing that is wrong between this page and the desk, worst first. */
export function deskBanners(client: DeskClient): readonly Banner[] {
  const said: Banner[] = [];
  const say = (before: string, counting = "", after = "") => said.push({ before, counting, after });
  const { me, store } = client;
  if (client.dead && store.n !== null)
    say("No word from the desk", ` for ${duration(client.sinceTick)}`, ": what is shown is old. Look at the patients on the wall.");
  if (me?.session.locked === true) say("This station is locked.");
  if (me !== undefined && me.sign_in === "in" && !me.qualified.ok)
    say("Not to judge here", "", `: ${briefly(me.qualified.reasons)}.`);
  if (store.faults.length > 0)
    say(`Not understood: ${store.faults[0]}`, "", store.faults.length > 1 ? ` and ${store.faults.length - 1} more` : "");
  if (client.trouble !== null) say(client.trouble);
  return said;
}

export function headView(model: HeadModel, acts: { readonly palette: () => void; readonly help: () => void }): TemplateResult {
  const { counts, me, now } = model;
  return html`<header class="top desk-top">
    <a class="brand" href="/" title="the wall (w)"
      ><svg viewBox="0 0 32 20" aria-hidden="true"><path d="M1 11h7l2-3 2 3h2l2-9 3 16 2-7h10" /></svg><span class="name">einthoven</span></a
    >
    <span class="alarms" aria-label="open cases">
      ${TIERS.map((tier) => {
        const priority = PRIORITY[tier];
        const state = counts[tier] === 0 ? "none" : tier === "technical" ? "low ended" : priority;
        return html`<span class=${`alarm ${state}`}><b class="sign">${SIGNS[priority]}</b><b>${counts[tier]}</b><span class="word">${TIER_WORDS[tier].toLowerCase()}</span></span>`;
      })}
    </span>
    <span class="counts">${bannersView(model.said)}</span>
    <time class=${model.dead ? "clock cut-off" : "clock"} title="clock of the center">
      <b>${model.known ? clockTime(now) : "––:––:––"}</b><span>${zone(now)}<span class="date"> · ${day(now)}</span></span>
    </time>
    <span class="tools">
      ${whoView(me)}
      <button class="quiet" @click=${acts.palette} aria-label="search"><span class="word">Search </span><kbd>Ctrl K</kbd></button>
      <button class="quiet" @click=${acts.help} aria-label="keys"><kbd>?</kbd></button>
    </span>
  </header>`;
}

function whoView(me: Me | undefined): TemplateResult | typeof nothing {
  if (me === undefined) return nothing;
  if (me.sign_in === "off") return html`<span class="who-here"><b>console</b> <span class="faint">sign-in is off</span></span>`;
  const { held, limit, warn } = me.watches;
  const watches = limit > 0 ? html`<span class=${held >= warn && warn > 0 ? "many" : "faint"}>${held} of ${plural(limit, "watch", "watches")}</span>` : nothing;
  return html`<span class="who-here"><b>${me.staff?.name ?? "not signed in"}</b> <span class="faint">${me.station?.name ?? "no station"}</span> ${watches}</span>`;
}

/** The first reason, and how many more there are: the place is one line high; all of them are on the account's page. */
function briefly(reasons: readonly string[]): string {
  const [first, ...more] = reasons;
  if (first === undefined) return "not qualified";
  const short = first.replace(/ \(.*\)$/, "");
  return more.length === 0 ? short : `${short} (and ${more.length} more)`;
}
