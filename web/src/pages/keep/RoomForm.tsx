import { useEffect, useState } from "preact/hooks";
import type { RoomLine, Visibility } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { homePath } from "../../shell/routes";
import { codeOf, failureWords, useAsk } from "../../ui/ask";
import { Choices } from "../../ui/Choices";
import { Dialog } from "../../ui/Dialog";
import { Field, Wrong } from "../../ui/Field";
import { slugOf } from "../../ui/statement";
import { keepWords } from "../../words/keep";
import { setupWords } from "../../words/setup";
import { templatesBeside, type Template } from "./templates";

const VISIBILITIES: readonly Visibility[] = ["community", "invited", "team"];

export interface RoomFormProps {
  readonly slug: string;
  /** Null: a new room. */
  readonly room: RoomLine | null;
  /** Those there are. */
  readonly rooms: readonly RoomLine[];
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** A new room, or what should be different about one. */
export function RoomForm({ slug, room, rooms, onDone, onClose }: RoomFormProps) {
  const app = useApp();
  const ask = useAsk();
  const [title, setTitle] = useState(room?.title ?? "");
  const [address, setAddress] = useState("");
  const [ownAddress, setOwnAddress] = useState(false);
  const [purpose, setPurpose] = useState(room?.purpose ?? "");
  const [visibility, setVisibility] = useState<Visibility>(room?.visibility ?? "community");
  const [hideNames, setHideNames] = useState<boolean | null>(room === null ? true : null);
  const [looked, setLooked] = useState(false);
  const t = keepWords.value.rooms;
  // The list does not say whether names may be hidden here; the room's own store does, once it is followed.
  const store = room === null ? null : app.room(room.room);
  useEffect(() => store?.enter(), [store]);
  const known = hideNames ?? store?.screen.value?.room.hide_names ?? null;
  const missing = looked && title.trim() === "" ? keepWords.value.statement.missing : null;
  const templates = templatesBeside(rooms);
  const begin = (one: Template): void => {
    setTitle(one.title);
    setPurpose(one.purpose);
    setAddress(one.slug);
    setOwnAddress(false);
    ask.clear();
  };
  const save = (event: Event): void => {
    event.preventDefault();
    setLooked(true);
    if (title.trim() === "") return;
    const said = { title: title.trim(), purpose: purpose.trim(), visibility };
    void ask.run(async () => {
      if (room === null) {
        const body = { ...said, slug: address, hide_names: known ?? true };
        await app.api("open_room", { params: { slug }, body });
      } else {
        const body = hideNames === null ? said : { ...said, hide_names: hideNames };
        await app.api("change_room", { params: { room: room.room }, body });
      }
      onDone();
    });
  };
  const taken = codeOf(ask.failure) === "slug_taken";
  const failed = ask.failure === null ? null : failureWords(ask.failure);
  return (
    <Dialog title={room === null ? t.open : t.changeOf(room.title)} onClose={onClose}>
      <form class="stack" onSubmit={save} noValidate>
        {room === null && templates.length > 0 ? (
          <fieldset>
            <legend class="label">{setupWords.value.from}</legend>
            <div class="row tight">
              {templates.map((one) => (
                <button key={one.slug} type="button" class="btn small" onClick={() => begin(one)}>
                  {one.title}
                </button>
              ))}
            </div>
          </fieldset>
        ) : null}
        <Field
          label={t.name}
          value={title}
          maxLength={80}
          wrong={missing}
          onInput={(value) => {
            setTitle(value);
            if (!ownAddress) setAddress(slugOf(value));
          }}
        />
        {room === null ? (
          <Field
            label={t.address}
            help={`${location.host}${homePath(slug)}/r/${address === "" ? "…" : address}`}
            value={address}
            maxLength={40}
            spellcheck={false}
            wrong={taken ? failed : null}
            onInput={(value) => {
              setAddress(value);
              setOwnAddress(true);
              ask.clear();
            }}
          />
        ) : null}
        <Field label={t.purpose} value={purpose} onInput={setPurpose} lines={2} maxLength={400} />
        <Choices<Visibility>
          legend={t.who}
          of={VISIBILITIES.map((value) => ({ value, words: t.visibility[value] }))}
          value={visibility}
          onChoose={setVisibility}
        />
        {known === null ? null : (
          <label class="tick">
            <input type="checkbox" checked={known} onChange={(event) => setHideNames(event.currentTarget.checked)} />
            <span>{t.hideNames}</span>
          </label>
        )}
        {taken ? null : <Wrong words={failed} />}
        <button type="submit" class="btn main" aria-disabled={ask.busy}>
          {room === null ? t.go : t.save}
        </button>
      </form>
    </Dialog>
  );
}
