import type { KeptKind, KeptLine } from "../../contract.gen";
import { rightsWords } from "../../words/rights";

/** How many of each, in plain words. */
export function KeptLines({ lines, rooms }: { lines: readonly KeptLine[]; rooms: number }) {
  const t = rightsWords.value.kept;
  const more = (what: KeptKind): string => (what === "words" && rooms > 0 ? `, ${t.inRooms(rooms)}` : "");
  return (
    <ul class="facts">
      {lines.map(({ what, count }) => (
        <li key={what}>{`${t.counted[what](count)}${more(what)}`}</li>
      ))}
    </ul>
  );
}
