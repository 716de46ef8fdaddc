/** Which sheet is open, and what is typed in it. */

import { nothing, type TemplateResult } from "lit";
import type { PatientState } from "../protocol/messages";
import type { Act } from "./acts";
import { type Choice, helpView, paletteView, RULERS, rulerView, search } from "./overlays";
import type { Prefs } from "./prefs";

export type OverlayName = "palette" | "help" | "ruler";

/** What the sheets need of the page they lie on. */
export interface OverlayHost {
  readonly prefs: Prefs;
  readonly station: { readonly picture: { readonly patients: ReadonlyMap<string, PatientState> } | null };
  refresh(): void;
  set(change: Partial<Prefs>): void;
  open(id: string): void;
  shownName(patient: PatientState): string;
}

export class Overlays {
  shown: OverlayName | null = null;
  private query = "";
  private at = 0;
  private ruler = { mm: RULERS[1].mm as number, pxPerMm: 0 };

  constructor(
    private readonly host: OverlayHost,
    private readonly acts: readonly Act[],
  ) {}

  show(name: OverlayName | null): void {
    this.shown = name;
    this.query = "";
    this.at = 0;
    if (name === "ruler") this.ruler = { ...this.ruler, pxPerMm: this.host.prefs.pxPerMm };
    // Keys belong to the page again at once, not only when the sheet is gone from the screen.
    if (name === null && document.activeElement?.closest(".sheet")) (document.activeElement as HTMLElement).blur();
    this.host.refresh();
    const focus = () =>
      document
        .querySelector<HTMLElement>(name === "palette" ? ".sheet .query" : ".sheet")
        ?.focus({ preventScroll: true });
    if (name !== null) requestAnimationFrame(() => requestAnimationFrame(focus));
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
    if (this.shown === "help") return helpView(this.acts, () => this.show(null));
    if (this.shown === "palette") return this.palette();
    if (this.shown === "ruler") return this.calibration();
    return nothing;
  }

  private choices(): readonly Choice[] {
    const patients = [...(this.host.station.picture?.patients.values() ?? [])];
    return [
      ...patients.map((patient) => ({
        label: this.host.shownName(patient),
        hint: `${patient.id} · ${patient.transmitter}${patient.period === "ended" ? " · period ended" : ""}`,
        run: () => this.host.open(patient.id),
      })),
      { label: "the wall", hint: "page", run: () => location.assign("/") },
      ...this.acts
        .filter((act) => act.keyOnly !== true)
        .map((act) => ({ label: act.label, hint: act.keys.join(" "), run: act.run })),
    ];
  }

  private palette(): TemplateResult {
    const found = search(this.choices(), this.query);
    const at = Math.max(0, Math.min(found.length - 1, this.at));
    return paletteView(
      { query: this.query, at, found },
      {
        query: (text) => {
          this.query = text;
          this.at = 0;
          this.host.refresh();
        },
        move: (by) => {
          this.at = Math.max(0, Math.min(found.length - 1, at + by));
          this.host.refresh();
        },
        choose: (choice) => {
          if (choice === undefined) return;
          this.show(null);
          choice.run();
        },
        close: () => this.show(null),
      },
    );
  }

  private calibration(): TemplateResult {
    return rulerView(this.ruler, {
      ruler: (mm) => {
        this.ruler = { ...this.ruler, mm };
        this.host.refresh();
      },
      size: (pxPerMm) => {
        this.ruler = { ...this.ruler, pxPerMm: Math.max(1, Math.min(40, pxPerMm)) };
        this.host.refresh();
      },
      keep: () => {
        this.host.set({ pxPerMm: this.ruler.pxPerMm, calibrated: true });
        this.show(null);
      },
      close: () => this.show(null),
    });
  }
}
