/** Keys struck before the page that hears them stands: kept, and struck again once it does. */

/** More than a person types in the moment that a page takes; what is beyond is not kept. */
const MOST = 32;

export interface EarlyKeys {
  /** Ends the keeping and gives the keys, in order, to whatever has the focus now. */
  readonly replay: () => void;
  /** What was struck so far is not struck again. */
  readonly forget: () => void;
}

/**
 * Keeps what is struck outside of any field (a field has its own text already), with nothing of it taken away from
 * whoever else hears it.
 */
export function kept(): EarlyKeys {
  const struck: KeyboardEvent[] = [];
  const keep = (event: KeyboardEvent) => {
    const free = event.target === document.body || event.target === document.documentElement;
    if (free && !event.repeat && struck.length < MOST) struck.push(event);
  };
  document.addEventListener("keydown", keep);
  return {
    forget: () => void struck.splice(0),
    replay: () => {
      document.removeEventListener("keydown", keep);
      for (const { key, code, shiftKey, ctrlKey, altKey, metaKey, defaultPrevented } of struck) {
        if (defaultPrevented) continue; // somebody has heard it already
        const again = { key, code, shiftKey, ctrlKey, altKey, metaKey, bubbles: true, cancelable: true };
        (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent("keydown", again));
      }
    },
  };
}
