import { useEffect } from "preact/hooks";
import type { AskedRole, Home as HomeView, Role } from "../../contract.gen";
import { openReadingHelp } from "../../reading/ReadingHelp";
import { useApp } from "../../shell/context";
import { Waiting } from "../../shell/lazy";
import { Notice } from "../../shell/Notice";
import { homePath, keepPath } from "../../shell/routes";
import { allowed } from "../../state/rights";
import { Face } from "../../ui/Face";
import { Icon } from "../../ui/Icon";
import { useTitle } from "../../ui/title";
import { words } from "../../words";
import { pageWords } from "../../words/pages";
import { passkeyWords } from "../../words/passkeys";
import { fromNow } from "../../words/when";
import { About } from "./About";
import { Involved } from "./Involved";
import { News } from "./News";
import { NowPanel, Rooms, Since, titleOf } from "./Rooms";
import { SetUp } from "./SetUp";
import { TellPeople } from "./TellPeople";
import { WaitingRoles } from "./WaitingRoles";
import "../../styles/home.css";
import "../../styles/given.css";
import "../../styles/reach.css";
import "../../styles/setup.css";

/** The hour as people feel it. */
export function greeting(hour: number): "morning" | "afternoon" | "evening" {
  if (hour >= 4 && hour < 12) return "morning";
  return hour >= 12 && hour < 18 ? "afternoon" : "evening";
}

export function Home({ slug }: { slug: string }) {
  const app = useApp();
  const store = app.community(slug);
  useEffect(() => store.enter(), [store]);
  const home = store.home.value;
  const t = words.value;
  useTitle(home.is === "loaded" ? home.value.community.name : null);
  switch (home.is) {
    case "loading":
      return <Waiting />;
    case "loaded":
      return <HomePage home={home.value} fresh={home.fresh} now_ms={app.now()} />;
    case "refused":
      return (
        <Notice
          icon="hearth"
          title={pageWords.value.home.gone}
          help={
            home.refusal.code === "not_found"
              ? pageWords.value.home.goneHelp
              : t.refusals[home.refusal.code](home.refusal.params)
          }
        >
          <a class="btn main" href="/">
            {t.shell.goHome}
          </a>
        </Notice>
      );
    case "unreachable":
      return (
        <Notice icon="offline" title={t.shell.unreachable}>
          <button type="button" class="btn main" onClick={() => void store.reload()}>
            {t.shell.tryAgain}
          </button>
        </Notice>
      );
  }
}

/** The bar of every page in a community that is not a room. */
export function CommunityBar({ home }: { home: HomeView }) {
  const { community, me } = home;
  const t = pageWords.value.home;
  return (
    <header class="bar">
      <a class="mark" href={homePath(community.slug)} aria-label={words.value.shell.backTo(community.name)}>
        <Icon name="hearth" />
      </a>
      <div class="where grow">
        <b dir="auto">{community.name}</b>
        <span dir="auto">{community.runs_it}</span>
      </div>
      <button type="button" class="btn plain" onClick={openReadingHelp} aria-label={t.reading}>
        <Icon name="text" />
        <span class="wide-only-inline">{t.reading}</span>
      </button>
      <a class="btn plain" href="/me" aria-label={words.value.people.youAs(me.shown_name)}>
        <Face person={me.shown_name} name={me.shown_name} small />
        <span class="wide-only-inline">{me.shown_name}</span>
      </a>
    </header>
  );
}

export interface HomePageProps {
  readonly home: HomeView;
  readonly fresh: boolean;
  readonly now_ms: number;
}

const RANK: readonly Role[] = ["keeper", "host", "moderator"];

/** Of several roles that wait for a passkey the one that may do most is named. */
const highest = (dormant: readonly AskedRole[]): Role =>
  RANK.find((role) => dormant.some((one) => one.role === role)) ?? "member";

export function HomePage({ home, fresh, now_ms }: HomePageProps) {
  const { community, me } = home;
  const t = pageWords.value.home;
  const keeper = allowed(me, "members.list");
  const host = allowed(me, "room.open");
  return (
    <>
      <a class="skip" href="#main">
        {words.value.shell.skipToMain}
      </a>
      <CommunityBar home={home} />
      <main class="page" id="main" tabIndex={-1}>
        {fresh ? null : (
          <p class="line wait" role="status">
            <Icon name="offline" />
            <span>{t.old}</span>
          </p>
        )}
        <div class="home-h">
          <h1>{t[greeting(new Date(now_ms).getHours())](me.shown_name)}</h1>
          <p dir="auto">{community.purpose}</p>
        </div>
        {me.dormant.length === 0 ? null : (
          <div class="line wait asks">
            <Icon name="lock" />
            <span>
              {passkeyWords.value.needed(highest(me.dormant))} {passkeyWords.value.neededHelp}
            </span>
            <a class="btn small" href="/me">
              {passkeyWords.value.toAdd}
            </a>
          </div>
        )}
        {me.asked.map(({ role, room }) => (
          <p key={`${role} ${room ?? ""}`} class="line info">
            <Icon name="clock" />
            <span>{t.asked(role, room === null ? null : (titleOf(home, room) ?? t.oneRoom))}</span>
          </p>
        ))}
        <News home={home} />
        <WaitingRoles home={home} />
        <SetUp home={home} />
        <NowPanel rooms={home.rooms} slug={community.slug} now_ms={now_ms} />
        {me.accepted ? null : (
          <p class="line info">
            <Icon name="talk" />
            <span>{t.listening}</span>
          </p>
        )}
        <div class="home-grid">
          <div>
            {home.last_here_ms === null ? null : (
              <Since rooms={home.rooms} slug={community.slug} when={fromNow(home.last_here_ms, now_ms)} />
            )}
            <Rooms rooms={home.rooms} slug={community.slug} host={host} kept_days={community.kept_days} />
          </div>
          <div>
            <About community={community} />
            <Involved home={home} />
            <TellPeople home={home} />
            {host || keeper ? (
              <section class="part">
                <h2>{keeper ? t.keepers : t.hosts}</h2>
                <p class="sub">{keeper ? t.keepersHelp : t.hostsHelp}</p>
                <a class="btn" href={keepPath(community.slug)}>
                  {keeper ? t.keepers : t.openRoom}
                  <Icon name="right" turns />
                </a>
              </section>
            ) : null}
          </div>
        </div>
      </main>
    </>
  );
}
