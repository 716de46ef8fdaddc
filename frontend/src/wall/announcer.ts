/** Says changes of state, not waves, to a screen reader. */

import { initials } from "../chrome/format";
import type { Shown } from "./order";

export class Announcer {
  private readonly before = new Map<string, string>();
  private said = "";

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
}
