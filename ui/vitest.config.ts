import { defineConfig, mergeConfig } from "vitest/config";

import base from "./vite.config.ts";

export default mergeConfig(
  base,
  defineConfig({
    define: { "process.env.NODE_ENV": JSON.stringify("test") },
    test: {
      environment: "jsdom",
      include: ["src/**/*.test.{ts,tsx}"],
      // One worker for all files: starting jsdom costs more than the tests do.
      maxWorkers: 1,
      isolate: false,
      testTimeout: 60_000,
      setupFiles: ["./dev/test-setup.ts"],
      server: { deps: { inline: [/@rocket\.chat/] } },
    },
  }),
);
