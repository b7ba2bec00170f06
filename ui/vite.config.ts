import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Leave out what Fuselage brings and the dashboard does not use: three large packages and a font of 350 kB. */
function leanFuselage(): Plugin {
  const stand = here("./src/theme/aria.ts");
  const large = ["react-aria", "react-stately", "react-virtuoso"];
  return {
    name: "lean-fuselage",
    enforce: "pre",
    resolveId: (source, importer) =>
      importer?.includes("@rocket.chat/fuselage/") === true && large.includes(source) ? stand : undefined,
    transform: (code, id) =>
      id.includes("@rocket.chat/fuselage/dist/fuselage.css") ? code.replace(/@font-face\s*\{[^}]*\}/g, "") : undefined,
  };
}

const router = process.env.ROUTER_URL ?? "http://127.0.0.1:3456";
const token = process.env.ROUTER_ADMIN_TOKEN ?? "";
/** With a token whoever opens the development server is the administrator; without, the router's own sign-in asks. */
const headers = token === "" ? {} : { authorization: `Bearer ${token}` };

export default defineConfig({
  plugins: [leanFuselage(), react()],
  define: { "process.env.NODE_ENV": JSON.stringify(process.env.NODE_ENV ?? "production") },
  build: {
    target: "es2022",
    manifest: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: Object.fromEntries(
      ["/api", "/v1", "/config", "/healthz", "/openapi.json"].map((path) => [
        path,
        { target: router, headers },
      ]),
    ),
  },
});
