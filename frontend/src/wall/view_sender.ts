/** Measures where the wave boxes are and tells the worker, when that changed. */

import type { Prefs } from "../chrome/prefs";
import type { Station } from "../chrome/station";
import { fitScale, type TileSpec } from "../live/geometry";
import type { Tap } from "../live/worker_messages";
import { streamNumber } from "../protocol/picture";
import { leadsShown } from "./fit";
import type { Shown } from "./order";

/** Columns are asked for at twice the pixels: smooth strokes at a bounded rate. */
const SUPERSAMPLING = 2;
const LONGEST_HISTORY_S = 20;
/** What the center takes, columns a second. */
const LEAST_COLUMNS = 10;
const MOST_COLUMNS = 2000;

const placeOf = ({ x, y, width, height }: TileSpec, size: readonly number[]): string =>
  [x, y, width, height, ...size].join();

export class ViewSender {
  private told = "";
  private canvas = "";
  /** Where each tile's waves are on the screen, and where they are going to be. */
  private painted: ReadonlyMap<string, string> = new Map();
  private asked: { readonly layout: number; readonly places: ReadonlyMap<string, string> } | null = null;

  constructor(private readonly station: Station) {}

  send(
    board: HTMLElement,
    here: readonly Shown[],
    wave: { readonly width: number; readonly height: number },
    prefs: Prefs,
    tap: Tap | null,
  ): void {
    const scale = window.devicePixelRatio;
    const frame = board.getBoundingClientRect();
    const size = [Math.round(frame.width * scale), Math.round(frame.height * scale), scale] as const;
    if (size.join() !== this.canvas) {
      this.canvas = size.join();
      this.station.resize(...size);
    }
    const specs = here.flatMap((one) => this.spec(board, frame, one, wave, prefs, scale) ?? []);
    const widest = Math.max(1, ...specs.map((spec) => spec.width / spec.pxPerSecond));
    const finest = Math.max(1, ...specs.map((spec) => spec.pxPerSecond));
    const columns = Math.max(LEAST_COLUMNS, Math.min(MOST_COLUMNS, SUPERSAMPLING * finest));
    const history = Math.min(LONGEST_HISTORY_S, Math.ceil(widest + 3));
    const told = JSON.stringify([specs, tap, columns, history, size]);
    const places = new Map(specs.map((spec) => [spec.id, placeOf(spec, size)]));
    if (told !== this.told) {
      this.told = told;
      const layout = this.station.view(specs, tap, Math.round(columns * 100) / 100, history);
      this.asked = { layout, places };
    }
    this.veil(board, places);
  }

  /** Blank the tiles whose waves are not painted where they are now: under their name are those of another. */
  private veil(board: HTMLElement, places: ReadonlyMap<string, string>): void {
    if (this.asked !== null && this.station.status.layout === this.asked.layout) {
      this.painted = this.asked.places;
      this.asked = null;
    }
    for (const tile of board.querySelectorAll<HTMLElement>(".tile")) {
      const id = tile.dataset.id ?? "";
      tile.classList.toggle("unpainted", places.get(id) !== this.painted.get(id));
    }
  }

  private spec(
    board: HTMLElement,
    frame: DOMRect,
    { patient }: Shown,
    wave: { readonly width: number; readonly height: number },
    prefs: Prefs,
    scale: number,
  ): TileSpec | null {
    const box = board.querySelector(`.tile[data-id="${patient.id}"] .wave`)?.getBoundingClientRect();
    const stream = streamNumber(patient.id);
    if (box === undefined || stream === null || box.width < 4 || box.height < 4) return null;
    const lanes = leadsShown(patient.leads.length, wave.height);
    const fitted = fitScale(
      prefs.speed,
      prefs.gain,
      wave.height / lanes / prefs.pxPerMm,
      wave.width / prefs.pxPerMm,
    );
    const px = prefs.pxPerMm * scale;
    const x = Math.round((box.left - frame.left) * scale);
    const y = Math.round((box.top - frame.top) * scale);
    // Five millimetres where they can be told apart, else twenty-five.
    const five = 5 * fitted.shrink * px;
    return {
      id: patient.id,
      stream,
      leads: Array.from({ length: lanes }, (_, lead) => lead),
      x,
      y,
      width: Math.round((box.right - frame.left) * scale) - x,
      height: Math.round((box.bottom - frame.top) * scale) - y,
      pxPerSecond: fitted.speed * px,
      pxPerMv: fitted.gain * px,
      gridPx: five >= 11 * scale ? five : five * 5,
    };
  }
}
