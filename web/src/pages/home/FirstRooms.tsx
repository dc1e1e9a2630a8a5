import { useState } from "preact/hooks";
import type { RoomLine } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { Refused } from "../../state";
import { failureWords, useAsk } from "../../ui/ask";
import { Wrong } from "../../ui/Field";
import { say } from "../../ui/say";
import { setupWords } from "../../words/setup";
import { templatesBeside, type Template } from "../keep/templates";

interface FirstRoomsProps {
  readonly slug: string;
  readonly rooms: readonly RoomLine[];
}

/** Rooms that many communities begin with, opened with one press as far as they are ticked. */
export function FirstRooms({ slug, rooms }: FirstRoomsProps) {
  const app = useApp();
  const ask = useAsk();
  const offered = templatesBeside(rooms);
  const [left, setLeft] = useState<ReadonlySet<string>>(() => new Set(offered.slice(3).map((one) => one.slug)));
  const t = setupWords.value;
  const ticked = offered.filter((one) => !left.has(one.slug));
  const tick = (one: Template, on: boolean): void => {
    const next = new Set(left);
    if (on) next.delete(one.slug);
    else next.add(one.slug);
    setLeft(next);
  };
  const open = (): void => {
    if (ticked.length === 0) return;
    void ask.run(async () => {
      try {
        for (const { title, purpose, slug: address } of ticked) {
          const body = { title, purpose, slug: address, visibility: "community" as const, hide_names: true };
          // oxlint-disable-next-line no-await-in-loop -- they stand in the list in this order
          await app.api("open_room", { params: { slug }, body }).catch(passTaken);
        }
        say(t.opened);
      } finally {
        await app.community(slug).reload();
      }
    });
  };
  return (
    <>
      <fieldset class="ticks">
        <legend class="label">{t.roomsPick}</legend>
        <p class="help">{t.roomsHelp}</p>
        {offered.map((one) => (
          <label key={one.slug} class="tick">
            <input
              type="checkbox"
              checked={!left.has(one.slug)}
              onChange={(event) => tick(one, event.currentTarget.checked)}
            />
            <span>
              <b>{one.title}</b>
              <span class="quiet">{one.purpose}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <Wrong words={ask.failure === null ? null : failureWords(ask.failure)} />
      <p>
        <button type="button" class="btn main" aria-disabled={ask.busy || ticked.length === 0} onClick={open}>
          {t.roomsGo}
        </button>
      </p>
    </>
  );
}

/** It was opened a moment ago, and the answer was lost or another keeper was quicker: there it is. */
function passTaken(thrown: unknown): void {
  if (!(thrown instanceof Refused) || thrown.code !== "slug_taken") throw thrown;
}
