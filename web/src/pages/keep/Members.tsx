import { useState } from "preact/hooks";
import type { MemberLine, Members as MembersPage, RoomLine } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { failureWords, useAsk } from "../../ui/ask";
import { Face } from "../../ui/Face";
import { Field, Wrong } from "../../ui/Field";
import { useFetched } from "../../ui/useFetched";
import { useSettled } from "../../ui/useSettled";
import { keepWords } from "../../words/keep";
import { passkeyWords } from "../../words/passkeys";
import { date, fromNow } from "../../words/when";
import { MemberDialog } from "./MemberDialog";

const HOUR_MS = 3_600_000;

// One question a pause in typing.
const PAUSE_MS = 200;

interface MembersProps {
  readonly slug: string;
  readonly rooms: readonly RoomLine[];
}

/** The pages after the first one, and which first one it was. */
interface Further extends MembersPage {
  readonly after: MembersPage;
}

/** Everyone in the community by name, with what they may do. */
export function Members({ slug, rooms }: MembersProps) {
  const app = useApp();
  const changes = app.community(slug).changes.value;
  const ask = useAsk();
  const [query, setQuery] = useState("");
  const sought = useSettled(query, PAUSE_MS);
  const [open, setOpen] = useState<string | null>(null);
  const t = keepWords.value;
  const page = (cursor?: string): Promise<MembersPage> =>
    app.api("members", {
      params: { slug },
      query: { ...(sought === "" ? {} : { q: sought }), ...(cursor === undefined ? {} : { cursor }) },
    });
  const [first, reload] = useFetched(() => page(), `${slug} ${sought} ${changes}`);
  const [further, setFurther] = useState<Further | null>(null);
  const start = first.is === "there" ? first.value : null;
  // What followed another first page follows no longer.
  const added = further?.after === start ? further : null;
  const members = [...(start?.members ?? []), ...(added?.members ?? [])];
  const next = (added ?? start)?.next ?? null;
  const more = (cursor: string): void => {
    void ask.run(async () => {
      const got = await page(cursor);
      if (start !== null) {
        setFurther({ after: start, members: [...(added?.members ?? []), ...got.members], next: got.next });
      }
    });
  };
  const failure = ask.failure ?? (first.is === "failed" ? first.failure : null);
  const chosen = members.find((one) => one.person === open);
  return (
    <section class="part" aria-labelledby="part-title">
      <h2 id="part-title">{t.parts.members}</h2>
      <Field label={t.members.find} help={t.members.findHelp} value={query} onInput={setQuery} spellcheck={false} />
      <Wrong words={failure === null ? null : failureWords(failure)} />
      {start !== null && members.length === 0 ? <p class="soft">{t.members.none}</p> : null}
      <ul class="lines">
        {members.map((one) => (
          <Line key={one.person} member={one} rooms={rooms} now_ms={app.now()} onOpen={() => setOpen(one.person)} />
        ))}
      </ul>
      {next === null ? null : (
        <button type="button" class="btn" onClick={() => more(next)}>
          {t.more}
        </button>
      )}
      {chosen === undefined ? null : (
        <MemberDialog slug={slug} member={chosen} rooms={rooms} onChanged={reload} onClose={() => setOpen(null)} />
      )}
    </section>
  );
}

interface LineProps {
  readonly member: MemberLine;
  readonly rooms: readonly RoomLine[];
  readonly now_ms: number;
  readonly onOpen: () => void;
}

/** Told to the hour, so that nobody is watched to the minute; to say "39 minutes ago" of it would be made up. */
function seenWords(seen_ms: number | null, now_ms: number): string {
  const t = keepWords.value.members;
  if (seen_ms === null) return t.neverSeen;
  return now_ms - seen_ms < HOUR_MS ? t.seenLately : t.seen(fromNow(seen_ms, now_ms));
}

function Line({ member, rooms, now_ms, onOpen }: LineProps) {
  const t = keepWords.value;
  const title = (room: string): string => rooms.find((one) => one.room === room)?.title ?? "";
  const roles = [
    ...member.roles.filter((role) => role !== "member").map((role) => t.roles[role]),
    ...member.room_roles.map((one) => `${t.roles[one.role]} ${t.members.inRoom(title(one.room))}`),
  ];
  const facts = [
    member.standing,
    member.accepted ? null : t.members.listening,
    member.passkey === false ? passkeyWords.value.noneYet : null,
    t.members.joined(date(member.joined_ms)),
    seenWords(member.seen_ms, now_ms),
  ];
  return (
    <li>
      <Face person={member.person} name={member.name} host={member.roles.includes("host")} small />
      <span class="grow">
        <b dir="auto">{member.name}</b>
        <span class="quiet">{facts.filter(Boolean).join(" · ")}</span>
      </span>
      <span class="row tight ends">
        {roles.map((role) => (
          <span key={role} class="chip prime">
            {role}
          </span>
        ))}
        <button type="button" class="btn small" aria-label={t.members.changeOf(member.name)} onClick={onOpen}>
          {t.members.change}
        </button>
      </span>
    </li>
  );
}
