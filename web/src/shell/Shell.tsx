import { Fragment, type ComponentChild } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { WithOrganisation } from "../pages/door/WithOrganisation";
import { Room } from "../pages/room/Room";
import { ReadingHelp } from "../reading/ReadingHelp";
import type { App } from "../state";
import { Toast } from "../ui/Toast";
import { words } from "../words";
import { backWords } from "../words/back";
import { Boundary } from "./Boundary";
import { AppContext, useApp } from "./context";
import { lazy, Waiting } from "./lazy";
import { moves, route } from "./location";
import { Notice } from "./Notice";
import type { Route } from "./routes";
import { CameBack, Quiet, Stale } from "./Warnings";

const Landing = lazy(() => import("../pages/door/Landing").then((m) => m.Landing));
const Back = lazy(() => import("../pages/door/Back").then((m) => m.Back));
const MailLink = lazy(() => import("../pages/door/MailLink").then((m) => m.MailLink));
const CodePage = lazy(() => import("../pages/door/CodePage").then((m) => m.CodePage));
const Join = lazy(() => import("../pages/door/Join").then((m) => m.Join));
const SignIn = lazy(() => import("../pages/door/SignIn").then((m) => m.SignIn));
const Claim = lazy(() => import("../pages/door/Claim").then((m) => m.Claim));
const JoinVouched = lazy(() => import("../pages/door/JoinVouched").then((m) => m.JoinVouched));
const SignInRefused = lazy(() => import("../pages/door/SignInRefused").then((m) => m.SignInRefused));
const Home = lazy(() => import("../pages/home/Home").then((m) => m.Home));
const Keep = lazy(() => import("../pages/keep/Keep").then((m) => m.Keep));
const Erased = lazy(() => import("../pages/me/Erased").then((m) => m.Erased));
const Me = lazy(() => import("../pages/me/Me").then((m) => m.Me));

export function Shell({ app }: { app: App }) {
  const page = useRef<HTMLDivElement>(null);
  const moved = moves.value;
  useEffect(() => (moved > 0 && page.current !== null ? beginAtMain(page.current) : undefined), [moved]);
  return (
    <AppContext.Provider value={app}>
      <div ref={page}>
        <Stale />
        <CameBack />
        <Boundary>
          <Page to={route.value} />
        </Boundary>
      </div>
      <Quiet />
      <ReadingHelp />
      <Toast />
    </AppContext.Provider>
  );
}

/**
 * After a change of page the keyboard and a screen reader start at the new page's main part, also when it comes a
 * little later than the page: the focus would else go with what stood there meanwhile.
 */
function beginAtMain(page: HTMLElement): () => void {
  const take = (): void => {
    const main = page.querySelector<HTMLElement>("main");
    main?.focus({ preventScroll: true });
    if (main !== null && main.ariaBusy !== "true") late.disconnect();
  };
  const late = new MutationObserver(() => {
    // Who has gone on to something else meanwhile is left there.
    if (document.activeElement === document.body) take();
  });
  late.observe(page, { childList: true, subtree: true });
  take();
  return () => late.disconnect();
}

/** Which page an address shows. What is inside a community first asks who is there. */
function Page({ to }: { to: Route }): ComponentChild {
  switch (to.is) {
    case "landing":
      return <Landing />;
    case "code":
      return <CodePage />;
    case "join":
      return <Join key={to.secret} secret={to.secret} />;
    case "sign_in":
      return <SignIn secret={to.secret} />;
    case "back":
      return <Back secret={null} />;
    case "back_by_link":
      return <Back key={to.secret} secret={to.secret} />;
    case "vouched":
      return <JoinVouched />;
    case "sign_in_refused":
      return <SignInRefused why={to.why} />;
    case "confirm_mail":
      return <MailLink key={to.secret} secret={to.secret} does="confirm" />;
    case "stop_mail":
      return <MailLink key={to.secret} secret={to.secret} does="stop" />;
    case "claim":
      return <Claim secret={to.secret} />;
    case "erased":
      return <Erased key={to.secret} secret={to.secret} />;
    case "home":
      return <Inside page={<Home key={to.slug} slug={to.slug} />} />;
    case "room":
      return (
        <Inside page={<Room key={`${to.slug}/${to.room}`} slug={to.slug} room={to.room} message={to.message} />} />
      );
    case "keep":
      return <Inside page={<Keep key={to.slug} slug={to.slug} part={to.part} />} />;
    case "me":
      return <Inside page={<Me />} />;
    case "nowhere":
      return <Nowhere />;
  }
}

function Inside({ page }: { page: ComponentChild }) {
  const { session } = useApp();
  const state = session.state.value;
  switch (state.is) {
    case "loading":
      return <Waiting />;
    case "unreachable":
      return <Unreachable />;
    case "stranger":
      return <SignedOut why={null} />;
    case "ended":
      return <SignedOut why={state.why} />;
    case "in":
      // Another person's page is another page, also where the address is the same.
      return <Fragment key={state.person}>{page}</Fragment>;
  }
}

function Unreachable() {
  const app = useApp();
  const t = words.value.shell;
  return (
    <Notice icon="offline" title={t.offlineShell}>
      <button type="button" class="btn main" onClick={() => void app.session.refresh()}>
        {t.tryAgain}
      </button>
    </Notice>
  );
}

function SignedOut({ why }: { why: "quiet" | "self" | "left" | "server" | null }) {
  const t = words.value.shell;
  return (
    <Notice icon="leave" title={t.signedOut} help={why === "quiet" ? t.sharedEnded : t.signedOutHelp}>
      <WithOrganisation to={location.pathname} />
      <a class="btn main" href="/j">
        {t.haveCode}
      </a>
      <a class="btn" href="/back">
        {backWords.value.byWords}
      </a>
      <a class="btn" href="/">
        {t.goHome}
      </a>
    </Notice>
  );
}

function Nowhere() {
  const t = words.value.shell;
  return (
    <Notice icon="link" title={t.nothingHere} help={t.nothingHereHelp}>
      <a class="btn main" href="/">
        {t.goHome}
      </a>
    </Notice>
  );
}
