import { useEffect } from "preact/hooks";
import { openReadingHelp } from "../../reading/ReadingHelp";
import { useApp } from "../../shell/context";
import { Waiting } from "../../shell/lazy";
import { go } from "../../shell/location";
import { homePath } from "../../shell/routes";
import { Icon } from "../../ui/Icon";
import { useTitle } from "../../ui/title";
import { words } from "../../words";
import { backWords } from "../../words/back";
import { pageWords } from "../../words/pages";
import { CodeForm } from "./CodeForm";
import { Panel } from "./Panel";
import { PasskeySignIn } from "./PasskeySignIn";
import { WithOrganisation } from "./WithOrganisation";

/** Whoever is a member somewhere goes there; for everyone else, plain words and a place for a code. */
export function Landing() {
  const { session } = useApp();
  const state = session.state.value;
  const t = pageWords.value.landing;
  const first = state.is === "in" ? state.me.communities[0] : undefined;
  const only = state.is === "in" && state.me.communities.length === 1 ? first : undefined;
  useEffect(() => {
    if (only !== undefined) go(homePath(only.slug), { replace: true });
  }, [only]);
  useTitle(null);
  if (state.is === "loading" || only !== undefined) return <Waiting />;
  return (
    <Panel title={t.title} purpose={t.what}>
      {state.is === "in" && first !== undefined ? (
        <section>
          <h2 class="h-part">{t.yours}</h2>
          <ul class="rooms">
            {state.me.communities.map((one) => (
              <li key={one.community}>
                <a href={homePath(one.slug)}>
                  <Icon name="hearth" />
                  <b>{one.name}</b>
                </a>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      {state.is === "stranger" && !state.claimed ? (
        <p class="line info">
          <Icon name="hearth" />
          <span>{t.unclaimed}</span>
        </p>
      ) : null}
      {state.is === "unreachable" ? (
        <p class="line wait" role="status">
          <Icon name="offline" />
          <span>{words.value.shell.offlineShell}</span>
        </p>
      ) : null}
      <p class="soft">{t.how}</p>
      <CodeForm />
      <WithOrganisation />
      {state.is === "in" ? null : <PasskeySignIn />}
      <p>
        {backWords.value.been} <a href="/back">{backWords.value.byWords}</a>
      </p>
      <p>
        <button type="button" class="btn plain" onClick={openReadingHelp}>
          <Icon name="text" />
          {words.value.reading.title}
        </button>
      </p>
    </Panel>
  );
}
