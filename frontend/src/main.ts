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
import "./styles/worklist_sizes.css";
import "./styles/case.css";
import "./styles/call.css";
import "./styles/watch.css";
import "./styles/beside.css";
import "./styles/supervisor.css";
import "./styles/administration.css";
import "./styles/limits.css";
import "./styles/plans.css";
import "./styles/prescribe.css";
import "./styles/guide.css";
import "./styles/ladder.css";
import "./styles/listing.css";
import "./styles/reports.css";
import "./styles/report_paper.css";
import "./styles/orders.css";
import "./styles/corrections.css";
import "./styles/order_form.css";
import "./styles/order_beside.css";
import "./styles/codes.css";
import "./styles/service.css";
import "./styles/claims.css";
import "./styles/call_line.css";
import "./styles/telephone.css";
import "./styles/telephone_call.css";
import "./styles/large.css";
import { type Heard, listen } from "./alarm/ear";
import { Station } from "./chrome/station";
import { type DeskClient, openDesk } from "./desk/client";
import { Worklist } from "./desk/worklist";
import { AdministrationPage } from "./administration/page";
import { CodesPage } from "./codes/page";
import { PatientPage } from "./patient/page";
import { CriteriaPage } from "./prescribe/criteria";
import { CriteriaInbox } from "./prescribe/inbox";
import { LadderPage } from "./prescribe/ladder";
import { scopeOf } from "./prescribe/told";
import { CorrectionsPage } from "./corrections/page";
import { ClaimPage } from "./claims/claim";
import { ClaimsList } from "./claims/list";
import { claimOf } from "./claims/told";
import { OrdersList } from "./orders/list";
import { OrderPage } from "./orders/page";
import { orderAt } from "./orders/told";
import { PeriodPage } from "./service/period";
import { ServiceList } from "./service/list";
import { SheetPage } from "./service/sheet";
import { serviceAt } from "./service/told";
import { ReportsInbox } from "./reports/inbox";
import { ReportPage } from "./reports/report";
import { reportOf } from "./reports/told";
import { keepCalls } from "./telephone/calls";
import { CallPage } from "./telephone/call_page";
import { soundOfCalls } from "./telephone/call_line";
import { CallsPage } from "./telephone/calls_page";
import { callAt } from "./telephone/told";
import { Wall } from "./wall/wall";
import { SupervisorPage } from "./watch/supervisor";
import { bearWitness, tilesInView } from "./watch/witness";

const root = document.getElementById("app")!;
const path = location.pathname;
const patient = /^\/patient\/(s\d{6,})\/?$/.exec(path)?.[1];
/** What is painted live is painted by a station; the strips of the worklist are of the past and need none. */
const station = /^\/(administration|codes|supervisor|worklist)\/?$|^\/(claims|corrections|criteria|ladder|orders|reports|service|telephone)(\/|$)/.test(path) ? null : new Station();
const call = callAt(path);
let deskOfPage: DeskClient | null = null;
const desk = (): DeskClient => (deskOfPage ??= openDesk());
const page = opened();
void keepCalls(deskOfPage, !("post" in page), typeof call === "number" ? call : null);

type Form = ClaimsList | ClaimPage | CodesPage | CorrectionsPage | CriteriaInbox | CriteriaPage | LadderPage | OrdersList | OrderPage | PeriodPage | ReportsInbox | ReportPage | ServiceList | SheetPage;

/** The pages of a desk in daylight: forms. */
function prescribing(): Form | null {
  if (path.startsWith("/codes")) return new CodesPage(root);
  if (/^\/corrections(\/|$)/.test(path)) return new CorrectionsPage(root);
  if (/^\/orders(\/|$)/.test(path)) {
    const order = orderAt(path);
    return order === "list" ? new OrdersList(root) : new OrderPage(root, order === "new" ? null : order);
  }
  if (/^\/service(\/|$)/.test(path)) {
    const at = serviceAt(path);
    if (at === "list") return new ServiceList(root);
    return at.sheet ? new SheetPage(root, at.stream) : new PeriodPage(root, at.stream);
  }
  if (/^\/claims(\/|$)/.test(path)) {
    const number = claimOf(path);
    return number === null ? new ClaimsList(root) : new ClaimPage(root, number);
  }
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

function opened(): AdministrationPage | CallPage | CallsPage | Worklist | SupervisorPage | PatientPage | Wall | Form {
  if (path.startsWith("/administration")) return new AdministrationPage(root);
  const form = prescribing();
  if (form !== null) return form;
  if (call !== null) return call === "list" ? new CallsPage(root, desk()) : new CallPage(root, desk(), call);
  if (station === null) return path.startsWith("/worklist") ? new Worklist(root, desk()) : new SupervisorPage(root, desk());
  if (patient !== undefined) return new PatientPage(root, station, patient, desk());
  const wall = new Wall(root, station, desk());
  bearWitness({
    picture: station,
    desk: desk(),
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
  listen: async (ms) => {
    const sounder = "post" in page ? page.post.sounder : soundOfCalls();
    return sounder === null ? [] : listen(sounder, ms);
  },
};
