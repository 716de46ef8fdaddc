import { describe, expect, it } from "vitest";
import { readPlans } from "../src/administration/plans";
import { planForm, supervisorForm } from "../src/administration/plans_view";
import type { Office } from "../src/administration/forms";
import { megabytes, readRecord } from "../src/record/record_part";

const asked: { act: string; body: Record<string, unknown> }[] = [];
const office = {
  act: (act: string, body: object) => {
    asked.push({ act, body: body as Record<string, unknown> });
    return Promise.resolve(null);
  },
} as unknown as Office;

const told = readPlans({
  able: true,
  plans: [
    { kind: "quality", title: "Quality control", in_force: null, template: "1. Who\n[[name]] answers.", versions: [] },
    {
      kind: "emergency",
      title: "Emergency procedures",
      in_force: 1,
      template: "",
      versions: [{ version: 1, title: "", text: "Call.", document: "", since_ms: 0, why: "", by: "Adams, A.", at_ms: 0 }],
    },
  ],
  supervisor: null,
  supervisors: [],
  specialties: ["cardiology"],
  physicians: [{ id: 4, name: "Dr. Ada" }],
});

describe("the center's written plans", () => {
  it("begin with a template, which nobody adopts with its blanks", async () => {
    const form = planForm(office, told.plans[0]!);
    expect(form.values.text).toContain("[[name]]");
    expect(form.warning).toContain("template");
    expect(await form.send({ ...form.values, effective: "2026-11-23" }, "")).toBe("text: a blank of the template is not filled in: [[name]]");
    expect(asked).toEqual([]);
    expect(await form.send({ text: "Ann answers.", document: "", effective: "2026-11-23", why: "first" }, "")).toBeNull();
    expect(asked.pop()).toMatchObject({ act: "plan.set", body: { kind: "quality", text: "Ann answers.", why: "first" } });
  });

  it("another version begins with the last one", () => {
    const form = planForm(office, told.plans[1]!);
    expect(form.values.text).toBe("Call.");
    expect(form.title).toBe("Emergency procedures: version 2");
    expect(form.warning).toBeUndefined();
  });

  it("a supervisor is of the staff or named", async () => {
    const form = supervisorForm(office, told);
    await form.send({ person: "4", name: "", npi: "", specialty: "cardiology", since: "2026-11-23", why: "" }, "");
    expect(asked.pop()!.body).toMatchObject({ person: 4, specialty: "cardiology" });
    await form.send({ person: "", name: "Dr. Bea", npi: "", specialty: "cardiology", since: "2026-11-23", why: "" }, "");
    expect(asked.pop()!.body).toMatchObject({ name: "Dr. Bea" });
  });
});

describe("a record that is being made", () => {
  it("is read as far as it is", () => {
    const told = readRecord({ state: "done", percent: 100, what: "done", error: "", bytes: 781e6, missing: ["x"], key: { id: "ab" } });
    expect(told).toMatchObject({ state: "done", missing: ["x"], key: "ab" });
    expect(readRecord({ state: "unheard of" }).state).toBe("failed");
    expect(megabytes(781e6)).toBe("781 MB");
    expect(megabytes(5)).toBe("under 1 MB");
  });
});
