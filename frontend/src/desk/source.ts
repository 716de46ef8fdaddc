/** Everything that the panes of one stream are painted from, fetched by need; the last few streams are kept. */

import { Beats } from "../patient/beats";
import { type Details, fetchDetails, gained } from "../patient/details";
import { Findings } from "../patient/findings";
import { LiveTail } from "../patient/live_tail";
import { Quality } from "../patient/quality";
import { TileCache } from "../patient/tile_cache";

const DETAILS_MS = 5_000;
const KEPT = 6;

interface Parts {
  readonly cache: TileCache;
  readonly beats: Beats;
  readonly quality: Quality;
  readonly findings: Findings;
  /** Nothing comes live here: the strip of a case is of the past. */
  readonly tail: LiveTail;
}

export class Source {
  details: Details | null = null;
  failure: string | null = null;
  parts: Parts | null = null;
  private askedAt = Number.NEGATIVE_INFINITY;
  private busy = false;
  private alive = true;

  constructor(
    readonly stream: string,
    private readonly changed: () => void,
  ) {}

  /** Keep up with what is stored; called while the stream is looked at. */
  want(): void {
    if (this.busy || performance.now() - this.askedAt < DETAILS_MS) return;
    void this.load();
  }

  retry(): void {
    this.askedAt = Number.NEGATIVE_INFINITY;
    this.want();
  }

  private async load(): Promise<void> {
    this.busy = true;
    this.askedAt = performance.now();
    try {
      const details = await fetchDetails(this.stream);
      if (!this.alive) return;
      if (this.details !== null) this.renew(gained(this.details.stored, details.stored));
      this.details = details;
      this.failure = null;
      this.parts ??= this.begin(details);
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
    this.busy = false;
    if (this.alive) this.changed();
  }

  private begin({ rate, leads }: Details): Parts {
    const { stream, changed } = this;
    return {
      cache: new TileCache(stream, rate, changed),
      beats: new Beats(stream, rate, changed),
      quality: new Quality(stream, rate, changed),
      findings: new Findings(stream, rate, changed),
      tail: new LiveTail(rate, leads.length),
    };
  }

  private renew(spans: readonly (readonly [number, number])[]): void {
    for (const [start, stop] of spans) {
      this.parts?.cache.invalidate(start, stop);
      this.parts?.beats.invalidate(start, stop);
      this.parts?.quality.invalidate(start, stop);
    }
  }

  destroy(): void {
    this.alive = false;
    this.parts?.cache.destroy();
  }
}

/** The sources of the streams looked at last: going back to one shows it at once. */
export class Sources {
  private readonly kept = new Map<string, Source>();

  constructor(private readonly changed: () => void) {}

  get(stream: string): Source {
    const found = this.kept.get(stream) ?? new Source(stream, this.changed);
    this.kept.delete(stream);
    this.kept.set(stream, found);
    if (this.kept.size > KEPT) {
      const [oldest, source] = this.kept.entries().next().value!;
      source.destroy();
      this.kept.delete(oldest);
    }
    return found;
  }

  /** Another run of the center: nothing of the one before may stay. */
  forget(): void {
    for (const source of this.kept.values()) source.destroy();
    this.kept.clear();
  }
}
