/** What the desk says is so: entities by key, from one snapshot and the numbered changes after it. */

import type { Entities, Kind } from "./entities";
import type { DeskMessage } from "./messages";
import { kindOf, readEntity } from "./parse";

export type StoreListener = (keys: readonly string[]) => void;

export class DeskStore {
  /** Number of the last change that is in here; null before the first snapshot. */
  n: number | null = null;
  boot: string | null = null;
  /** Everything that the snapshot promised is here. */
  whole = false;
  private readonly kept = new Map<string, { readonly kind: Kind; readonly entity: Entities[Kind] }>();
  private readonly listeners = new Map<StoreListener, string>();

  /** Take in a message; "reload" where one before it is missing, and then nothing of it is taken. */
  apply(message: DeskMessage): "taken" | "reload" {
    if (message.type === "snapshot") {
      const before = [...this.kept.keys()];
      this.kept.clear();
      this.n = message.n;
      this.boot = message.boot;
      this.whole = !message.more;
      this.put(message.put);
      this.tell([...new Set([...before, ...this.kept.keys()])]);
      return "taken";
    }
    if (this.n === null) return "reload";
    if (message.type === "tick") return message.n === this.n ? "taken" : "reload";
    if (message.n !== this.n + 1) return "reload";
    this.n = message.n;
    if (!message.more) this.whole = true;
    this.put(message.put);
    for (const key of message.drop) this.kept.delete(key);
    this.tell([...Object.keys(message.put), ...message.drop]);
    return "taken";
  }

  private put(entities: Readonly<Record<string, unknown>>): void {
    for (const [key, value] of Object.entries(entities)) {
      const kind = kindOf(key);
      // A newer center may tell of more than this page knows.
      if (kind !== null) this.kept.set(key, { kind, entity: readEntity(kind, key, value) });
    }
  }

  private tell(keys: readonly string[]): void {
    for (const [listener, prefix] of [...this.listeners]) {
      const mine = keys.filter((key) => key.startsWith(prefix));
      if (mine.length > 0) listener(mine);
    }
  }

  /** Hear of every change to keys that begin so; "" for all. The answer ends it. */
  listen(prefix: string, listener: StoreListener): () => void {
    this.listeners.set(listener, prefix);
    return () => void this.listeners.delete(listener);
  }

  /** The entity of a kind, by its number or stream; those of which there is one have none. */
  get<K extends Kind>(kind: K, id?: number | string): Entities[K] | undefined {
    const found = this.kept.get(id === undefined ? kind : `${kind}:${id}`);
    return found?.kind === kind ? (found.entity as Entities[K]) : undefined;
  }

  /** Every entity of a kind, in no order. */
  all<K extends Kind>(kind: K): readonly Entities[K][] {
    return [...this.kept.values()].filter((one) => one.kind === kind).map((one) => one.entity as Entities[K]);
  }

  /** What could not be read of what is here, each naming entity and field. */
  get faults(): readonly string[] {
    return [...this.kept.values()].flatMap(({ entity }) => entity.faults);
  }
}
