/** Acts asked of the desk from a page: what is under way, and what was refused, at the place it was asked. */

import type { Answer, Commands } from "./commands";

export class Doing {
  private readonly busy = new Set<string>();
  private readonly refused = new Map<string, string>();

  constructor(
    private readonly commands: Commands,
    private readonly changed: () => void,
  ) {}

  /** Ask for an act at a place of the page; null where the same is under way, so that a key pressed twice is one act. */
  async ask(place: string, act: string, body: object, same = act): Promise<Answer | null> {
    const key = `${place} ${same}`;
    if (this.busy.has(key)) return null;
    this.busy.add(key);
    this.refused.delete(place);
    this.changed();
    const answer = await this.commands.ask(act, body);
    this.busy.delete(key);
    if (!answer.ok) this.refused.set(place, answer.words);
    this.changed();
    return answer;
  }

  /** Say at a place why something was not even asked for. */
  refuse(place: string, words: string): void {
    this.refused.set(place, words);
    this.changed();
  }

  isBusy(place: string): boolean {
    return [...this.busy].some((key) => key.startsWith(`${place} `));
  }

  /** Why the last act at a place was not done; null where it was. */
  problem(place: string): string | null {
    return this.refused.get(place) ?? null;
  }

  forget(place: string): void {
    this.refused.delete(place);
  }
}
