import { useApp } from "../../shell/context";
import type { Connection, RoomState } from "../../state";
import { Icon, type IconName } from "../../ui/Icon";
import { words } from "../../words";
import type { Core } from "../../words/en";
import { useHere } from "./here";

interface Status {
  readonly icon: IconName;
  readonly words: string;
  /** Left out where there is little room. */
  readonly more?: string;
}

/** What there is to say about the line, and to the team about a rush; null when all is well. */
export function statusOf(connection: Connection, room: RoomState, t: Core, pressed = false): Status | null {
  switch (connection.is) {
    case "offline":
      return { icon: "offline", words: t.room.offline };
    case "reconnecting":
      return { icon: "again", words: t.room.dropped, more: t.room.nothingLost };
    case "connecting":
      return { icon: "again", words: t.room.connecting };
    case "stopped":
      return { icon: "offline", words: t.refusals[connection.code]({}) };
    case "idle":
    case "live":
      if (room.is === "open" && !room.upToDate) return { icon: "again", words: t.room.connecting };
      return pressed ? { icon: "clock", words: t.room.pressed } : null;
  }
}

/** One line of fixed height above the composer: the line first, else who is writing, else nothing. */
export function StatusSlot() {
  const app = useApp();
  const { store } = useHere();
  const t = words.value;
  const status = statusOf(app.connection.value, store.state.value, t, store.pressed.value);
  const typing = store.typing.value;
  const names = typing.people.slice(0, 3).map((one) => one.name);
  // Being offline is a state with its own line; the slot then stays empty rather than saying it twice.
  const offline = app.connection.value.is === "offline";
  return (
    <div class="slot">
      <p class="trying withicon" role="status">
        {status === null || offline ? null : (
          <>
            <Icon name={status.icon} size="s" />
            <span>
              {status.words}
              {status.more === undefined ? null : <span class="wide-only-inline"> {status.more}</span>}
            </span>
          </>
        )}
      </p>
      {names.length > 0 && status === null ? (
        <p class="writing" dir="auto">
          {t.room.writing(names, typing.more)}
        </p>
      ) : null}
    </div>
  );
}

/** The exact words while there is no network; in the flow of the page, over nothing that is read. */
export function OfflineLine() {
  const app = useApp();
  if (app.connection.value.is !== "offline") return null;
  return (
    <p class="line wait" role="status">
      <Icon name="offline" />
      <span>{words.value.room.offline}</span>
    </p>
  );
}
