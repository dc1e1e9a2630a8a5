import { words } from "../../words";
import { partsOf, type Named } from "./text";

/** What somebody wrote. Links open elsewhere, tell nobody where they were found, and lend nobody our good name. */
export function Words({ text, named }: { text: string; named: readonly Named[] }) {
  return (
    <p class="words" dir="auto">
      {partsOf(text, named).map((part, i) => {
        switch (part.is) {
          case "text":
            return part.text;
          case "name":
            return part.me ? (
              <mark key={i}>{part.text}</mark>
            ) : (
              <span key={i} class="at">
                {part.text}
              </span>
            );
          case "link":
            return (
              <a key={i} href={part.to} target="_blank" rel="noopener noreferrer nofollow ugc">
                {part.text}
                <span class="sr"> ({words.value.message.opensElsewhere})</span>
              </a>
            );
        }
      })}
    </p>
  );
}
