/**
 * The page's part of the proof that patients are displayed: each tick of the desk is answered with what the worker's
 * draw loop has painted of the tiles that are in view. No frames, no answer: neither the worker's nor the page's.
 */

import type { TileProof } from "../live/proof";

/** What the witness needs of the picture, of the desk and of the page; tests bring their own. */
export interface WitnessWorld {
  readonly picture: {
    prove(nonce: string, tiles: readonly string[]): void;
    onProof: (nonce: string, tiles: readonly TileProof[]) => void;
  };
  readonly desk: {
    onTick(ticker: (nonce: string) => void): () => void;
    painted(visible: boolean, tiles: readonly TileProof[], nonce: string): void;
  };
  readonly visible: () => boolean;
  /** Streams whose tiles are in view and not covered, now. */
  readonly inView: () => readonly string[];
  readonly frame: (act: () => void) => void;
}

/** Answer every tick from now on. */
export function bearWitness({ picture, desk, visible, inView, frame }: WitnessWorld): void {
  let last = "";
  desk.onTick((nonce) => {
    last = nonce;
    if (!visible()) {
      desk.painted(false, [], nonce);
      return;
    }
    const streams = inView();
    // That nothing is to be seen needs no frame to be true.
    if (streams.length === 0) desk.painted(true, [], nonce);
    else picture.prove(nonce, streams);
  });
  picture.onProof = (nonce, tiles) =>
    // The browser is showing this page's frames too; and what has been covered meanwhile is left out.
    frame(() => {
      if (nonce !== last || !visible()) return;
      const seen = new Set(inView());
      const shown = tiles.filter(([id]) => seen.has(id));
      desk.painted(true, shown, nonce);
    });
}

/** Where a tile is looked at, as shares of its width and height. */
const LOOKS = [
  [0.5, 0.5],
  [0.1, 0.15],
  [0.9, 0.15],
  [0.1, 0.85],
  [0.9, 0.85],
] as const;
/** A tile is in view where no more than one of these is covered or outside of the window. */
const MOST_COVERED = 1;

/** Streams of the tiles of a board that can really be seen, in the order of the page. */
export function tilesInView(board: ParentNode, canvas: HTMLElement): readonly string[] {
  if (!canvas.isConnected || !canvas.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return [];
  return [...board.querySelectorAll<HTMLElement>(".tile[data-id]")]
    .filter((tile) => !tile.classList.contains("unpainted") && isSeen(tile))
    .map((tile) => tile.dataset.id ?? "");
}

function isSeen(tile: HTMLElement): boolean {
  const wave = tile.querySelector<HTMLElement>(".wave");
  if (wave === null || !wave.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
  const { left, top, width, height } = wave.getBoundingClientRect();
  const hidden = LOOKS.filter(([x, y]) => {
    const there = document.elementFromPoint(left + x * width, top + y * height);
    return there === null || !tile.contains(there);
  });
  return hidden.length <= MOST_COVERED;
}
