import { useState } from "preact/hooks";
import { useApp } from "../../shell/context";
import { go } from "../../shell/location";
import { homePath } from "../../shell/routes";
import { failureWords, useAsk } from "../../ui/ask";
import { Wrong } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { showPasskey } from "../../ui/passkey";
import { passkeyWords } from "../../words/passkeys";

/** The team's way in. The device knows who they are, so no name is asked for. */
export function PasskeySignIn({ shared = false }: { readonly shared?: boolean }) {
  const app = useApp();
  const ask = useAsk();
  const [refused, setRefused] = useState<"stopped" | "already" | "cannot" | null>(null);
  const t = passkeyWords.value;
  const enter = (): void => {
    setRefused(null);
    void ask.run(async () => {
      const { options } = await app.api("begin_passkey_sign_in");
      const shown = await showPasskey(options);
      if (shown.is !== "signed") return setRefused(shown.is);
      const to = await app.api("sign_in_by_passkey", { body: { credential: shown.credential, shared } });
      await app.session.refresh();
      go(homePath(to.community_slug), { replace: true });
    });
  };
  const failed = ask.failure === null ? null : failureWords(ask.failure);
  return (
    <div class="stack">
      <Wrong words={refused === null ? failed : t[refused]} />
      <p>
        <button type="button" class="btn" aria-disabled={ask.busy} onClick={enter}>
          <Icon name="lock" />
          {t.signIn}
        </button>
      </p>
    </div>
  );
}
