/** The emergency procedure on a page without cases: asked for with one key, begun with another. */

import { html, nothing, type TemplateResult } from "lit";
import type { DeskClient } from "./client";
import { Commands } from "./commands";
import { Doing } from "./doing";
import { EmergencyPanel } from "./emergency_panel";
import { Asked, readPatientWhole } from "./whole";

/** What it needs of its page. */
export interface EmergencyPage {
  refresh(): void;
  drawNow(): void;
}

export class EmergencySide {
  readonly panel: EmergencyPanel;

  constructor(
    desk: DeskClient,
    private readonly page: EmergencyPage,
  ) {
    const refresh = () => page.refresh();
    const commands = new Commands(() => desk.me?.csrf ?? "");
    this.panel = new EmergencyPanel({
      doing: new Doing(commands, refresh),
      store: desk.store,
      patients: new Asked((path) => commands.read(path), readPatientWhole, refresh),
      get now() {
        return desk.now;
      },
      refresh,
      close: refresh,
    });
    desk.listen(() => this.isOpen && page.refresh());
  }

  get isOpen(): boolean {
    return this.panel.stream !== null;
  }

  /** First key: where the patient is. Nothing has begun. */
  open(stream: string, name: string): void {
    this.panel.open(stream, name);
    this.page.drawNow();
    document.querySelector<HTMLElement>(".emergency-panel")?.focus({ preventScroll: true });
  }

  /** Keys while it is open: Enter begins it, a digit is the step of that number; true where one was taken. */
  catches({ key, repeat, ctrlKey, altKey, metaKey, target }: KeyboardEvent): boolean {
    if (!this.isOpen || ctrlKey || altKey || metaKey) return false;
    if (key === "Escape") this.panel.close();
    else if (repeat) return false;
    else if (key === "Enter" && !(target instanceof HTMLButtonElement || target instanceof HTMLAnchorElement)) void this.panel.confirm();
    else if (/^[1-9]$/.test(key)) this.panel.digit(Number(key));
    else return false;
    return true;
  }

  view(): TemplateResult | typeof nothing {
    return this.isOpen ? html`<aside class="panel"><div class="side alone">${this.panel.view()}</div></aside>` : nothing;
  }
}
