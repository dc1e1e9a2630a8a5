/** The scenarios that the server was played with: what each person was sent shows what they would see coming in now. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import type { Following, Happened, Now, Tallies } from "../contract.gen";
import { apply, type Item, type Personal } from "./apply";
import { begin } from "./begin";
import type { View } from "./view";

type Sent = Following | Happened | Now | { readonly t: "tallies"; readonly tallies: Tallies };

interface Viewer {
  readonly person: string;
  readonly before: Following;
  readonly items: readonly Sent[];
  readonly after: Following;
}

interface Played {
  readonly name: string;
  readonly viewers: readonly Viewer[];
}

const FOLDER = join(import.meta.dirname, "../../../tests/scenarios/played");
const PLAYED = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json"))
  .map((name) => JSON.parse(readFileSync(join(FOLDER, name), "utf8")) as Played);

/** Who looks on is known by their own stream: the same id that their messages have. */
const idOf = (person: string): string => person.toUpperCase().padEnd(26, "0");

function opened(viewer: Viewer, following: Following): View {
  const view = begin(idOf(viewer.person), following);
  if (view === null) throw new Error("a room brings its snapshot");
  return view;
}

/** What comes on my own stream is told the view as mine. */
function asItem(sent: Sent): Item {
  if ((sent.t !== "event" && sent.t !== "signal") || !sent.stream.startsWith("person:")) return sent;
  return { t: "personal", what: (sent.t === "event" ? sent.event : sent.signal) as Personal };
}

/** All that is drawn. What is only kept to get there, and the order of signs on one message, shows nowhere. */
function shown({ late: _late, mine, ...rest }: View): unknown {
  const reactions = [...mine.reactions].filter(([, signs]) => signs.length > 0);
  return { ...rest, mine: { ...mine, reactions: new Map(reactions.map(([id, signs]) => [id, signs.toSorted()])) } };
}

test("there are scenarios, and people who look on", () => {
  expect(PLAYED.length).toBeGreaterThanOrEqual(10);
  expect(PLAYED.filter(({ viewers }) => viewers.length === 0)).toEqual([]);
});

describe.each(PLAYED)("$name", ({ viewers }) => {
  test.each(viewers)("$person sees what was sent as who comes in now", (viewer) => {
    const view = viewer.items.map(asItem).reduce(apply, opened(viewer, viewer.before));
    expect(shown(view)).toEqual(shown(opened(viewer, viewer.after)));
  });
});
