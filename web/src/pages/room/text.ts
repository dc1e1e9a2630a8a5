/** A message's words cut into what is drawn: plain text, links that are safe to follow, and people's names. */
export type Part =
  | { readonly is: "text"; readonly text: string }
  | { readonly is: "link"; readonly text: string; readonly to: string }
  | { readonly is: "name"; readonly text: string; readonly me: boolean };

export interface Named {
  readonly name: string;
  readonly me: boolean;
}

// Only what starts with its scheme: "example.org" alone may be anything, and a guess is worse than none.
const LINK = /\bhttps?:\/\/[^\s<>"“”]+/giu;
// Marks that end a sentence, not an address.
const TAIL = /[.,;:!?'’…)\]}]+$/u;

/** An address with balanced brackets keeps its own: …/Bath_(city). */
function trimmed(found: string): string {
  const tail = TAIL.exec(found)?.[0];
  if (tail === undefined) return found;
  const kept = found.slice(0, -tail.length);
  const open = (kept.match(/\(/g) ?? []).length - (kept.match(/\)/g) ?? []).length;
  return open > 0 && tail.startsWith(")") ? `${kept})` : kept;
}

/** The address to follow; null unless it is a web page, without a name and password in it. */
export function safeAddress(text: string): string | null {
  let to: URL;
  try {
    to = new URL(text);
  } catch {
    return null;
  }
  const web = to.protocol === "https:" || to.protocol === "http:";
  return web && to.username === "" && to.password === "" ? to.href : null;
}

function links(text: string): readonly Part[] {
  const parts: Part[] = [];
  let done = 0;
  for (const match of text.matchAll(LINK)) {
    const shown = trimmed(match[0]);
    const to = safeAddress(shown);
    if (to === null) continue;
    if (match.index > done) parts.push({ is: "text", text: text.slice(done, match.index) });
    parts.push({ is: "link", text: shown, to });
    done = match.index + shown.length;
  }
  if (done < text.length) parts.push({ is: "text", text: text.slice(done) });
  return parts;
}

const escaped = (name: string): string => name.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

function names(text: string, named: readonly Named[]): readonly Part[] {
  // The longest first: "@Ann Marie" is not "@Ann" and a word.
  const all = [...named].sort((a, b) => b.name.length - a.name.length);
  const pattern = new RegExp(`@(${all.map((one) => escaped(one.name)).join("|")})(?![\\p{L}\\p{N}])`, "gu");
  const parts: Part[] = [];
  let done = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > done) parts.push({ is: "text", text: text.slice(done, match.index) });
    const me = all.find((one) => one.name === match[1])?.me === true;
    parts.push({ is: "name", text: match[0], me });
    done = match.index + match[0].length;
  }
  if (done < text.length) parts.push({ is: "text", text: text.slice(done) });
  return parts;
}

/** `named`: the people mentioned whose names are known here. */
export function partsOf(text: string, named: readonly Named[]): readonly Part[] {
  const found = links(text);
  if (named.length === 0) return found;
  return found.flatMap((part) => (part.is === "text" ? names(part.text, named) : [part]));
}
