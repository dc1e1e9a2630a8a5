import type { Roster } from "./surface";
import type { View } from "./view";

export const NOBODY_HERE: Roster = { count: 0, people: [], namedAll: true, known: true };

/** Who is here, as the server told it last. */
export function rosterOf({ roster }: View): Roster {
  return {
    count: roster.count,
    people: roster.people,
    namedAll: roster.named_all ?? true,
    known: roster.known ?? true,
  };
}
