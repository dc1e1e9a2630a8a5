import { useState } from "preact/hooks";
import { useApp } from "../../shell/context";
import type { Screen } from "../../state";
import { Icon } from "../../ui/Icon";
import { backWords } from "../../words/back";
import { WayBackSheet } from "../me/WayBack";

/** After somebody's first words, and not before: how they can come back. Once they have seen it or said later, gone. */
export function KeepWayBack({ screen }: { screen: Screen }) {
  const app = useApp();
  const [shown, setShown] = useState(false);
  const t = backWords.value;
  const state = app.session.state.value;
  const has = state.is !== "in" || state.me.way_back?.allowed !== true || state.me.way_back.ends_ms !== null;
  const spoken = screen.rows.some(
    (row) => row.is === "message" && row.message.own && row.message.sending.is === "sent",
  );
  if (shown) return <WayBackSheet onClose={() => setShown(false)} />;
  if (has || !spoken || app.wayBackLater.value) return null;
  return (
    <div class="line info asks" role="status">
      <Icon name="book" size="s" />
      <span>{t.offer}</span>
      <button type="button" class="btn small" onClick={() => setShown(true)}>
        {t.show}
      </button>
      <button type="button" class="btn small plain" onClick={() => app.putOffWayBack()}>
        {t.later}
      </button>
    </div>
  );
}
