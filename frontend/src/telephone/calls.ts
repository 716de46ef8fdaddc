/** Who has the line of calls over their page: whoever answers patients, on every page; its desk is the page's where it has one. */

import { ANSWERS } from "../alarm/here";
import { type DeskClient, openDesk } from "../desk/client";
import { askMe } from "../signin/me";
import { CallLine } from "./call_line";

/** `desk`: the page's own; null where it has none. `sounds`: nothing of the page sounds alarms. `call`: the call that the page shows. */
export async function keepCalls(desk: DeskClient | null, sounds: boolean, call: number | null): Promise<void> {
  if (desk !== null) {
    new CallLine(desk, sounds, call);
    return;
  }
  const me = await askMe();
  if (me?.sign_in === "in" && me.permissions.includes(ANSWERS)) new CallLine(openDesk(), sounds, call);
}
