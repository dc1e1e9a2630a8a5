import { useEffect, useState } from "preact/hooks";
import type { VouchedLook } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { go } from "../../shell/location";
import { Notice } from "../../shell/Notice";
import { homePath, roomPath, signInPath } from "../../shell/routes";
import { failureOf, failureWords, type Failure } from "../../ui/ask";
import { Icon } from "../../ui/Icon";
import { Rich } from "../../ui/Rich";
import { useTitle } from "../../ui/title";
import { organisationWords } from "../../words/organisation";
import { JoinForm } from "./JoinForm";
import { NextSteps } from "./SignInRefused";

type Look =
  | { readonly is: "looking" }
  | { readonly is: "there"; readonly look: VouchedLook }
  | { readonly is: "no"; readonly failure: Failure };

/** Somebody whom their organisation has signed in, and who is new here: a name, and in. */
export function JoinVouched() {
  const app = useApp();
  const [state, setState] = useState<Look>({ is: "looking" });
  useEffect(() => {
    let over = false;
    app
      .api("look_vouched")
      .then((look) => over || setState({ is: "there", look }))
      .catch((thrown: unknown) => over || setState({ is: "no", failure: failureOf(thrown) }));
    return () => {
      over = true;
    };
  }, [app]);
  useTitle(state.is === "there" ? state.look.community.name : null);
  const t = organisationWords.value;
  switch (state.is) {
    case "looking":
      return <Notice icon="hearth" title={t.looking} />;
    case "no":
      return (
        <NextSteps
          words={failureWords(state.failure)}
          code={state.failure.is === "refused" ? state.failure.refusal.code : null}
        />
      );
    case "there":
      return <Form look={state.look} />;
  }
}

function Form({ look }: { look: VouchedLook }) {
  const app = useApp();
  const t = organisationWords.value;
  const role = (["keeper", "host", "moderator"] as const).find((one) => look.roles.includes(one));
  return (
    <JoinForm
      community={look.community}
      keptDays={look.community.kept_days}
      standings={look.community.standings}
      name={look.name}
      shared={look.shared}
      invited={
        <>
          <p class="invited">
            <Icon name="check" />
            <span>
              <Rich text={t.vouches} name={<b>{look.organisation}</b>} />
            </span>
          </p>
          {look.shared ? (
            <a class="btn" href={signInPath({ shared: true })} target="_self">
              {t.notYou}
            </a>
          ) : null}
        </>
      }
      note={role === undefined ? null : t.asRole(role)}
      join={async (who) => {
        const to = await app.api("join_vouched", { body: who });
        await app.session.refresh();
        const { community_slug: slug, room_slug: room } = to;
        go(room === null ? homePath(slug) : roomPath(slug, room), { replace: true });
      }}
    />
  );
}
