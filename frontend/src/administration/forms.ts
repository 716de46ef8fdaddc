/** The forms of the page: what each asks, and the act of the desk that it becomes. */

import { dayMs, dayText, type Field, type Form, text, type Values } from "./form";
import type { Paper, People, Places, SiteRecord, Somebody, StationRecord } from "./records";

export interface Office {
  /** An act of the desk; null where it is done, else words. */
  readonly act: (act: string, body: object) => Promise<string | null>;
  /** Another request that does something; throws Error in words. */
  readonly post: (path: string, body: object) => Promise<Readonly<Record<string, unknown>>>;
  /** Something that is told once and kept nowhere. */
  readonly tell: (title: string, secret: string, words: string) => void;
}

/** What a role does, for whoever gives it. */
const ROLES: Readonly<Record<string, string>> = {
  technician: "watches patients, works cases, calls",
  supervisor: "the same, and leads the shift",
  physician: "own practice: reads, signs criteria and reports",
  office: "own practice: reads, proposes",
  enrollment: "enrolls patients",
  billing: "prepares claims",
  administrator: "people, places, settings; no patient",
  auditor: "reads all of it, changes nothing",
  service: "a machine that reads",
};

export const STATION_KINDS: Readonly<Record<string, string>> = {
  wall: "wall",
  desk: "desk",
  standby: "standby: told of every watch that is lost",
  supervisor: "supervisor's: told of every watch that is lost",
};

const WHY: Field = { name: "why", label: "Why", kind: "text" };

const personFields = (people: People): readonly Field[] => [
  { name: "name", label: "Complete name", kind: "text", hint: "as in “Doe, Jane”" },
  { name: "login", label: "Signs in as", kind: "text", hint: "1 to 64 small letters, digits, . _ @ + -" },
  { name: "roles", label: "Roles", kind: "several", options: people.roles.map((role) => [role, `${role}: ${ROLES[role] ?? ""}`]) },
  {
    name: "practice", label: "Practice", kind: "choice", optional: true, hint: "of physicians and their office alone",
    options: people.practices.map(({ id, name }) => [String(id), name]),
  },
]; // prettier-ignore

const personBody = (values: Values) => ({
  name: text(values, "name"),
  login: text(values, "login"),
  roles: values.roles ?? [],
  practice: text(values, "practice") === "" ? null : Number(text(values, "practice")),
});

export const joinForm = (office: Office, people: People): Form => ({
  title: "Somebody new",
  fields: personFields(people),
  values: {},
  submit: "add",
  send: (values) => office.act("staff.join", personBody(values)),
});

/** Of oneself name and login alone: roles and practice are for somebody else to change. */
export const changeForm = (office: Office, people: People, one: Somebody, own: boolean): Form => ({
  title: `Change ${one.name}`,
  fields: personFields(people).slice(0, own ? 2 : undefined),
  values: { name: one.name, login: one.login, roles: one.roles, practice: one.practice === null ? "" : String(one.practice) },
  submit: "keep the change",
  send: (values) =>
    office.act("staff.change", { person: one.id, ...personBody(values), ...(own ? { roles: one.roles, practice: one.practice } : {}) }),
});

export const worksForm = (office: Office, people: People, one: Somebody): Form => ({
  title: `Where ${one.name} works from`,
  fields: [{ name: "site", label: "Site", kind: "choice", options: people.sites.map(({ id, name }) => [String(id), name]) }],
  values: { site: String(people.sites.find(({ name }) => name === one.worksFrom)?.id ?? "") },
  submit: "keep it",
  send: (values) => office.act("staff.works_from", { person: one.id, site: Number(text(values, "site")) }),
});

export const leaveForm = (office: Office, one: Somebody): Form => ({
  title: `${one.name} leaves`,
  warning: "They are signed out everywhere. Patients whom they watch now are lost to them and offered to others at once. Number and deeds stay theirs.",
  fields: [WHY],
  values: {},
  submit: `${one.name} leaves`,
  send: (values) => office.act("staff.leave", { person: one.id, why: text(values, "why") }),
});

export const returnForm = (office: Office, one: Somebody): Form => ({
  title: `${one.name} works here again`,
  warning: `With the roles of before (${one.roles.join(", ")}) and the login ${one.login}.`,
  fields: [],
  values: {},
  submit: "works here again",
  send: () => office.act("staff.return", { person: one.id }),
});

export const resetForm = (office: Office, one: Somebody): Form => ({
  title: `A way in for ${one.name}`,
  warning: "Password, time code and passkeys of before are void, and every session of theirs ends. What is made now is shown once.",
  fields: [],
  values: {},
  submit: one.roles.includes("service") ? "make a token" : "make a temporary password",
  send: async () => {
    const told = await office.post("/api/staff/reset", { staff: one.id });
    const secret = String(told.password ?? told.token ?? "");
    office.tell(`For ${one.name}`, secret, one.roles.includes("service") ? "The machine's token. It is shown once." : "Tell it by word of mouth. With it, within 72 hours, they set a password and an authenticator of their own. It is shown once.");
    return null;
  },
});

const DOCUMENT: Field = { name: "document", label: "Document", kind: "document", optional: true };

/** Both ends of a paper: it counts from the first day on, through all of the last. */
const period = (values: Values, from: string): Readonly<Record<string, number | string>> => ({
  [`${from}_ms`]: dayMs(text(values, from)),
  expires_ms: dayMs(text(values, "expires"), 1),
  document: text(values, "document"),
});

export const credentialForm = (office: Office, people: People, one: Somebody): Form => ({
  title: `A credential of ${one.name}`,
  fields: [
    { name: "kind", label: "Kind", kind: "text", suggestions: people.kinds, hint: `recognised here: ${people.kinds.join(", ")}` },
    { name: "number", label: "Number", kind: "text" },
    { name: "issuer", label: "Issued by", kind: "text", hint: "board or state" },
    { name: "since", label: "Counts from", kind: "date" },
    { name: "expires", label: "Valid through", kind: "date" },
    DOCUMENT,
  ],
  values: {},
  submit: "add the credential",
  send: (values) =>
    office.act("credential.add", {
      person: one.id, kind: text(values, "kind"), number: text(values, "number"), issuer: text(values, "issuer"), ...period(values, "since"),
    }),
}); // prettier-ignore

export const endForm = (office: Office, one: Somebody, paper: Paper): Form => ({
  title: `${paper.title} ${paper.number} of ${one.name} counts no more`,
  warning: "From now on, for good: given back, revoked, or entered wrongly. Whoever is qualified by nothing else loses their watches at once.",
  fields: [WHY],
  values: {},
  submit: "it counts no more",
  send: (values) =>
    office.act("credential.end", { person: one.id, kind: paper.title, number: paper.number, why: text(values, "why") }),
});

export const trainingForm = (office: Office, people: People, one: Somebody): Form => ({
  title: `A training of ${one.name}`,
  fields: [
    { name: "topic", label: "Topic", kind: "text", suggestions: people.topics, hint: `asked for here: ${people.topics.join("; ")}` },
    { name: "by", label: "Trained by", kind: "text" },
    { name: "on", label: "Done on", kind: "date" },
    { name: "expires", label: "Valid through", kind: "date" },
    DOCUMENT,
  ],
  values: { on: dayText(Date.now()) },
  submit: "add the training",
  send: (values) =>
    office.act("training.add", { person: one.id, topic: text(values, "topic"), by: text(values, "by"), ...period(values, "on") }),
});

export const practiceForm = (office: Office, known: { readonly id: number; readonly name: string } | null): Form => ({
  title: known === null ? "A new practice" : `Another name of ${known.name}`,
  fields: [{ name: "name", label: "Name", kind: "text" }],
  values: { name: known?.name ?? "" },
  submit: known === null ? "add the practice" : "keep the name",
  send: (values) =>
    known === null
      ? office.act("practice.add", { name: text(values, "name") })
      : office.act("practice.rename", { practice: known.id, name: text(values, "name") }),
});

export const siteForm = (office: Office, places: Places, known: SiteRecord | null): Form => ({
  title: known === null ? "A new site" : `Change ${known.name}`,
  ...(known === null ? {} : { warning: known.active ? "Stations that speak from none of its networks any more lose their watches." : "The site opens again." }),
  fields: [
    { name: "name", label: "Name", kind: "text" },
    { name: "address", label: "Address", kind: "text" },
    { name: "territory", label: "Country or territory", kind: "choice", options: places.territories, hint: "surveillance happens in the United States and its territories" },
    { name: "networks", label: "Networks that its stations speak from", kind: "lines", hint: "one a line, as in 192.0.2.0/24; not wider than /8" },
  ],
  values: { name: known?.name ?? "", address: known?.address ?? "", territory: known?.territory ?? "", networks: known?.networks.join("\n") ?? "" },
  submit: known === null ? "add the site" : "keep the change",
  send: (values) => {
    const body = {
      name: text(values, "name"),
      address: text(values, "address"),
      territory: text(values, "territory"),
      networks: text(values, "networks").split(/[\s,]+/).filter(Boolean),
    };
    return known === null ? office.act("site.add", body) : office.act("site.change", { site: known.id, ...body });
  },
}); // prettier-ignore

export const closeForm = (office: Office, site: SiteRecord): Form => ({
  title: `Close ${site.name}`,
  warning: "Nobody watches from there any more: whoever does now loses the patients at once, and incidents open for them.",
  fields: [WHY],
  values: {},
  submit: `close ${site.name}`,
  send: (values) => office.act("site.close", { site: site.id, why: text(values, "why") }),
});

const stationFields = (places: Places): readonly Field[] => [
  { name: "name", label: "Name", kind: "text", hint: "as people there call it: desk 2" },
  { name: "site", label: "Site", kind: "choice", options: places.sites.filter(({ active }) => active).map(({ id, name }) => [String(id), name]) },
  { name: "kind", label: "Kind", kind: "choice", options: places.kinds.map((kind) => [kind, STATION_KINDS[kind] ?? kind]) },
]; // prettier-ignore

/** A link for whoever stands before the screen, or this screen itself. */
async function becomes(office: Office, body: object, way: string): Promise<null> {
  const told = await office.post(way === "here" ? "/api/station/here" : "/api/station/link", body);
  if (way !== "here")
    office.tell(`For station ${String(told.station)}`, String(told.link), "Open this address in the browser of that screen, within 30 minutes. It can be used once.");
  return null;
}

export const stationForm = (office: Office, places: Places, site: number | null): Form => ({
  title: "A new station",
  warning: "A screen becomes a station by a secret of its own: make a link to be opened there, or make the screen before you one.",
  fields: stationFields(places),
  values: { site: site === null ? "" : String(site), kind: "desk" },
  submit: "make a link",
  other: { name: "here", label: "this screen" },
  send: (values, way) => becomes(office, { name: text(values, "name"), site: Number(text(values, "site")), kind: text(values, "kind") }, way),
});

export const screenForm = (office: Office, one: StationRecord): Form => ({
  title: `Another screen for ${one.name}`,
  warning: "The screen that is this station now will be none any more once the link is used.",
  fields: [],
  values: {},
  submit: "make a link",
  other: { name: "here", label: "this screen" },
  send: (_values, way) => becomes(office, { station: one.id }, way),
});

export const stationChangeForm = (office: Office, places: Places, one: StationRecord, site: number): Form => ({
  title: `Change ${one.name}`,
  fields: stationFields(places),
  values: { name: one.name, site: String(site), kind: one.kind },
  submit: "keep the change",
  send: (values) =>
    office.act("station.change", { station: one.id, name: text(values, "name"), site: Number(text(values, "site")), kind: text(values, "kind") }),
});

export const retireForm = (office: Office, one: StationRecord): Form => ({
  title: `Retire ${one.name}`,
  warning: one.watches > 0 ? `${one.people.join(", ")} watches ${one.watches} patients there now: they are lost at once.` : "Its screen is no station any more.",
  fields: [WHY],
  values: {},
  submit: `retire ${one.name}`,
  send: (values) => office.act("station.retire", { station: one.id, why: text(values, "why") }),
});
