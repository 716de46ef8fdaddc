/** What stands before every page: somebody is signed in, or signs in now. */

import { html, nothing, render } from "lit";
import { tellHome } from "../chrome/home";
import { leaveFreely } from "../chrome/leaving";
import { Commands } from "../desk/commands";
import { Account } from "./account";
import { askMe, type Me } from "./me";
import { SignInPage } from "./page";
import { PageSession } from "./session";
import { start } from "./start";
import { StationPage } from "./station_page";

/** Permissions of which a page of patients needs one. */
const SIGHT = ["read.wall", "read.ecg"];

/** Pages for those who answer for the service, and what of each one must be allowed to read. */
const OFFICE: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^\/administration\/?$/, ["read.staff", "read.places", "read.audit"]],
  [/^\/supervisor\/?$/, ["read.continuity", ...SIGHT]],
  [/^\/criteria(\/|$)/, ["read.case"]],
  [/^\/ladder\//, ["read.contacts"]],
  [/^\/corrections(\/|$)/, ["read.correction"]],
  [/^\/claims(\/|$)/, ["read.claim"]],
  [/^\/orders(\/|$)/, ["read.order"]],
  [/^\/reports(\/|$)/, ["read.report"]],
  [/^\/telephone(\/|$)/, ["telephone.answer", "read.case", "enroll"]],
  [/^\/service\/?$/, ["service.call", "kit"]],
  [/^\/service\//, ["read.contacts"]],
];

const some = (me: Me, permissions: readonly string[]): boolean => permissions.some((one) => me.permissions.includes(one));

export const seesPatients = (me: Me): boolean => some(me, SIGHT);

/** Of nobody in particular: for everybody who is signed in. */
const PLAIN = /^\/codes\/?$/;

/** Whether a page is for somebody: those of patients unless it says otherwise. */
export const mayOpen = (me: Me, path: string): boolean => PLAIN.test(path) || some(me, OFFICE.find(([page]) => page.test(path))?.[1] ?? SIGHT);

/** The address that was asked for, without what the way back from a provider hung on it. */
export function asked(at: Pick<Location, "pathname" | "search" | "hash">): string {
  if (!new URLSearchParams(at.search).has("sign-in")) return at.pathname + at.search + at.hash;
  const named = new URLSearchParams(at.search);
  named.delete("sign-in");
  return at.pathname + (named.size === 0 ? "" : `?${named}`) + at.hash;
}

/** Where somebody wanted to go who was sent to a provider: it sends browsers back to the start. */
const WANTED = "einthoven.wanted";

/** Before the browser leaves for a provider. */
export const remember = (): void => sessionStorage.setItem(WANTED, asked(location));

/** Back from a provider: the address that was wanted, once; null where there is none, or somebody went elsewhere. */
export function wanted(at: Pick<Location, "pathname">, store: Pick<Storage, "getItem" | "removeItem"> = sessionStorage): string | null {
  const found = store.getItem(WANTED);
  store.removeItem(WANTED);
  return at.pathname === "/" && found !== null && /^\/(?!\/)/.test(found) ? found : null;
}

/** After signing in: the page that was asked for, begun anew. Another hash alone would load nothing. */
const again = () => {
  leaveFreely();
  history.replaceState(null, "", asked(location));
  location.reload();
};

/**
 * Resolves once the page may begin. While nobody is signed in, the sign-in page stands in its place; where the role
 * sees no patients, a page that says so.
 */
export async function entered(root: HTMLElement): Promise<Me | null> {
  if (/^\/station\/?$/.test(location.pathname)) {
    const { hash } = location;
    // The link is a secret: it does not stay in the address bar, nor in what the browser remembers.
    history.replaceState(null, "", location.pathname);
    new StationPage(root, hash);
    // Another link put into the same tab loads no page by itself.
    window.addEventListener("hashchange", () => location.reload());
    return new Promise<never>(() => {});
  }
  const me = await askMe();
  if (me === null || me.sign_in === "off") return me;
  const never = new Promise<never>(() => {});
  if (me.sign_in === "needed") {
    new SignInPage(root, me, again, remember);
    return never;
  }
  const back = wanted(location);
  if (back !== null) history.replaceState(null, "", back);
  document.documentElement.classList.toggle("patient-page", /^\/(patient|administration|claims|codes|corrections|criteria|ladder|orders|reports|service|telephone)\b/.test(location.pathname));
  tellHome(seesPatients(me));
  new Account(new PageSession(me, again));
  if (mayOpen(me, location.pathname)) return me;
  if (!seesPatients(me)) {
    void start(root, me, (page) => mayOpen(me, page), (what) => new Commands(() => "").read(what));
    return never;
  }
  document.documentElement.dataset.theme = "dark";
  render(
    html`<main class="signin-nothing">
      <h2>Signed in as ${me.staff?.name}</h2>
      <p>This page is not for the role ${me.staff?.roles.join(", ")}. <a href="/">To the wall</a></p>
      ${mayOpen(me, "/administration") ? html`<p><a class="wide" href="/administration">People, places and the audit</a></p>` : nothing}
    </main>`,
    root,
  );
  return never;
}
