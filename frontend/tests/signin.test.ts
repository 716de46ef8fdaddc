import { describe, expect, it } from "vitest";
import { initials } from "../src/signin/account";
import { asked, seesPatients, wanted } from "../src/signin/entry";
import { act, askMe, type Me, parseMe, Refused } from "../src/signin/me";
import { passkeyHint, returnWords } from "../src/signin/page";
import { browserWords } from "../src/signin/passkey";
import { WORK, workOf } from "../src/signin/start";

const IN = {
  sign_in: "in",
  staff: { id: 3, name: "Doe, Jane", login: "jane", roles: ["technician"], practice: null },
  permissions: ["read.wall"],
  csrf: "abc",
  session: { until_ms: 5, locked: true, how: "password" },
  ways: { password: true, passkey: true, oidc: "Example", demo: [] },
  demo: false,
};

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => async () =>
  new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers });

describe("who am I", () => {
  it("is read whole", () => {
    const me = parseMe(IN)!;
    expect(me.staff).toEqual({ id: 3, name: "Doe, Jane", login: "jane", roles: ["technician"] });
    expect(me.session).toEqual({ until_ms: 5, locked: true, how: "password" });
    expect(me.ways).toEqual({ password: true, passkey: true, oidc: "Example", demo: [] });
  });

  it.each([null, 5, "in", [], {}, { sign_in: "perhaps" }])("%j says nothing", (value) => {
    expect(parseMe(value)).toBeNull();
  });

  it("what is missing is not made up", () => {
    const me = parseMe({ sign_in: "needed" })!;
    expect([me.permissions, me.csrf, me.session, me.ways.passkey, me.staff]).toEqual([[], "", null, false, undefined]);
  });

  it("a center that does not answer, or knows no sign-in, says nothing", async () => {
    expect(await askMe(async () => Promise.reject(new TypeError("network")))).toBeNull();
    expect(await askMe(answer(404, "no such page"))).toBeNull();
    expect(await askMe(answer(200, "no JSON"))).toBeNull();
    expect((await askMe(answer(200, IN)))?.sign_in).toBe("in");
  });

  it.each([
    [["read.wall"], true],
    [["read.ecg"], true],
    [["staff.change", "read.audit"], false],
    [[], false],
  ])("with %j patients are seen: %j", (permissions, sees) => {
    expect(seesPatients({ ...(parseMe(IN) as Me), permissions })).toBe(sees);
  });
});

describe("the page that was asked for", () => {
  it.each([
    ["/codes", "?code=93012&on=2012-06-15", "", "/codes?code=93012&on=2012-06-15"],
    ["/service", "?show=kits&state=in%20stock", "", "/service?show=kits&state=in%20stock"],
    ["/administration", "", "#plans", "/administration#plans"],
    ["/", "?sign-in=wait", "", "/"],
    ["/reports", "?stream=s000017&sign-in=oidc", "#x", "/reports?stream=s000017#x"],
  ])("%s%s%s is come back to", (pathname, search, hash, address) => {
    expect(asked({ pathname, search, hash })).toBe(address);
  });

  it.each([
    ["/", "/claims?tab=denied", "/claims?tab=denied"],
    ["/orders", "/claims", null],
    ["/", "//elsewhere.example/", null],
    ["/", "https://elsewhere.example/", null],
    ["/", null, null],
  ])("back at %s from a provider, %j wanted: %j, once", (pathname, kept, address) => {
    const store = { held: kept, getItem: () => store.held, removeItem: () => (store.held = null) };
    expect(wanted({ pathname }, store as never)).toBe(address);
    expect(wanted({ pathname }, store as never)).toBeNull();
  });
});

describe("an act", () => {
  it("carries the session's token", async () => {
    let sent: RequestInit | undefined;
    await act("/api/x", { a: 1 }, "abc", async (_path, init) => {
      sent = init;
      return new Response("{}");
    });
    expect(sent?.headers).toEqual({ "content-type": "application/json", "x-einthoven-csrf": "abc" });
    expect(sent?.body).toBe('{"a":1}');
  });

  it.each([
    [401, { error: "login, password or code is wrong", reason: "sign_in" }, {}, 0],
    [401, { error: "wrong; the next attempt is taken in 4 s", reason: "sign_in" }, {}, 4],
    [429, { error: "wait 8 s", reason: "wait" }, { "retry-after": "8" }, 8],
  ])("%i is told in the center's words", async (status, body, headers, waitS) => {
    const error = await act("/api/x", {}, "", answer(status, body, headers)).catch((one: unknown) => one);
    expect(error).toBeInstanceOf(Refused);
    expect(error).toMatchObject({ message: body.error, reason: body.reason, status, waitS });
  });

  it("an answer that says nothing, and none at all, are words too", async () => {
    await expect(act("/x", {}, "", answer(502, "<html>"))).rejects.toThrow("the center answered 502");
    await expect(act("/x", {}, "", async () => Promise.reject(new TypeError()))).rejects.toThrow("does not answer");
  });
});

it.each([
  ["Doe, Jane", "JD"],
  ["Jane van Doe", "JD"],
  ["Technician", "T"],
  ["", "?"],
])("%j is shown as %j", (name, letters) => {
  expect(initials(name)).toBe(letters);
});

it.each([
  ["", null],
  ["?x=1", null],
  ["?sign-in=sign_in", "nobody with that login"],
  ["?sign-in=oidc", "did not sign you in"],
])("back from the provider with %j", (search, words) => {
  const told = returnWords(search);
  if (words === null) expect(told).toBeNull();
  else expect(told).toContain(words);
});

it("says where passkeys work", () => {
  expect(passkeyHint("127.0.0.1", "8093")).toContain("http://localhost:8093");
  expect(passkeyHint("center.example", "")).toBe("");
});

it.each([
  ["NotAllowedError", "No passkey was chosen"],
  ["InvalidStateError", "already"],
  ["SecurityError", "another name"],
  ["TypeError", "cannot use passkeys here"],
])("%s in words", (name, words) => {
  expect(browserWords(Object.assign(new Error("x"), { name }))).toContain(words);
});

describe("where a role begins that sees no patients", () => {
  it("has its work, in the order in which it is worked", () => {
    const may = (page: string) => ["/orders", "/claims", "/codes"].includes(page);
    expect(workOf(may).map((one) => one.page)).toEqual(["/orders", "/claims", "/codes"]);
  });

  it.each([
    ["/orders", { counts: { held: 3, ready: 5 } }, 3, "3 held"],
    ["/service", { calls: [{}, {}] }, 2, "2 to call"],
    ["/claims", { counts: { held: 4, denied: 2, paid: 9 } }, 6, "6 to look at"],
    ["/claims", { counts: "odd" }, 0, "0 to look at"],
    ["/orders", {}, 0, "0 held"],
  ])("%s of %j waits", (page, told, waits, said) => {
    const work = WORK.find((one) => one.page === page)!;
    expect(work.waits!(told)).toBe(waits);
    expect(work.said!(waits)).toBe(said);
  });
});
