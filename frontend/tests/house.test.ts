import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const files = ["src", "tests", "dev"].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name)),
);

it("no file over 500 lines", () => {
  const long = files.filter((file) => readFileSync(file, "utf8").split("\n").length > 500);
  expect(long).toEqual([]);
});

it("no function over 60 lines", () => {
  const long: string[] = [];
  for (const file of files.filter((name) => !name.includes("/tests/"))) {
    const lines = readFileSync(file, "utf8").split("\n");
    for (const [at, line] of lines.entries()) {
      // The formatter closes a function on the column where it began.
      const begin =
        /^(\s*)(?:(?:export|private|static|override|async|get|set|const|function)\s+)*[\w.]+.*(?:=>|\)(?::.*)?) \{$/.exec(
          line,
        );
      if (begin === null || /^\s*(?:if|for|while|switch|describe|class|interface)\b/.test(line)) continue;
      const end = lines.findIndex(
        (other, i) => i > at && other.startsWith(`${begin[1]}}`) && other.length <= begin[1]!.length + 4,
      );
      if (end - at > 60) long.push(`${file}:${at + 1}`);
    }
  }
  expect(long).toEqual([]);
});

it("the lock names no registry", () => {
  const lock = readFileSync(join(ROOT, "package-lock.json"), "utf8");
  expect(lock).not.toMatch(/"resolved"/);
});
