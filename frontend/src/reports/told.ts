/** What the center tells of reports (`/api/desk/reports`, `/api/desk/report/N`), and how it is said. Instants in ms since 1970. */

import { coarse, duration } from "../chrome/format";

export type Kind = "daily" | "urgent" | "end" | "strip" | "period";
export type State = "drafted" | "prepared" | "issued" | "cosign" | "signed" | "withdrawn";

export interface May {
  readonly write: boolean;
  readonly add: boolean;
  readonly comment: boolean;
  readonly sign: boolean;
  readonly sign_addendum: boolean;
  readonly cosign: boolean;
  readonly return: boolean;
  readonly acknowledge: boolean;
  /** Issue a technical report. */
  readonly release?: boolean;
  /** Why they do not sign; "" where they may. */
  readonly why_not: string;
}

export interface Line {
  readonly report: number;
  readonly kind: Kind;
  readonly stream: string;
  readonly patient: string;
  readonly birth_date: string;
  readonly practice: Named | null;
  /** Local date of the day, number of the case, or "". */
  readonly which: string;
  readonly start_ms: number;
  readonly stop_ms: number;
  readonly made_ms: number;
  readonly since_ms: number;
  readonly state: State;
  readonly standing: "preliminary" | "issued" | "signed" | "addendum" | "withdrawn";
  readonly headline: string;
  readonly note: string;
  readonly written: boolean;
  readonly prepared: string;
  readonly returned: string;
  readonly signers: readonly string[];
  readonly cosigner: string;
  readonly addenda: number;
  /** Of a technical report: who issued it, each time. */
  readonly released?: readonly { readonly at_ms: number; readonly by: string }[];
  readonly addendum_due_ms: number | null;
  readonly overdue: boolean;
  readonly waits: boolean;
  readonly delivery: string;
  readonly failed: boolean;
  readonly may: May;
}

export interface Named {
  readonly id: number;
  readonly name: string;
}

export interface Sentence {
  readonly sentence: number;
  readonly title: string;
  readonly text: string;
}

export interface Trouble {
  readonly kind: Kind;
  readonly stream: string;
  readonly patient: string;
  readonly which: string;
  readonly since_ms: number;
  readonly words: string;
}

export interface Delegate {
  readonly person: number;
  readonly name: string;
  readonly by: string;
  readonly since_ms: number;
  readonly until_ms: number | null;
}

export interface Person {
  readonly person: number;
  readonly name: string;
}

export interface InboxTold {
  readonly now_ms: number;
  /** Whether reports are made at this center at all. */
  readonly made: boolean;
  readonly cut: string;
  /** Since when, and why, the center does not know which reports are due. */
  readonly stalled: { readonly since_ms: number; readonly words: string } | null;
  readonly reports: readonly Line[];
  readonly left_out: number;
  readonly waiting: number;
  readonly overdue: number;
  readonly troubles: readonly Trouble[];
  readonly practice: Named | null;
  readonly sentences: readonly Sentence[];
  readonly delegates: readonly Delegate[];
  readonly office: readonly Person[];
  readonly may_delegate: boolean;
}

export interface Written {
  readonly version: number;
  readonly text: string;
  readonly by: string;
  readonly at_ms: number | null;
}

export interface Signature {
  readonly name: string;
  readonly meaning: string;
  readonly at_ms: number;
  readonly components: readonly string[];
  readonly content: string;
  readonly ok: boolean;
  readonly reasons: readonly string[];
}

export interface ReportTold extends Line {
  readonly now_ms: number;
  readonly analysis: string;
  readonly content: string;
  readonly newer: number | null;
  readonly replaces: number | null;
  readonly impression: Written;
  /** SHA-256 of exactly what is signed. */
  readonly to_sign: string;
  readonly authors: readonly string[];
  readonly signatures: readonly Signature[];
  readonly cosigners: readonly Person[];
  readonly writing: Written & { readonly to_sign: string };
  readonly added: readonly { readonly addendum: number; readonly text: string; readonly signature: Signature }[];
  readonly outdated: { readonly since_ms: number; readonly words: string } | null;
  readonly comments: readonly { readonly at_ms: number; readonly by: string; readonly text: string }[];
  readonly pdfs: readonly string[];
  readonly sent: readonly { readonly edition: number; readonly way: string; readonly to: string; readonly state: string; readonly at_ms: number; readonly words: string }[];
  readonly sentences: readonly Sentence[];
  readonly most: { readonly text: number; readonly comment: number; readonly why: number };
  readonly meanings: { readonly sign: string; readonly cosign: string; readonly add: string };
}

export interface Version {
  readonly report: number;
  readonly version: number;
  readonly by: string;
  readonly at_ms: number;
  readonly text: string;
}

const KINDS: Readonly<Record<Kind, string>> = { daily: "daily", urgent: "urgent", end: "end of service", strip: "strip by telephone", period: "period by telephone" };
/** Tracing and counts of strips by telephone: issued by who watches, without an impression. */
export const isTechnical = (kind: Kind): boolean => kind === "strip" || kind === "period";
export const kindWords = (kind: Kind): string => KINDS[kind];

/** "2026-11-22 · 23 h 10 min", "case 5 · 4 min", "28 d 3 h". */
export function stretchWords(one: Pick<Line, "kind" | "which" | "start_ms" | "stop_ms">): string {
  const hours = Math.floor((one.stop_ms - one.start_ms) / 3_600_000);
  const length = one.kind === "daily" && hours > 22 ? `${hours} h` : duration(one.stop_ms - one.start_ms);
  if (one.kind === "urgent") return `case ${one.which}`;
  if (one.kind === "strip") return `call ${one.which.replace(".", ", strip ")}`;
  return one.which === "" ? length : `${one.which} · ${length}`;
}

/** What is so of a report, in a few words; what a person is to do comes first. */
export function stateWords(one: Line): string {
  if (one.state === "withdrawn") return "withdrawn";
  if (one.state === "issued") return one.addendum_due_ms === null ? `issued by ${one.released?.at(-1)?.by ?? "?"}` : "to be issued again: figures changed";
  if (isTechnical(one.kind) && one.state === "drafted") return "draft, to be issued";
  if (one.addendum_due_ms !== null) return "addendum due: figures changed after the signature";
  if (one.state === "cosign") return `signed by ${one.signers[0] ?? "?"}, awaits ${one.cosigner === "" ? "a second signature" : one.cosigner}`;
  if (one.state === "signed") return one.addenda > 0 ? `signed by ${one.signers.join(" and ")}, ${one.addenda === 1 ? "an addendum" : `${one.addenda} addenda`}` : `signed by ${one.signers.join(" and ")}`;
  if (one.state === "prepared") return `made ready by ${one.prepared}`;
  if (one.returned !== "") return `given back: ${one.returned}`;
  return one.written ? "draft, impression begun" : "draft";
}

/** "3 h", "overdue, 2 d"; "" where nobody has to do anything. */
export const waitingWords = (one: Line, nowMs: number): string => {
  if (!one.waits) return "";
  const since = coarse(nowMs - (one.addendum_due_ms ?? one.made_ms));
  return one.overdue ? `overdue, ${since}` : since;
};

const DELIVERED: Readonly<Record<string, string>> = {
  waiting: "on its way", failed: "not delivered so far", undelivered: "not delivered", sent: "in the inbox", viewed: "viewed", acknowledged: "acknowledged",
}; // prettier-ignore
export const deliveryWords = (one: Line): string => `${DELIVERED[one.delivery] ?? ""}${one.failed ? ", a message was not delivered" : ""}`;
export const sentWords = (way: string, state: string): string => (way !== "portal" && state === "sent" ? "sent" : (DELIVERED[state] ?? state));

export type Show = "waiting" | "signed" | "overdue" | "all";
export const SHOWS: readonly (readonly [Show, string])[] = [
  ["waiting", "waiting"],
  ["overdue", "overdue"],
  ["signed", "signed"],
  ["all", "all"],
];

/** Reports of a list that are shown: of one tab, and holding every word that is typed. */
export function shownOf(list: readonly Line[], show: Show, typed: string): readonly Line[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return list.filter((one) => {
    if (show === "waiting" && !one.waits) return false;
    if (show === "overdue" && !one.overdue) return false;
    if (show === "signed" && one.state !== "signed") return false;
    const held = `${one.patient} ${one.stream} ${kindWords(one.kind)} ${one.which} ${one.headline} ${stateWords(one)} ${one.practice?.name ?? ""}`.toLowerCase();
    return words.every((word) => held.includes(word));
  });
}

/** A sentence put into a text where the cursor stands: on a line of its own where it does not follow one. */
export function inserted(text: string, at: number, sentence: string): { readonly text: string; readonly at: number } {
  const before = text.slice(0, at);
  const gap = before === "" || /\s$/.test(before) ? "" : " ";
  const made = `${before}${gap}${sentence}`;
  return { text: made + text.slice(at), at: made.length };
}

/** The patient whose reports an address asks for; null for the inbox. */
export const streamOf = (search: string): string | null => {
  const told = new URLSearchParams(search).get("stream") ?? "";
  return /^s\d{6,}$/.test(told) ? told : null;
};

/** Number of the report of an address; null for the list. */
export const reportOf = (path: string): number | null => {
  const found = /^\/reports\/([1-9]\d{0,8})\/?$/.exec(path)?.[1];
  return found === undefined ? null : Number(found);
};
