/** Who am I, lock, sign out: a small menu at the edge of the screen; and the bar that unlocks. */

import { html, nothing, render, type TemplateResult } from "lit";
import { typing } from "../chrome/acts";
import { addPasskey, browserWords } from "./passkey";
import type { PageSession } from "./session";

/** The key that locks. */
const LOCK_KEY = "L";

/** With one of these there is something for them at `/administration`. */
const ADMINISTERS = ["read.staff", "read.places", "read.audit"];

const until = (ms: number | null): string =>
  ms === null ? "" : new Date(ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

export class Account {
  private open = false;
  private told: string | null = null;
  private wasLocked = false;
  private readonly host = document.createElement("div");

  constructor(private readonly session: PageSession) {
    this.host.className = "account-host";
    document.body.append(this.host);
    session.listen(() => this.draw());
    window.addEventListener("keydown", (event) => this.key(event), { capture: true });
    document.addEventListener("pointerdown", (event) => {
      if (this.open && event.target instanceof Element && event.target.closest(".account") === null) this.show(false);
    });
    document.documentElement.classList.add("signed-in");
    this.draw();
  }

  private key(event: KeyboardEvent): void {
    if (this.session.locked) return;
    if (event.key === "Escape" && this.open) {
      event.stopImmediatePropagation();
      this.show(false);
      this.host.querySelector<HTMLElement>(".account-button")?.focus();
    } else if (event.key === LOCK_KEY && !typing(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.stopImmediatePropagation();
      event.preventDefault();
      void this.session.lock();
    }
  }

  private show(open: boolean): void {
    this.open = open;
    this.told = null;
    this.draw();
    if (open) this.host.querySelector<HTMLElement>(".account-menu button")?.focus();
  }

  private async add(): Promise<void> {
    try {
      const name = await addPasskey(this.session.me.csrf, navigator.platform || "this device");
      this.told = `Passkey "${name}" added.`;
    } catch (error) {
      this.told = browserWords(error);
    }
    this.draw();
  }

  private draw(): void {
    const { session } = this;
    render(session.locked ? this.bar() : this.menu(), this.host);
    if (session.locked && !this.wasLocked) this.host.querySelector<HTMLInputElement>(".lock-bar input")?.focus();
    if (session.locked) this.open = false;
    this.wasLocked = session.locked;
  }

  private menu(): TemplateResult {
    const { me } = this.session;
    const name = me.staff?.name ?? "";
    return html`<div class="account">
      <button class="account-button" aria-haspopup="true" aria-expanded=${this.open} aria-label=${`account of ${name}`} title=${name} @click=${() => this.show(!this.open)}>
        <span class="account-name">${initials(name)}</span>
      </button>
      ${this.open ? this.sheet() : nothing}
    </div>`;
  }

  private sheet(): TemplateResult {
    const { me } = this.session;
    return html`<div class="account-menu" role="group" aria-label="account">
      <p><b>${me.staff?.name}</b><span class="faint">${me.staff?.login} · ${me.staff?.roles.join(", ")}</span></p>
      <p class="faint">signed in until ${until(me.session?.until_ms ?? null)}</p>
      <button @click=${() => void this.session.lock()}>Lock the controls <kbd>${LOCK_KEY}</kbd></button>
      ${me.ways.passkey ? html`<button @click=${() => void this.add()}>Add a passkey</button>` : nothing}
      ${me.permissions.includes("telephone.answer") ? html`<a href="/telephone">Telephone</a>` : nothing}
      ${me.permissions.includes("read.order") ? html`<a href="/orders">Orders</a>` : nothing}
      ${me.permissions.includes("service.call") ? html`<a href="/service">Service periods</a>` : nothing}
      ${me.permissions.includes("read.correction") ? html`<a href="/corrections">Wrong patient</a>` : nothing}
      ${me.permissions.includes("read.report") ? html`<a href="/reports">Reports</a>` : nothing}
      <a href="/codes">Billing codes</a>
      ${ADMINISTERS.some((one) => me.permissions.includes(one)) ? html`<a href="/administration">Administration</a>` : nothing}
      <button @click=${() => void this.session.signOut()}>Sign out</button>
      <p class="account-told" role="status">${this.told ?? this.session.failure ?? nothing}</p>
    </div>`;
  }

  private bar(): TemplateResult {
    const { session } = this;
    const submit = (event: SubmitEvent) => {
      event.preventDefault();
      const form = event.target as HTMLFormElement;
      const given = new FormData(form);
      void session.unlock(String(given.get("secret") ?? ""), String(given.get("code") ?? "")).then(() => form.reset());
    };
    return html`<form class="lock-bar" aria-label="unlock the controls" @submit=${submit}>
      <span class="lock-who"><b>Locked</b> <span class="faint">${session.me.staff?.name}</span></span>
      <span class="lock-error" role="alert">${session.failure ?? nothing}</span>
      <input name="secret" type="password" autocomplete="current-password" aria-label="password" placeholder="password" required />
      <button class="main" type="submit" ?disabled=${session.busy}>Unlock</button>
      ${
        session.me.ways.passkey
          ? html`<button type="button" ?disabled=${session.busy} @click=${() => void session.unlockWithPasskey()}>Passkey</button>`
          : nothing
      }
      <button type="button" class="quiet" @click=${() => void session.signOut()}>Sign out</button>
    </form>`;
  }
}

/** "Doe, Jane" and "Jane van Doe" as JD, "Jane" as J. */
export function initials(name: string): string {
  const words = name.split(/[\s,]+/).filter(Boolean);
  const inOrder = name.includes(",") ? [words[1], words[0]] : [words[0], words.length > 1 ? words.at(-1) : ""];
  return inOrder.map((word) => word?.charAt(0) ?? "").join("").toUpperCase() || "?";
}
