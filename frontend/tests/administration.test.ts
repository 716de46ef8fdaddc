import { describe, expect, it } from "vitest";
import { auditProblem, auditQuery, NO_FILTERS, streamText } from "../src/administration/audit_view";
import { dayMs, dayText, type Field, refusal } from "../src/administration/form";
import * as forms from "../src/administration/forms";
import { tabsOf } from "../src/administration/page";
import { lastDay } from "../src/administration/people_view";
import { needsAttention, readAudit, readPeople, readPlaces } from "../src/administration/records";
import { mayOpen } from "../src/signin/entry";
import type { Me } from "../src/signin/me";

const person = (id: number, change: object = {}) => ({
  id,
  name: `Person ${id}`,
  login: `p${id}`,
  roles: ["technician"],
  practice: null,
  active: true,
  changed_ms: 0,
  watches: true,
  qualified: true,
  reasons: [],
  runs_out_ms: null,
  station: "",
  works_from: "",
  credentials: [],
  trainings: [],
  ...change,
});

const people = (...list: object[]) =>
  readPeople({ people: list, practices: [], roles: ["technician", "service"], recognised: { kinds: ["CCT"], topics: ["reading ECGs"] }, warn_days: 30 });

describe("who needs attention", () => {
  it("stands in the order in which it presses, and nobody who left or does not watch is among them", () => {
    const told = people(
      person(1, { runs_out_ms: 9e9 }),
      person(2, { qualified: false, reasons: ["no credential on file"] }),
      person(3, { runs_out_ms: 5e9 }),
      person(4),
      person(5, { active: false, qualified: false }),
      person(6, { watches: false, qualified: false }),
    );
    expect(needsAttention(told).map(({ id }) => id)).toEqual([2, 3, 1]);
  });
});

describe("what a form sends", () => {
  const sent: [string, object][] = [];
  const told: string[][] = [];
  const office: forms.Office = {
    act: async (act, body) => {
      sent.push([act, body]);
      return null;
    },
    post: async (path, body) => {
      sent.push([path, body]);
      return { station: 4, link: "http://127.0.0.1/station#x", password: "word" };
    },
    tell: (...words) => told.push(words),
  };
  const last = () => sent.at(-1);

  it("a credential counts from the morning of its first day through the evening of its last", async () => {
    const one = people(person(7)).people[0]!;
    const values = { kind: "CCT", number: "1", issuer: "CCI", since: "2026-01-15", expires: "2026-02-28", document: "" };
    await forms.credentialForm(office, people(), one).send(values, "");
    const [act, body] = last() as [string, { since_ms: number; expires_ms: number }];
    expect(act).toBe("credential.add");
    expect(new Date(body.since_ms)).toEqual(new Date(2026, 0, 15));
    expect(new Date(body.expires_ms)).toEqual(new Date(2026, 2, 1));
    expect(lastDay(body.expires_ms)).toBe("28 Feb 2026");
    expect(dayText(body.since_ms)).toBe("2026-01-15");
  });

  it("networks come one a line or with commas", async () => {
    const values = { name: "A", address: "B", territory: "US", networks: "192.0.2.0/24\n 198.51.100.0/24, 2001:db8::/32" };
    await forms.siteForm(office, { sites: [], territories: [], kinds: [] }, null).send(values, "");
    expect(last()).toEqual(["site.add", { name: "A", address: "B", territory: "US", networks: ["192.0.2.0/24", "198.51.100.0/24", "2001:db8::/32"] }]);
  });

  it("no practice is null, not an empty text", async () => {
    await forms.joinForm(office, people()).send({ name: "X", login: "x", roles: ["technician"], practice: "" }, "");
    expect(last()).toEqual(["staff.join", { name: "X", login: "x", roles: ["technician"], practice: null }]);
  });

  it("a station gets a link that is told once, or is this screen", async () => {
    const form = forms.stationForm(office, { sites: [], territories: [], kinds: ["desk"] }, 1);
    await form.send({ name: "Desk", site: "1", kind: "desk" }, "");
    expect(last()).toEqual(["/api/station/link", { name: "Desk", site: 1, kind: "desk" }]);
    expect(told.at(-1)?.[1]).toBe("http://127.0.0.1/station#x");
    const count = told.length;
    await form.send({ name: "Desk", site: "1", kind: "desk" }, "here");
    expect([last()?.[0], told.length]).toEqual(["/api/station/here", count]);
  });
});

describe("a refusal", () => {
  const fields = [{ name: "since", label: "", kind: "date" }, { name: "login", label: "", kind: "text" }] as const satisfies readonly Field[]; // prettier-ignore
  it.each([
    ["login: 'x' is somebody else's", "login", "'x' is somebody else's"],
    ["since_ms: want a date (whole milliseconds since 1970)", "since", "want a date (whole milliseconds since 1970)"],
    ["address: must be said", null, "address: must be said"],
    ["site Boston is closed", null, "site Boston is closed"],
  ])("%s", (words, field, rest) => {
    expect(refusal(words, fields)).toEqual({ field, words: rest });
  });

  it("a day that is none is no instant", () => {
    expect(dayMs("31.12.2026")).toBeNaN();
  });
});

describe("the audit's question", () => {
  it.each([["17", "s000017"], ["S17", "s000017"], ["s000017", "s000017"], [" s1234567 ", "s1234567"], ["Doe", "Doe"]])("%s names %s", (typed, name) => {
    expect(streamText(typed)).toBe(name);
  }); // prettier-ignore

  it("holds what was chosen and nothing else", () => {
    const filters = { ...NO_FILTERS, stream: "17", kind: "sign-in", from: "2026-11-21T04:00" };
    const asked = new URLSearchParams(auditQuery(filters, 900).split("?")[1]);
    expect(Object.fromEntries(asked)).toEqual({
      stream: "s000017",
      kind: "sign-in",
      from_ms: String(new Date(2026, 10, 21, 4).getTime()),
      below: "900",
    });
    expect(auditQuery(NO_FILTERS, null)).toBe("audit?");
  });

  it("a refusal stands at its filter", () => {
    expect(auditProblem("to_ms: must be after from_ms")).toEqual({ field: "to", words: "must be after from_ms" });
    expect(auditProblem("the center did not answer").field).toBeNull();
  });
});

describe("reading", () => {
  it("what is missing is no page without words", () => {
    expect(readPeople(null).people).toEqual([]);
    expect(readPlaces({}).sites).toEqual([]);
    expect(readAudit("?")).toEqual({ lines: [], next: null, kinds: [] });
  });
});

describe("who comes to which page", () => {
  const me = (...permissions: string[]): Me => ({ permissions }) as unknown as Me;
  it("an administrator comes to the administration and not to the wall", () => {
    const administrator = me("read.staff", "read.places", "read.audit", "read.metrics", "staff.change");
    expect(["/administration", "/", "/patient/s000001", "/supervisor"].map((path) => mayOpen(administrator, path))).toEqual([true, false, false, false]);
    expect(tabsOf(administrator)).toEqual(["people", "places", "audit", "limits", "centers", "plans"]);
  });

  it("a technician comes to the wall and not to the administration", () => {
    const technician = me("read.wall", "read.ecg");
    expect(["/administration", "/", "/supervisor"].map((path) => mayOpen(technician, path))).toEqual([false, true, true]);
  });

  it("an auditor sees how the center does", () => {
    expect(mayOpen(me("read.continuity", "read.audit"), "/supervisor")).toBe(true);
    expect(tabsOf(me("read.staff"))).toEqual(["people", "plans"]);
  });
});
