import { fileURLToPath } from "node:url";

import tailwindcss from "@tailwindcss/vite";
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";

const server = process.env["RUNYARD_URL"] ?? "http://127.0.0.1:5000";

/** Needs the browser's channels and locks, which a page in a VM context of Node's lacks. */
const BETWEEN_TABS = "src/app/watching.test.ts";

export default defineConfig({
  plugins: [vue(), tailwindcss()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  define: {
    __VUE_I18N_FULL_INSTALL__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
    __VUE_OPTIONS_API__: true,
  },
  // The server puts a fresh nonce in for each answer.
  html: { cspNonce: "__CSP_NONCE__" },
  build: {
    outDir: "../src/runyard/page/built",
    emptyOutDir: true,
    target: "es2022",
    // A font or picture inside the style sheet would need `data:` in the policy.
    assetsInlineLimit: 0,
    manifest: "manifest.json",
  },
  server: {
    port: 5173,
    // With the Host that the browser means: the server refuses what comes from elsewhere.
    proxy: { "/api": { target: server, ws: true } },
  },
  test: {
    environment: "happy-dom",
    restoreMocks: true,
    // A warning of Vue's is a mistake in a component.
    setupFiles: ["tests/setup.ts"],
    // One document for all files of a worker takes a third of the time; modules stay apart.
    projects: [
      {
        extends: true,
        test: {
          name: "page",
          pool: "vmThreads",
          include: ["src/**/*.test.ts"],
          exclude: [BETWEEN_TABS],
        },
      },
      { extends: true, test: { name: "tabs", pool: "forks", include: [BETWEEN_TABS] } },
    ],
  },
});
