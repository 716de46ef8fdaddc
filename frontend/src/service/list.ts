/** `/service`: calls that are due, the service periods, and the inventory of kits. */

import { render } from "lit";
import { typing } from "../chrome/acts";
import { go } from "../chrome/leaving";
import { Requests, wordsOf } from "../prescribe/requests";
import { meansWords } from "../protocol/means";
import { listView } from "./list_view";
import { type Due, type Inventory, inventoryOf, type Kit, type Period, type Services, servicesOf } from "./told";

const AGAIN_MS = 5_000;
export type Tab = "calls" | "periods" | "kits";
export const TABS: readonly (readonly [Tab, string])[] = [
  ["calls", "Calls due"],
  ["periods", "Periods"],
  ["kits", "Kits"],
];

export class ServiceList {
  services: Services | null = null;
  inventory: Inventory | null = null;
  /** Why neither can be shown, each for itself: not everybody may see both. */
  failures: Partial<Record<"services" | "kits", string>> = {};
  tab: Tab = "calls";
  /** The state of kits that are shown; "" all, "overdue" those that should be back. */
  state = "";
  typed = "";
  /** The row whose form is open: `call s000001 first day`, `lost T-1`, `add`; "" none. */
  open = "";
  problem = "";
  done = "";
  busy = false;
  readonly requests = new Requests();
  private asked = 0;

  constructor(private readonly root: HTMLElement) {
    document.documentElement.dataset.theme = "dark";
    document.title = "Service periods · einthoven";
    const named = new URLSearchParams(location.search);
    this.tab = TABS.find(([tab]) => tab === named.get("show"))?.[0] ?? "calls";
    this.state = named.get("state") ?? "";
    this.draw();
    void this.requests.begin().then(() => this.load());
    setInterval(() => void this.load(), AGAIN_MS);
    window.addEventListener("keydown", (event) => this.key(event));
  }

  describe(): object {
    return { page: "service", periods: this.services?.periods.length ?? null, kits: this.inventory?.kits.length ?? null };
  }

  /** What whoever looks may see; all of it where nobody signs in. */
  get tabs(): readonly (readonly [Tab, string])[] {
    return TABS.filter(([tab]) => (tab === "kits" ? this.has("kit") || this.has("enroll") : this.has("service.call")));
  }

  private has(permission: string): boolean {
    const { me } = this.requests;
    return me === null || me.sign_in === "off" || me.permissions.includes(permission);
  }

  private finds(text: string): boolean {
    return this.typed.toLowerCase().split(/\s+/).every((word) => text.toLowerCase().includes(word));
  }

  get calls(): readonly Due[] {
    return (this.services?.calls ?? []).filter((one) => this.finds(`${one.patient} ${one.stream} ${one.what} ${one.kit} ${one.telephone}`));
  }

  get periods(): readonly Period[] {
    return (this.services?.periods ?? []).filter((one) => this.finds(`${one.patient} ${one.stream} ${one.practice} ${meansWords(one.transmitter)} ${one.interrupted?.where ?? ""}`));
  }

  get kits(): readonly Kit[] {
    const of = (one: Kit): boolean => this.state === "" || (this.state === "overdue" ? one.overdue : one.state === this.state);
    return (this.inventory?.kits ?? []).filter((one) => of(one) && this.finds(`${one.transmitter} ${one.made} ${one.state} ${one.patient} ${one.stream} ${one.shipping}`));
  }

  private async load(): Promise<void> {
    this.asked += 1;
    const mine = this.asked;
    const failures: Partial<Record<"services" | "kits", string>> = {};
    let [services, inventory] = [this.services, this.inventory];
    const shown = this.tabs.map(([tab]) => tab);
    if (!shown.includes(this.tab)) this.tab = shown[0] ?? "calls";
    if (shown.includes("calls")) {
      try {
        services = servicesOf(await this.requests.read("services"));
      } catch (error) {
        failures.services = wordsOf(error);
      }
    }
    if (shown.includes("kits")) {
      try {
        inventory = inventoryOf(await this.requests.read("kits"));
      } catch (error) {
        failures.kits = wordsOf(error);
      }
    }
    if (mine !== this.asked) return;
    [this.services, this.inventory, this.failures] = [services, inventory, failures];
    const due = services?.calls.length ?? 0;
    document.title = `${due > 0 ? `${due} to call` : "Service periods"} · einthoven`;
    this.draw();
  }

  draw(): void {
    render(listView(this), this.root);
  }

  show(tab: Tab, state = ""): void {
    [this.tab, this.state, this.open, this.problem, this.done] = [tab, state, "", "", ""];
    history.replaceState(null, "", tab === "calls" ? "/service" : `/service?show=${tab}${state === "" ? "" : `&state=${encodeURIComponent(state)}`}`);
    this.draw();
  }

  type(words: string): void {
    this.typed = words;
    this.draw();
  }

  form(name: string): void {
    [this.open, this.problem] = [name, ""];
    this.draw();
    this.root.querySelector<HTMLElement>(".row-form :is(input, textarea, select)")?.focus();
  }

  /** Do it; a form that could not be sent stays open with the reason. */
  async act(name: string, body: object, done: string): Promise<void> {
    this.busy = true;
    this.draw();
    const answer = await this.requests.ask(name, body);
    this.busy = false;
    if (answer.ok) [this.open, this.problem, this.done] = ["", "", done];
    else [this.problem, this.done] = [answer.words, ""];
    this.draw();
    await this.load();
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      if (event.target instanceof HTMLElement) event.target.blur();
      this.form("");
      return;
    }
    if (typing(event.target)) return;
    const tab = this.tabs[Number(event.key) - 1];
    if (tab !== undefined) this.show(tab[0]);
    else if (event.key === "/") {
      event.preventDefault();
      this.root.querySelector<HTMLInputElement>("input[name=find]")?.focus();
    } else if (event.key === "w") go("/");
  }
}
