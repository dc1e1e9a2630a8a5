import { useEffect, useState } from "preact/hooks";
import type { Me as MeView, Membership } from "../../contract.gen";
import { openReadingHelp } from "../../reading/ReadingHelp";
import { useApp } from "../../shell/context";
import { homePath } from "../../shell/routes";
import { Question } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import { useTitle } from "../../ui/title";
import { words } from "../../words";
import { pageWords } from "../../words/pages";
import { Devices } from "./Devices";
import { KeptPart } from "./Kept";
import { MyName } from "./MyName";
import { OrganisationPart } from "./Organisation";
import { PasskeysPart } from "./Passkeys";
import { ReachFirst, ReachPart } from "./Reach";
import { WayBackFirst, WayBackPart } from "./WayBack";
import "../../styles/home.css";

/** The name I use, how I come here, where I am signed in, and the ways out. */
export function Me() {
  const { session } = useApp();
  const state = session.state.value;
  useTitle(pageWords.value.me.title);
  return state.is === "in" ? <MePage me={state.me} /> : null;
}

function MePage({ me }: { me: MeView }) {
  const t = words.value;
  const first = me.communities[0];
  const passkeys = <PasskeysPart slug={first?.slug} />;
  return (
    <>
      <a class="skip" href="#main">
        {t.shell.skipToMain}
      </a>
      <header class="bar">
        <a
          class="mark"
          href={first === undefined ? "/" : homePath(first.slug)}
          aria-label={first === undefined ? t.shell.goHome : t.shell.backTo(first.name)}
        >
          <Icon name="hearth" />
        </a>
        <div class="where grow">
          <b>{first?.name ?? t.shell.hearth}</b>
        </div>
        <button type="button" class="btn plain" onClick={openReadingHelp} aria-label={t.reading.title}>
          <Icon name="text" />
          <span class="wide-only-inline">{t.reading.title}</span>
        </button>
      </header>
      <main class="page narrow" id="main" tabIndex={-1}>
        <h1 class="h-screen">{pageWords.value.me.title}</h1>
        {me.proof?.required === true && me.proof.passkeys === 0 ? passkeys : null}
        {me.communities.map((membership) => (
          <MyName key={membership.community} membership={membership} />
        ))}
        {me.way_back === null ? null : <WayBackPart state={me.way_back} />}
        {me.organisation === null ? null : <OrganisationPart name={me.organisation} connected={me.connected} />}
        {me.proof === null || (me.proof.required && me.proof.passkeys === 0) ? null : passkeys}
        <ReachPart />
        <Devices />
        <KeptPart shared={me.shared_idle_s !== null} />
        <WaysOut communities={me.communities} />
      </main>
    </>
  );
}

/** The parts of this page that somebody who leaves may want first, by the ids of their headings. */
type Part = "kept" | "erase";

type Asking =
  | { readonly is: "no"; readonly onTo?: Part }
  | { readonly is: "sign_out" }
  | { readonly is: "leave"; readonly from: Membership };

function WaysOut({ communities }: { communities: readonly Membership[] }) {
  const { session } = useApp();
  const [asking, setAsking] = useState<Asking>({ is: "no" });
  const t = pageWords.value.me;
  const stay = (): void => setAsking({ is: "no" });
  useEffect(() => {
    if (asking.is === "no" && asking.onTo !== undefined) goTo(asking.onTo);
  }, [asking]);
  return (
    <section class="part row">
      <button type="button" class="btn" onClick={() => setAsking({ is: "sign_out" })}>
        <Icon name="leave" turns />
        {t.signOut}
      </button>
      {communities.map((one) => (
        <button key={one.community} type="button" class="btn bad" onClick={() => setAsking({ is: "leave", from: one })}>
          {communities.length === 1 ? t.leave : t.leaveAsk(one.name)}
        </button>
      ))}
      {asking.is === "sign_out" ? (
        <Question
          title={t.signOutAsk}
          help={t.signOutHelp}
          no={t.stay}
          yes={t.signOutDo}
          onNo={stay}
          onYes={() => void session.signOut()}
        >
          <WayBackFirst />
          <ReachFirst />
        </Question>
      ) : null}
      {asking.is === "leave" ? (
        <Question
          title={t.leaveAsk(asking.from.name)}
          help={t.leaveHelp}
          no={t.stay}
          yes={t.leaveDo}
          onNo={stay}
          onYes={() => void session.leave(asking.from.slug)}
        >
          <div class="stack">
            <p>{t.leaveFirst}</p>
            <div class="row">
              <button type="button" class="btn" onClick={() => setAsking({ is: "no", onTo: "kept" })}>
                <Icon name="down" />
                {t.leaveGet}
              </button>
              <button type="button" class="btn" onClick={() => setAsking({ is: "no", onTo: "erase" })}>
                {t.leaveErase}
              </button>
            </div>
          </div>
        </Question>
      ) : null}
    </section>
  );
}

/** Go to a part of this page; to what is kept, while what follows it is not there yet. */
function goTo(part: Part): void {
  const heading = document.getElementById(part) ?? document.getElementById("kept");
  if (heading === null) return;
  heading.tabIndex = -1;
  heading.focus();
}
