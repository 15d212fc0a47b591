import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The page is served at …/playground/ of any base path, by a server that adds a Content-Security-Policy: every file is
// beside the page, and nothing is inlined as a script.
export default defineConfig({
  base: "./",
  plugins: [react()],
  worker: { format: "es" },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 8000,
    sourcemap: false,
  },
});
