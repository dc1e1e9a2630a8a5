import { useState } from "preact/hooks";
import type { RoomLine } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { roomPath } from "../../shell/routes";
import { failureWords, useAsk } from "../../ui/ask";
import { Question } from "../../ui/Dialog";
import { Wrong } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { words } from "../../words";
import { keepWords } from "../../words/keep";
import { LetIn } from "./LetIn";
import { RoomForm } from "./RoomForm";

interface KeepRoomsProps {
  readonly slug: string;
  readonly rooms: readonly RoomLine[];
}

type Open =
  | { readonly is: "nothing" }
  | { readonly is: "new" }
  | { readonly is: "change"; readonly room: string }
  | { readonly is: "let_in"; readonly room: string }
  | { readonly is: "close"; readonly room: string };

/** The rooms: open one, say who may be in it, close it. */
export function KeepRooms({ slug, rooms }: KeepRoomsProps) {
  const app = useApp();
  const ask = useAsk();
  const [open, setOpen] = useState<Open>({ is: "nothing" });
  const t = keepWords.value.rooms;
  const done = (): void => {
    setOpen({ is: "nothing" });
    void app.community(slug).reload();
  };
  const close = (room: string, closed: boolean): void => {
    setOpen({ is: "nothing" });
    void ask.run(async () => {
      await app.api("change_room", { params: { room }, body: { closed } });
      done();
    });
  };
  const meant = open.is === "nothing" || open.is === "new" ? undefined : rooms.find((one) => one.room === open.room);
  return (
    <section class="part" aria-labelledby="part-title">
      <div class="row between">
        <h2 id="part-title">{keepWords.value.parts.rooms}</h2>
        <button type="button" class="btn main" onClick={() => setOpen({ is: "new" })}>
          <Icon name="plus" />
          {t.open}
        </button>
      </div>
      <Wrong words={ask.failure === null ? null : failureWords(ask.failure)} />
      {rooms.length === 0 ? <p class="soft">{t.none}</p> : null}
      <ul class="lines">
        {rooms.map((room) => (
          <Line
            key={room.room}
            slug={slug}
            room={room}
            onChange={() => setOpen({ is: "change", room: room.room })}
            onLetIn={() => setOpen({ is: "let_in", room: room.room })}
            onClose={() => (room.closed ? close(room.room, false) : setOpen({ is: "close", room: room.room }))}
          />
        ))}
      </ul>
      {open.is === "new" ? (
        <RoomForm slug={slug} room={null} rooms={rooms} onDone={done} onClose={() => setOpen({ is: "nothing" })} />
      ) : null}
      {open.is === "change" && meant !== undefined ? (
        <RoomForm slug={slug} room={meant} rooms={rooms} onDone={done} onClose={() => setOpen({ is: "nothing" })} />
      ) : null}
      {open.is === "let_in" && meant !== undefined ? (
        <LetIn slug={slug} room={meant} onClose={() => setOpen({ is: "nothing" })} />
      ) : null}
      {open.is === "close" && meant !== undefined ? (
        <Question
          title={t.closeAsk(meant.title)}
          help={t.closeHelp}
          no={words.value.shell.cancel}
          yes={t.close}
          onNo={() => setOpen({ is: "nothing" })}
          onYes={() => close(meant.room, true)}
        />
      ) : null}
    </section>
  );
}

interface LineProps {
  readonly slug: string;
  readonly room: RoomLine;
  readonly onChange: () => void;
  readonly onLetIn: () => void;
  readonly onClose: () => void;
}

function Line({ slug, room, onChange, onLetIn, onClose }: LineProps) {
  const t = keepWords.value.rooms;
  return (
    <li>
      <Icon name={room.closed ? "lock" : "talk"} />
      <span class="grow">
        <b dir="auto">
          <a href={roomPath(slug, room.slug)}>{room.title}</a>
        </b>
        <span class="quiet">{[room.purpose, t.visibility[room.visibility]].filter(Boolean).join(" · ")}</span>
      </span>
      <span class="row tight ends">
        {room.closed ? <span class="chip">{t.closed}</span> : null}
        {room.visibility === "invited" ? (
          <button type="button" class="btn small" aria-label={t.letInTo(room.title)} onClick={onLetIn}>
            {t.letIn}
          </button>
        ) : null}
        <button type="button" class="btn small" aria-label={t.changeOf(room.title)} onClick={onChange}>
          {t.change}
        </button>
        <button
          type="button"
          class={room.closed ? "btn small" : "btn small bad"}
          aria-label={room.closed ? t.reopenOf(room.title) : t.closeOf(room.title)}
          onClick={onClose}
        >
          {room.closed ? t.reopen : t.close}
        </button>
      </span>
    </li>
  );
}
