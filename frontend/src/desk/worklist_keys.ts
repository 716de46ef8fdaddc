/** Keys of the worklist: which belong to a field, which to the beats that are relabelled, which to the page. */

import { actFor, typing } from "../chrome/acts";
import { relabelActs } from "./worklist_acts";
import type { Worklist } from "./worklist";

export function pressed(page: Worklist, event: KeyboardEvent): void {
  const { target } = event;
  if (typing(target) && !typed(page, event)) return;
  if (page.overlays.catches(event)) {
    event.preventDefault();
    return;
  }
  if (event.defaultPrevented) return;
  // A key held down is not a second key.
  if (event.repeat && /^[\dEe]$|^Enter$/.test(event.key)) return;
  const presses = event.key === "Enter" || event.key === " ";
  if (presses && target instanceof HTMLElement && target.matches("button:not(.case), a, input")) return;
  const relabelling = page.strip.relabel !== null && page.overlays.shown === null;
  const act = (relabelling ? actFor(relabelActs(page), event) : undefined) ?? actFor(page.acts, event);
  if (act === undefined) return;
  event.preventDefault();
  act.run();
}

/** A key in a field: Esc leaves it, Enter goes on; true where the page acts on it. */
function typed(page: Worklist, event: KeyboardEvent): boolean {
  const field = event.target as HTMLInputElement;
  const inCall = field.closest(".call-panel") !== null;
  if (event.ctrlKey && event.key === "k") return true;
  if (event.key === "Enter" && inCall) {
    event.preventDefault();
    void page.calls.enter();
    return false;
  }
  // A choice is not typed in: digits choose another one, Esc goes back.
  if (field.type === "radio" || field.type === "checkbox") return event.key === "Escape" || /^\d$/.test(event.key);
  if (field.closest(".sheet") !== null) return false;
  if (event.key === "Escape" || event.key === "Enter") {
    event.preventDefault();
    field.blur();
  }
  return false;
}
