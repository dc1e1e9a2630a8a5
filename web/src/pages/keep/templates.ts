import type { RoomLine } from "../../contract.gen";
import { slugOf } from "../../ui/statement";
import { setupWords } from "../../words/setup";

/** A room that many communities have, in the reader's language. */
export interface Template {
  readonly title: string;
  readonly purpose: string;
  readonly slug: string;
}

/** The rooms to begin with that there are not yet, the most useful first. */
export function templatesBeside(rooms: readonly RoomLine[]): readonly Template[] {
  const taken = new Set(rooms.map((room) => room.slug));
  return Object.values(setupWords.value.templates)
    .map(({ title, purpose }) => ({ title, purpose, slug: slugOf(title) }))
    .filter((one) => !taken.has(one.slug));
}
