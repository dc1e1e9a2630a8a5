import { useEffect, useState } from "preact/hooks";
import type { Code, MessageId, RoomId } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { Waiting } from "../../shell/lazy";
import { Notice } from "../../shell/Notice";
import { Refused } from "../../state";
import { words } from "../../words";
import { Gone } from "./Gone";
import { RoomPage } from "./RoomPage";

type Found =
  | { readonly is: "looking" }
  | { readonly is: "there"; readonly room: RoomId }
  | { readonly is: "gone"; readonly code: Code }
  | { readonly is: "unreachable" };

/** Which room an address means: from the community's list where that is known, else asked for. */
function useRoomId(slug: string, room: string): readonly [Found, () => void] {
  const app = useApp();
  const [found, setFound] = useState<Found>({ is: "looking" });
  const [tries, setTries] = useState(0);
  useEffect(() => {
    let over = false;
    const home = app.community(slug).home.peek();
    const known = home.is === "loaded" ? home.value.rooms.find((line) => line.slug === room) : undefined;
    if (known !== undefined) {
      setFound({ is: "there", room: known.room });
      return undefined;
    }
    app.api("find_room", { params: { slug, room_slug: room } }).then(
      (there) => over || setFound({ is: "there", room: there.room }),
      (failure: unknown) =>
        over || setFound(failure instanceof Refused ? { is: "gone", code: failure.code } : { is: "unreachable" }),
    );
    return () => {
      over = true;
    };
  }, [app, slug, room, tries]);
  return [
    found,
    () => {
      setFound({ is: "looking" });
      setTries(tries + 1);
    },
  ];
}

export interface RoomProps {
  readonly slug: string;
  readonly room: string;
  readonly message: MessageId | null;
}

export function Room({ slug, room, message }: RoomProps) {
  const app = useApp();
  const [found, again] = useRoomId(slug, room);
  useEffect(() => app.community(slug).enter(), [app, slug]);
  const t = words.value;
  switch (found.is) {
    case "looking":
      return <Waiting />;
    case "there":
      return <RoomPage key={found.room} id={found.room} slug={slug} roomSlug={room} message={message} />;
    case "gone":
      return <Gone slug={slug} code={found.code} />;
    case "unreachable":
      return (
        <Notice icon="offline" title={t.shell.offlineShell}>
          <button type="button" class="btn main" onClick={again}>
            {t.shell.tryAgain}
          </button>
        </Notice>
      );
  }
}
