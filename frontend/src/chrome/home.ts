/** What stands at `/` for whoever is signed in: the wall, or the start of those whose role sees no patients. */

/** Said once, before a page begins. */
export function tellHome(seesPatients: boolean): void {
  document.documentElement.dataset.home = seesPatients ? "wall" : "start";
}

/** `wall` or `start`. */
export const home = (): string => document.documentElement.dataset.home ?? "wall";
