import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { CommunityView, Membership } from "../../contract.gen";
import { AppContext, useApp } from "../../shell/context";
import { say } from "../../ui/say";
import { wordsIn } from "../../ui/statement";
import { keepWords } from "../../words/keep";
import { Invited } from "../door/Join";

interface DoorPreviewProps {
  readonly community: CommunityView;
  readonly me: Membership;
  readonly place: string;
  readonly onCount: (words: number) => void;
}

/** The page where people join, as a phone shows it: the real one, in a window of its own that is as wide. */
export function DoorPreview({ community, me, place, onCount }: DoorPreviewProps) {
  const app = useApp();
  const frame = useRef<HTMLIFrameElement>(null);
  // Some browsers put another page into the frame once it has loaded, and what was drawn is gone.
  const [loads, setLoads] = useState(0);
  const t = keepWords.value.statement;
  useEffect(() => {
    const root = rootIn(frame.current?.contentDocument ?? null);
    if (root === null) return;
    const look = {
      community,
      inviter: me.shown_name,
      inviter_role: me.roles.includes("host") ? ("host" as const) : ("keeper" as const),
      room_slug: null,
      room_title: place,
      role: "member" as const,
      staff: false,
      ends_ms: 0,
      member: null,
      kept_days: community.kept_days,
    };
    render(
      <AppContext.Provider value={app}>
        <Invited look={look} join={() => Promise.resolve()} onTried={() => say(t.onlyPreview)} />
      </AppContext.Provider>,
      root,
    );
    onCount(wordsIn(root));
  }, [app, community, me, place, loads, t]);
  useEffect(() => {
    const page = frame.current?.contentDocument;
    return () => {
      const root = page?.getElementById("app");
      if (root) render(null, root);
    };
  }, [loads]);
  return <iframe class="phone" ref={frame} title={t.preview} onLoad={() => setLoads((n) => n + 1)} />;
}

/** Where to draw in the frame's page, which is dressed as this one is; null when it can't be had. */
function rootIn(page: Document | null): HTMLElement | null {
  if (page === null) return null;
  for (const { name, value } of document.documentElement.attributes) page.documentElement.setAttribute(name, value);
  const known = page.getElementById("app");
  if (known !== null) return known;
  for (const style of document.head.querySelectorAll("style, link[rel='stylesheet']")) {
    page.head.append(page.importNode(style, true));
  }
  const drawings = document.querySelector("body > svg");
  if (drawings !== null) page.body.append(page.importNode(drawings, true));
  const root = page.createElement("div");
  root.id = "app";
  page.body.append(root);
  return root;
}
