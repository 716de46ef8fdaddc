/** `/orders`: the worklist of orders: which need somebody now, and what each of them lacks. */

import { render } from "lit";
import { go } from "../chrome/leaving";
import { Asked, Listing } from "../chrome/listing";
import { Requests, wordsOf } from "../prescribe/requests";
import { listView } from "./list_view";
import { found, type ListTold, listOf, type Row, shortState, type Show, SHOWS } from "./told";

const AGAIN_MS = 10_000;
const LIMIT = 100;

/** What was told, of which tab. */
type Told = ListTold & { readonly tab: Show };

export class OrdersList {
  oldestFirst = true;
  readonly requests = new Requests();
  readonly list: Listing<Row, Show>;
  readonly asked = new Asked<Told>(() => this.read(), wordsOf, () => this.draw());
  private pages = 1;

  constructor(private readonly root: HTMLElement) {
    document.documentElement.dataset.theme = "dark";
    const named = new URLSearchParams(location.search).get("state");
    const show = SHOWS.find(([which]) => which === named)?.[0] ?? "held";
    this.list = new Listing<Row, Show>(
      {
        tabs: SHOWS,
        rows: () => found(this.rows ?? [], this.list.typed, this.oldestFirst),
        key: (one) => one.order,
        name: (one) => `${one.patient === "" ? `order ${one.order}` : one.patient}, ${shortState(one.state)}`,
        open: (one) => go(`/orders/${one.order}`),
        changed: (what) => this.changed(what),
        draw: () => this.draw(),
        acts: {
          o: () => this.turn(),
          // Struck before it is known who looks, it is taken: the form says who may not write.
          n: () => (this.mayOrder || this.requests.me === null) && go("/orders/new"),
          w: () => go("/"),
        },
      },
      show,
    );
    this.draw();
    void this.requests.begin().then(() => this.asked.again());
    setInterval(() => void this.asked.again(), AGAIN_MS);
    this.list.listen(root);
  }

  describe(): object {
    return { page: "orders", orders: this.rows?.length ?? null };
  }

  may(permission: string): boolean {
    return this.requests.me?.permissions.includes(permission) === true;
  }

  get mayOrder(): boolean {
    return this.may("order");
  }

  /** Orders of the tab as the center told them; null before it did. */
  get rows(): readonly Row[] | null {
    const { told } = this.asked;
    return told?.tab === this.list.tab ? told.rows : null;
  }

  get goesOn(): boolean {
    return this.rows !== null && this.asked.told?.next !== null;
  }

  private async read(): Promise<Told> {
    const { tab } = this.list;
    let told = listOf(await this.requests.read(`orders?state=${tab}&limit=${LIMIT}`));
    for (let page = 1; page < this.pages && told.next !== null; page += 1) {
      const more = listOf(await this.requests.read(`orders?state=${tab}&limit=${LIMIT}&below=${told.next}`));
      told = { ...more, rows: [...told.rows, ...more.rows] };
    }
    return { ...told, tab };
  }

  draw(): void {
    const held = this.asked.told?.counts.held ?? 0;
    document.title = `${held > 0 ? `${held} to be mended` : "Orders"} · einthoven`;
    this.list.settle();
    render(listView(this), this.root);
  }

  private changed(what: "tab" | "words"): void {
    if (what === "tab") {
      const { tab } = this.list;
      this.pages = 1;
      history.replaceState(null, "", tab === "held" ? "/orders" : `/orders?state=${tab}`);
      void this.asked.again();
    }
    this.draw();
  }

  more(): void {
    this.pages += 1;
    void this.asked.again();
  }

  turn(): void {
    this.oldestFirst = !this.oldestFirst;
    this.list.top();
    this.draw();
  }
}
