import { useEffect } from "preact/hooks";
import type { Deed, Home } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { Waiting } from "../../shell/lazy";
import { Notice } from "../../shell/Notice";
import { homePath, keepPath } from "../../shell/routes";
import { allowed, type Member } from "../../state/rights";
import { useTitle } from "../../ui/title";
import { words } from "../../words";
import { keepWords } from "../../words/keep";
import { CommunityBar } from "../home/Home";
import { WaitingRoles } from "../home/WaitingRoles";
import { AuditPart } from "./AuditPart";
import { HealthPart } from "./HealthPart";
import { Invitations } from "./Invitations";
import { KeepingPart } from "./Keeping";
import { Members } from "./Members";
import { KeepRooms } from "./KeepRooms";
import { Statement } from "./Statement";
import "../../styles/home.css";
import "../../styles/given.css";
import "../../styles/keep.css";

type Part = "members" | "invitations" | "rooms" | "keeping" | "statement" | "audit" | "health";

/** What each part is for: who may not do that has no use for it. */
const PARTS: readonly (readonly [Part, Deed])[] = [
  ["members", "members.list"],
  ["invitations", "invitations.list"],
  ["rooms", "room.open"],
  ["keeping", "keeping.see"],
  ["statement", "community.change"],
  ["audit", "audit.read"],
  ["health", "health.see"],
];

/** Which parts somebody may use; none for most. */
export function partsFor(me: Member): readonly Part[] {
  return PARTS.filter(([, deed]) => allowed(me, deed)).map(([part]) => part);
}

export interface KeepProps {
  readonly slug: string;
  readonly part: string;
}

export function Keep({ slug, part }: KeepProps) {
  const app = useApp();
  const store = app.community(slug);
  useEffect(() => store.enter(), [store]);
  useEffect(() => app.session.sitDown(), [app]);
  const home = store.home.value;
  const t = keepWords.value;
  useTitle(t.title);
  switch (home.is) {
    case "loading":
      return <Waiting />;
    case "loaded":
      return <KeepPage home={home.value} part={part} />;
    case "refused":
      return <Notice icon="hearth" title={words.value.refusals[home.refusal.code](home.refusal.params)} />;
    case "unreachable":
      return (
        <Notice icon="offline" title={words.value.shell.unreachable}>
          <button type="button" class="btn main" onClick={() => void store.reload()}>
            {words.value.shell.tryAgain}
          </button>
        </Notice>
      );
  }
}

function KeepPage({ home, part }: { home: Home; part: string }) {
  const { slug } = home.community;
  const parts = partsFor(home.me);
  const chosen = parts.find((one) => one === part) ?? parts[0];
  const t = keepWords.value;
  if (chosen === undefined) {
    return (
      <Notice icon="lock" title={t.notYours}>
        <a class="btn main" href={homePath(slug)}>
          {home.community.name}
        </a>
      </Notice>
    );
  }
  return (
    <>
      <a class="skip" href="#main">
        {words.value.shell.skipToMain}
      </a>
      <CommunityBar home={home} />
      <main class="page keep" id="main" tabIndex={-1}>
        <h1 class="h-screen">{t.title}</h1>
        {parts.length > 1 ? (
          <nav class="tabs" aria-label={t.title}>
            {parts.map((one) => (
              <a key={one} href={keepPath(slug, one)} aria-current={one === chosen ? "page" : undefined}>
                {t.parts[one]}
              </a>
            ))}
          </nav>
        ) : null}
        <KeepPart part={chosen} home={home} />
      </main>
    </>
  );
}

function KeepPart({ part, home }: { part: Part; home: Home }) {
  const { slug } = home.community;
  switch (part) {
    case "members":
      return (
        <>
          <WaitingRoles home={home} />
          <Members slug={slug} rooms={home.rooms} />
        </>
      );
    case "invitations":
      return <Invitations community={home.community} rooms={home.rooms} />;
    case "rooms":
      return <KeepRooms slug={slug} rooms={home.rooms} />;
    case "keeping":
      return <KeepingPart slug={slug} />;
    case "statement":
      return (
        <Statement
          key={slug}
          community={home.community}
          me={home.me}
          place={home.rooms.find((one) => one.visibility === "community")?.title ?? home.community.name}
        />
      );
    case "audit":
      return <AuditPart key={slug} slug={slug} />;
    case "health":
      return <HealthPart slug={slug} />;
  }
}
