import { useState } from "preact/hooks";
import type { MemberLine, Role, RoomLine } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { failureWords, useAsk } from "../../ui/ask";
import { Dialog, Question } from "../../ui/Dialog";
import { Wrong } from "../../ui/Field";
import { words } from "../../words";
import { keepWords } from "../../words/keep";

const GIVEN: readonly Exclude<Role, "member">[] = ["moderator", "host", "keeper"];
const EVERYWHERE = "";

export interface MemberDialogProps {
  readonly slug: string;
  readonly member: MemberLine;
  readonly rooms: readonly RoomLine[];
  readonly onChanged: () => void;
  readonly onClose: () => void;
}

/** What a member may do, everywhere or in one room; signing them out and taking them out, which ask first. */
export function MemberDialog({ slug, member, rooms, onChanged, onClose }: MemberDialogProps) {
  const app = useApp();
  const ask = useAsk();
  const [room, setRoom] = useState(EVERYWHERE);
  const [asking, setAsking] = useState<"takeOut" | "signOut" | null>(null);
  const [told, setTold] = useState("");
  const t = keepWords.value.members;
  const held = (role: Role): boolean =>
    room === EVERYWHERE
      ? member.roles.includes(role)
      : member.room_roles.some((one) => one.room === room && one.role === role);
  const set = (role: Role, on: boolean): void => {
    void ask.run(async () => {
      await app.api("set_role", {
        params: { slug, person: member.person },
        body: { role, held: on, room: room === EVERYWHERE ? null : room },
      });
      onChanged();
    });
  };
  const takeOut = (): void => {
    setAsking(null);
    void ask.run(async () => {
      await app.api("remove_member", { params: { slug, person: member.person } });
      onChanged();
      onClose();
    });
  };
  const signOut = (): void => {
    setAsking(null);
    void ask.run(async () => {
      await app.api("end_sessions", { params: { slug, person: member.person } });
      setTold(t.signedOut(member.name));
      onChanged();
    });
  };
  // A keeper keeps the whole community; there is no such thing as a keeper of one room.
  const offered = room === EVERYWHERE ? GIVEN : GIVEN.filter((role) => role !== "keeper");
  return (
    <Dialog title={t.rolesOf(member.name)} onClose={onClose}>
      <div class="stack">
        {rooms.length === 0 ? null : (
          <label class="label select">
            {t.where}
            <select class="field" value={room} onChange={(event) => setRoom(event.currentTarget.value)}>
              <option value={EVERYWHERE}>{t.everywhere}</option>
              {rooms.map((one) => (
                <option key={one.room} value={one.room}>
                  {one.title}
                </option>
              ))}
            </select>
          </label>
        )}
        <ul>
          {offered.map((role) => (
            <li key={role}>
              <label class="tick">
                <input
                  type="checkbox"
                  checked={held(role)}
                  disabled={ask.busy}
                  onChange={(event) => set(role, event.currentTarget.checked)}
                />
                <span>
                  <b>{keepWords.value.roles[role]}.</b> <span class="soft">{t.roleHelp[role]}</span>
                </span>
              </label>
            </li>
          ))}
        </ul>
        <Wrong words={ask.failure === null ? null : failureWords(ask.failure)} />
        <p role="status">{told}</p>
        <div class="row between">
          <button type="button" class="btn" onClick={() => setAsking("signOut")}>
            {t.signOut}
          </button>
          <button type="button" class="btn bad" onClick={() => setAsking("takeOut")}>
            {t.takeOut}
          </button>
          <button type="button" class="btn" onClick={onClose}>
            {words.value.reading.done}
          </button>
        </div>
      </div>
      {asking === "signOut" ? (
        <Question
          title={t.signOutAsk(member.name)}
          help={t.signOutHelp}
          no={words.value.shell.cancel}
          yes={t.signOutDo}
          onNo={() => setAsking(null)}
          onYes={signOut}
        />
      ) : null}
      {asking === "takeOut" ? (
        <Question
          title={t.takeOutAsk(member.name)}
          help={t.takeOutHelp}
          no={words.value.shell.cancel}
          yes={t.takeOutDo}
          onNo={() => setAsking(null)}
          onYes={takeOut}
        />
      ) : null}
    </Dialog>
  );
}
