import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    environment: "node",
    // A busy machine is no defect of what is tested.
    testTimeout: 30_000,
    onConsoleLog: (log) => !log.includes("Lit is in dev mode"),
  },
});
