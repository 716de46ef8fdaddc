/** What the browser loads first: who is signed in is asked before any page of patients is fetched. */

import "@fontsource-variable/inter/wght.css";
import "./styles/tokens.css";
import "./styles/signin.css";
import "./styles/start.css";
import "./styles/glass.css";
import { kept } from "./early_keys";
import { entered } from "./signin/entry";
import { unbroken } from "./signin/glass";

// Who types ahead while the page comes is heard once it stands.
const typed = kept();
const root = document.getElementById("app")!;
const begun = entered(root)
  .then((me) => unbroken(root, me))
  .then((stood) => {
    // What was struck before something else was meant for that.
    if (stood) typed.forget();
    return import("./main");
  })
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
