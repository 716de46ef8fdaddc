/** What stands before every page: somebody is signed in, or signs in now. */

import { html, nothing, render } from "lit";
import { leaveFreely } from "../chrome/leaving";
import { Account } from "./account";
import { askMe, type Me } from "./me";
import { SignInPage } from "./page";
import { PageSession } from "./session";
import { StationPage } from "./station_page";

/** Permissions of which a page of patients needs one. */
const SIGHT = ["read.wall", "read.ecg"];

/** Pages for those who answer for the service, and what of each one must be allowed to read. */
const OFFICE: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^\/administration\/?$/, ["read.staff", "read.places", "read.audit"]],
  [/^\/supervisor\/?$/, ["read.continuity", ...SIGHT]],
  [/^\/criteria(\/|$)/, ["read.case"]],
  [/^\/ladder\//, ["read.contacts"]],
  [/^\/reports(\/|$)/, ["read.report"]],
];

const some = (me: Me, permissions: readonly string[]): boolean => permissions.some((one) => me.permissions.includes(one));

export const seesPatients = (me: Me): boolean => some(me, SIGHT);

/** Whether a page is for somebody: those of patients unless it says otherwise. */
export const mayOpen = (me: Me, path: string): boolean => some(me, OFFICE.find(([page]) => page.test(path))?.[1] ?? SIGHT);

/** After signing in: the page that was asked for, without what a provider hung on its address. */
const again = () => {
  leaveFreely();
  location.replace(location.pathname);
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
    new SignInPage(root, me, again);
    return never;
  }
  document.documentElement.classList.toggle("patient-page", /^\/(patient|administration|criteria|ladder|reports)\b/.test(location.pathname));
  new Account(new PageSession(me, again));
  if (mayOpen(me, location.pathname)) return me;
  document.documentElement.dataset.theme = "dark";
  render(
    html`<main class="signin-nothing">
      <h2>Signed in as ${me.staff?.name}</h2>
      ${
        seesPatients(me)
          ? html`<p>This page is not for the role ${me.staff?.roles.join(", ")}. <a href="/">To the wall</a></p>`
          : html`<p>The role ${me.staff?.roles.join(", ")} sees no patients: the wall is for technicians, supervisors and practices.</p>`
      }
      ${mayOpen(me, "/administration") ? html`<p><a class="wide" href="/administration">People, places and the audit</a></p>` : nothing}
      ${!seesPatients(me) && mayOpen(me, "/reports") ? html`<p><a class="wide" href="/reports">Reports</a></p>` : nothing}
      ${!seesPatients(me) && mayOpen(me, "/supervisor") ? html`<p><a class="wide" href="/supervisor">How the center does</a></p>` : nothing}
    </main>`,
    root,
  );
  return never;
}
