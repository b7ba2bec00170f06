import { defineConfig } from "vitest/config";

const MINUTE = 60_000;

/** Browser tests: a real router, a real Chromium, the built dashboard. Run `npm run build` first. */
export default defineConfig({
  test: {
    include: ["e2e/**/*.test.ts"],
    environment: "node",
    fileParallelism: false,
    testTimeout: 2 * MINUTE,
    hookTimeout: 4 * MINUTE,
    bail: 1,
  },
});
