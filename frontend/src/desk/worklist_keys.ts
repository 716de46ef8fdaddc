/** Keys where cases are worked: which belong to a field, which to the beats that are relabelled or the caliper, which to the page. */

import { type Act, actFor, typing } from "../chrome/acts";
import type { Overlays } from "../chrome/overlay_state";
import type { WatchPost } from "../watch/post";
import type { CaseWork } from "./work";
import { caliperActs, relabelActs } from "./worklist_acts";

/** What hears keys: a page of cases, or the wall with cases beside it. */
export interface Hearing {
  readonly overlays: Pick<Overlays, "catches" | "shown">;
  readonly post: Pick<WatchPost, "catches" | "side">;
  readonly work: CaseWork;
  readonly acts: readonly Act[];
}

/** Do what a key is for; true where nothing else may come of it. */
export function pressed(page: Hearing, event: KeyboardEvent): boolean {
  const { target } = event;
  const { work } = page;
  if (typing(target) && !typed(work, event)) return false;
  if (page.overlays.catches(event) || page.post.catches(event)) return true;
  if (event.defaultPrevented) return false;
  // A key held down is not a second key.
  if (event.repeat && /^[\dEe ]$|^Enter$/.test(event.key)) return false;
  const presses = event.key === "Enter" || event.key === " ";
  if (presses && target instanceof HTMLElement && target.matches("button:not(.case), a, input")) return false;
  // While patients are handed over no digit is a verdict.
  const handing = page.post.side !== null;
  const free = page.overlays.shown === null && !handing;
  const { strip } = work;
  // In a call and in an emergency Enter goes on with that, whatever is being measured.
  const measuring = strip.measuring && work.side === "case";
  const first = !free ? [] : strip.relabel !== null ? relabelActs(work) : measuring ? caliperActs(work) : [];
  const acts = handing ? page.acts.filter((act) => !work.acts.includes(act)) : page.acts;
  const act = actFor(first, event) ?? actFor(acts, event);
  act?.run();
  return act !== undefined;
}

/** A key in a field: Esc leaves it, Enter goes on; true where the page acts on it. */
function typed(work: CaseWork, event: KeyboardEvent): boolean {
  const field = event.target as HTMLInputElement;
  const inCall = field.closest(".call-panel") !== null;
  if (event.ctrlKey && event.key === "k") return true;
  if (event.key === "Enter" && inCall) {
    event.preventDefault();
    void work.calls.enter();
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
