import { useEffect, useState } from "preact/hooks";
import type { InvitationLook, Joined } from "../../contract.gen";
import { newNonce } from "../../link/nonce";
import { useApp } from "../../shell/context";
import { codeOf, failureWords, useAsk } from "../../ui/ask";
import { Choices } from "../../ui/Choices";
import { Face } from "../../ui/Face";
import { Field, Wrong } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { Rich } from "../../ui/Rich";
import { pageWords } from "../../words/pages";
import { Panel } from "./Panel";

export interface JoinFormProps {
  readonly look: InvitationLook;
  readonly secret: string;
  readonly onJoined: (to: Joined) => void;
  /** Only to be looked at: what pressing a button does instead of coming in. */
  readonly onTried?: () => void;
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
export function JoinForm({ look, secret, onJoined, onTried }: JoinFormProps) {
  const app = useApp();
  const ask = useAsk();
  // One for the whole form: pressed again after a lost answer, it is the same person who comes in.
  const [nonce] = useState(newNonce);
  const [name, setName] = useState("");
  const [standing, setStanding] = useState<string | null>(null);
  const [shared, setShared] = useState(false);
  const [missing, setMissing] = useState(false);
  const { community } = look;
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
    const come = look.staff || standing === NOT_SAID ? null : standing;
    void ask.run(async () => {
      onJoined(await app.api("join", { body: { secret, nonce, name: name.trim(), standing: come, listen, shared } }));
    });
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
        <p class="invited">
          <Face person={look.inviter} name={look.inviter} host={look.inviter_role === "host"} />
          <span>
            <Rich
              text={door.invites ?? t.invites}
              name={<b>{look.inviter}</b>}
              place={<b>{look.room_title ?? community.name}</b>}
            />
          </span>
        </p>
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
        {look.role === "member" ? null : <p class="soft">{t.asRole(look.role, look.room_title)}</p>}
        {look.staff ? (
          look.role === "member" ? (
            <p class="soft">{t.staffAs}</p>
          ) : null
        ) : community.standings.length === 0 ? null : (
          <Choices
            legend={door.come ?? t.come}
            of={[...community.standings, NOT_SAID].map((value) => ({ value, words: value || t.ratherNot }))}
            value={standing}
            onChoose={setStanding}
          />
        )}
        <Facts look={look} />
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
function Facts({ look }: { look: InvitationLook }) {
  const { community } = look;
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
            <b>{t.sees}</b> <bdi>{door.sees ?? t.seesWho(community.members)}</bdi> {t.kept(look.kept_days)}
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
