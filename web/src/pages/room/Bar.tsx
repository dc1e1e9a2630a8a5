import { useRef, useState } from "preact/hooks";
import { openReadingHelp } from "../../reading/ReadingHelp";
import { useApp } from "../../shell/context";
import { go } from "../../shell/location";
import { homePath } from "../../shell/routes";
import { Dialog, Question } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import { hasMargin } from "../../ui/media";
import { Popup } from "../../ui/Popup";
import { words } from "../../words";
import { WayBackFirst } from "../me/WayBack";
import { PeopleList } from "./People";
import { useHere } from "./here";

export interface BarProps {
  readonly title: string;
  readonly community: string;
}

/** The room's name, who is here, reading help and the way out. */
export function Bar({ title, community }: BarProps) {
  const app = useApp();
  const { slug, store } = useHere();
  const t = words.value;
  const [asking, setAsking] = useState(false);
  const session = app.session.state.value;
  const shared = session.is === "in" && (session.me.shared_idle_s ?? null) !== null;
  const known = store.screen.value !== null;
  const leave = (): void => {
    // A device of one's own stays signed in; on a shared one, leaving is signing out.
    if (shared) setAsking(true);
    else go(homePath(slug));
  };
  return (
    <header class="bar">
      <a class="mark" href={homePath(slug)} aria-label={t.shell.backTo(community)}>
        <Icon name="hearth" />
      </a>
      <div class="where grow">
        <h1 dir="auto">{title}</h1>
        <span dir="auto">{community}</span>
      </div>
      {known ? <HereCount /> : null}
      <button type="button" class="btn plain wide-only" onClick={openReadingHelp}>
        <Icon name="text" />
        {t.room.readingHelp}
      </button>
      <button type="button" class="btn plain wide-only" onClick={leave}>
        <Icon name="leave" turns />
        {t.room.leave}
      </button>
      <MoreMenu onLeave={leave} />
      {asking ? (
        <Question
          title={t.room.leaveSharedAsk}
          help={t.room.leaveSharedHelp}
          no={t.room.leaveSharedDont}
          yes={t.room.leaveSharedDo}
          onNo={() => setAsking(false)}
          onYes={() => void app.session.signOut()}
        >
          <WayBackFirst />
        </Question>
      ) : null}
    </header>
  );
}

/** How many are here. With a margin they are listed beside the talk; without, the number opens the list. */
function HereCount() {
  const { store } = useHere();
  const [open, setOpen] = useState(false);
  const { count, known } = store.roster.value;
  const t = words.value.people;
  const said = known ? t.here(count) : t.unseenShort;
  if (hasMargin.value) {
    return (
      <span class="withicon soft num">
        <Icon name="people" />
        {said}
      </span>
    );
  }
  return (
    <>
      <button type="button" class="btn plain num" aria-label={said} onClick={() => setOpen(true)}>
        <Icon name="people" />
        <span class="wide-only-inline">{said}</span>
        <span class="only-narrow">{known ? count : "?"}</span>
      </button>
      {open ? (
        <Dialog title={t.hereNow} onClose={() => setOpen(false)}>
          <div class="here">
            <PeopleList />
          </div>
        </Dialog>
      ) : null}
    </>
  );
}

function MoreMenu({ onLeave }: { onLeave: () => void }) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = useRef(() => setOpen(false)).current;
  const t = words.value.room;
  const choose = (deed: () => void): void => {
    button.current?.focus();
    setOpen(false);
    deed();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class="btn plain only only-narrow"
        aria-label={t.moreMenu}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name="more" />
      </button>
      {open ? (
        <Popup anchor={button} label={t.moreMenu} kind="menu" onClose={close}>
          <button type="button" onClick={() => choose(openReadingHelp)}>
            <Icon name="text" />
            {t.readingHelp}
          </button>
          <button type="button" onClick={() => choose(onLeave)}>
            <Icon name="leave" turns />
            {t.leave}
          </button>
        </Popup>
      ) : null}
    </>
  );
}
