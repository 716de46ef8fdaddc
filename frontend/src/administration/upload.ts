/** A document on its way to the center: chosen, sent with its progress, on file under its digest, or refused. */

export type Upload =
  | { readonly state: "none" }
  | { readonly state: "sending"; readonly name: string; readonly share: number }
  | { readonly state: "kept"; readonly name: string; readonly digest: string }
  | { readonly state: "wrong"; readonly name: string; readonly words: string };

export const MOST_MB = 10;
const NOTHING: Upload = { state: "none" };

/** What of a request is used here; one of a test is none. */
export type Request = Pick<XMLHttpRequest, "open" | "setRequestHeader" | "send" | "abort" | "status" | "responseText"> & {
  upload: { onprogress: ((event: ProgressEvent) => void) | null };
  onload: (() => void) | null;
  onerror: (() => void) | null;
};

/** Why a file is not sent at all; null where it may be: what it is the center sees by its content. */
export function unfit({ size }: { readonly size: number }): string | null {
  if (size === 0) return "is empty";
  return size > MOST_MB << 20 ? `larger than ${MOST_MB} MB` : null;
}

function answered(status: number, text: string): { readonly digest: string } | { readonly words: string } {
  try {
    const told = JSON.parse(text) as { readonly document?: unknown; readonly error?: unknown };
    if (status === 201 && typeof told.document === "string") return { digest: told.document };
    if (typeof told.error === "string") return { words: told.error.replace(/^document: /, "") };
  } catch {
    // not the center's own words
  }
  return { words: `the center answered ${status}` };
}

export class Uploading {
  current: Upload = NOTHING;
  private request: Request | null = null;

  constructor(
    private readonly csrf: () => string,
    private readonly changed: () => void,
    private readonly make: () => Request = () => new XMLHttpRequest() as unknown as Request,
    private readonly to: string = "/api/documents",
  ) {}

  /** Nothing is chosen any more; what is under way ends. */
  clear(): void {
    this.request?.abort();
    this.request = null;
    this.current = NOTHING;
  }

  /** Send a file that was chosen, in place of the one before. */
  choose(file: File | null): void {
    this.clear();
    if (file === null) return this.changed();
    const { name } = file;
    const wrong = unfit(file);
    if (wrong !== null) return this.put({ state: "wrong", name, words: wrong });
    const request = this.make();
    this.request = request;
    // Of fetch nobody hears how much has gone.
    request.open("POST", this.to);
    request.setRequestHeader("x-einthoven-csrf", this.csrf());
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.onprogress = ({ loaded, total }) => {
      if (this.request === request) this.put({ state: "sending", name, share: total > 0 ? loaded / total : 0 });
    };
    request.onload = () => {
      if (this.request !== request) return;
      const told = answered(request.status, request.responseText);
      this.put("digest" in told ? { state: "kept", name, digest: told.digest } : { state: "wrong", name, words: told.words });
    };
    request.onerror = () => {
      if (this.request === request) this.put({ state: "wrong", name, words: "the center does not answer; choose it again to send it again" });
    };
    this.put({ state: "sending", name, share: 0 });
    request.send(file);
  }

  private put(to: Upload): void {
    this.current = to;
    this.changed();
  }
}
