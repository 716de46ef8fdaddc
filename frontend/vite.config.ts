import { defineConfig } from "vite";

export default defineConfig({
  base: "/",
  worker: { format: "es" },
  build: {
    outDir: "../src/einthoven/edges/web/static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8800", "/live": { target: "ws://127.0.0.1:8800", ws: true } } },
});
