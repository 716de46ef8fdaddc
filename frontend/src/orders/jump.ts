/** From a path to the field of the form that it means. */

const FOCUS = "input:not([type=hidden]):not(:disabled), select:not(:disabled), textarea:not(:disabled), button:not(:disabled)";
const LIT_MS = 2500;

/** A path without its last step; "" where there is none left. */
export const parentOf = (path: string): string => path.replace(/(^|\.)[^.[\]]+$|\[\d+\]$/, "");

/** The field of a path, or of what it is a part of. */
export function fieldOf(root: ParentNode, where: string): HTMLElement | null {
  for (let path = where; path !== ""; path = parentOf(path)) {
    const found = root.querySelector<HTMLElement>(`[data-at="${CSS.escape(path)}"]`);
    if (found !== null) return found;
  }
  return null;
}

/** Bring a field into sight and put the cursor into it; whether there is one. */
export function jumpTo(root: ParentNode, where: string): boolean {
  const field = fieldOf(root, where);
  if (field === null) return false;
  field.scrollIntoView({ block: "center" });
  const target = field.matches(FOCUS) ? field : (field.querySelector<HTMLElement>("input:checked:not(:disabled)") ?? field.querySelector<HTMLElement>(FOCUS));
  target?.focus({ preventScroll: true });
  field.classList.add("lit");
  setTimeout(() => field.classList.remove("lit"), LIT_MS);
  return true;
}
