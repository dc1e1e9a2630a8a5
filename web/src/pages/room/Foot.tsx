import type { Screen } from "../../state";
import { Icon } from "../../ui/Icon";
import { words } from "../../words";
import { exactly } from "../../words/when";
import { Composer } from "./Composer";
import { Elsewhere } from "./Elsewhere";
import { useHere } from "./here";
import { KeepWayBack } from "./KeepWayBack";
import { Listener } from "./Listener";
import { OfflineLine, StatusSlot } from "./StatusSlot";

/** Below the conversation: what waits, how the line is, and the place to write or why there is none. */
export function Foot({ screen }: { screen: Screen }) {
  const { store } = useHere();
  const refusal = store.refusal.value;
  const t = words.value;
  return (
    <footer class="foot" id="write" tabIndex={-1}>
      <Newer />
      <OfflineLine />
      <Elsewhere screen={screen} />
      {refusal === null ? null : (
        <p class="line bad" role="alert">
          <Icon name="cross" size="s" />
          <span>{t.refusals[refusal.code](refusal.params)}</span>
          <button
            type="button"
            class="btn plain only"
            aria-label={t.shell.close}
            onClick={() => store.dismissRefusal()}
          >
            <Icon name="cross" />
          </button>
        </p>
      )}
      <KeepWayBack screen={screen} />
      <StatusSlot />
      <WritingPlace screen={screen} />
    </footer>
  );
}

/** The box, or the one line that says why it is not there. */
function WritingPlace({ screen }: { screen: Screen }) {
  const { store } = useHere();
  const t = words.value.room;
  const why = store.may("message.post");
  if (screen.room.closed) return <Line icon="lock" says={t.closed} />;
  if (why === "values_first") return <Listener />;
  if (why === "muted") return <Line icon="quiet" says={t.muted(exactly(screen.me.mutedUntil_ms))} />;
  if (why !== null) return <Line icon="quiet" says={words.value.refusals[why]({})} />;
  return <Composer hideNames={screen.room.hide_names} />;
}

function Line({ icon, says }: { icon: "lock" | "quiet"; says: string }) {
  return (
    <p class="line info">
      <Icon name={icon} />
      <span>{says}</span>
    </p>
  );
}

/** Offers what is new instead of running away with the page. */
function Newer() {
  const { reader } = useHere();
  if (reader.atEnd.value) return null;
  const t = words.value.room;
  const below = reader.below.value;
  return (
    <button
      type="button"
      class={below > 0 ? "newer btn small main" : "newer btn small"}
      aria-label={below > 0 ? t.newMessages(below) : t.toNewest}
      onClick={() => reader.toNewest()}
    >
      <Icon name="down" />
      {below > 0 ? (
        <>
          <span class="wide-only-inline">{t.newMessages(below)}</span>
          <span class="only-narrow">{t.newShort(below)}</span>
        </>
      ) : null}
    </button>
  );
}
