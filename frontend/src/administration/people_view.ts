/** People, their roles and papers: what runs out stands first. */

import { html, nothing, type TemplateResult } from "lit";
import { coarse, day, plural } from "../chrome/format";
import { type Paper, type PaperState, type People, type Somebody, needsAttention } from "./records";

export interface PeopleActs {
  readonly open: (person: number) => void;
  readonly join: () => void;
  readonly change: (one: Somebody) => void;
  readonly works: (one: Somebody) => void;
  readonly leave: (one: Somebody) => void;
  readonly comeBack: (one: Somebody) => void;
  readonly reset: (one: Somebody) => void;
  readonly credential: (one: Somebody) => void;
  readonly training: (one: Somebody) => void;
  readonly end: (one: Somebody, paper: Paper) => void;
  readonly practice: (known: { readonly id: number; readonly name: string } | null) => void;
  readonly showGone: () => void;
}

export interface PeopleModel {
  readonly people: People;
  readonly now: number;
  readonly open: number | null;
  readonly gone: boolean;
  /** Who looks; null where nobody is signed in. */
  readonly me: number | null;
  /** Whether whoever looks may change people, or papers. */
  readonly staff: boolean;
  readonly papers: boolean;
}

const DAY_MS = 86_400_000;
const STATE_WORDS: Readonly<Record<PaperState, string>> = {
  ahead: "not yet",
  current: "counts",
  expiring: "runs out",
  renewed: "renewed",
  expired: "expired",
  withdrawn: "withdrawn",
};

/** The last day on which something that ends at an instant counts. */
export const lastDay = (untilMs: number): string => day(untilMs - 1).replace(/^\w+ /, "");

function left(untilMs: number, now: number): string {
  const days = Math.ceil((untilMs - now) / DAY_MS);
  return days > 1 ? `${days} days left` : `${coarse(Math.max(0, untilMs - now))} left`;
}

/** Reasons in the words of the center, their instants as the day on this screen's calendar. */
const reason = (words: string): string =>
  words.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (at) => day(Date.parse(at)).replace(/^\w+ /, ""));

function attention({ people, now }: PeopleModel, acts: PeopleActs): TemplateResult {
  const pressing = needsAttention(people);
  if (pressing.length === 0)
    return html`<p class="none">Everybody who watches is qualified, and no papers run out within ${people.warnDays} days.</p>`;
  return html`<ul class="pressing">
    ${pressing.map(
      (one) =>
        html`<li class=${one.qualified ? "" : "now"}><button class="quiet" @click=${() => acts.open(one.id)}>${one.name}</button>
          <span>${one.qualified ? html`may watch through <b>${lastDay(one.runsOutMs!)}</b>, ${left(one.runsOutMs!, now)}` : html`<b>may not watch</b>: ${reason(one.reasons[0] ?? "not qualified")}`}</span></li>`,
    )}
  </ul>`;
}

function papers(one: Somebody, model: PeopleModel, acts: PeopleActs): TemplateResult {
  const own = one.id === model.me;
  const able = model.papers && one.active && !own;
  const row = (paper: Paper): TemplateResult =>
    html`<tr class=${paper.state}>
      <th scope="row">${paper.title}${paper.number === "" ? nothing : html` <span class="faint">${paper.number}</span>`}</th>
      <td>${paper.by}${paper.document === "" ? nothing : html` <a class="paper-document" href=${`/api/documents/${paper.document}`} target="_blank" rel="noopener" title=${`SHA-256 ${paper.document}`}>document</a>`}</td>
      <td class="number">${lastDay(paper.fromMs + 1)}</td><td class="number">${lastDay(paper.untilMs)}</td>
      <td><span class="paper-state ${paper.state}">${STATE_WORDS[paper.state]}</span> ${paper.state === "expiring" ? left(paper.untilMs, model.now) : paper.why}${paper.counts ? nothing : html` <span class="faint">not asked for here</span>`}</td>
      <td class="number">${
        model.papers && one.active && paper.what === "credential" && (paper.state === "current" || paper.state === "expiring" || paper.state === "ahead")
          ? html`<button class="quiet" @click=${() => acts.end(one, paper)}>end</button>`
          : nothing
      }</td>
    </tr>`;
  return html`${
      one.papers.length === 0
        ? html`<p class="none">Nothing is on file.</p>`
        : html`<table class="credentials">
            <thead><tr><th scope="col">Credential or training</th><th scope="col">By</th><th scope="col">From</th><th scope="col">Through</th><th scope="col"><span class="spoken">state</span></th><th scope="col"></th></tr></thead>
            <tbody>${one.papers.map(row)}</tbody>
          </table>`
    }
    ${one.watches && one.reasons.length > 0 ? html`<ul class="reasons">${one.reasons.map((why) => html`<li>${reason(why)}</li>`)}</ul>` : nothing}
    ${own && model.papers ? html`<p class="none">Your own papers, roles and place are entered by somebody else: another supervisor or administrator, or <code>einthoven staff</code> on the center's own machine.</p>` : nothing}
    <div class="buttons">
      ${able ? html`<button @click=${() => acts.credential(one)}>add a credential</button><button @click=${() => acts.training(one)}>add a training</button>` : nothing}
      ${
        !model.staff
          ? nothing
          : one.active
            ? html`<button @click=${() => acts.change(one)}>change</button>${own || model.people.sites.length === 0 ? nothing : html`<button @click=${() => acts.works(one)}>works from</button>`}<button @click=${() => acts.reset(one)}>new way in</button><button @click=${() => acts.leave(one)}>leaves …</button>`
            : html`<button @click=${() => acts.comeBack(one)}>works here again …</button>`
      }
    </div>`;
}

function qualified(one: Somebody, model: PeopleModel): TemplateResult {
  if (!one.active) return html`<span class="faint">left ${day(one.changedMs)}</span>`;
  if (!one.watches) return html`<span class="faint">does not watch</span>`;
  if (!one.qualified) return html`<b class="flag">may not watch</b>`;
  return one.runsOutMs === null ? html`yes` : html`<b class="flag">${left(one.runsOutMs, model.now)}</b>`;
}

function member(one: Somebody, model: PeopleModel, acts: PeopleActs): TemplateResult {
  const open = model.open === one.id;
  const practice = model.people.practices.find(({ id }) => id === one.practice)?.name;
  return html`<tr class=${one.active ? "" : "gone"}>
      <th scope="row"><button class="quiet name" aria-expanded=${open} @click=${() => acts.open(one.id)}>${one.name}</button> <span class="faint">${one.login}</span></th>
      <td>${one.roles.join(", ")}</td>
      <td>${practice ?? nothing}</td>
      <td>${qualified(one, model)}</td>
      <td>${one.station !== "" ? html`at ${one.station}` : one.worksFrom === "" ? nothing : html`<span class="faint">from ${one.worksFrom}</span>`}</td>
    </tr>
    ${open ? html`<tr class="opened"><td colspan="5">${papers(one, model, acts)}</td></tr>` : nothing}`;
}

export function peopleView(model: PeopleModel, acts: PeopleActs): TemplateResult {
  const { people, gone, staff } = model;
  const here = people.people.filter(({ active }) => active);
  const left = people.people.length - here.length;
  const shown = gone ? people.people : here;
  return html`<section class="part"><h2>Papers of those who watch</h2>${attention(model, acts)}</section>
    <section class="part">
      <header><h2>People <b>${here.length}</b></h2>
        ${left === 0 ? nothing : html`<button class="quiet" aria-pressed=${gone} @click=${acts.showGone}>${plural(left, "person", "people")} who left</button>`}
        ${staff ? html`<button class="strong" @click=${acts.join}>somebody new <kbd>n</kbd></button>` : nothing}</header>
      ${
        shown.length === 0
          ? html`<p class="none">Nobody yet. The first administrator is made by the command <code>einthoven administrator</code>.</p>`
          : html`<table class="people">
              <thead><tr><th scope="col">Name</th><th scope="col">Roles</th><th scope="col">Practice</th><th scope="col">Qualified to watch</th><th scope="col">Place</th></tr></thead>
              <tbody>${shown.map((one) => member(one, model, acts))}</tbody>
            </table>`
      }
    </section>
    <section class="part">
      <header><h2>Practices <b>${people.practices.length}</b></h2>
        ${staff ? html`<button @click=${() => acts.practice(null)}>a new practice</button>` : nothing}</header>
      ${
        people.practices.length === 0
          ? html`<p class="none">No practice: physicians and their office belong to one.</p>`
          : html`<ul class="practices">${people.practices.map((one) => html`<li>${one.name} <span class="faint">${plural(here.filter(({ practice }) => practice === one.id).length, "person", "people")}</span>${staff ? html` <button class="quiet" @click=${() => acts.practice(one)}>rename</button>` : nothing}</li>`)}</ul>`
      }
    </section>`;
}
