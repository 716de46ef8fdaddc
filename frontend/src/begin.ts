/** What the browser loads first: who is signed in is asked before any page of patients is fetched. */

import "@fontsource-variable/inter/wght.css";
import "./styles/tokens.css";
import "./styles/signin.css";
import { kept } from "./early_keys";
import { entered } from "./signin/entry";

// Who types ahead while the page comes is heard once it stands.
const typed = kept();
const begun = entered(document.getElementById("app")!)
  .then(() => import("./main"))
  .then(typed.replay);

// Until the page stands, which puts its own in this place, whoever asks waits for it.
window.einthoven = {
  debug: async (options = {}) => {
    await begun;
    return window.einthoven.debug(options);
  },
  listen: async (ms) => {
    await begun;
    return window.einthoven.listen(ms);
  },
};
