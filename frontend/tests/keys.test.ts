/** The keys that the documents tell are those of the code, and the other way round. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Act } from "../src/chrome/acts";
import type { CaseWork } from "../src/desk/work";
import type { Worklist } from "../src/desk/worklist";
import { relabelActs, screenActs, workActs } from "../src/desk/worklist_acts";
import type { PatientPage } from "../src/patient/page";
import { pageActs } from "../src/patient/page_acts";
import type { PatientView } from "../src/patient/view";
import { patientActs } from "../src/patient/view_acts";
import type { Review } from "../src/review/review";
import { reviewActs } from "../src/review/review_acts";
import type { Wall } from "../src/wall/wall";
import { wallActs } from "../src/wall/wall_acts";
import { WatchPost } from "../src/watch/post";

const doc = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");

const ARROWS = ["←", "→", "↑", "↓"];
const spans = (keys: readonly string[]): string => keys.map((key) => `\`${key}\``).join(" ");

/** What is written as a key: in code, or "arrows". */
function told(text: string): ReadonlySet<string> {
  const whole = text
    .replace(/`Alt`\+arrows/g, spans(ARROWS.map((arrow) => `Alt+${arrow}`)))
    .replace(/\barrows\b/gi, spans(ARROWS));
  return new Set([...whole.matchAll(/`([^`]+)`/g)].map(([, key]) => key!));
}

/** The paragraph of a document that begins so. */
function paragraph(name: string, begins: string): string {
  const found = doc(name).split("\n\n").find((one) => one.startsWith(begins));
  expect(found, `${name} has a paragraph "${begins}"`).toBeDefined();
  return found!;
}

// Acts are made, and none is done: what they would act on is not asked for.
const post = WatchPost.prototype.acts.call({} as WatchPost);
const map = patientActs({ options: { theme: () => {} } } as PatientView);
const cases = workActs({ strip: {} } as CaseWork);
const PLACES: readonly [string, string, readonly Act[]][] = [
  ["wall.md", "**On the wall**", [...wallActs({} as Wall), ...post]],
  ["wall.md", "**On the map**", map],
  ["wall.md", "**On a patient's own page**", pageActs({} as PatientPage)],
  ["review.md", "**Reviewing**", reviewActs({} as Review)],
];

describe.each(PLACES)("the keys of %s, %s", (name, begins, acts) => {
  const documented = told(paragraph(name, begins));
  const keys = acts.map((act) => act.keys).filter((all) => all.length > 0);

  it("are each told", () => {
    const untold = keys.filter((all) => !all.some((key) => documented.has(key)));
    expect(untold).toEqual([]);
  });

  it("are each there", () => {
    const there = new Set(keys.flat());
    expect([...documented].filter((key) => !there.has(key))).toEqual([]);
  });

  it("belong to one act each", () => {
    const all = keys.flat();
    expect(all.filter((key, i) => all.indexOf(key) !== i)).toEqual([]);
  });
});

it("keys of the page of one patient belong to one act each, those of the map and of the desk beside it too", () => {
  const all = [...map, ...pageActs({} as PatientPage), ...reviewActs({} as Review)].flatMap(({ keys }) => keys);
  expect(all.filter((key, i) => all.indexOf(key) !== i)).toEqual([]);
});

it("keys of cases that their page tells are there", () => {
  const all = [...cases, ...relabelActs({} as CaseWork), ...screenActs({} as Worklist), ...post, ...wallActs({} as Wall)];
  const there = new Set(all.flatMap(({ keys }) => keys));
  const keys = [...told(doc("worklist.md"))].filter((one) => one.length === 1);
  expect(keys.length).toBeGreaterThan(20);
  expect(keys.filter((key) => !there.has(key))).toEqual([]);
});
