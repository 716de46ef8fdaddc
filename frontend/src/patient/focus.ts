/** A focus that was asked for before what it is for is shown. */

interface Wish {
  /** What had the focus when it was asked for. */
  readonly from: Element | null;
  readonly target: () => HTMLElement | null;
}

export class LateFocus {
  private wish: Wish | null = null;

  /** Focus what `target` finds: now, or where it is not shown yet, at a later `give`. */
  ask(target: () => HTMLElement | null): void {
    target()?.focus({ preventScroll: true });
    const now = document.activeElement;
    this.wish = now !== null && now === target() ? null : { from: now, target };
  }

  /** Try again, unless the focus has gone elsewhere meanwhile; `last` ends the wish, granted or not. */
  give(last: boolean): void {
    if (this.wish === null) return;
    const { from, target } = this.wish;
    if (document.activeElement !== from) this.wish = null;
    else {
      target()?.focus({ preventScroll: true });
      if (last || document.activeElement !== from) this.wish = null;
    }
  }
}
