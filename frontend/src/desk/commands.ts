/** What is asked of the desk: one POST an act. What comes back is done, or words that say why not. */

import { isFields } from "./reader";

export type Answer =
  | { readonly ok: true; readonly body: Readonly<Record<string, unknown>> }
  /** `reason` is the desk's code; "unreachable" where it could not be asked. */
  | { readonly ok: false; readonly words: string; readonly reason: string };

/** How long an answer may take, ms: after that nobody knows whether it was done. */
export const LIMIT_MS = 10_000;

const UNREACHABLE = "The center did not answer: whether this was done is not known. Look before you do it again.";

export class Commands {
  private token = "";

  constructor(
    /** The value that every POST carries; "" where the desk has not told it yet. */
    private readonly csrf: () => string,
    private readonly get: typeof fetch = (input, init) => fetch(input, init),
    private readonly limitMs = LIMIT_MS,
  ) {}

  /** Ask for an act, as `case.take`; never throws. */
  ask(act: string, body: object): Promise<Answer> {
    return this.askAt(`/api/desk/${act}`, body);
  }

  /** The same of what is posted elsewhere. */
  async askAt(path: string, body: object): Promise<Answer> {
    const first = await this.post(path, body, this.csrf() || this.token);
    if (first.ok || first.reason !== "csrf") return first;
    // The session is another one than when this page was loaded: its value is asked for once.
    await this.renew();
    return this.token === "" ? first : this.post(path, body, this.token);
  }

  /** One of the desk's GETs, as `case/12`; throws Error in words that can be shown. */
  async read(path: string): Promise<unknown> {
    let answer: Response;
    try {
      answer = await this.get(`/api/desk/${path}`, { signal: AbortSignal.timeout(this.limitMs) });
    } catch {
      throw new Error("the center did not answer");
    }
    const told = await json(answer);
    if (answer.ok) return told;
    throw new Error(wordsOf(told) ?? `the center answered ${answer.status}`);
  }

  private async post(path: string, body: object, csrf: string): Promise<Answer> {
    let answer: Response;
    try {
      answer = await this.get(path, {
        method: "POST",
        headers: { "content-type": "application/json", "x-einthoven-csrf": csrf },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(this.limitMs),
      });
    } catch {
      return { ok: false, words: UNREACHABLE, reason: "unreachable" };
    }
    const told = await json(answer);
    if (answer.ok) return { ok: true, body: isFields(told) ? told : {} };
    const reason = isFields(told) && typeof told.reason === "string" ? told.reason : `http-${answer.status}`;
    return { ok: false, words: wordsOf(told) ?? `the center answered ${answer.status}`, reason };
  }

  private async renew(): Promise<void> {
    try {
      const me = await json(await this.get("/api/me", { signal: AbortSignal.timeout(this.limitMs) }));
      this.token = isFields(me) && typeof me.csrf === "string" ? me.csrf : "";
    } catch {
      this.token = "";
    }
  }
}

async function json(answer: Response): Promise<unknown> {
  try {
    return await answer.json();
  } catch {
    return null;
  }
}

const wordsOf = (told: unknown): string | null =>
  isFields(told) && typeof told.error === "string" && told.error !== "" ? told.error : null;
