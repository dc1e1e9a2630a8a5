import { Icon } from "../ui/Icon";
import { Question } from "../ui/Dialog";
import { words } from "../words";
import { useApp } from "./context";

/** The server speaks a newer contract than this page. What was typed is kept, so loading again costs nothing. */
export function Stale() {
  const app = useApp();
  if (!app.stale.value) return null;
  const t = words.value.shell;
  const state = app.session.state.value;
  const shared = state.is === "in" && state.me.shared_idle_s !== null && state.me.shared_idle_s !== undefined;
  return (
    <div class="line info" role="status">
      <Icon name="again" />
      <span>
        {t.stale} {shared ? t.staleHelpShared : t.staleHelp}
      </span>
      <button type="button" class="btn small" onClick={() => location.reload()}>
        {t.reload}
      </button>
    </div>
  );
}

/** On a shared device, the last quiet minute before it signs itself out. */
export function Quiet() {
  const { session } = useApp();
  const left = session.quietLeft_s.value;
  if (left === null) return null;
  const t = words.value.shell;
  return (
    <Question
      title={t.stillHere}
      help={t.stillHereHelp(left)}
      no={t.stillHereYes}
      yes={t.signOutNow}
      onNo={() => session.stay()}
      onYes={() => void session.signOut()}
    />
  );
}
