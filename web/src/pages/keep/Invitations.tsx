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
import { NewInvitation, type AskedFor } from "./NewInvitation";
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
  const [made, setMade] = useState<{ readonly made: InvitationMade; readonly asked: AskedFor } | null>(null);
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
  const codes = lines.filter((one) => one.kind === "code" && stateOf(one, app.now()) === "open");
  return (
    <>
      <section class="part" aria-labelledby="part-title">
        <h2 id="part-title">{t.make}</h2>
        <NewInvitation
          slug={slug}
          rooms={rooms}
          haveCodes={codes.map((one) => one.room)}
          onMade={(one, asked) => {
            setMade({ made: one, asked });
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
        <Made made={made.made} onClose={() => setMade(null)}>
          {made.asked.forWall ? (
            <Poster made={made.made} ends_ms={made.asked.ends_ms} community={community} room={made.asked.room} />
          ) : null}
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

type State = "open" | "waits" | "revoked" | "over" | "full";

/** Whether an invitation still lets people in, and why not. */
export function stateOf(line: InvitationLine, now_ms: number): State {
  if (line.revoked) return "revoked";
  // Also when it is used up or over: taken back, it gives its role to nobody.
  if (line.waits) return "waits";
  if (line.ends_ms <= now_ms) return "over";
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
  const state = stateOf(line, now_ms);
  const kind = line.kind === "link" ? t.link : t.code;
  const title = line.label === "" ? kind : line.label;
  const facts = [
    line.label === "" ? null : kind,
    room === undefined ? t.toAll : room.title,
    line.role === "member" ? null : t.asRole(keepWords.value.roles[line.role]),
    line.staff ? t.staffTag : null,
    t.used(line.used, line.uses),
    state === "open" ? t.until(exactly(line.ends_ms)) : state === "over" ? t.ended(date(line.ends_ms)) : null,
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
        {state === "open" || state === "waits" ? (
          <button type="button" class="btn small" aria-label={t.revokeOf(title)} onClick={onRevoke}>
            {t.revoke}
          </button>
        ) : null}
      </span>
    </li>
  );
}
