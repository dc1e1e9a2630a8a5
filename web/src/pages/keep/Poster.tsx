import type { CommunityView, InvitationMade, RoomLine } from "../../contract.gen";
import { pictureOf } from "../../ui/picture";
import { keepWords } from "../../words/keep";
import { exactly } from "../../words/when";

interface PosterProps {
  readonly made: InvitationMade;
  readonly ends_ms: number;
  readonly community: CommunityView;
  readonly room: RoomLine | undefined;
}

/** An invitation for a wall, in large print. It is on paper alone: a screen shows the invitation in other words. */
export function Poster({ made, ends_ms, community, room }: PosterProps) {
  const t = keepWords.value.poster;
  return (
    <section class="poster">
      <p class="poster-name" dir="auto">
        {community.name}
      </p>
      <p class="poster-why" dir="auto">
        {community.purpose}
      </p>
      {room === undefined ? null : (
        <p>
          {t.room} <b dir="auto">{room.title}</b>
        </p>
      )}
      <p class="poster-do">{t.camera}</p>
      <img src={pictureOf(made.qr)} alt="" />
      {made.code === null ? null : (
        <>
          <p class="poster-do">{t.orType(`${location.host}/j`)}</p>
          <p class="poster-code">{made.code}</p>
        </>
      )}
      <p>{t.free}</p>
      <p>{t.until(exactly(ends_ms))}</p>
      <p>
        {t.runs} <span dir="auto">{community.runs_it}</span>
        <br />
        <span dir="auto">{community.contact}</span>
      </p>
    </section>
  );
}
