import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { defineConfig, type Plugin, type Rolldown } from "vite";

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

/** Pages kept for a time without a connection: the one that opens first, and the community's home. */
const KEPT = /^(index|Home)$/;

type Chunk = Extract<Rolldown.OutputBundle[string], { type: "chunk" }>;

/** A chunk's file, and all the files that it needs. */
function filesOf(chunk: Chunk, bundle: Rolldown.OutputBundle, found: Set<string>): void {
  if (found.has(chunk.fileName)) return;
  found.add(chunk.fileName);
  for (const style of chunk.viteMetadata?.importedCss ?? []) found.add(style);
  for (const name of chunk.imports) {
    const other = bundle[name];
    if (other?.type === "chunk") filesOf(other, bundle, found);
  }
}

/** Tells the service worker which files of this build to keep, and a name that changes with any of them. */
function shellList(): Plugin {
  return {
    name: "hearth-shell-list",
    enforce: "post",
    generateBundle(_options, bundle) {
      const worker = bundle["sw.js"];
      if (worker?.type !== "chunk") return;
      const found = new Set<string>();
      for (const file of Object.values(bundle)) {
        if (file.type === "chunk" && KEPT.test(file.name)) filesOf(file, bundle, found);
        if (/-latin-wght-normal-[^/]*\.woff2$/.test(file.fileName)) found.add(file.fileName);
      }
      const files = ["/", "/early.js", "/icon.svg", ...[...found].sort().map((name) => `/${name}`)];
      const early = readFileSync(new URL("public/early.js", import.meta.url), "utf8");
      const store = createHash("sha256")
        .update(files.join() + early)
        .digest("hex")
        .slice(0, 12);
      const said = JSON.stringify(JSON.stringify({ store, files }));
      worker.code = worker.code.replace(/(["'`])__SHELL__\1/, () => said);
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
        // Changes seldom, so a returning reader has it already.
        codeSplitting: { groups: [{ name: "preact", test: /node_modules\/@?preact/ }] },
      },
    },
  },
  server: { port: 5173, proxy: { "/live": { target: SERVER, ws: true }, "/api": SERVER } },
});
