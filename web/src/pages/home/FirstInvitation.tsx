import { useState } from "preact/hooks";
import type { CommunityView, InvitationMade, RoomLine } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { failureWords, useAsk } from "../../ui/ask";
import { Wrong } from "../../ui/Field";
import { setupWords } from "../../words/setup";
import { Made } from "../keep/Made";
import { ENDINGS } from "../keep/NewInvitation";
import { Poster } from "../keep/Poster";

interface FirstInvitationProps {
  readonly community: CommunityView;
  readonly rooms: readonly RoomLine[];
  readonly invited: boolean;
}

/** An invitation in every form at once, with one press: a link, a code, a square and a poster. */
export function FirstInvitation({ community, rooms, invited }: FirstInvitationProps) {
  const app = useApp();
  const ask = useAsk();
  const [made, setMade] = useState<{ readonly made: InvitationMade; readonly ends_ms: number } | null>(null);
  const [chosen, setChosen] = useState("");
  const { slug } = community;
  const t = setupWords.value;
  const places = rooms.filter((room) => !room.closed && room.visibility === "community");
  const place = places.find((room) => room.room === chosen) ?? places[0];
  if (place === undefined) return <p class="soft">{t.noRoom}</p>;
  const invite = (): void =>
    void ask.run(async () => {
      const body = { kind: "code", room: place.room, label: t.inviteLabel, ends_in_s: ENDINGS.fortnight } as const;
      const one = await app.api("make_invitation", { params: { slug }, body });
      setMade({ made: one, ends_ms: app.now() + ENDINGS.fortnight * 1000 });
      await app.community(slug).reload();
    });
  return (
    <>
      <p class="soft">{invited ? t.inviteDone : t.inviteHelp}</p>
      {places.length < 2 ? null : (
        <label class="label select">
          {t.inviteTo}
          <select class="field" value={place.room} onChange={(event) => setChosen(event.currentTarget.value)}>
            {places.map((room) => (
              <option key={room.room} value={room.room}>
                {room.title}
              </option>
            ))}
          </select>
        </label>
      )}
      <Wrong words={ask.failure === null ? null : failureWords(ask.failure)} />
      <p>
        <button type="button" class={invited ? "btn" : "btn main"} aria-disabled={ask.busy} onClick={invite}>
          {invited ? t.inviteAgain : t.inviteGo}
        </button>
      </p>
      {made === null ? null : (
        <Made made={made.made} onClose={() => setMade(null)}>
          <Poster made={made.made} ends_ms={made.ends_ms} community={community} room={place} />
        </Made>
      )}
    </>
  );
}
