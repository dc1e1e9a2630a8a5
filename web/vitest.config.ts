import { defineConfig, mergeConfig } from "vitest/config";
import base from "./vite.config.ts";

export default mergeConfig(
  base,
  defineConfig({
    test: {
      environment: "happy-dom",
      environmentOptions: {
        happyDOM: {
          url: "http://localhost:3000/",
          // A frame without an address has an empty page of its own, as in a browser.
          settings: { enableIframePageLoading: true },
        },
      },
      include: ["src/**/*.test.{ts,tsx}"],
      setupFiles: ["src/testing/setup.ts"],
    },
  }),
);
