import { describe, expect, it } from "vitest";
import { type Request, type Upload, Uploading, unfit } from "../src/administration/upload";

/** A request that a test answers. */
class Sent implements Request {
  upload: Request["upload"] = { onprogress: null };
  onload: Request["onload"] = null;
  onerror: Request["onerror"] = null;
  status = 0;
  responseText = "";
  readonly headers: Record<string, string> = {};
  aborted = false;
  open(method: string, path: string | URL): void {
    expect([method, path]).toEqual(["POST", "/api/documents"]);
  }
  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value;
  }
  send(): void {}
  abort(): void {
    this.aborted = true;
  }
  answer(status: number, body: string): void {
    this.status = status;
    this.responseText = body;
    this.onload?.();
  }
}

function desk() {
  const requests: Sent[] = [];
  const seen: Upload[] = [];
  const uploading: Uploading = new Uploading(
    () => "token",
    () => seen.push(uploading.current),
    () => {
      requests.push(new Sent());
      return requests.at(-1)!;
    },
  );
  return { uploading, requests, seen };
}

const card = new File(["%PDF-1.7"], "card.pdf");
const DIGEST = "ab".repeat(32);

describe("a document that is chosen", () => {
  it("is sent at once, tells how much has gone, and is on file under its digest", () => {
    const { uploading, requests, seen } = desk();
    uploading.choose(card);
    const [sent] = requests as [Sent];
    expect(sent.headers["x-einthoven-csrf"]).toBe("token");
    sent.upload.onprogress?.({ loaded: 2, total: 8 } as ProgressEvent);
    expect(uploading.current).toEqual({ state: "sending", name: "card.pdf", share: 0.25 });
    sent.answer(201, JSON.stringify({ ok: true, document: DIGEST }));
    expect(uploading.current).toEqual({ state: "kept", name: "card.pdf", digest: DIGEST });
    expect(seen.map(({ state }) => state)).toEqual(["sending", "sending", "kept"]);
  });

  it.each([
    [400, '{"error":"document: is no PDF, PNG or JPEG"}', "is no PDF, PNG or JPEG"],
    [413, '{"error":"document: larger than 10 MB"}', "larger than 10 MB"],
    [503, "<html>", "the center answered 503"],
    [200, '{"document":7}', "the center answered 200"],
  ])("is refused in the center's words: %i", (status, body, words) => {
    const { uploading, requests } = desk();
    uploading.choose(card);
    requests[0]!.answer(status, body);
    expect(uploading.current).toEqual({ state: "wrong", name: "card.pdf", words });
  });

  it("that never gets there says so", () => {
    const { uploading, requests } = desk();
    uploading.choose(card);
    requests[0]!.onerror?.();
    expect(uploading.current.state).toBe("wrong");
  });

  it("takes the place of the one before, whose late answer counts for nothing", () => {
    const { uploading, requests } = desk();
    uploading.choose(card);
    uploading.choose(new File(["x"], "other.png"));
    expect(requests[0]!.aborted).toBe(true);
    requests[0]!.answer(201, JSON.stringify({ document: DIGEST }));
    expect(uploading.current).toMatchObject({ state: "sending", name: "other.png" });
    uploading.clear();
    requests[1]!.answer(201, JSON.stringify({ document: DIGEST }));
    expect(uploading.current).toEqual({ state: "none" });
  });

  it("is not sent where it is empty or too large", () => {
    const { uploading, requests } = desk();
    uploading.choose(new File([], "nothing.pdf"));
    expect(uploading.current).toEqual({ state: "wrong", name: "nothing.pdf", words: "is empty" });
    expect(requests).toEqual([]);
    expect(unfit({ size: (10 << 20) + 1 })).toBe("larger than 10 MB");
    expect(unfit({ size: 10 << 20 })).toBeNull();
  });
});
