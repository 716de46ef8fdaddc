/** `/reports/N`: one report: its figures, the impression, signatures, addenda, what people say of it, its delivery. */

import { render } from "lit";
import { typing } from "../chrome/acts";
import { go } from "../chrome/leaving";
import { Requests, wordsOf } from "../prescribe/requests";
import { type Content, contentOf } from "./content";
import { Keeping } from "./keeping";
import { reportView } from "./report_view";
import { type InboxTold, inserted, type ReportTold, type Version } from "./told";

const AGAIN_MS = 8_000;

/** What is signed: the report, a second time, or an addendum. */
export type Signing = "sign" | "cosign" | "add";

export class ReportPage {
  readonly requests = new Requests();
  readonly impression: Keeping;
  readonly addendum: Keeping;
  told: ReportTold | null = null;
  failure: string | null = null;
  content: Content | null = null;
  contentFailure: string | null = null;
  versions: readonly Version[] | null = null;
  signing: Signing | null = null;
  /** What the signature is wanted of besides: nobody, anybody, or a person. */
  cosign = "";
  adding = false;
  returning = false;
  busy = false;
  done: string | null = null;
  /** What was not done, at the place where it was asked. */
  readonly problems = new Map<string, string>();
  private asked = "";
  private viewed = 0;
  private neighbours: readonly number[] = [];

  constructor(
    private readonly root: HTMLElement,
    readonly number: number,
  ) {
    const redraw = () => this.draw();
    const kept = (act: string) => (text: string, base: number) => this.requests.ask(act, { report: number, text, base });
    this.impression = new Keeping(`report ${number} impression`, kept("report.edit"), redraw);
    this.addendum = new Keeping(`report ${number} addendum`, kept("report.write_addendum"), redraw);
    document.documentElement.dataset.theme = "dark";
    document.title = "Report · einthoven";
    this.draw();
    void this.requests.begin().then(() => this.load());
    setInterval(() => void this.load(), AGAIN_MS);
    window.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("beforeunload", (event) => {
      if (!this.impression.dirty && !this.addendum.dirty) return;
      void this.impression.keep();
      void this.addendum.keep();
      event.preventDefault();
    });
  }

  describe(): object {
    return { page: "report", state: this.told?.state ?? null, kept: !this.impression.dirty && !this.addendum.dirty };
  }

  async load(): Promise<void> {
    try {
      const told = await this.requests.read<ReportTold>(`report/${this.number}`);
      this.told = told;
      this.failure = null;
      this.impression.told(told.impression);
      this.addendum.told(told.writing);
      if (told.state !== "drafted" && told.state !== "prepared" && this.signing === "sign") this.signing = null;
      document.title = `${told.patient} · ${told.standing} · einthoven`;
      if (told.content !== this.asked) await this.figures(told.content);
      void this.view(told);
    } catch (error) {
      this.failure = wordsOf(error);
    }
    this.draw();
  }

  private async figures(digest: string): Promise<void> {
    try {
      const answer = await fetch(`/api/reports/${this.number}/content`);
      if (!answer.ok) throw new Error(`the center answered ${answer.status}`);
      this.content = contentOf(await answer.json());
      this.contentFailure = null;
      this.asked = digest;
    } catch (error) {
      this.contentFailure = wordsOf(error);
    }
  }

  /** The practice has this edition before it: told once, while somebody looks. */
  private async view(told: ReportTold): Promise<void> {
    const edition = told.pdfs.length;
    if (edition === 0 || this.viewed === edition || !told.may.acknowledge || document.visibilityState !== "visible") return;
    this.viewed = edition;
    await this.requests.ask("report.view", { report: this.number });
  }

  draw(): void {
    render(reportView(this), this.root);
  }

  // ---- keys ------------------------------------------------------------------------------------------------

  private key(event: KeyboardEvent): void {
    if (event.key === "Escape" && (this.signing !== null || this.returning || typing(event.target))) {
      this.open(null);
      if (event.target instanceof HTMLElement) event.target.blur();
      return;
    }
    if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const may = this.told?.may;
    const acts: Readonly<Record<string, () => void>> = {
      e: () => this.focus("textarea[name=impression]"),
      s: () => (may?.cosign === true ? this.open("cosign") : may?.sign === true ? this.open("sign") : undefined),
      a: () => may?.add === true && this.open("add", true),
      r: () => this.focus("button.release"),
      n: () => void this.next(),
      i: () => go("/reports"),
      p: () => window.open(this.pdf(null), "_blank"),
    };
    const act = acts[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }

  private focus(selector: string): void {
    this.root.querySelector<HTMLElement>(selector)?.focus();
  }

  pdf(edition: number | null): string {
    return `/api/reports/${this.number}/pdf${edition === null ? "" : `?edition=${edition}`}`;
  }

  /** The next report that waits. */
  async next(): Promise<void> {
    try {
      const told = await this.requests.read<InboxTold>("reports");
      this.neighbours = told.reports.filter(({ waits, report }) => waits && report !== this.number).map(({ report }) => report);
      const one = this.neighbours.find((report) => report > this.number) ?? this.neighbours[0];
      go(one === undefined ? "/reports" : `/reports/${one}`);
    } catch (error) {
      this.problems.set("page", wordsOf(error));
      this.draw();
    }
  }

  // ---- writing ---------------------------------------------------------------------------------------------

  /** A sentence where the cursor stands. */
  insert(sentence: string): void {
    const field = this.root.querySelector<HTMLTextAreaElement>("textarea[name=impression]");
    const made = inserted(this.impression.text, field?.selectionStart ?? this.impression.text.length, sentence);
    this.impression.typed(made.text);
    field?.focus();
    field?.setSelectionRange(made.at, made.at);
  }

  async history(): Promise<void> {
    try {
      this.versions = (await this.requests.read<{ versions: readonly Version[] }>(`impressions/${this.number}`)).versions;
    } catch (error) {
      this.problems.set("impression", wordsOf(error));
    }
    this.draw();
  }

  release(): void {
    void this.doing("release", async () => {
      await this.act("report.release", {});
      this.done = "Issued.";
    });
  }

  prepare(): void {
    void this.doing("impression", async () => {
      if (!(await this.impression.keep())) throw new Error("Not made ready: what you wrote is not on record yet.");
      await this.act("report.prepare", {});
      this.done = "Ready for the physician's signature.";
    });
  }

  giveBack(why: string): void {
    void this.doing("return", async () => {
      await this.act("report.return", { why });
      this.returning = false;
      this.done = "Given back.";
    });
  }

  comment(text: string): Promise<boolean> {
    return this.doing("comment", () => this.act("report.comment", { text }));
  }

  acknowledge(): void {
    void this.doing("delivery", async () => {
      await this.act("report.acknowledge", {});
      this.done = "Acknowledged.";
    });
  }

  // ---- signing ---------------------------------------------------------------------------------------------

  open(what: Signing | null, writing = false): void {
    this.signing = writing ? null : what;
    this.adding = what === "add" || (what === null && this.adding && this.addendum.text !== "");
    this.returning = false;
    this.problems.clear();
    this.draw();
    this.focus(writing ? "textarea[name=addendum]" : ".proof input");
  }

  openReturn(): void {
    this.returning = true;
    this.draw();
    this.focus("input[name=why]");
  }

  chooseCosign(value: string): void {
    this.cosign = value;
    this.draw();
  }

  /** Sign what is on the screen: kept first, read back, and signed only if it is still the same. */
  sign(what: Signing, prove: (content: string) => Promise<string>): void {
    void this.doing("sign", async () => {
      const writing = what === "add" ? this.addendum : this.impression;
      if (what !== "cosign" && !(await writing.keep())) throw new Error("Not signed: what you wrote is not on record yet.");
      const shown = what === "add" ? this.addendum.text : (this.told?.impression.text ?? "");
      const typed = what === "sign" ? this.impression.text : shown;
      await this.load();
      const told = this.told;
      const now = what === "add" ? told?.writing : told?.impression;
      if (told === null || now === undefined || now.text.trim() !== typed.trim()) throw new Error("Not signed: it was changed meanwhile. Read it again, then sign.");
      const content = what === "add" ? told.writing.to_sign : told.to_sign;
      if (now.text.trim() === "") throw new Error(what === "add" ? "Not signed: the addendum is empty." : "Not signed: the impression is empty. Write what the figures mean.");
      const confirmation = await prove(content);
      const second = what === "sign" && this.cosign !== "" ? { cosign: true, cosigner: this.cosign === "any" ? null : Number(this.cosign) } : {};
      await this.act(`report.${what}`, { content, confirmation, ...second });
      this.signing = null;
      this.adding = false;
      this.done = what === "add" ? "The addendum is signed." : what === "cosign" ? "Co-signed." : this.cosign === "" ? "Signed. It does not change any more." : "Signed. It is issued once it is co-signed.";
    });
  }

  private async act(name: string, fields: object): Promise<void> {
    const answer = await this.requests.ask(name, { report: this.number, ...fields });
    if (!answer.ok) throw new Error(answer.words);
  }

  private async doing(place: string, act: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.done = null;
    this.problems.delete(place);
    this.draw();
    let ok = true;
    try {
      await act();
    } catch (error) {
      ok = false;
      this.problems.set(place, wordsOf(error));
    }
    this.busy = false;
    await this.load();
    return ok;
  }
}
