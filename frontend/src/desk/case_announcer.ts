/** Says new emergent and escalated cases to a screen reader, each once. */

import type { Case } from "./entities";
import { TIER_WORDS, undecided } from "./order";

export class CaseAnnouncer {
  private known: Set<string> | null = null;
  private said = "";

  /** What is new since the last call; the last sentence stays until there is another. */
  text(cases: readonly Case[], name: (one: Case) => string): string {
    const pressing = cases.filter((one) => undecided(one) && (one.tier === "emergent" || one.escalated));
    const key = (one: Case) => `${one.id} ${one.escalated}`;
    const before = this.known;
    this.known = new Set(pressing.map(key));
    if (before === null) return this.said;
    const news = pressing.filter((one) => !before.has(key(one)));
    if (news.length > 0)
      this.said = news
        .slice(0, 4)
        .map((one) => `${TIER_WORDS[one.tier]}${one.escalated ? ", escalated" : ""}: ${name(one)}, ${one.title}`)
        .join(". ");
    return this.said;
  }
}
