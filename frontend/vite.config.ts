import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// A page of many small files waits for each of them: what every page needs is one (all that main.tsx
// imports, itself aside), what the labeling page needs beside it another.
const OF_EVERY_PAGE = /\/src\/(app\/router|features\/projects\/queries)\.tsx?$|\/node_modules\/(react-dom|@tanstack)\//;
const FEW_FILES = [
  { name: "everywhere", test: OF_EVERY_PAGE, priority: 2 },
  { name: "labeling", test: /\/features\/labeling\/(LabelPage|WorkplaceOf)\.tsx$/, priority: 1 },
];

// The server answers every page address with index.html and serves the build under /static/app/.
export default defineConfig(({ command }) => ({
  base: command === "build" ? "/static/app/" : "/",
  plugins: [react()],
  worker: { format: "es" },
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    manifest: true, // scripts/sizes.mjs follows it
    chunkSizeWarningLimit: 600,
    rolldownOptions: { output: { codeSplitting: { groups: FEW_FILES } } },
  },
  server: {
    proxy: {
      "/api": process.env.TIEBREAK_SERVER ?? "http://127.0.0.1:8000",
      "/_allauth": process.env.TIEBREAK_SERVER ?? "http://127.0.0.1:8000",
    },
  },
  test: {
    environment: "jsdom",
    testTimeout: 60_000, // a busy machine is no failure
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/testing/setup.ts"],
  },
}));
