import { useEffect, useState } from "preact/hooks";
import type { InvitationLook, Joined } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { go } from "../../shell/location";
import { Notice } from "../../shell/Notice";
import { homePath, roomPath } from "../../shell/routes";
import { failureOf, failureWords, type Failure } from "../../ui/ask";
import { Face } from "../../ui/Face";
import { Rich } from "../../ui/Rich";
import { useTitle } from "../../ui/title";
import { words } from "../../words";
import { pageWords } from "../../words/pages";
import { JoinForm, type Entry } from "./JoinForm";

type Look =
  | { readonly is: "looking" }
  | { readonly is: "there"; readonly look: InvitationLook }
  /** A member already, on the way in. */
  | { readonly is: "again" }
  | { readonly is: "no"; readonly failure: Failure };

/** Where an invitation leads: the join screen, straight in, or the reason why not and what to do then. */
export function Join({ secret }: { secret: string }) {
  const app = useApp();
  const [state, setState] = useState<Look>({ is: "looking" });
  const [tries, setTries] = useState(0);
  const t = pageWords.value.join;
  const into = async (to: Pick<Joined, "community_slug" | "room_slug">): Promise<void> => {
    await app.session.refresh();
    const { community_slug: slug, room_slug: room } = to;
    go(room === null ? homePath(slug) : roomPath(slug, room), { replace: true });
  };
  useEffect(() => {
    let over = false;
    const look = async (): Promise<void> => {
      const found = await app.api("look_invitation", { body: { secret } });
      if (over) return;
      if (found.member === null) {
        setState({ is: "there", look: found });
        return;
      }
      setState({ is: "again" });
      await straightIn(found);
    };
    /** A member needs no form; the invitation may still open a room to them. */
    const straightIn = async (found: InvitationLook): Promise<void> => {
      const shown = { community_slug: found.community.slug, room_slug: found.room_slug };
      // Who can't use it goes where it shows; who can, where the server leads: not into a room that waits for a yes.
      const to = await app.api("join", { body: { secret } }).catch((thrown: unknown) => {
        failureOf(thrown);
        return shown;
      });
      if (!over) await into(to);
    };
    look().catch((thrown: unknown) => over || setState({ is: "no", failure: failureOf(thrown) }));
    return () => {
      over = true;
    };
  }, [app, secret, tries]);
  useTitle(state.is === "there" ? state.look.community.name : null);
  switch (state.is) {
    case "looking":
      return <Notice icon="hearth" title={t.looking} />;
    case "again":
      return <Notice icon="hearth" title={t.again} />;
    case "there":
      return (
        <Invited look={state.look} join={async (who) => into(await app.api("join", { body: { secret, ...who } }))} />
      );
    case "no":
      return <NotIn failure={state.failure} onAgain={() => setTries(tries + 1)} />;
  }
}

interface InvitedProps {
  readonly look: InvitationLook;
  readonly join: (who: Entry) => Promise<void>;
  readonly onTried?: () => void;
}

/** The form of an invitation: who asks in, to what, and as what. */
export function Invited({ look, join, onTried }: InvitedProps) {
  const { community, inviter } = look;
  const t = pageWords.value.join;
  const staffNote = look.staff ? t.staffAs : null;
  return (
    <JoinForm
      community={community}
      keptDays={look.kept_days}
      standings={look.staff ? [] : community.standings}
      invited={
        <p class="invited">
          <Face person={inviter} name={inviter} host={look.inviter_role === "host"} />
          <span>
            <Rich
              text={community.door.invites ?? t.invites}
              name={<b>{inviter}</b>}
              place={<b>{look.room_title ?? community.name}</b>}
            />
          </span>
        </p>
      }
      note={look.role === "member" ? staffNote : t.asRole(look.role, look.room_title)}
      join={join}
      onTried={onTried}
    />
  );
}

function NotIn({ failure, onAgain }: { failure: Failure; onAgain: () => void }) {
  const t = pageWords.value.join;
  return (
    <Notice icon="link" title={t.notIn} help={failureWords(failure)}>
      {failure.is === "unreachable" ? (
        <button type="button" class="btn main" onClick={onAgain}>
          {words.value.shell.tryAgain}
        </button>
      ) : (
        <a class="btn main" href="/j">
          {t.tryCode}
        </a>
      )}
    </Notice>
  );
}
