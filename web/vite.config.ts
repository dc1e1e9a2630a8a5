import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

/** Puts the drawings into the page itself: one request less, and `currentColor` reaches inside them. */
function drawings(): Plugin {
  return {
    name: "hearth-drawings",
    transformIndexHtml(html) {
      const svg = readFileSync(new URL("src/ui/icons.svg", import.meta.url), "utf8");
      const inner = svg.replace(/<!--.*?-->/gs, "").replace(/<svg[^>]*>/, '<svg class="sprite" aria-hidden="true">');
      return html.replace("<!--drawings-->", inner.replace(/\n\s*/g, "").trim());
    },
  };
}

/** Files the shell needs to open without a connection; keepers' pages and the rest are fetched when asked for. */
const SHELL = /\/(index|room|Room|home|Home|join|Join|words)[^/]*\.(js|css)$|latin-wght-normal[^/]*\.woff2$/;

/** Tells the service worker the names that this build's files have. */
function shellList(): Plugin {
  return {
    name: "hearth-shell-list",
    enforce: "post",
    generateBundle(_options, bundle) {
      const worker = bundle["sw.js"];
      if (worker?.type !== "chunk") return;
      const files = Object.keys(bundle).filter((name) => SHELL.test(`/${name}`));
      const list = JSON.stringify(["/", ...files.sort().map((name) => `/${name}`)]);
      worker.code = worker.code.replace(/(["'`])__SHELL__\1/, () => JSON.stringify(list));
    },
  };
}

const SERVER = process.env.HEARTH_SERVER ?? "http://127.0.0.1:8000";

export default defineConfig({
  base: "/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [drawings(), shellList()],
  build: {
    outDir: "dist",
    manifest: true,
    target: "es2022",
    license: true,
    // An inlined font or picture could not be cached by itself.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: "index.html", sw: "src/worker/sw.ts" },
      output: {
        entryFileNames: (chunk) => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
  server: { port: 5173, proxy: { "/live": { target: SERVER, ws: true }, "/api": SERVER } },
});
