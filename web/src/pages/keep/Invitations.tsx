import { useState } from "preact/hooks";
import type { CommunityView, InvitationLine, InvitationMade, RoomLine } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { failureWords, useAsk } from "../../ui/ask";
import { Question } from "../../ui/Dialog";
import { Wrong } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { useFetched } from "../../ui/useFetched";
import { words } from "../../words";
import { keepWords } from "../../words/keep";
import { date, exactly } from "../../words/when";
import { Made } from "./Made";
import { NewInvitation } from "./NewInvitation";
import { Poster } from "./Poster";

interface InvitationsProps {
  readonly community: CommunityView;
  readonly rooms: readonly RoomLine[];
}

/** Asking people in, and what has been asked before. */
export function Invitations({ community, rooms }: InvitationsProps) {
  const { slug } = community;
  const app = useApp();
  const ask = useAsk();
  const [made, setMade] = useState<InvitationMade | null>(null);
  const [revoking, setRevoking] = useState<InvitationLine | null>(null);
  const changes = app.community(slug).changes.value;
  const [list, reload] = useFetched(() => app.api("invitations", { params: { slug } }), `${slug} ${changes}`);
  const t = keepWords.value.invitations;
  const revoke = (invitation: string): void => {
    setRevoking(null);
    void ask.run(async () => {
      await app.api("revoke_invitation", { params: { slug, invitation } });
      reload();
    });
  };
  const failure = ask.failure ?? (list.is === "failed" ? list.failure : null);
  const lines = list.is === "there" ? list.value.invitations : [];
  const madeLine = lines.find((one) => one.invitation === made?.invitation);
  return (
    <>
      <section class="part" aria-labelledby="part-title">
        <h2 id="part-title">{t.make}</h2>
        <NewInvitation
          slug={slug}
          rooms={rooms}
          onMade={(one) => {
            setMade(one);
            reload();
          }}
        />
      </section>
      <section class="part" aria-labelledby="invited">
        <h2 id="invited">{t.list}</h2>
        <Wrong words={failure === null ? null : failureWords(failure)} />
        {list.is === "there" && lines.length === 0 ? <p class="soft">{t.none}</p> : null}
        <ul class="lines">
          {lines.map((one) => (
            <Line key={one.invitation} line={one} rooms={rooms} now_ms={app.now()} onRevoke={() => setRevoking(one)} />
          ))}
        </ul>
      </section>
      {made === null ? null : (
        <Made made={made} onClose={() => setMade(null)}>
          {madeLine === undefined || madeLine.role !== "member" ? null : (
            <Poster
              made={made}
              line={madeLine}
              community={community}
              room={rooms.find((one) => one.room === madeLine.room)}
            />
          )}
        </Made>
      )}
      {revoking === null ? null : (
        <Question
          title={t.revokeAsk}
          help={t.revokeHelp}
          no={words.value.shell.cancel}
          yes={t.revokeDo}
          onNo={() => setRevoking(null)}
          onYes={() => revoke(revoking.invitation)}
        />
      )}
    </>
  );
}

type State = "open" | "revoked" | "over" | "full";

/** Whether an invitation still lets people in, and why not. */
export function stateOf(line: InvitationLine, room: RoomLine | undefined, now_ms: number): State {
  if (line.revoked) return "revoked";
  // A code is for what happens in its room.
  if (line.ends_ms <= now_ms || (line.kind === "code" && room?.closed === true)) return "over";
  return line.uses > 0 && line.used >= line.uses ? "full" : "open";
}

interface LineProps {
  readonly line: InvitationLine;
  readonly rooms: readonly RoomLine[];
  readonly now_ms: number;
  readonly onRevoke: () => void;
}

function Line({ line, rooms, now_ms, onRevoke }: LineProps) {
  const t = keepWords.value.invitations;
  const room = rooms.find((one) => one.room === line.room);
  const state = stateOf(line, room, now_ms);
  const kind = line.kind === "link" ? t.link : t.code;
  const title = line.label === "" ? kind : line.label;
  const facts = [
    line.label === "" ? null : kind,
    room === undefined ? t.toAll : room.title,
    line.role === "member" ? null : t.asRole(keepWords.value.roles[line.role]),
    line.staff ? t.staffTag : null,
    t.used(line.used, line.uses),
    state === "open"
      ? t.until(exactly(line.ends_ms))
      : state === "over"
        ? line.ends_ms <= now_ms
          ? t.ended(date(line.ends_ms))
          : t.roomClosed
        : null,
    t.by(line.made_by),
  ];
  return (
    <li>
      <Icon name="link" />
      <span class="grow">
        <b dir="auto">{title}</b>
        <span class="quiet">{facts.filter(Boolean).join(" · ")}</span>
      </span>
      <span class="row tight ends">
        <span class={state === "open" ? "chip good" : "chip"}>{t[state]}</span>
        {state === "open" ? (
          <button type="button" class="btn small" aria-label={t.revokeOf(title)} onClick={onRevoke}>
            {t.revoke}
          </button>
        ) : null}
      </span>
    </li>
  );
}
