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
import "./styles/review.css";
import "./styles/print.css";
import "./styles/worklist.css";
import "./styles/case.css";
import "./styles/call.css";
import "./styles/watch.css";
import "./styles/beside.css";
import "./styles/supervisor.css";
import "./styles/administration.css";
import "./styles/limits.css";
import "./styles/prescribe.css";
import "./styles/guide.css";
import "./styles/ladder.css";
import "./styles/reports.css";
import "./styles/report_paper.css";
import "./styles/large.css";
import { type Heard, listen } from "./alarm/ear";
import { Station } from "./chrome/station";
import { openDesk } from "./desk/client";
import { Worklist } from "./desk/worklist";
import { AdministrationPage } from "./administration/page";
import { PatientPage } from "./patient/page";
import { CriteriaPage } from "./prescribe/criteria";
import { CriteriaInbox } from "./prescribe/inbox";
import { LadderPage } from "./prescribe/ladder";
import { scopeOf } from "./prescribe/told";
import { ReportsInbox } from "./reports/inbox";
import { ReportPage } from "./reports/report";
import { reportOf } from "./reports/told";
import { Wall } from "./wall/wall";
import { SupervisorPage } from "./watch/supervisor";
import { bearWitness, tilesInView } from "./watch/witness";

const root = document.getElementById("app")!;
const path = location.pathname;
const patient = /^\/patient\/(s\d{6,})\/?$/.exec(path)?.[1];
/** What is painted live is painted by a station; the strips of the worklist are of the past and need none. */
const station = /^\/(administration|supervisor|worklist)\/?$|^\/(criteria|ladder|reports)(\/|$)/.test(path) ? null : new Station();
const page = opened();

/** The pages of a desk in daylight: forms. */
function prescribing(): CriteriaInbox | CriteriaPage | LadderPage | ReportsInbox | ReportPage | null {
  if (/^\/reports(\/|$)/.test(path)) {
    const number = reportOf(path);
    return number === null ? new ReportsInbox(root) : new ReportPage(root, number);
  }
  const [, what, rest] = /^\/(criteria|ladder)(?:\/(.*))?$/.exec(path) ?? [];
  if (what === undefined) return null;
  const scope = scopeOf(rest ?? "");
  if (scope === null) return new CriteriaInbox(root);
  return what === "ladder" ? new LadderPage(root, scope) : new CriteriaPage(root, scope);
}

function opened(): AdministrationPage | Worklist | SupervisorPage | PatientPage | Wall | CriteriaInbox | CriteriaPage | LadderPage | ReportsInbox | ReportPage {
  if (path.startsWith("/administration")) return new AdministrationPage(root);
  const form = prescribing();
  if (form !== null) return form;
  if (station === null) return path.startsWith("/worklist") ? new Worklist(root, openDesk()) : new SupervisorPage(root, openDesk());
  if (patient !== undefined) return new PatientPage(root, station, patient, openDesk());
  const desk = openDesk();
  const wall = new Wall(root, station, desk);
  bearWitness({
    picture: station,
    desk,
    visible: () => document.visibilityState === "visible",
    inView: () => {
      const seen = station.still || station.failure !== null ? [] : tilesInView(root, station.canvas);
      wall.post.inView = new Set(seen);
      return seen;
    },
    frame: (act) => requestAnimationFrame(act),
  });
  return wall;
}

declare global {
  interface Window {
    /** For tests and benchmarks only; see docs/wall.md. */
    einthoven: {
      readonly debug: (options?: { readonly pixels?: boolean }) => Promise<unknown>;
      /** What is heard of this page in so many milliseconds. */
      readonly listen: (ms: number) => Promise<readonly Heard[]>;
    };
  }
}

window.einthoven = {
  debug: async (options = {}) => ({ ...(await station?.debug(options.pixels ?? false)), page: page.describe() }),
  listen: async (ms) => ("post" in page ? listen(page.post.sounder, ms) : []),
};
