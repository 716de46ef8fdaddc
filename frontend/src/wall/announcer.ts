/** Says changes of state, not waves, to a screen reader. */

import { clockTime, initials } from "../chrome/format";
import type { Shown } from "./order";

export class Announcer {
  private readonly before = new Map<string, string>();
  private said = "";
  private readonly alarmed = new Set<string>();
  private alarms = "";

  /** What changed since the last call, as sentences; the last sentences stay until new ones come. */
  text(shown: readonly Shown[], privacy: boolean): string {
    const first = this.before.size === 0;
    const news: string[] = [];
    for (const { patient, condition } of shown) {
      const state = `${condition.kind} ${condition.leads.map((lead) => lead.word).join()}`;
      const was = this.before.get(patient.id);
      this.before.set(patient.id, state);
      if (was === state || first) continue;
      const name = privacy ? initials(patient.patient, patient.id) : patient.patient;
      const leads = condition.leads.map((lead) => `${lead.name} ${lead.word}`).join(", ");
      news.push(`${name}: ${condition.kind === "live" ? leads : (condition.headline ?? "")}`);
    }
    if (news.length > 0)
      this.said = news.slice(0, 6).join(". ") + (news.length > 6 ? `. And ${news.length - 6} more.` : "");
    return this.said;
  }

  /** High findings that opened since the last call, each once; the last sentences stay until new ones come. */
  urgent(shown: readonly Shown[], privacy: boolean): string {
    const news: string[] = [];
    const open = new Set<string>();
    for (const { patient } of shown)
      for (const { id, words, priority, state, since_ms } of patient.findings) {
        if (priority !== "high" || state !== "open") continue;
        const key = `${patient.id}/${id}`;
        open.add(key);
        if (this.alarmed.has(key)) continue;
        const name = privacy ? initials(patient.patient, patient.id) : patient.patient;
        // With its time, the same words once more are another text, which is read out again.
        const since = since_ms === null ? "" : `, since ${clockTime(since_ms)}`;
        news.push(`${name}: ${words}, high priority${since}`);
      }
    this.alarmed.clear();
    for (const key of open) this.alarmed.add(key);
    if (news.length > 0) this.alarms = news.slice(0, 6).join(". ");
    return this.alarms;
  }
}
