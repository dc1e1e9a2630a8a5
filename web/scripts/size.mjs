// What somebody downloads to be in a room: at most 90 KB of compressed script and style. Run after the build.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const MOST_BYTES = 90_000;
const DIST = new URL("../dist/", import.meta.url);

const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", DIST), "utf8"));

/** A chunk, everything it needs at once, and its styles. */
function needed(name, found = new Set()) {
  const chunk = manifest[name];
  if (chunk === undefined) throw new Error(`the build has no ${name}`);
  if (found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const style of chunk.css ?? []) found.add(style);
  for (const other of chunk.imports ?? []) needed(other, found);
  return found;
}

// The room comes with the first script, so that it costs no second journey.
const files = new Set([...needed("index.html"), "index.html", "early.js"]);
let sum = 0;
for (const file of files) {
  const bytes = gzipSync(readFileSync(new URL(file, DIST)), { level: 9 }).length;
  sum += bytes;
  console.log(`${String(bytes).padStart(7)}  ${file}`);
}
if (files.size < 3) throw new Error("too few files were counted to mean anything");
console.log(`${String(sum).padStart(7)}  in all, of ${MOST_BYTES} at most`);
if (sum > MOST_BYTES) {
  console.error("The room is too heavy for a hospital's Wi-Fi.");
  process.exit(1);
}
