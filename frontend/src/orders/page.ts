/** `/orders/new` and `/orders/N`: an order filled in, completed, signed, decided about and enrolled. */

import { render } from "lit";
import { typing } from "../chrome/acts";
import { go } from "../chrome/leaving";
import { dayText } from "../administration/form";
import { Uploading } from "../administration/upload";
import { Requests, wordsOf } from "../prescribe/requests";
import { Draft } from "./draft";
import { Enrolling } from "./enrolling";
import { exampleOf } from "./example";
import { jumpTo } from "./jump";
import { begun, commonWhere, type Fields, get, lean, listAt, npiFault, put, rootOf, said, textAt, without } from "./order";
import { orderView } from "./page_view";
import { type At, type Checked, checkedOf, listOf, type Named, orderOf, type OrderTold } from "./told";
import { orderWords } from "./words";

/** After the last key, before the order is looked at. */
const CHECK_MS = 250;
/** After it could not be looked at. */
const AGAIN_MS = 5_000;
const LOAD_MS = 10_000;

/** What is open besides the form. */
export type Panel = "" | "sign" | "paper" | "return" | "refuse" | "withdraw" | "place" | "enroll" | "allow";

const DONE: Readonly<Record<string, string>> = {
  "order.paper_signature": "The paper signature is on record.",
  "order.return": "Returned to the ordering office.",
  "order.refuse": "Refused.",
  "order.withdraw": "Withdrawn.",
  "order.place": "It is the order of that service now.",
  "period.allow": "Allowed: it can be enrolled against the rule.",
};

export class OrderPage {
  readonly requests = new Requests();
  draft: Draft;
  told: OrderTold | null = null;
  failure: string | null = null;
  checked: Checked | null = null;
  /** Why what stands beside the form is not of what stands in it; null where it is. */
  unchecked: string | null = null;
  checking = false;
  panel: Panel = "";
  busy = false;
  done: string | null = null;
  /** What was taken out of a list last, and the order before that. */
  removed: { readonly words: string; readonly order: Fields } | null = null;
  /** What was not done, at the place where it was asked. */
  readonly problems = new Map<string, string>();
  /** Conflicts of which theirs is taken. */
  readonly theirs = new Set<string>();
  practices: readonly Named[] = [];
  /** Whose order a new one is; null: whose the NPI says. */
  practice: number | null = null;
  /** Where the answers stand in the record, for those that are given from now on. */
  stands = "";
  /** A day of service that was asked about by hand; "" for the order's own. */
  on = "";
  readonly upload: Uploading;
  readonly paper: Uploading;
  readonly enrolling: Enrolling;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked = 0;
  private saveNext = false;

  constructor(
    private readonly root: HTMLElement,
    public number: number | null,
  ) {
    document.documentElement.dataset.theme = "dark";
    document.title = "Order · einthoven";
    this.draft = new Draft(number === null ? "order new" : `order ${number}`, number === null ? begun(dayText(Date.now())) : {});
    this.upload = new Uploading(() => this.requests.csrf, () => this.uploaded(), undefined, "/api/orders/documents"); // prettier-ignore
    this.paper = new Uploading(() => this.requests.csrf, () => this.draw(), undefined, "/api/orders/documents"); // prettier-ignore
    this.enrolling = new Enrolling(this);
    this.draw();
    void this.requests.begin().then(() => this.begin());
    setInterval(() => void this.load(), LOAD_MS);
    window.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("beforeunload", (event) => {
      if (this.draft.dirty) event.preventDefault();
    });
  }

  describe(): object {
    return { page: "order", order: this.number, dirty: this.draft.dirty, checking: this.checking, outcome: this.checked?.determination?.outcome ?? null };
  }

  private may(permission: string): boolean {
    return this.requests.me?.permissions.includes(permission) === true;
  }

  get mayReadPatient(): boolean {
    return this.may("read.ecg");
  }

  get mayOrder(): boolean {
    return this.may("order");
  }

  /** Allow what a rule about coverage refuses at enrollment. */
  get mayAllow(): boolean {
    return this.may("enroll.allow");
  }

  /** Whether fields can be changed: by whom, and in which state. */
  get open(): boolean {
    return this.told === null ? this.mayOrder : this.told.may.edit;
  }

  get demo(): boolean {
    return this.requests.me?.demo === true || this.requests.me?.session?.how === "demo";
  }

  private async begin(): Promise<void> {
    this.draft.owner = String(this.requests.me?.staff?.id ?? "");
    if (this.number === null) {
      void this.askPractices();
      this.draft.restore();
      this.stands = commonWhere(this.draft.order);
      this.changed(0);
      this.root.querySelector<HTMLElement>("[name='patient.name']")?.focus();
    } else await this.load();
  }

  /** Of whose practices an order can be that somebody of the center enters; none for a practice's own people. */
  private async askPractices(): Promise<void> {
    try {
      this.practices = listOf(await this.requests.read("orders?limit=1")).practices;
      if (this.practices.length === 1) this.practice = this.practices[0]!.id;
    } catch {
      this.practices = []; // the order is of nobody's practice then, and can be given to one later
    }
    this.draw();
  }

  async load(): Promise<void> {
    if (this.number === null) return;
    try {
      const told = orderOf(await this.requests.read(`order/${this.number}`));
      const first = this.told === null;
      const before = this.draft.base?.version;
      this.told = told;
      this.practices = told.practices;
      this.failure = null;
      this.draft.told(told);
      // What is on record was looked at already.
      if (first && !this.draft.dirty) this.checked = told;
      if (first) {
        this.draft.restore();
        this.stands = commonWhere(this.draft.order);
      }
      document.title = `Order of ${textAt(told.order, "patient.name") || "somebody"} · einthoven`;
      if (first || this.draft.base?.version !== before) this.changed(0);
    } catch (error) {
      this.failure = wordsOf(error);
    }
    this.draw();
  }

  draw(): void {
    render(orderView(this), this.root);
  }

  // ---- keys ------------------------------------------------------------------------------------------------

  private key(event: KeyboardEvent): void {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault();
      if (this.open) void this.save();
      return;
    }
    if (event.key === "Escape" && this.panel !== "") {
      this.show("");
      return;
    }
    if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const acts: Readonly<Record<string, () => void>> = {
      i: () => go("/orders"),
      m: () => this.firstMissing(),
      u: () => this.undo(),
    };
    const act = acts[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }

  // ---- the form --------------------------------------------------------------------------------------------

  get order(): Fields {
    return this.draft.order;
  }

  write(path: string, value: unknown): void {
    this.put(put(this.draft.order, path, value));
  }

  private put(order: Fields): void {
    this.draft.write(order);
    this.done = null;
    this.changed();
  }

  /** Yes, no, or nothing said; it stands where the others stand. */
  answer(key: string, answer: boolean | null): void {
    const at = `statements.${key}`;
    const old = get(this.order, at);
    const now = { ...(typeof old === "object" && old !== null ? old : {}), answer } as { where?: string };
    if (answer !== null && (now.where ?? "") === "" && this.stands !== "") now.where = this.stands;
    if (answer === null && now.where === this.stands) delete now.where;
    this.put(put(this.order, at, now));
  }

  /** Where the answers stand: those that stood at the same place, or nowhere, do now. */
  standsAt(where: string): void {
    const old = this.stands;
    this.stands = where.trim();
    let { order } = this;
    for (const [key, one] of Object.entries((get(order, "statements") ?? {}) as Fields)) {
      const held = textAt(one as Fields, "where");
      const answered = typeof get(one as Fields, "answer") === "boolean";
      if (answered && (held === "" || held === old)) order = put(order, `statements.${key}.where`, this.stands);
    }
    this.put(order);
  }

  add(list: string, item: unknown, focus = ""): void {
    const at = listAt(this.order, list).length;
    this.write(`${list}[${at}]`, item);
    if (focus !== "") this.jump(`${list}[${at}].${focus}`);
  }

  remove(list: string, at: number, words: string): void {
    this.removed = { words, order: this.order };
    this.put(without(this.order, list, at));
    this.jump(list);
  }

  undo(): void {
    if (this.removed === null) return;
    const { order } = this.removed;
    this.removed = null;
    this.put(order);
  }

  example(): void {
    const { staff } = this.requests.me ?? {};
    const own = staff?.roles.includes("physician") ? staff.name : undefined;
    const example = exampleOf(dayText(Date.now()), Math.floor(Math.random() * 6), own);
    this.stands = commonWhere(example);
    if (this.draft.dirty) this.removed = { words: "what stood in the form before", order: this.order };
    this.put(example);
  }

  private uploaded(): void {
    const { current } = this.upload;
    if (current.state === "kept") {
      const { name, digest } = current;
      this.upload.clear();
      this.add("documents", { kind: "visit note", name, sha256: digest, legible: true }, "kind");
    }
    this.draw();
  }

  jump(where: string): void {
    this.draw();
    jumpTo(this.root, where);
  }

  /** The first thing that is to be done. */
  firstMissing(): void {
    const first = this.faults[0] ?? this.checked?.missing[0] ?? this.checked?.determination?.change[0];
    if (first !== undefined) this.jump(first.where);
  }

  askOn(day: string): void {
    this.on = day;
    this.changed(0);
  }

  // ---- looking at it ---------------------------------------------------------------------------------------

  /** What is wrong in the form: what of a message could not be read, what can be seen at once, what the center says. */
  get faults(): readonly At[] {
    const base = this.draft.base?.order ?? {};
    const untouched = ({ where }: At) => said({ at: get(this.order, rootOf(where)) }) === said({ at: get(base, rootOf(where)) });
    const came = (this.told?.faults ?? []).filter((one) => one.origin !== undefined && untouched(one));
    const npi = npiFault(textAt(this.order, "orderer.npi").trim());
    const seen = npi === null ? [] : [{ where: "orderer.npi", words: npi }];
    return [...came, ...seen, ...(this.checked?.faults ?? [])].filter((one, at, all) => one.where === "" || all.findIndex(({ where }) => where === one.where) === at);
  }

  /** The day of service that is asked about. */
  get day(): string {
    return this.on || textAt(this.order, "start") || dayText(Date.now());
  }

  private changed(afterMs = CHECK_MS): void {
    clearTimeout(this.timer);
    if (this.told !== null && !this.open) {
      // It is only read: what the center told of it is all there is to be said.
      [this.checked, this.unchecked, this.checking] = [this.told, null, false];
      return this.draw();
    }
    this.checking = true;
    this.timer = setTimeout(() => void this.check(), afterMs);
    this.draw();
  }

  private async check(): Promise<void> {
    this.asked += 1;
    const mine = this.asked;
    try {
      const told = checkedOf(await this.requests.check("order", { order: lean(this.order), date: this.day, ...(this.number === null ? {} : { number: this.number }) }));
      if (mine !== this.asked) return;
      this.checked = told;
      this.unchecked = null;
    } catch (error) {
      if (mine !== this.asked) return;
      this.unchecked = wordsOf(error);
      this.timer = setTimeout(() => void this.check(), AGAIN_MS);
    }
    this.checking = false;
    this.draw();
  }

  // ---- keeping it ------------------------------------------------------------------------------------------

  save(): Promise<boolean> {
    // Asked for while something else is being done, it is done after that.
    this.saveNext = this.busy;
    return this.doing("save", async () => {
      await this.kept();
      this.done = this.told?.state === "ready" ? "On record. Nothing is missing: it can be enrolled." : "On record.";
    });
  }

  /** Puts the form on record; throws in words where it is not. */
  private async kept(): Promise<void> {
    const sent = this.order;
    if (this.number !== null && !this.draft.dirty) return;
    if (this.draft.theirs !== null) throw new Error("Not on record: somebody else changed it meanwhile. Settle that first.");
    if (this.number === null) {
      const whose = this.practice === null ? {} : { practice: this.practice };
      const number = Number((await this.act("order.receive", { order: lean(sent), ...whose })).order);
      if (!Number.isInteger(number) || number <= 0) throw new Error("The center did not say the number of the order: look for it in the list.");
      this.number = number;
      history.replaceState(null, "", `/orders/${number}`);
    } else {
      const { base } = this.draft;
      const answer = await this.requests.ask("order.edit", { order: this.number, base: base?.version ?? 0, fields: lean(sent) });
      if (!answer.ok) {
        if (answer.reason === "changed") await this.load();
        throw new Error(`Not on record: ${answer.words}`);
      }
    }
    const told = orderOf(await this.requests.read(`order/${this.number}`));
    this.told = told;
    this.draft.kept(sent, told.version, `order ${this.number}`);
    if (!this.draft.dirty) this.draft.take(told);
    this.changed(0); // what is on record is looked at with all that the center knows of its patient
  }

  settle(): void {
    this.draft.settle(this.theirs);
    this.theirs.clear();
    this.problems.delete("save");
    this.changed(0);
  }

  takeTheirs(path: string, theirs: boolean): void {
    if (theirs) this.theirs.add(path);
    else this.theirs.delete(path);
    this.draw();
  }

  letGo(): void {
    this.draft.drop();
    this.problems.clear();
    this.changed(0);
  }

  // ---- deciding --------------------------------------------------------------------------------------------

  show(panel: Panel): void {
    this.panel = panel;
    this.problems.clear();
    this.done = null;
    if (panel === "enroll") void this.enrolling.begin();
    this.draw();
    this.root.querySelector<HTMLElement>(panel === "" ? ".deciding button" : ".panel-of :is(input, textarea, select, button)")?.focus();
  }

  /** It was done: the panel closes, and the cursor stays where it was decided. */
  decided(words: string): void {
    this.panel = "";
    this.done = words;
    this.draw();
    this.root.querySelector<HTMLElement>(".deciding")?.focus({ preventScroll: true });
  }

  /** Something about an order on record: what stands in the form is put there first. */
  decide(act: string, given: object): Promise<boolean> {
    return this.doing("panel", async () => {
      await this.kept();
      await this.act(act, { order: this.number, ...given });
      this.decided(DONE[act] ?? "Done.");
    });
  }

  /** What could not be read in a message is left as it is: somebody has seen it. */
  leave(where: string): void {
    void this.doing("save", async () => {
      await this.kept();
      await this.act("order.edit", { order: this.number, base: this.draft.base?.version ?? 0, fields: lean(this.told?.plain ?? {}), settled: [where] });
    });
  }

  assign(practice: number): Promise<boolean> {
    return this.doing("panel", () => this.act("order.assign", { order: this.number, practice }).then(() => {}));
  }

  ofPractice(practice: number | null): void {
    this.practice = practice;
    this.draw();
  }

  note(text: string): Promise<boolean> {
    return this.doing("note", () => this.act("order.note", { order: this.number, text }).then(() => {}));
  }

  /** Sign what is on the screen: kept first, read back, and signed only if it is still the same. */
  sign(prove: (content: string) => Promise<string>): void {
    void this.doing("panel", async () => {
      await this.kept();
      const shown = this.draft.base?.version;
      const told = orderOf(await this.requests.read(`order/${this.number}`));
      if (told.version !== shown) throw new Error("Not signed: it was changed meanwhile. Read it again, then sign.");
      if (told.content === "") throw new Error("Not signed: the center does not say what would be signed.");
      const confirmation = await prove(told.content);
      await this.act("order.sign", { order: this.number, content: told.content, confirmation });
      this.decided("Signed.");
    });
  }

  async act(name: string, fields: object): Promise<Readonly<Record<string, unknown>>> {
    const answer = await this.requests.ask(name, fields);
    if (!answer.ok) throw new Error(answer.words);
    return answer.body;
  }

  async doing(place: string, act: () => Promise<void>): Promise<boolean> {
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
    this.draw();
    if (this.saveNext && this.draft.dirty) void this.save();
    return ok;
  }

  /** "Doe, Jane · 30 days of real-time telemetry". */
  get title(): string {
    return `${textAt(this.order, "patient.name") || "Nobody yet"} · ${orderWords(this.order)}`;
  }

  missingOf(path: string): At | undefined {
    return this.checked?.missing.find(({ where }) => where === path);
  }

  faultOf(path: string): At | undefined {
    return this.faults.find(({ where }) => where === path);
  }

  /** Whether the payer's policy asks for what stands at a path. */
  askedOf(path: string): boolean {
    const told = this.checked?.determination;
    return told?.change.some(({ where }) => where === path) === true;
  }

  /** Where a paper of the order is read; "" before the order is on record with it. */
  paperPath(digest: string): string {
    const there = JSON.stringify(this.told?.plain ?? {}).includes(digest);
    return this.number === null || !there ? "" : `/api/orders/${this.number}/documents/${digest}`;
  }
}
