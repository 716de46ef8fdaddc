/** The text messages of the desk's socket. */

import { WireError } from "../protocol/binary";
import { isFields } from "./reader";

interface Head {
  readonly n: number;
  readonly server_ms: number;
}

export interface DeskSnapshot extends Head {
  readonly type: "snapshot";
  readonly boot: string;
  readonly put: Readonly<Record<string, unknown>>;
  /** The rest follows in changes; the last of them says that there is no more. */
  readonly more: boolean;
}

export interface DeskChange extends Head {
  readonly type: "change";
  readonly put: Readonly<Record<string, unknown>>;
  readonly drop: readonly string[];
  readonly more: boolean;
}

export interface DeskTick extends Head {
  readonly type: "tick";
  readonly nonce: string;
  /** Why the last message of this page was not taken; null where nothing was refused. */
  readonly refused: string | null;
}

export type DeskMessage = DeskSnapshot | DeskChange | DeskTick;

/** Parse one message of the desk; throws WireError naming what is wrong with its frame. Entities are read later. */
export function parseDesk(data: string): DeskMessage {
  let from: unknown;
  try {
    from = JSON.parse(data);
  } catch {
    throw new WireError("a message of the desk is not JSON");
  }
  if (!isFields(from)) throw new WireError("a message of the desk is not an object");
  const { type, n, server_ms } = from;
  if (typeof n !== "number" || !Number.isInteger(n)) throw new WireError("n of a message of the desk is no number");
  if (typeof server_ms !== "number" || !Number.isFinite(server_ms))
    throw new WireError("server_ms of a message of the desk is no number");
  const put = isFields(from.put) ? from.put : {};
  const more = from.more === true;
  if (type === "tick") {
    const refused = typeof from.refused === "string" ? from.refused : null;
    return { type, n, server_ms, nonce: typeof from.nonce === "string" ? from.nonce : "", refused };
  }
  if (type === "snapshot") {
    if (typeof from.boot !== "string") throw new WireError("boot of the desk's snapshot is not a text");
    return { type, n, server_ms, boot: from.boot, put, more };
  }
  if (type !== "change") throw new WireError(`a message of the desk of type "${String(type)}" is not known`);
  const drop = (Array.isArray(from.drop) ? from.drop : []).filter((key): key is string => typeof key === "string");
  return { type, n, server_ms, put, drop, more };
}
