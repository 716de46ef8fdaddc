import "@fontsource-variable/inter/wght.css";
import "./styles/tokens.css";
import "./styles/wall.css";
import "./styles/tile.css";
import "./styles/tile_sizes.css";
import "./styles/frame.css";
import "./styles/sheets.css";
import "./styles/patient.css";
import "./styles/events.css";
import "./styles/figures.css";
import "./styles/print.css";
import { Station } from "./chrome/station";
import { PatientPage } from "./patient/page";
import { Wall } from "./wall/wall";

const root = document.getElementById("app")!;
const station = new Station();
const patient = /^\/patient\/(s\d{6,})\/?$/.exec(location.pathname)?.[1];
const page = patient === undefined ? new Wall(root, station) : new PatientPage(root, station, patient);

declare global {
  interface Window {
    /** For tests and benchmarks only; see docs/wall.md. */
    einthoven: {
      readonly debug: (options?: { readonly pixels?: boolean }) => Promise<unknown>;
    };
  }
}

window.einthoven = {
  debug: async (options = {}) => ({ ...(await station.debug(options.pixels ?? false)), page: page.describe() }),
};
