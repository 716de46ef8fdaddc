/** `/administration`: people, places and the audit, for those who answer for the service. */

import { html, nothing, render, type TemplateResult } from "lit";
import { type Act, actFor, typing } from "../chrome/acts";
import { Commands } from "../desk/commands";
import { act, askMe, type Me, Refused } from "../signin/me";
import { auditProblem, auditQuery, auditView, type Filters, NO_FILTERS } from "./audit_view";
import { type Form, formView, refusal, valuesOf } from "./form";
import * as forms from "./forms";
import { type Limits, LimitsPart } from "./limits";
import { type Centers, centersView, readCenters } from "./centers_view";
import { CallLimitsPart } from "./call_limits";
import { limitsView } from "./limits_view";
import { peopleView } from "./people_view";
import { placesView } from "./places_view";
import { type Plans, readPlans } from "./plans";
import { planForm, plansView, supervisorForm } from "./plans_view";
import { Uploading } from "./upload";
import { type AuditPage, type People, type Places, readAudit, readPeople, readPlaces } from "./records";

const TABS = {
  people: { label: "People", key: "1", need: "read.staff" },
  places: { label: "Sites and stations", key: "2", need: "read.places" },
  audit: { label: "Audit", key: "3", need: "read.audit" },
  limits: { label: "Limits", key: "4", need: "read.metrics" },
  centers: { label: "Other centers", key: "5", need: "read.places" },
  plans: { label: "Plans", key: "6", need: "read.staff" },
} as const;
type Tab = keyof typeof TABS;

const EVERY_MS = 10_000;

/** Parts of the page that somebody may see. */
export const tabsOf = ({ permissions }: Pick<Me, "permissions">): readonly Tab[] =>
  (Object.keys(TABS) as Tab[]).filter((tab) => permissions.includes(TABS[tab].need));

interface Told {
  readonly title: string;
  readonly secret: string;
  readonly words: string;
}

export class AdministrationPage {
  private me: Me | null = null;
  private tab: Tab = "people";
  private people: People | string | null = null;
  private places: Places | string | null = null;
  private centers: Centers | string | null = null;
  private plans: Plans | string | null = null;
  /** The version whose text is shown. */
  private plan: string | null = null;
  private audit: AuditPage = { lines: [], next: null, kinds: [] };
  private auditKnown = false;
  /** How often the audit was asked. */
  private asked = 0;
  private reading = false;
  private filters: Filters = NO_FILTERS;
  private problem: { readonly field: string | null; readonly words: string } | null = null;
  private open: number | null = null;
  private line: number | null = null;
  private gone = false;
  private busy = false;
  private form: Form | null = null;
  private wrong: { readonly field: string | null; readonly words: string } | null = null;
  private told: Told | null = null;
  private copied = false;
  private done: string | null = null;
  private readonly uploading = new Uploading(
    () => this.me?.csrf ?? "",
    () => this.draw(),
  );
  private readonly commands = new Commands(() => this.me?.csrf ?? "");
  private readonly limits = new LimitsPart(
    this.commands,
    () => this.draw(),
    (words) => (this.done = words),
  );
  private readonly callLimits = new CallLimitsPart(
    this.commands,
    this.limits,
    () => this.draw(),
    (words) => (this.done = words),
  );
  private readonly office: forms.Office = {
    act: async (name, body) => {
      const answer = await this.commands.ask(name, body);
      return answer.ok ? null : answer.words;
    },
    post: (path, body) => act(path, body, this.me?.csrf ?? ""),
    tell: (title, secret, words) => {
      this.told = { title, secret, words };
      this.copied = false;
    },
  };

  constructor(private readonly root: HTMLElement) {
    document.documentElement.dataset.theme = "dark";
    document.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("hashchange", () => this.turn());
    setInterval(() => void this.fetch(), EVERY_MS);
    void askMe().then((me) => {
      this.me = me;
      this.turn();
    });
    this.draw();
  }

  describe(): object {
    return { page: "administration", tab: this.tab };
  }

  private get tabs(): readonly Tab[] {
    return this.me === null ? [] : tabsOf(this.me);
  }

  /** Who is signed in, by number. */
  private get mine(): number | null {
    return this.me?.staff?.id ?? null;
  }

  private may(permission: string): boolean {
    return this.me?.permissions.includes(permission) ?? false;
  }

  /** The part that the address names, or the first that may be seen. */
  private turn(): void {
    const named = location.hash.slice(1) as Tab;
    this.tab = this.tabs.includes(named) ? named : (this.tabs[0] ?? "people");
    this.draw();
    void this.fetch();
    if (this.tab === "limits") void this.limits.load();
    if (this.tab === "audit" && !this.auditKnown) void this.ask(this.filters);
  }

  private async fetch(): Promise<void> {
    if (this.me === null || document.visibilityState !== "visible") return;
    if (this.tab === "places") this.places = await this.had(this.places, "sites", readPlaces);
    else if (this.tab === "plans") this.plans = await this.had(this.plans, "plans", readPlans);
    else if (this.tab === "centers") this.centers = await this.had(this.centers, "centers", readCenters);
    // The audit's filter names people, too.
    else if (this.tab === "people" || this.people === null) this.people = await this.had(this.people, "staff", readPeople);
    this.draw();
  }

  /** What the desk tells anew; what was known stays where it cannot be had now. */
  private async had<T extends object>(known: T | string | null, what: string, read: (told: unknown) => T): Promise<T | string> {
    try {
      return read(await this.commands.read(what));
    } catch (error) {
      return typeof known === "object" && known !== null ? known : error instanceof Error ? error.message : String(error);
    }
  }

  /** Another question takes the place of the one under way, whose answer is not waited for. */
  private async ask(filters: Filters, below: number | null = null): Promise<void> {
    if (this.me === null) return;
    const number = ++this.asked;
    this.reading = true;
    this.filters = filters;
    this.problem = null;
    this.draw();
    try {
      const page = readAudit(await this.commands.read(auditQuery(filters, below)));
      if (number !== this.asked) return;
      this.audit = below === null ? page : { ...page, lines: [...this.audit.lines, ...page.lines] };
      this.auditKnown = true;
    } catch (error) {
      if (number !== this.asked) return;
      this.problem = auditProblem(error instanceof Error ? error.message : String(error));
    }
    this.reading = false;
    this.draw();
  }

  // ---- forms -----------------------------------------------------------------------------------------------

  private readonly begin = (form: Form): void => {
    this.uploading.clear();
    this.form = form;
    this.wrong = null;
    this.done = null;
    this.draw();
  };

  private readonly leave = (): void => {
    this.uploading.clear();
    this.form = null;
    this.told = null;
    this.draw();
  };

  private async send(element: HTMLFormElement, way: string): Promise<void> {
    const { form } = this;
    if (form === null || this.busy) return;
    // Not without the document that was chosen: another one, or none, by whoever sends it.
    if (this.uploading.current.state === "wrong") return this.root.querySelector<HTMLElement>('dialog [aria-invalid="true"]')?.focus();
    const values = valuesOf(element, form.fields);
    this.busy = true;
    this.wrong = null;
    this.form = { ...form, values };
    this.draw();
    let words: string | null;
    try {
      words = await form.send(values, way);
    } catch (error) {
      words = error instanceof Refused || error instanceof Error ? error.message : String(error);
    }
    this.busy = false;
    if (words === null) {
      this.form = null;
      this.done = this.told === null ? `Done: ${form.title}.` : null;
    } else this.wrong = refusal(words, form.fields);
    this.draw();
    if (words !== null) this.root.querySelector<HTMLElement>('dialog [aria-invalid="true"]')?.focus();
    await this.fetch();
  }

  private key(event: KeyboardEvent): void {
    if (this.form !== null || this.told !== null || typing(event.target)) return;
    const chosen = actFor(this.acts(), event);
    if (chosen === undefined) return;
    event.preventDefault();
    chosen.run();
  }

  private acts(): readonly Act[] {
    const go = (label: string, keys: readonly string[], run: () => void): Act => ({ group: "Go", label, keys, run });
    const found = this.tabs.map((tab) => go(TABS[tab].label, [TABS[tab].key], () => (location.hash = tab)));
    if (this.tab === "people" && this.may("staff.change") && typeof this.people === "object" && this.people !== null) {
      const { people } = this;
      found.push(go("somebody new", ["n"], () => this.begin(forms.joinForm(this.office, people))));
    }
    if (this.tab === "places" && this.may("place.change") && typeof this.places === "object" && this.places !== null) {
      const { places } = this;
      found.push(go("a new site", ["n"], () => this.begin(forms.siteForm(this.office, places, null))));
    }
    if (this.tab === "audit" && this.audit.next !== null) found.push(go("older", ["o"], () => this.older()));
    if (this.tab === "audit") found.push(go("filter", ["/"], () => this.root.querySelector<HTMLElement>(".audit-filters input")?.focus()));
    return found;
  }

  private older(): void {
    if (this.audit.next !== null && !this.reading) void this.ask(this.filters, this.audit.next);
  }

  // ---- what is shown ---------------------------------------------------------------------------------------

  private draw(): void {
    document.title = ["einthoven", TABS[this.tab].label.toLowerCase()].join(" · ");
    render(
      html`<header class="top">
          <span class="brand"><a class="brand" href="/" title="the wall">einthoven</a></span><span class="counts"><b>Administration</b></span>
          <nav class="tabs" aria-label="parts of this page">
            ${this.tabs.map((tab) => html`<a href=${`#${tab}`} aria-current=${tab === this.tab ? "page" : nothing}>${TABS[tab].label} <kbd>${TABS[tab].key}</kbd></a>`)}
          </nav>
        </header>
        <main class="administration" aria-label=${TABS[this.tab].label}>
          <p class="done" role="status">${this.done ?? nothing}</p>
          ${this.body()}
        </main>
        ${this.told !== null ? this.secret(this.told) : this.form === null ? nothing : this.formOf(this.form)}`,
      this.root,
    );
    const dialog = this.root.querySelector("dialog");
    if (dialog !== null && !dialog.open) dialog.showModal();
  }

  private formOf(form: Form): TemplateResult {
    const { busy, wrong: problem, uploading } = this;
    const shown = { form, busy, problem, upload: uploading.current, choose: (file: File | null) => uploading.choose(file) };
    return formView(shown, (element, way) => void this.send(element, way), this.leave);
  }

  private body(): TemplateResult {
    if (this.me === null) return html`<p class="none" role="status">Asking who you are …</p>`;
    if (this.tabs.length === 0) return html`<p class="none">This page is for administrators, supervisors and auditors.</p>`;
    if (this.tab === "audit") return this.auditBody();
    const had = { people: this.people, places: this.places, limits: this.limits.told, centers: this.centers, plans: this.plans }[this.tab];
    if (had === null) return html`<p class="none" role="status">Asking the center …</p>`;
    if (typeof had === "string") return html`<p class="problem" role="alert">This could not be had: ${had}.</p>`;
    if (this.tab === "centers") return centersView(had as Centers, Date.now());
    if (this.tab === "plans") return this.plansBody(had as Plans);
    if (this.tab === "limits") return limitsView(had as Limits, this.limits, this.callLimits);
    return this.tab === "people" ? this.peopleBody(had as People) : this.placesBody(had as Places);
  }

  private peopleBody(people: People): TemplateResult {
    const { office, begin } = this;
    return peopleView(
      { people, now: Date.now(), open: this.open, gone: this.gone, me: this.mine, staff: this.may("staff.change"), papers: this.may("credential.change") },
      {
        open: (person) => {
          this.open = this.open === person ? null : person;
          this.draw();
        },
        showGone: () => {
          this.gone = !this.gone;
          this.draw();
        },
        join: () => begin(forms.joinForm(office, people)),
        change: (one) => begin(forms.changeForm(office, people, one, one.id === this.mine)),
        works: (one) => begin(forms.worksForm(office, people, one)),
        leave: (one) => begin(forms.leaveForm(office, one)),
        comeBack: (one) => begin(forms.returnForm(office, one)),
        reset: (one) => begin(forms.resetForm(office, one)),
        credential: (one) => begin(forms.credentialForm(office, people, one)),
        training: (one) => begin(forms.trainingForm(office, people, one)),
        end: (one, paper) => begin(forms.endForm(office, one, paper)),
        practice: (known) => begin(forms.practiceForm(office, known)),
      },
    );
  }

  private plansBody(plans: Plans): TemplateResult {
    const { office, begin } = this;
    return plansView(plans, this.plan, {
      adopt: (plan) => begin(planForm(office, plan)),
      supervise: () => begin(supervisorForm(office, plans)),
      open: (key) => {
        this.plan = this.plan === key ? null : key;
        this.draw();
      },
    });
  }

  private placesBody(places: Places): TemplateResult {
    const { office, begin } = this;
    return placesView(
      { places, now: Date.now(), able: this.may("place.change") },
      {
        addSite: () => begin(forms.siteForm(office, places, null)),
        changeSite: (site) => begin(forms.siteForm(office, places, site)),
        closeSite: (site) => begin(forms.closeForm(office, site)),
        addStation: (site) => begin(forms.stationForm(office, places, site.id)),
        changeStation: (one, site) => begin(forms.stationChangeForm(office, places, one, site.id)),
        screen: (one) => begin(forms.screenForm(office, one)),
        retire: (one) => begin(forms.retireForm(office, one)),
      },
    );
  }

  private auditBody(): TemplateResult {
    const { lines, next, kinds } = this.audit;
    const people = typeof this.people === "object" && this.people !== null ? this.people.people : [];
    return auditView(
      { lines, next, kinds, people, filters: this.filters, open: this.line, busy: this.reading, problem: this.problem, known: this.auditKnown },
      {
        ask: (filters) => void this.ask(filters),
        older: () => this.older(),
        open: (seq) => {
          this.line = this.line === seq ? null : seq;
          this.draw();
        },
      },
    );
  }

  /** What is shown once: it stays until somebody says that they have it. */
  private secret({ title, secret, words }: Told): TemplateResult {
    const copy = async () => {
      await navigator.clipboard?.writeText(secret);
      this.copied = true;
      this.draw();
    };
    return html`<dialog class="form" aria-labelledby="told-title" @cancel=${(event: Event) => event.preventDefault()}>
      <h2 id="told-title">${title}</h2>
      <p class="secret"><code>${secret}</code></p>
      <p>${words}</p>
      <div class="buttons">
        <button class="main" @click=${this.leave}>I have it</button>
        <button @click=${() => void copy()}>${this.copied ? "copied" : "copy"}</button>
      </div>
    </dialog>`;
  }
}
