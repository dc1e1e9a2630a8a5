import { useState } from "preact/hooks";
import type { Home, NewsKind, RoomLine } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { failureWords, useAsk } from "../../ui/ask";
import { Choices } from "../../ui/Choices";
import { Dialog } from "../../ui/Dialog";
import { Field, Wrong } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { say } from "../../ui/say";
import { reachWords } from "../../words/reach";

/** For hosts and keepers of a room: one line to all who may read it and want to hear of such a thing. */
export function TellPeople({ home }: { home: Home }) {
  const [shown, setShown] = useState(false);
  const t = reachWords.value;
  const rooms = home.rooms.filter((room) => room.tells);
  if (rooms.length === 0) return null;
  return (
    <section class="part" aria-labelledby="tell">
      <h2 id="tell">{t.tell}</h2>
      <p class="sub">{t.tellHelp}</p>
      {home.mail ? null : <NotSetUp />}
      <button type="button" class="btn" onClick={() => setShown(true)}>
        <Icon name="bell" />
        {t.tell}
      </button>
      {shown ? <Telling home={home} rooms={rooms} onClose={() => setShown(false)} /> : null}
    </section>
  );
}

/** What the team has to know before it relies on mails. */
export function NotSetUp() {
  return (
    <p class="line wait">
      <Icon name="bell" />
      <span>{reachWords.value.notSetUp}</span>
    </p>
  );
}

type Kind = Extract<NewsKind, "coming" | "ideas" | "speak">;
const KINDS: readonly Kind[] = ["coming", "ideas", "speak"];

/** Made once for each time that the sheet is opened: sent again, it is told once. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
}

interface TellingProps {
  readonly home: Home;
  readonly rooms: readonly RoomLine[];
  readonly onClose: () => void;
}

function Telling({ home, rooms, onClose }: TellingProps) {
  const app = useApp();
  const ask = useAsk();
  const [news] = useState(newId);
  const [room, setRoom] = useState(rooms[0]?.room ?? "");
  const [kind, setKind] = useState<Kind>("coming");
  const [says, setSays] = useState("");
  const [when, setWhen] = useState("");
  const [empty, setEmpty] = useState(false);
  const t = reachWords.value;
  const { slug } = home.community;
  const tell = (event: Event): void => {
    event.preventDefault();
    if (says.trim() === "") return setEmpty(true);
    void ask.run(async () => {
      const told = await app.api("tell_people", { params: { slug }, body: { news, room, kind, says, when } });
      say(told.mail ? t.told : t.toldInApp);
      onClose();
    });
  };
  return (
    <Dialog title={t.tell} onClose={onClose}>
      <form class="stack" onSubmit={tell} noValidate>
        {home.mail ? null : <NotSetUp />}
        <Choices
          legend={t.tellRoom}
          of={rooms.map((one) => ({ value: one.room, words: one.title }))}
          value={room}
          onChoose={setRoom}
        />
        <Choices
          legend={t.tellKind}
          of={KINDS.map((value) => ({ value, words: t.tellKinds[value] }))}
          value={kind}
          onChoose={setKind}
        />
        <Field
          label={t.tellSays}
          value={says}
          onInput={(value) => {
            setSays(value);
            setEmpty(false);
          }}
          wrong={empty ? t.tellEmpty : null}
          maxLength={200}
        />
        <Field label={t.tellWhen} help={t.tellWhenHelp} value={when} onInput={setWhen} maxLength={80} />
        <Wrong words={ask.failure === null ? null : failureWords(ask.failure)} />
        <button type="submit" class="btn main" aria-disabled={ask.busy}>
          {t.tellDo}
        </button>
      </form>
    </Dialog>
  );
}
