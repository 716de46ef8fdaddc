/** Every act of a page: one key, one act; the same list makes the `?` sheet and the palette. */

export interface Act {
  readonly label: string;
  readonly group: "Wall" | "Watch" | "Patient" | "List" | "Case" | "Strip" | "Telephone" | "Review" | "Screen" | "Go";
  /** Keys as shown; the first is also what is matched. "Alt+→", "Ctrl+K", "1", "?" … */
  readonly keys: readonly string[];
  readonly run: () => void;
  /** Acts that make no sense in the palette (moving the selection). */
  readonly keyOnly?: boolean;
}

const SHOWN: Readonly<Record<string, string>> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  PageUp: "PgUp",
  PageDown: "PgDn",
  Escape: "Esc",
  " ": "Space",
};

/** A pressed key in the notation of the acts. */
export function keyName(event: Pick<KeyboardEvent, "key" | "altKey" | "ctrlKey" | "metaKey" | "shiftKey">): string {
  const base = SHOWN[event.key] ?? (event.key.length === 1 ? event.key : event.key);
  const letter = base.length === 1 && (event.ctrlKey || event.metaKey) ? base.toUpperCase() : base;
  const named = event.key.length > 1 || base.length > 1; // a letter is another one with Shift
  const shift = event.shiftKey && named;
  return `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${shift ? "Shift+" : ""}${letter}`;
}

/** The act bound to a pressed key, if any. */
export function actFor(acts: readonly Act[], event: Parameters<typeof keyName>[0]): Act | undefined {
  const name = keyName(event);
  return acts.find((act) => act.keys.includes(name));
}

/** Whether the key belongs to a field that is being typed in. */
export function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
