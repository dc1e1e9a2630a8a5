import { useEffect, useState } from "preact/hooks";
import type { Membership } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { failureWords, useAsk } from "../../ui/ask";
import { Choices } from "../../ui/Choices";
import { Field } from "../../ui/Field";
import { say } from "../../ui/say";
import { isStaff } from "../room/author";
import { pageWords } from "../../words/pages";

const NOT_SAID = "";

/** How I am called in one community, and how I come there. */
export function MyName({ membership }: { membership: Membership }) {
  const app = useApp();
  const store = app.community(membership.slug);
  useEffect(() => store.enter(), [store]);
  const home = store.home.value;
  const ask = useAsk();
  const [name, setName] = useState(membership.shown_name);
  const [standing, setStanding] = useState(membership.standing ?? NOT_SAID);
  const [shows, setShows] = useState(membership.shows_standing);
  const t = pageWords.value;
  const offered = home.is === "loaded" ? home.value.community.standings : [];
  // What was given by an invitation (staff) is kept by choosing nothing else.
  const mine = membership.standing;
  const all = mine === null || offered.includes(mine) ? offered : [mine, ...offered];
  const save = (event: Event): void => {
    event.preventDefault();
    void ask.run(async () => {
      await app.api("change_me", {
        params: { slug: membership.slug },
        body: { name: name.trim(), standing: standing === NOT_SAID ? null : standing, shows_standing: shows },
      });
      await Promise.all([app.session.refresh(), store.reload()]);
      say(t.me.saved);
    });
  };
  return (
    <form class="part card stack-l" onSubmit={save} noValidate>
      <h2>{t.me.here(membership.name)}</h2>
      <Field
        label={t.me.name}
        help={t.me.nameHelp}
        value={name}
        onInput={(value) => {
          setName(value);
          ask.clear();
        }}
        wrong={ask.failure === null ? null : failureWords(ask.failure)}
        autocomplete="nickname"
        maxLength={80}
      />
      {all.length === 0 ? null : (
        <Choices
          legend={t.me.come}
          of={[...all, NOT_SAID].map((value) => ({ value, words: value || t.join.ratherNot }))}
          value={standing}
          onChoose={setStanding}
        />
      )}
      {isStaff(standing) ? (
        <p class="help">{t.me.showsStaff}</p>
      ) : standing === NOT_SAID ? null : (
        <label class="tick">
          <input type="checkbox" checked={shows} onChange={(event) => setShows(event.currentTarget.checked)} />
          <span>{t.me.shows}</span>
        </label>
      )}
      <button type="submit" class="btn main" aria-disabled={ask.busy}>
        {t.me.save}
      </button>
    </form>
  );
}
