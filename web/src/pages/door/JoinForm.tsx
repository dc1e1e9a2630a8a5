import type { ComponentChild } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { CommunityView, Nonce } from "../../contract.gen";
import { newNonce } from "../../link/nonce";
import { codeOf, failureWords, useAsk } from "../../ui/ask";
import { Choices } from "../../ui/Choices";
import { Field, Wrong } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { Rich } from "../../ui/Rich";
import { pageWords } from "../../words/pages";
import { Panel } from "./Panel";

/** What somebody says of themselves at the door. */
export interface Entry {
  readonly nonce: Nonce;
  readonly name: string;
  readonly standing: string | null;
  readonly listen: boolean;
  readonly shared: boolean;
}

export interface JoinFormProps {
  readonly community: CommunityView;
  /** For how long words are kept where it leads. */
  readonly keptDays: number;
  /** What they may choose from for how they come here. */
  readonly standings: readonly string[];
  /** Who asks them in, and what else they should know of that. */
  readonly invited: ComponentChild;
  readonly note: string | null;
  readonly name?: string;
  readonly shared?: boolean;
  readonly join: (who: Entry) => Promise<void>;
  /** Only to be looked at: what pressing a button does instead of coming in. */
  readonly onTried?: (() => void) | undefined;
}

const NOT_SAID = "";
const ABOUT_THE_NAME: ReadonlySet<string> = new Set([
  "name_taken",
  "name_looks_full",
  "name_bad",
  "name_reserved",
  "empty",
  "too_long",
  "control_characters",
]);

/** Everything somebody should know before saying yes, in at most 120 words, and one field. */
export function JoinForm(props: JoinFormProps) {
  const { community, keptDays, standings, invited, note, join, onTried, ...begin } = props;
  const ask = useAsk();
  // One for the whole form: pressed again after a lost answer, it is the same person who comes in.
  const [nonce] = useState(newNonce);
  const [name, setName] = useState(begin.name ?? "");
  const [standing, setStanding] = useState<string | null>(null);
  const [shared, setShared] = useState(begin.shared ?? false);
  const [missing, setMissing] = useState(false);
  const { door } = community;
  const t = pageWords.value.join;
  const enter = (listen: boolean): void => {
    if (onTried !== undefined) {
      onTried();
      return;
    }
    setMissing(name.trim() === "");
    if (name.trim() === "") {
      document.getElementById("name")?.focus();
      return;
    }
    const come = standing === NOT_SAID ? null : standing;
    void ask.run(() => join({ nonce, name: name.trim(), standing: come, listen, shared }));
  };
  const failed = ask.failure === null ? null : failureWords(ask.failure);
  const atName = ABOUT_THE_NAME.has(codeOf(ask.failure) ?? "");
  // On a phone the field may be out of sight when the answer comes.
  useEffect(() => {
    if (atName) document.getElementById("name")?.focus();
  }, [atName]);
  return (
    <Panel title={community.name} purpose={community.purpose}>
      <form
        class="stack-l"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          enter(false);
        }}
      >
        {invited}
        <Field
          id="name"
          big
          label={door.ask ?? t.ask}
          help={door.ask_help ?? t.askHelp}
          value={name}
          onInput={(value) => {
            setName(value);
            setMissing(false);
            ask.clear();
          }}
          wrong={missing ? t.nameMissing : atName ? failed : null}
          autocomplete="nickname"
          maxLength={80}
        />
        {note === null ? null : <p class="soft">{note}</p>}
        {standings.length === 0 ? null : (
          <Choices
            legend={door.come ?? t.come}
            of={[...standings, NOT_SAID].map((value) => ({ value, words: value || t.ratherNot }))}
            value={standing}
            onChoose={setStanding}
          />
        )}
        <Facts community={community} keptDays={keptDays} />
        <label class="tick">
          <input type="checkbox" checked={shared} onChange={(event) => setShared(event.currentTarget.checked)} />
          <span>{t.shared}</span>
        </label>
        <div class="join-go">
          {atName ? null : <Wrong words={failed} />}
          <p class="quiet" dir="auto">
            {door.yes ?? t.yes}
          </p>
          <div class="two">
            <button type="submit" class="btn main big" aria-disabled={ask.busy}>
              {t.joinIn}
            </button>
            <button type="button" class="btn big" aria-disabled={ask.busy} onClick={() => enter(true)}>
              {t.justListen}
            </button>
          </div>
        </div>
      </form>
    </Panel>
  );
}

/** Who sees it, for how long, the one limit, who runs it, and what is asked of everyone. */
function Facts({ community, keptDays }: Pick<JoinFormProps, "community" | "keptDays">) {
  const { door } = community;
  const t = pageWords.value.join;
  return (
    <>
      <ul class="who">
        <li>
          <Icon name="people" />
          <span>{t.admits[community.admits]}</span>
        </li>
        <li>
          <Icon name="eye" />
          <span>
            <b>{t.sees}</b> <bdi>{door.sees ?? t.seesWho(community.members)}</bdi> {t.kept(keptDays)}
          </span>
        </li>
        <li>
          <Icon name="shield" />
          <span>
            <bdi>{door.limit ?? t.limit}</bdi> <bdi>{door.not_for ?? t.notFor}</bdi>
          </span>
        </li>
        <li>
          <Icon name="person" />
          <span>
            <Rich text={t.runs} who={community.runs_it} contact={community.contact} />
          </span>
        </li>
      </ul>
      {community.values.length === 0 ? null : (
        <section class="values" aria-labelledby="values">
          <h2 class="label" id="values">
            {door.values ?? t.values}
          </h2>
          <ul>
            {community.values.map((value) => (
              <li key={value} dir="auto">
                {value}
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
