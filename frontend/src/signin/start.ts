/** Where somebody begins whose role sees no patients: their work, and how much of it waits. */

import { html, nothing, render, type TemplateResult } from "lit";
import { isFields } from "../desk/reader";
import type { Me } from "./me";

interface Work {
  readonly page: string;
  readonly title: string;
  readonly words: string;
  /** What is asked of the desk for the number that waits, and how it is read out of the answer. */
  readonly ask?: string;
  readonly waits?: (told: Told) => number;
  readonly said?: (waits: number) => string;
}

type Told = Readonly<Record<string, unknown>>;

const count = (told: Told, name: string): number => {
  const one = (told.counts as Told | undefined)?.[name];
  return typeof one === "number" ? one : 0;
};

const length = (value: unknown): number => (Array.isArray(value) ? value.length : 0);

/** In the order in which they are worked. */
export const WORK: readonly Work[] = [
  {
    page: "/orders",
    title: "Orders",
    words: "What physicians order: whether it is complete, and covered.",
    ask: "orders?state=held&limit=1",
    waits: (told) => count(told, "held"),
    said: (waits) => `${waits} held`,
  },
  {
    page: "/service",
    title: "Service periods",
    words: "Calls to patients, periods, and the inventory of kits.",
    ask: "services",
    waits: (told) => length(told.calls),
    said: (waits) => `${waits} to call`,
  },
  { page: "/telephone", title: "Telephone", words: "Calls of patients who send strips by telephone, and who may call." },
  {
    page: "/claims",
    title: "Claims",
    words: "What may be billed, by what was measured; what payers answered.",
    ask: "claims?limit=1",
    waits: (told) => count(told, "held") + count(told, "denied"),
    said: (waits) => `${waits} to look at`,
  },
  { page: "/reports", title: "Reports", words: "Daily, urgent and summary reports." },
  { page: "/corrections", title: "Wrong patient", words: "A period that is on record for the wrong person." },
  { page: "/codes", title: "Billing codes", words: "What a code is, from when to when, and with which it may not go." },
  { page: "/administration", title: "Administration", words: "People, places, plans, and what was done." },
  { page: "/supervisor", title: "How the center does", words: "Who is on shift, how long each leg took, what went unwatched." },
];

/** The work of somebody, by what they may open. */
export const workOf = (may: (page: string) => boolean): readonly Work[] => WORK.filter((one) => may(one.page));

/** The page; how much waits is added once it is known. */
export async function start(root: HTMLElement, me: Me, may: (page: string) => boolean, ask: (what: string) => Promise<unknown>): Promise<void> {
  const work = workOf(may);
  const waiting = new Map<string, string>();
  const draw = () => render(page(me, work, waiting), root);
  draw();
  await Promise.all(
    work.map(async ({ page: where, ask: what, waits, said }) => {
      if (what === undefined || waits === undefined || said === undefined) return;
      // A number that cannot be asked for is left out: the page itself says what is wrong.
      const told = await ask(what).catch(() => null);
      const found = isFields(told) ? waits(told) : 0;
      if (found > 0) waiting.set(where, said(found));
      draw();
    }),
  );
}

function page(me: Me, work: readonly Work[], waiting: ReadonlyMap<string, string>): TemplateResult {
  const roles = me.staff?.roles.join(", ") ?? "";
  return html`<main class="start">
    <header>
      <h1>Signed in as ${me.staff?.name}</h1>
      <p>The role ${roles} sees no patients: the wall is for technicians, supervisors and practices.</p>
    </header>
    <nav aria-label="work">${work.map(
      (one) =>
        html`<a href=${one.page}><b>${one.title}</b>${waiting.has(one.page) ? html` <span class="waits">${waiting.get(one.page)}</span>` : nothing}<small>${one.words}</small></a>`,
    )}</nav>
  </main>`;
}
