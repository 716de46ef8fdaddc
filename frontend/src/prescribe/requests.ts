/** Requests of the pages of criteria and ladders: the acts, the questions, and proving once more who signs. */

import { type Answer, Commands } from "../desk/commands";
import { act, askMe, type Me, Refused } from "../signin/me";
import { browserWords, confirmByPasskey } from "../signin/passkey";

export class Requests {
  me: Me | null = null;
  private readonly commands = new Commands(() => this.me?.csrf ?? "");

  /** Who is signed in; asked for once. */
  async begin(): Promise<void> {
    this.me = await askMe();
  }

  get csrf(): string {
    return this.me?.csrf ?? "";
  }

  read<T>(path: string): Promise<T> {
    return this.commands.read(path) as Promise<T>;
  }

  ask(name: string, body: object): Promise<Answer> {
    return this.commands.ask(name, body);
  }

  /** A form looked at before it is sent; throws in words that can be shown. */
  async check<T>(path: string, form: object): Promise<T> {
    return (await act(`/api/desk/check/${path}`, form, this.csrf)) as T;
  }

  /** How whoever is signed in proves who they are: a click in a demo, else what they know and have. */
  get way(): "demo" | "secrets" | "nobody" {
    if (this.me?.staff === undefined) return "nobody";
    return this.me.session?.how === "demo" ? "demo" : "secrets";
  }

  /** Prove for one content who signs; a name to sign with. Throws in words that can be shown. */
  async confirm(content: string, password: string, code: string): Promise<string> {
    const told = await act("/api/session/confirm", { content, password, code }, this.csrf);
    return String(told.confirmation ?? "");
  }

  /** The same by passkey. */
  confirmByPasskey(content: string): Promise<string> {
    return confirmByPasskey(content, this.csrf);
  }
}

/** What went wrong, for whoever waits before it. */
export const wordsOf = (error: unknown): string => {
  if (error instanceof Refused) return error.waitS > 0 ? `${error.message}. The next attempt is taken in ${error.waitS} s.` : error.message;
  return error instanceof DOMException ? browserWords(error) : error instanceof Error ? error.message : String(error);
};
