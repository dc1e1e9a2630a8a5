import { useApp } from "../../shell/context";
import { go } from "../../shell/location";
import { homePath, onwardOf, roomPath } from "../../shell/routes";
import { failureWords, useAsk } from "../../ui/ask";
import { Wrong } from "../../ui/Field";
import { useTitle } from "../../ui/title";
import { pageWords } from "../../words/pages";
import { Panel } from "./Panel";

/** A link that signs in once. Opening it does nothing; only the button uses it up. */
export function SignIn({ secret }: { secret: string }) {
  const app = useApp();
  const ask = useAsk();
  const t = pageWords.value;
  useTitle(t.signIn.title);
  const enter = (): void => {
    void ask.run(async () => {
      const to = await app.api("sign_in", { body: { secret } });
      await app.session.refresh();
      const { community_slug: slug, room_slug: room } = to;
      const place = room === null ? homePath(slug) : roomPath(slug, room);
      go(onwardOf(location.hash) ?? place, { replace: true });
    });
  };
  return (
    <Panel title={t.signIn.title} purpose={t.signIn.help}>
      <Wrong words={ask.failure === null ? null : failureWords(ask.failure)} />
      <button type="button" class="btn main big" aria-disabled={ask.busy} onClick={enter}>
        {t.signIn.go}
      </button>
    </Panel>
  );
}
