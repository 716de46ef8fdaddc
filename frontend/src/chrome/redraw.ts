/** Draws a page once a frame, however often that is asked for. */
export class Redraw {
  private pending = false;

  constructor(private readonly draw: () => void) {
    document.addEventListener("visibilitychange", () => {
      // A frame asked for just before the tab was hidden does not come.
      this.pending = false;
      this.soon();
    });
  }

  /** At the next frame. */
  soon(): void {
    if (this.pending) return;
    this.pending = true;
    const due = () => {
      if (this.pending) this.now();
    };
    // Hidden tabs get no frames, but their title should still tell the truth.
    if (document.visibilityState === "visible") requestAnimationFrame(due);
    else setTimeout(due, 0);
  }

  /** At once, and not again for what was asked before. */
  now(): void {
    this.pending = false;
    this.draw();
  }
}
