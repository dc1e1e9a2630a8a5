import { failureWords, useAsk } from "../ui/ask";
import { Question } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { say } from "../ui/say";
import { words } from "../words";
import { backWords } from "../words/back";
import { fromNow } from "../words/when";
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

/** My way back was used somewhere else: I say that it was me, or sign them out. */
export function CameBack() {
  const app = useApp();
  const ask = useAsk();
  const state = app.session.state.value;
  const came = state.is === "in" ? state.me.came_back[0] : undefined;
  if (came === undefined) return null;
  const t = backWords.value;
  const { session } = came;
  const wasMe = (): void =>
    void ask.run(async () => {
      await app.api("was_me", { body: { sessions: [session] } });
      await app.session.refresh();
    });
  const notMe = (): void =>
    void ask.run(async () => {
      await app.api("end_session", { params: { session } });
      await app.session.refresh();
      say(t.notMeDone);
    });
  return (
    <div class="line wait asks" role="alert">
      <Icon name="lock" />
      <span>
        {t.camePast(fromNow(came.at_ms, app.now()))}
        {ask.failure === null ? null : ` ${failureWords(ask.failure)}`}
      </span>
      <button type="button" class="btn small" aria-disabled={ask.busy} onClick={wasMe}>
        {t.wasMe}
      </button>
      <button type="button" class="btn small bad" aria-disabled={ask.busy} onClick={notMe}>
        {t.notMe}
      </button>
    </div>
  );
}

/** On a shared device, and for the team, the last quiet minute before it signs itself out. */
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
