/** Passkeys: the browser's side of WebAuthn, with the center's JSON. */

import { act, Refused } from "./me";

const bytes = (text: string): ArrayBuffer => {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0)).buffer;
};

const text = (buffer: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

interface Named {
  readonly id: string;
  readonly type: "public-key";
}

interface Asked {
  readonly challenge: string;
  readonly rpId?: string;
  readonly timeout?: number;
  readonly user?: { readonly id: string; readonly name: string; readonly displayName: string };
  readonly excludeCredentials?: readonly Named[];
}

const descriptors = (list: readonly Named[] = []) => list.map(({ id, type }) => ({ id: bytes(id), type }));

/** What a browser's refusal means for whoever waits before it. */
export function browserWords(error: unknown): string {
  if (error instanceof Refused) return error.message;
  const name = error instanceof Error ? error.name : "";
  if (name === "NotAllowedError" || name === "AbortError") return "No passkey was chosen, or it took too long.";
  if (name === "InvalidStateError") return "This authenticator has a passkey for you already.";
  if (name === "SecurityError") return "Passkeys belong to another name: open the pages by the center's own name.";
  return "This browser cannot use passkeys here.";
}

async function assertion(begin = "/api/sign-in/passkey/begin", body: object = {}, csrf = ""): Promise<object> {
  const { ceremony, options } = await act(begin, body, csrf);
  const asked = options as Asked;
  const found = (await navigator.credentials.get({
    publicKey: { ...(asked as object), challenge: bytes(asked.challenge), allowCredentials: [] },
  })) as PublicKeyCredential | null;
  if (found === null) throw new Refused("No passkey was chosen.", "passkey", 0, 0);
  const answer = found.response as AuthenticatorAssertionResponse;
  return {
    ceremony,
    credential: {
      id: found.id,
      rawId: text(found.rawId),
      type: found.type,
      response: {
        clientDataJSON: text(answer.clientDataJSON),
        authenticatorData: text(answer.authenticatorData),
        signature: text(answer.signature),
        ...(answer.userHandle === null ? {} : { userHandle: text(answer.userHandle) }),
      },
    },
  };
}

/** Sign in with a passkey; throws what the browser or the center refuses. */
export const signInByPasskey = async (): Promise<void> => {
  await act("/api/sign-in/passkey", await assertion(), "");
};

/** Unlock the controls with a passkey. */
export const unlockByPasskey = async (csrf: string): Promise<void> => {
  await act("/api/session/unlock-passkey", await assertion(), csrf);
};

/** Prove for one content, by its SHA-256, who acts; the name that the act carries. */
export async function confirmByPasskey(content: string, csrf: string): Promise<string> {
  const proof = await assertion("/api/session/confirm-passkey/begin", { content }, csrf);
  const told = await act("/api/session/confirm-passkey", proof, csrf);
  return String(told.confirmation ?? "");
}

/** Make a passkey for whoever is signed in; its name. */
export async function addPasskey(csrf: string, name: string): Promise<string> {
  const { ceremony, options } = await act("/api/passkeys/begin", {}, csrf);
  const asked = options as Asked;
  const made = (await navigator.credentials.create({
    publicKey: {
      ...(asked as object),
      challenge: bytes(asked.challenge),
      user: { ...asked.user!, id: bytes(asked.user!.id) },
      excludeCredentials: descriptors(asked.excludeCredentials),
    } as PublicKeyCredentialCreationOptions,
  })) as PublicKeyCredential | null;
  if (made === null) throw new Refused("No passkey was made.", "passkey", 0, 0);
  const answer = made.response as AuthenticatorAttestationResponse;
  const credential = {
    id: made.id,
    rawId: text(made.rawId),
    type: made.type,
    response: {
      clientDataJSON: text(answer.clientDataJSON),
      attestationObject: text(answer.attestationObject),
      transports: answer.getTransports(),
    },
  };
  const told = await act("/api/passkeys/add", { ceremony, credential, name }, csrf);
  return typeof told.name === "string" ? told.name : name;
}
