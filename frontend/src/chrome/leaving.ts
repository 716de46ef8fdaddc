/** Going to another page: from one that displays watches never without being asked. */

/** Says whether it asks somebody instead of going. */
type Asking = (path: string) => boolean;

let asking: Asking | null = null;

/** Go to another page of the center, in this window. */
export function go(path: string): void {
  if (asking?.(path) !== true) location.assign(path);
}

/** From now on the page may be left without a question: it is over, or somebody has answered. */
export function leaveFreely(): void {
  asking = null;
}

/** The path of a click that would take this window to another page; null for any other click. */
export function pathOfClick(event: Pick<MouseEvent, "button" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey" | "target" | "defaultPrevented">): string | null {
  if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return null;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (link === null || link.target !== "" || link.origin !== location.origin || link.hasAttribute("download")) return null;
  return `${link.pathname}${link.search}`;
}

/**
 * Ask before this page is left. What the browser itself does (reload, close, an address typed) it asks about in its own
 * words, and only while `loses` says that there is something to lose.
 */
export function askBefore(ask: Asking, loses: () => boolean): void {
  asking = ask;
  document.addEventListener("click", (event) => {
    const path = pathOfClick(event);
    if (path !== null && asking?.(path) === true) event.preventDefault();
  });
  window.addEventListener("beforeunload", (event) => {
    if (asking !== null && loses()) event.preventDefault();
  });
}

/** A window of its own, small enough to lie beside: a tab would hide the page that is in front now. */
export function openWindow(path: string): void {
  const width = Math.min(1400, Math.round(screen.availWidth * 0.7));
  const height = Math.min(900, Math.round(screen.availHeight * 0.85));
  window.open(path, "_blank", `popup,width=${width},height=${height}`);
}
