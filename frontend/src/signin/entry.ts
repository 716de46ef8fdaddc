/** What stands before every page: somebody is signed in, or signs in now. */

import { html, render } from "lit";
import { Account } from "./account";
import { askMe, type Me } from "./me";
import { SignInPage } from "./page";
import { PageSession } from "./session";
import { StationPage } from "./station_page";

/** Permissions of which a page of patients needs one. */
const SIGHT = ["read.wall", "read.ecg"];

export const seesPatients = (me: Me): boolean => SIGHT.some((one) => me.permissions.includes(one));

/** After signing in: the page that was asked for, without what a provider hung on its address. */
const again = () => location.replace(location.pathname);

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
    return new Promise<never>(() => {});
  }
  const me = await askMe();
  if (me === null || me.sign_in === "off") return me;
  const never = new Promise<never>(() => {});
  if (me.sign_in === "needed") {
    new SignInPage(root, me, again);
    return never;
  }
  document.documentElement.classList.toggle("patient-page", location.pathname.startsWith("/patient/"));
  new Account(new PageSession(me, again));
  if (seesPatients(me)) return me;
  document.documentElement.dataset.theme = "dark";
  render(
    html`<main class="signin-nothing">
      <h2>Signed in as ${me.staff?.name}</h2>
      <p>The role ${me.staff?.roles.join(", ")} sees no patients: the wall is for technicians, supervisors and practices.</p>
      <p class="faint">People are kept with <code>einthoven staff</code> on the center's machine.</p>
    </main>`,
    root,
  );
  return never;
}
