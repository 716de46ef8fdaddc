/** A recording that is handed in: sent with its progress, then its call opens; or why it was not taken. */

export type Handing =
  | { readonly state: "none" }
  | { readonly state: "sending"; readonly name: string; readonly share: number }
  | { readonly state: "taken"; readonly name: string; readonly call: number }
  /** The same bytes came before: `call` has them. */
  | { readonly state: "again"; readonly name: string; readonly call: number }
  | { readonly state: "wrong"; readonly name: string; readonly words: string };

export const MOST_MB = 64;

/** What of a request is used here; one of a test is none. */
export type Request = Pick<XMLHttpRequest, "open" | "setRequestHeader" | "send" | "status" | "responseText"> & {
  upload: { onprogress: ((event: ProgressEvent) => void) | null };
  onload: (() => void) | null;
  onerror: (() => void) | null;
};

/** Why a file is not sent at all; null where it may be. */
export function unfit({ name, size }: { readonly name: string; readonly size: number }): string | null {
  if (size === 0) return "is empty";
  if (!/\.(wav|wave|flac)$/i.test(name)) return "is neither WAV nor FLAC";
  return size > MOST_MB << 20 ? `larger than ${MOST_MB} MB` : null;
}

/** What the center answered. */
export function answered(name: string, status: number, text: string): Handing {
  try {
    const told = JSON.parse(text) as { readonly call?: unknown; readonly error?: unknown; readonly reason?: unknown };
    if (status < 300 && typeof told.call === "number") return { state: "taken", name, call: told.call };
    if (status === 409 && told.reason === "again" && typeof told.call === "number") return { state: "again", name, call: told.call };
    if (typeof told.error === "string") return { state: "wrong", name, words: told.error };
  } catch {
    // not the center's own words
  }
  return { state: "wrong", name, words: `the center answered ${status}` };
}

export class HandingIn {
  current: Handing = { state: "none" };
  private file: File | null = null;

  constructor(
    private readonly csrf: () => string,
    private readonly changed: () => void,
    private readonly open: (call: number) => void,
    private readonly make: () => Request = () => new XMLHttpRequest() as unknown as Request,
  ) {}

  /** Send a file; `again`: though the same bytes came before. */
  send(file: File, again = false): void {
    const { name } = file;
    this.file = file;
    const wrong = unfit(file);
    if (wrong !== null) return this.put({ state: "wrong", name, words: wrong });
    const request = this.make();
    request.open("POST", `/api/telephone/files?name=${encodeURIComponent(name)}${again ? "&again=1" : ""}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.setRequestHeader("x-einthoven-csrf", this.csrf());
    request.upload.onprogress = ({ loaded, total }) => this.put({ state: "sending", name, share: total > 0 ? loaded / total : 0 });
    request.onerror = () => this.put({ state: "wrong", name, words: "the center did not answer" });
    request.onload = () => {
      this.put(answered(name, request.status, request.responseText));
      if (this.current.state === "taken") this.open(this.current.call);
    };
    this.put({ state: "sending", name, share: 0 });
    request.send(file);
  }

  /** The same bytes once more, as a call of its own. */
  sendAgain(): void {
    if (this.file !== null) this.send(this.file, true);
  }

  clear(): void {
    this.put({ state: "none" });
  }

  private put(one: Handing): void {
    this.current = one;
    this.changed();
  }
}
