/** Who is signed in here, and the requests about it. What acts carry `x-einthoven-csrf`. */

export interface Ways {
  readonly password: boolean;
  readonly passkey: boolean;
  /** What the button of the site's provider says; null where there is none. */
  readonly oidc: string | null;
  /** Roles of the demo; empty where this is none. */
  readonly demo: readonly string[];
}

export interface Me {
  readonly sign_in: "off" | "needed" | "in";
  readonly staff?: { readonly id: number; readonly name: string; readonly login: string; readonly roles: readonly string[] };
  readonly permissions: readonly string[];
  readonly csrf: string;
  readonly session: { readonly until_ms: number | null; readonly locked: boolean; readonly how: string } | null;
  readonly ways: Ways;
  readonly demo: boolean;
}

/** The center said no, in words for people. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly reason: string,
    readonly status: number,
    /** Seconds until the next attempt is taken; 0 where there is no wait. */
    readonly waitS: number,
  ) {
    super(message);
  }
}

type Fetch = (input: string, init?: RequestInit) => Promise<Response>;

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
const record = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

/** Read `/api/me`; null where it is none, as at a center of before sign-in. */
export function parseMe(value: unknown): Me | null {
  const from = record(value);
  const { sign_in } = from;
  if (sign_in !== "off" && sign_in !== "needed" && sign_in !== "in") return null;
  const ways = record(from.ways);
  const session = from.session === null || from.session === undefined ? null : record(from.session);
  const staff = from.staff === undefined ? undefined : record(from.staff);
  return {
    sign_in,
    ...(staff === undefined
      ? {}
      : {
          staff: {
            id: Number(staff.id),
            name: text(staff.name),
            login: text(staff.login),
            roles: texts(staff.roles),
          },
        }),
    permissions: texts(from.permissions),
    csrf: text(from.csrf),
    session:
      session === null
        ? null
        : {
            until_ms: typeof session.until_ms === "number" ? session.until_ms : null,
            locked: session.locked === true,
            how: text(session.how),
          },
    ways: {
      password: ways.password === true,
      passkey: ways.passkey === true,
      oidc: typeof ways.oidc === "string" ? ways.oidc : null,
      demo: texts(ways.demo),
    },
    demo: from.demo === true,
  };
}

/** Who is signed in; null where the center does not say. */
export async function askMe(get: Fetch = (input, init) => fetch(input, init)): Promise<Me | null> {
  try {
    const answer = await get("/api/me", { cache: "no-store" });
    return answer.ok ? parseMe(await answer.json()) : null;
  } catch {
    return null;
  }
}

/** One request that does something; throws Refused in the center's words. */
export async function act(
  path: string,
  body: object,
  csrf: string,
  get: Fetch = (input, init) => fetch(input, init),
): Promise<Record<string, unknown>> {
  let answer: Response;
  try {
    answer = await get(path, {
      method: "POST",
      headers: { "content-type": "application/json", "x-einthoven-csrf": csrf },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Refused("The center does not answer. Is it running?", "away", 0, 0);
  }
  const told = record(await answer.json().catch(() => ({})));
  if (answer.ok) return told;
  const wait = Number(answer.headers.get("retry-after") ?? /in (\d+) s$/.exec(text(told.error))?.[1] ?? 0);
  throw new Refused(text(told.error) || `the center answered ${answer.status}`, text(told.reason), answer.status, wait);
}
