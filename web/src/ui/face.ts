const segments =
  typeof Intl.Segmenter === "function" ? new Intl.Segmenter(undefined, { granularity: "grapheme" }) : null;

function firstLetter(word: string): string {
  const first =
    segments === null ? Array.from(word)[0] : segments.segment(word)[Symbol.iterator]().next().value?.segment;
  return (first ?? "").toLocaleUpperCase();
}

/** One or two letters for the disc: of the first and the last word. */
export function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const [first, last] = [words[0], words.length > 1 ? words.at(-1) : undefined];
  return [first, last].map((word) => (word === undefined ? "" : firstLetter(word))).join("");
}

/** Which of the six colours: made from the id, so it is the same on every screen and never changes. */
export function colourOf(person: string): number {
  // FNV-1a: ids that differ only at their end come out far apart.
  let hash = 0x811c9dc5;
  for (let i = 0; i < person.length; i++) hash = Math.imul(hash ^ person.charCodeAt(i), 0x01000193);
  return ((hash >>> 8) % 6) + 1;
}
