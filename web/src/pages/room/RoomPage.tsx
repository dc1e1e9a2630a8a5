import { useEffect, useMemo } from "preact/hooks";
import type { MessageId, RoomId } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { Waiting } from "../../shell/lazy";
import type { Connection, Screen } from "../../state";
import { hasMargin } from "../../ui/media";
import { hush } from "../../ui/speech";
import { useTitle } from "../../ui/title";
import { words } from "../../words";
import type { Core } from "../../words/en";
import { Announcer } from "./Announcer";
import { Bar } from "./Bar";
import { showMessage } from "./Elsewhere";
import { Foot } from "./Foot";
import { messagesOf } from "./fresh";
import { Gone } from "./Gone";
import { HereContext, openHere, useHere } from "./here";
import { PeopleList } from "./People";
import { Talk } from "./Talk";
import { ThreadBeside } from "./Thread";

export interface RoomPageProps {
  readonly id: RoomId;
  readonly slug: string;
  readonly roomSlug: string;
  readonly message: MessageId | null;
}

export function RoomPage({ id, slug, roomSlug, message }: RoomPageProps) {
  const app = useApp();
  const store = app.room(id);
  const here = useMemo(() => openHere(store, slug, roomSlug), [store, slug, roomSlug]);
  const screen = store.screen.value;
  const there = screen !== null;
  useEffect(() => store.enter(), [store]);
  useEffect(() => hush, []);
  useEffect(() => {
    if (there && message !== null) void showMessage(here, message);
  }, [there, here, message]);
  useTitle(screen === null ? null : titleOf(screen));
  const state = store.state.value;
  if (state.is === "gone") return <Gone slug={slug} code={state.code} />;
  const home = app.community(slug).home.value;
  const community = home.is === "loaded" ? home.value.community.name : "";
  const t = words.value;
  return (
    <HereContext.Provider value={here}>
      <div class="room">
        {there ? (
          // Who may not write finds the reason there.
          <a class="skip" href={here.may.post.value ? "#say" : "#write"}>
            {t.shell.skipToWrite}
          </a>
        ) : null}
        <Bar title={screen?.room.title ?? ""} community={community} />
        {screen === null ? (
          <Waiting why={waitsFor(app.connection.value, t)} />
        ) : (
          <div class="room-in">
            <div class="sheet">
              <main id="main" tabIndex={-1} class="page-of-talk">
                <Talk screen={screen} reader={here.reader} />
              </main>
              <Foot screen={screen} />
            </div>
            {hasMargin.value ? <Beside screen={screen} /> : null}
          </div>
        )}
        <Announcer />
      </div>
    </HereContext.Provider>
  );
}

/** Why the room is not there yet, where it is the line. Nothing can be written so far, so nothing is said of that. */
const waitsFor = (connection: Connection, t: Core): string | null =>
  connection.is === "offline" ? t.shell.offlineShell : connection.is === "reconnecting" ? t.room.dropped : null;

/** "(3) Waiting well": what waits is told where the tab is seen. */
const titleOf = (screen: Screen): string =>
  screen.unread > 0 ? `(${screen.unread}) ${screen.room.title}` : screen.room.title;

/** The margin: the answers to one message, and who is here. */
function Beside({ screen }: { screen: Screen }) {
  const { thread } = useHere();
  const t = words.value.people;
  const open = thread.value;
  const message = open === null ? undefined : messagesOf(screen.rows).find((one) => one.message === open);
  return (
    <aside class="beside">
      {message !== undefined && open !== null ? <ThreadBeside key={open} message={message} id={open} /> : null}
      <section class="here" aria-labelledby="here-now">
        <h2 class="label" id="here-now">
          {t.hereNow}
        </h2>
        <PeopleList />
      </section>
    </aside>
  );
}
