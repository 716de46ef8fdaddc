/** The coarse picture of the whole stream for the overview, fetched anew now and then. */

import { type Envelope, parseBinary } from "../protocol/binary";
import { overviewBins } from "./paint_overview";

const AGAIN_MS = 30_000;

export class OverviewSource {
  envelope: Envelope | null = null;
  private askedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly stream: string,
    private readonly changed: () => void,
  ) {}

  /** What lies under it has changed: the next `want` fetches. */
  renew(): void {
    this.askedAt = Number.NEGATIVE_INFINITY;
  }

  /** Keep up with a stream of so many samples on a pane so wide. */
  want(end: number, rate: number, width: number): void {
    if (performance.now() - this.askedAt > AGAIN_MS) void this.fetch(end, rate, width);
  }

  private async fetch(end: number, rate: number, width: number): Promise<void> {
    this.askedAt = performance.now();
    try {
      const bins = overviewBins(end, rate, width);
      const answer = await fetch(`/api/streams/${this.stream}/envelope?start=0&stop=${Math.ceil(end)}&bins=${bins}`);
      if (!answer.ok) throw new Error(`the center answered ${answer.status}`);
      const message = parseBinary(await answer.arrayBuffer());
      if (message.kind === 3) this.envelope = message;
      this.changed();
    } catch (error) {
      console.warn(`overview of ${this.stream}: ${error instanceof Error ? error.message : error}`);
    }
  }
}
