import { defineConfig } from "@hey-api/openapi-ts";

/** The typed client is made at each build from the server's own document and is never edited. */
export default defineConfig({
  input: "./openapi.json",
  output: { path: "src/api/generated" },
  plugins: [
    { name: "@hey-api/client-fetch", throwOnError: true },
    "@hey-api/typescript",
    "@hey-api/sdk",
    { name: "@tanstack/vue-query", mutationOptions: false },
  ],
});
