/** The sign-in page: password and code, a passkey, the site's provider; the first password of one's own. */

import { html, nothing, render, type TemplateResult } from "lit";
import { createRef, ref } from "lit/directives/ref.js";
import { act, type Me, Refused } from "./me";
import { browserWords, signInByPasskey } from "./passkey";

interface SetUp {
  readonly ticket: string;
  readonly secret: string;
  readonly qr: string;
}

const ROLE_WORDS: Readonly<Record<string, string>> = {
  technician: "watches patients and works cases",
  supervisor: "leads the shift",
  physician: "prescribes criteria, sees one practice",
  enrollment: "enrolls patients",
  billing: "checks claims and hands them in",
  administrator: "keeps people and settings",
  auditor: "reads what was done",
};

/** What the page says when the provider sent the browser back without signing in. */
export function returnWords(search: string): string | null {
  const reason = new URLSearchParams(search).get("sign-in");
  if (reason === null) return null;
  if (reason === "sign_in") return "Your provider knows you, but nobody with that login works here.";
  if (reason === "wait") return "Too many attempts failed; wait a moment.";
  return "The provider did not sign you in. Try again, or use your password.";
}

export class SignInPage {
  private busy = false;
  private failure: string | null;
  private setUp: SetUp | null = null;
  private waitUntil = 0;
  private readonly login = createRef<HTMLInputElement>();
  private readonly again = createRef<HTMLElement>();

  constructor(
    private readonly root: HTMLElement,
    private readonly me: Me,
    private readonly done: () => void,
    private readonly leaving: () => void = () => {},
    private readonly now: () => number = () => performance.now(),
  ) {
    this.failure = returnWords(location.search);
    document.documentElement.dataset.theme = "dark";
    document.title = "Sign in · einthoven";
    this.draw();
    (me.demo ? this.root.querySelector<HTMLElement>(".signin-roles button") : this.login.value)?.focus();
  }

  /** Seconds until the next attempt is taken. */
  private get waitS(): number {
    return Math.max(0, Math.ceil((this.waitUntil - this.now()) / 1000));
  }

  private async attempt(doing: () => Promise<unknown>): Promise<void> {
    if (this.busy || this.waitS > 0) return;
    this.busy = true;
    this.failure = null;
    this.draw();
    try {
      const told = await doing();
      this.busy = false;
      if (this.begunSetUp(told)) return;
      this.done();
    } catch (error) {
      this.busy = false;
      this.failed(error);
    }
  }

  private begunSetUp(told: unknown): boolean {
    const { next, ticket, secret, qr } = (told ?? {}) as Record<string, string>;
    if (next !== "set_up") return false;
    this.setUp = { ticket: ticket ?? "", secret: secret ?? "", qr: qr ?? "" };
    this.draw();
    this.root.querySelector<HTMLInputElement>("input")?.focus();
    return true;
  }

  private failed(error: unknown): void {
    this.failure = error instanceof Refused ? sentence(error.message) : browserWords(error);
    if (error instanceof Refused && error.waitS > 0) {
      this.waitUntil = this.now() + error.waitS * 1000;
      this.countDown();
    }
    if (error instanceof Refused && error.reason === "ticket") this.setUp = null;
    this.draw();
    this.again.value?.focus();
  }

  private countDown(): void {
    const timer = setInterval(() => {
      this.draw();
      if (this.waitS === 0) clearInterval(timer);
    }, 250);
  }

  private submit(event: SubmitEvent): void {
    event.preventDefault();
    const given = new FormData(event.target as HTMLFormElement);
    const field = (name: string) => String(given.get(name) ?? "");
    const { setUp } = this;
    if (setUp === null) {
      const body = { login: field("login").trim(), password: field("password"), code: field("code") };
      void this.attempt(() => act("/api/sign-in", body, ""));
    } else if (field("password") !== field("repeated")) {
      this.failure = "The two passwords are not the same.";
      this.draw();
    } else {
      const body = { ticket: setUp.ticket, password: field("password"), code: field("code") };
      void this.attempt(() => act("/api/sign-in/set-up", body, ""));
    }
  }

  private draw(): void {
    const body = this.setUp === null ? this.signInForm() : this.setUpForm(this.setUp);
    render(
      html`<main class="signin">
        <div class="signin-card">
          <h1 class="signin-brand">
            <svg viewBox="0 0 32 20" aria-hidden="true"><path d="M1 11h7l2-3 2 3h2l2-9 3 16 2-7h10" /></svg>einthoven
          </h1>
          ${body}
        </div>
      </main>`,
      this.root,
    );
  }

  private trouble(): TemplateResult {
    const wait = this.waitS;
    const words = wait > 0 ? `Too many attempts failed. The next one is taken in ${wait} s.` : this.failure;
    return html`<p id="signin-error" class="signin-error" role="alert" tabindex="-1" ${ref(this.again)}>${words ?? nothing}</p>`;
  }

  private signInForm(): TemplateResult {
    const { ways } = this.me;
    const wrong = this.failure !== null ? "true" : "false";
    return html`${this.me.demo ? this.demo(ways.demo) : nothing}
      <form class="signin-form" @submit=${(event: SubmitEvent) => this.submit(event)} aria-describedby="signin-error">
        ${this.trouble()}
        <label>Login <input ${ref(this.login)} name="login" autocomplete="username webauthn" autocapitalize="none" spellcheck="false" required aria-invalid=${wrong} /></label>
        <label>Password <input name="password" type="password" autocomplete="current-password" required aria-invalid=${wrong} /></label>
        <label>Time code <input name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="9" placeholder="6 digits" aria-describedby="code-hint" aria-invalid=${wrong} /></label>
        <p id="code-hint" class="hint">from your authenticator; leave empty with a temporary password</p>
        <button class="main" type="submit" ?disabled=${this.busy || this.waitS > 0}>${this.busy ? "Signing in" : "Sign in"}</button>
      </form>
      ${ways.passkey || ways.oidc !== null ? html`<p class="signin-or"><span>or</span></p>` : nothing}
      <div class="signin-ways">
        ${
          ways.passkey
            ? html`<button class="wide" ?disabled=${this.busy} @click=${() => void this.attempt(signInByPasskey)}>Use a passkey</button>`
            : html`<p class="hint">${passkeyHint(location.hostname, location.port)}</p>`
        }
        ${ways.oidc === null ? nothing : html`<a class="wide" href="/api/sign-in/oidc" @click=${this.leaving}>Sign in with ${ways.oidc}</a>`}
      </div>`;
  }

  private demo(roles: readonly string[]): TemplateResult {
    return html`<section class="signin-demo" aria-labelledby="demo-title">
      <h2 id="demo-title">This is a demo: simulated patients. Come in as</h2>
      <div class="signin-roles">
        ${roles.map(
          (role) =>
            html`<button ?disabled=${this.busy} @click=${() => void this.attempt(() => act("/api/sign-in/demo", { role }, ""))}>
              <b>${role}</b><span>${ROLE_WORDS[role] ?? ""}</span>
            </button>`,
        )}
      </div>
    </section>`;
  }

  private setUpForm(setUp: SetUp): TemplateResult {
    return html`<form class="signin-form" @submit=${(event: SubmitEvent) => this.submit(event)} aria-describedby="signin-error">
      <h2>Your own password and time code</h2>
      ${this.trouble()}
      <label>New password <input name="password" type="password" autocomplete="new-password" minlength="12" required aria-describedby="new-hint" /></label>
      <p id="new-hint" class="hint">12 characters or more; a sentence is good</p>
      <label>The same again <input name="repeated" type="password" autocomplete="new-password" required /></label>
      <div class="signin-qr">
        <img alt="QR code with the secret below" src=${`data:image/svg+xml,${encodeURIComponent(setUp.qr)}`} />
        <p>Read this into an authenticator on your telephone, or type <code>${setUp.secret.replace(/(.{4})/g, "$1 ")}</code></p>
      </div>
      <label>Time code it shows now <input name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="9" required /></label>
      <button class="main" type="submit" ?disabled=${this.busy || this.waitS > 0}>Keep and sign in</button>
    </form>`;
  }
}

/** Why there is no passkey here; nothing where there is nothing to say. */
export function passkeyHint(hostname: string, port: string): string {
  const loopback = hostname === "127.0.0.1" || hostname === "[::1]";
  return loopback ? `For passkeys open http://localhost${port === "" ? "" : `:${port}`}` : "";
}

const sentence = (words: string): string => {
  const first = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
};
