/** Which sheet is open, and what is typed in it. */

import { nothing, type TemplateResult } from "lit";
import { meansWords } from "../protocol/means";
import type { PatientState } from "../protocol/messages";
import type { Act } from "./acts";
import { keepCalibration, measured } from "./calibration";
import { go } from "./leaving";
import { type Choice, helpView, paletteView, RULERS, rulerView, search } from "./overlays";
import type { Prefs } from "./prefs";

export type OverlayName = "palette" | "help" | "ruler";

/** What the sheets need of the page they lie on. */
export interface OverlayHost {
  readonly prefs: Prefs;
  readonly station: { readonly picture: { readonly patients: ReadonlyMap<string, PatientState> } | null };
  refresh(): void;
  /** Draw at once, not with the next frame. */
  drawNow(): void;
  set(change: Partial<Prefs>): void;
  open(id: string): void;
  shownName(patient: PatientState): string;
  /** What the palette offers beside acts, pages and the patients of the live picture. */
  choices?(): readonly Choice[];
}

export class Overlays {
  shown: OverlayName | null = null;
  private query = "";
  private at = 0;
  /** What had the focus before the sheet. */
  private before: HTMLElement | null = null;
  private ruler = { mm: RULERS[1].mm as number, pxPerMm: 0 };

  constructor(
    private readonly host: OverlayHost,
    private readonly acts: () => readonly Act[],
  ) {}

  /** Open a sheet, or close the one that is open. The next key may come before the next frame, so nothing waits. */
  show(name: OverlayName | null): void {
    const was = this.shown;
    if (name === was) return;
    const active = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    if (was === null) this.before = active;
    this.shown = name;
    this.query = "";
    this.at = 0;
    if (name === "ruler") this.ruler = { ...this.ruler, pxPerMm: measured(this.host.prefs).pxPerMm };
    if (name === null) {
      this.leave(active);
      return;
    }
    this.host.drawNow();
    const field = name === "palette" ? ".sheet .query" : ".sheet";
    document.querySelector<HTMLElement>(field)?.focus({ preventScroll: true });
  }

  /** The sheet is closed: the focus goes back to where it was, unless it is somewhere else already. */
  private leave(active: HTMLElement | null): void {
    this.host.refresh();
    const { before } = this;
    this.before = null;
    if (active?.closest(".sheet") == null) return;
    if (before?.isConnected && before !== document.body) before.focus({ preventScroll: true });
    else active.blur();
  }

  /** A key pressed while the palette is open and its field has not got the focus yet: it was meant for the field. */
  catches(event: Pick<KeyboardEvent, "key" | "altKey" | "ctrlKey" | "metaKey">): boolean {
    if (this.shown !== "palette" || event.key.length !== 1) return false;
    if (event.altKey || event.ctrlKey || event.metaKey) return false;
    this.query += event.key;
    this.at = 0;
    this.host.refresh();
    return true;
  }

  view(): TemplateResult | typeof nothing {
    if (this.shown === "help") return helpView(this.acts(), () => this.show(null));
    if (this.shown === "palette") return this.palette();
    if (this.shown === "ruler") return this.calibration();
    return nothing;
  }

  private choices(): readonly Choice[] {
    const patients = [...(this.host.station.picture?.patients.values() ?? [])];
    return [
      ...patients.map((patient) => ({
        label: this.host.shownName(patient),
        hint: `${patient.id} · ${meansWords(patient.transmitter)}${patient.period === "ended" ? " · period ended" : ""}`,
        run: () => this.host.open(patient.id),
      })),
      ...(this.host.choices?.() ?? []),
      { label: "the wall", hint: "page", run: () => go("/") },
      { label: "the worklist", hint: "page", run: () => go("/worklist") },
      { label: "telephone: calls of patients", hint: "page", run: () => go("/telephone") },
      { label: "orders", hint: "page", run: () => go("/orders") },
      { label: "service periods and kits", hint: "page", run: () => go("/service") },
      { label: "reports", hint: "page", run: () => go("/reports") },
      { label: "billing codes", hint: "page", run: () => go("/codes") },
      ...this.acts()
        .filter((act) => act.keyOnly !== true)
        .map((act) => ({ label: act.label, hint: act.keys.join(" "), run: act.run })),
    ];
  }

  /** What the palette offers for what is typed by now, and which of it is marked. */
  private offered(): { readonly found: readonly Choice[]; readonly at: number } {
    const found = search(this.choices(), this.query);
    return { found, at: Math.max(0, Math.min(found.length - 1, this.at)) };
  }

  private palette(): TemplateResult {
    return paletteView(
      { query: this.query, ...this.offered() },
      {
        query: (text) => {
          this.query = text;
          this.at = 0;
          this.host.refresh();
        },
        move: (by) => {
          const { found, at } = this.offered();
          this.at = Math.max(0, Math.min(found.length - 1, at + by));
          this.host.refresh();
        },
        choose: (choice) => {
          const { found, at } = this.offered();
          const chosen = choice ?? found[at];
          if (chosen === undefined) return;
          this.show(null);
          chosen.run();
        },
        close: () => this.show(null),
      },
    );
  }

  private calibration(): TemplateResult {
    const size = (pxPerMm: number) => {
      this.ruler = { ...this.ruler, pxPerMm: Math.max(1, Math.min(40, pxPerMm)) };
      this.host.refresh();
    };
    return rulerView(this.ruler, {
      ruler: (mm) => {
        this.ruler = { ...this.ruler, mm };
        this.host.refresh();
      },
      size,
      widen: (px) => size(this.ruler.pxPerMm + px / this.ruler.mm),
      keep: () => {
        keepCalibration(this.ruler.pxPerMm);
        this.show(null);
      },
      close: () => this.show(null),
    });
  }
}
