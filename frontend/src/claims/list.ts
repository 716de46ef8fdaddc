/** `/claims`: the worklist of claims: held with reasons, ready, handed in, denied by their deadline, paid; answers are dropped on it. */

import { render } from "lit";
import { plural } from "../chrome/format";
import { go } from "../chrome/leaving";
import { Asked, Listing } from "../chrome/listing";
import { Requests, wordsOf } from "../prescribe/requests";
import { listView } from "./list_view";
import { type ListTold, type Row, type Tab, TABS } from "./told";

const AGAIN_MS = 3000;
const LIMIT = 100;

/** What was told, found by which words. */
type Told = ListTold & { readonly words: string };

export class ClaimsList {
  readonly list: Listing<Row, Tab>;
  readonly asked = new Asked<Told>(() => this.read(), wordsOf, () => this.draw());
  problem: string | null = null;
  done: string | null = null;
  /** A file is held over the page. */
  over = false;
  /** The file of which it is asked once more whether it was handed in. */
  asking: number | null = null;
  busy = false;
  private readonly requests = new Requests();
  private pages = 1;

  constructor(private readonly root: HTMLElement) {
    document.documentElement.dataset.theme = "dark";
    const named = new URLSearchParams(location.search).get("tab");
    this.list = new Listing<Row, Tab>(
      {
        tabs: TABS,
        rows: () => (this.told?.tab === this.list.tab ? this.told.claims : []),
        key: (one) => one.claim,
        name: (one) => `${one.patient}, ${one.id}, ${one.state}`,
        open: (one) => go(`/claims/${one.claim}`),
        changed: (what) => this.changed(what),
        draw: () => this.draw(),
        ready: () => this.told?.words === this.list.typed && this.told.tab === this.list.tab,
        acts: { i: () => this.root.querySelector<HTMLInputElement>("input[type=file]")?.click(), w: () => go("/") },
      },
      TABS.find(([tab]) => tab === named)?.[0] ?? "held",
    );
    this.draw();
    void this.requests.begin().then(() => this.asked.again());
    setInterval(() => void this.asked.again(), AGAIN_MS);
    this.list.listen(root);
    window.addEventListener("dragover", (event) => this.dragged(event, true));
    window.addEventListener("dragleave", (event) => this.dragged(event, event.relatedTarget !== null));
    window.addEventListener("drop", (event) => {
      this.dragged(event, false);
      const file = event.dataTransfer?.files[0];
      if (file !== undefined) void this.import(file);
    });
  }

  describe(): object {
    return { page: "claims", tab: this.list.tab, claims: this.told?.claims.length ?? null };
  }

  get told(): Told | null {
    return this.asked.told;
  }

  private dragged(event: DragEvent, over: boolean): void {
    event.preventDefault();
    if (this.over === over) return;
    this.over = over;
    this.draw();
  }

  private async read(): Promise<Told> {
    const words = this.list.typed;
    const told = await this.requests.read<ListTold>(`claims?tab=${this.list.tab}&limit=${LIMIT * this.pages}&q=${encodeURIComponent(words)}`);
    return { ...told, words };
  }

  draw(): void {
    const held = this.told?.counts.held ?? 0;
    document.title = `${held > 0 ? `${held} held` : "Claims"} · einthoven`;
    this.list.settle();
    render(listView(this), this.root);
  }

  private changed(what: "tab" | "words"): void {
    const { tab } = this.list;
    this.pages = 1;
    if (what === "tab") history.replaceState(null, "", tab === "held" ? "/claims" : `/claims?tab=${tab}`);
    this.draw();
    void this.asked.again();
  }

  more(): void {
    this.pages += 1;
    void this.asked.again();
  }

  /** Every released claim goes into one file, which is saved at once. */
  async file(): Promise<void> {
    const numbers = this.list.kind.rows().filter((one) => one.state === "released").map((one) => one.claim);
    const answer = await this.act("claim.file", { claims: numbers }, `${plural(numbers.length, "claim")} put into a file, which is saved. Hand it in, and say so below.`);
    if (answer !== null && typeof answer.file === "number") location.assign(`/api/claims/files/${answer.file}`);
  }

  /** What is handed in does not change any more: it is asked once more. */
  ask(file: number | null): void {
    this.asking = file;
    this.draw();
    this.root.querySelector<HTMLElement>(".asking .main")?.focus();
  }

  sent(file: number): void {
    this.asking = null;
    void this.act("claim.sent", { file }, `File ${file} was handed in.`);
  }

  match(remit: number, place: number, claim: number): void {
    void this.act("claim.match", { remit, place, claim }, `The answer is to claim ${claim}.`);
  }

  setAside(remit: number, place: number, why: string): void {
    void this.act("claim.set_aside", { remit, place, why }, "The answer is put aside; it stays on record.");
  }

  /** A payer's file: 835, 277CA, 999, ClaimResponse, ExplanationOfBenefit. */
  async import(file: File): Promise<void> {
    this.busy = true;
    this.draw();
    try {
      const answer = await fetch(`/api/claims/answers?name=${encodeURIComponent(file.name)}`, {
        method: "POST",
        headers: { "content-type": "application/octet-stream", "x-einthoven-csrf": this.requests.csrf },
        body: file,
      });
      const told = (await answer.json()) as { readonly digest?: string; readonly error?: string };
      if (!answer.ok || told.digest === undefined) throw new Error(told.error ?? `the center answers ${answer.status}`);
      const taken = await this.act("claim.answered", { digest: told.digest }, "");
      if (taken !== null) this.done = taken.remit === undefined ? `${file.name} is read: what it says stands at the files, or was known before.` : `${file.name} is taken.`;
    } catch (error) {
      this.problem = `${file.name}: ${wordsOf(error)}`;
      this.done = null;
    }
    this.busy = false;
    await this.asked.again();
  }

  private async act(name: string, fields: object, done: string): Promise<Readonly<Record<string, unknown>> | null> {
    const answer = await this.requests.ask(name, fields);
    this.problem = answer.ok ? null : answer.words;
    this.done = answer.ok ? done : null;
    await this.asked.again();
    return answer.ok ? answer.body : null;
  }
}
