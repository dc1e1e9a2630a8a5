import type { Home, RoomId, RoomLine } from "../../contract.gen";
import { keepPath, roomPath } from "../../shell/routes";
import { Icon, type IconName } from "../../ui/Icon";
import { Rich } from "../../ui/Rich";
import { pageWords } from "../../words/pages";
import { fromNow } from "../../words/when";

interface RoomsProps {
  readonly rooms: readonly RoomLine[];
  readonly slug: string;
}

/** What a room is called, if it stands on the home. */
export const titleOf = (home: Home, room: RoomId | null): string | undefined =>
  home.rooms.find((one) => one.room === room)?.title;

/** What is happening now: the open room with the most people in it. Nobody anywhere: nothing is drawn. */
export function NowPanel({ rooms, slug, now_ms }: RoomsProps & { readonly now_ms: number }) {
  const live = rooms
    .filter((room) => !room.closed && (room.here ?? 0) > 0)
    .sort((a, b) => (b.here ?? 0) - (a.here ?? 0));
  const [room] = live;
  if (room === undefined) return null;
  const t = pageWords.value.home;
  return (
    <section class="hearth nextup" aria-labelledby="now">
      <div>
        <p class="kick">
          <span class="livedot" />
          {t.now}
        </p>
        <h2 id="now" dir="auto">
          {room.title}
        </h2>
        <p class="soft">
          {t.nowHere(room.here ?? 0)} {room.last_ms === null ? "" : t.lastWords(fromNow(room.last_ms, now_ms))}
        </p>
      </div>
      <a class="btn main" href={roomPath(slug, room.slug)}>
        {t.goIn}
        <Icon name="right" turns />
      </a>
    </section>
  );
}

/** What came since the last visit, room by room. */
export function Since({ rooms, slug, when }: RoomsProps & { readonly when: string }) {
  const t = pageWords.value.home;
  const news = rooms.filter((room) => room.unread > 0);
  return (
    <section class="part" aria-labelledby="since">
      <h2 id="since">{t.since}</h2>
      <p class="sub">{t.sinceWhen(when)}</p>
      {news.length === 0 ? (
        <p>{t.nothingNew}</p>
      ) : (
        <ul class="since">
          {news.map((room) => (
            <li key={room.room}>
              <Icon name={iconOf(room)} size="l" />
              <div>
                <p>
                  <Rich
                    text={t.inRoom}
                    count={<a href={roomPath(slug, room.slug)}>{t.newIn(room.unread)}</a>}
                    room={<b dir="auto">{room.title}</b>}
                  />
                </p>
                {room.mentions > 0 ? <p class="quiet">{t.namesYou(room.mentions)}</p> : null}
              </div>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function iconOf(room: RoomLine): IconName {
  switch (room.visibility) {
    case "community":
      return "talk";
    case "invited":
      return "people";
    case "team":
      return "shield";
  }
}

/** How many are there, and what sort of room it is, in small words. */
function noteOf(room: RoomLine, community_days: number): string {
  const t = pageWords.value.home;
  const kind = room.visibility === "community" ? [] : [room.visibility === "team" ? t.team : t.invited];
  const here = room.here === null ? [] : [room.here > 0 ? t.hereNow(room.here) : t.quietNow];
  const kept = room.kept_days === community_days ? [] : [pageWords.value.join.kept(room.kept_days)];
  return [...kind, ...(room.closed ? [t.closed] : here), ...kept].join(" · ");
}

interface RoomListProps extends RoomsProps {
  readonly host: boolean;
  /** Of the whole community: a room that keeps words for a shorter time says so. */
  readonly kept_days: number;
}

export function Rooms({ rooms, slug, host, kept_days }: RoomListProps) {
  const t = pageWords.value.home;
  return (
    <section class="part" aria-labelledby="rooms">
      <h2 id="rooms">{t.rooms}</h2>
      {rooms.length === 0 ? (
        <p class="soft">{host ? t.noRoomsHost : t.noRooms}</p>
      ) : (
        <ul class="rooms">
          {rooms.map((room) => (
            <li key={room.room}>
              <a href={roomPath(slug, room.slug)}>
                <Icon name={room.closed ? "lock" : iconOf(room)} />
                <span>
                  <b dir="auto">{room.title}</b>
                  {room.purpose === "" ? null : (
                    <span class="room-for" dir="auto">
                      {room.purpose}
                    </span>
                  )}
                  <span class="quiet">{noteOf(room, kept_days)}</span>
                </span>
                {room.unread > 0 ? (
                  <span class="count">
                    <span aria-hidden="true">{room.unread > 99 ? "99+" : room.unread}</span>
                    <span class="sr">{t.unread(room.unread)}</span>
                  </span>
                ) : null}
              </a>
            </li>
          ))}
        </ul>
      )}
      {rooms.length === 0 && host ? (
        <a class="btn main" href={keepPath(slug, "rooms")}>
          <Icon name="plus" />
          {t.openRoom}
        </a>
      ) : null}
    </section>
  );
}
