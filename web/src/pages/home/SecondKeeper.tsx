import { useState } from "preact/hooks";
import type { Home, InvitationMade } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { failureWords, useAsk } from "../../ui/ask";
import { Wrong } from "../../ui/Field";
import { pageWords } from "../../words/pages";
import { Made } from "../keep/Made";
import { ENDINGS } from "../keep/NewInvitation";

/** Whether somebody has come by a link to be a keeper, and waits for a yes. */
export const keeperComes = (home: Home): boolean => home.waiting.some((one) => one.role === "keeper");

/** For the only keeper: without a second one, a lost phone leaves a community that nobody can look after. */
export function SecondKeeper({ home }: { home: Home }) {
  const t = pageWords.value.home.second;
  if (!home.alone || keeperComes(home)) return null;
  return (
    <section class="card stack asking" aria-labelledby="second-title">
      <h2 id="second-title">{t.title}</h2>
      <KeeperLink slug={home.community.slug} />
    </section>
  );
}

/** Why there should be a second keeper, and the link for them with one press. */
export function KeeperLink({ slug }: { slug: string }) {
  const app = useApp();
  const ask = useAsk();
  const [made, setMade] = useState<InvitationMade | null>(null);
  const [closed, setClosed] = useState(false);
  const t = pageWords.value.home.second;
  const invite = (): void =>
    void ask.run(async () => {
      const body = { kind: "link", role: "keeper", label: t.label, uses: 1, ends_in_s: ENDINGS.days } as const;
      setMade(await app.api("make_invitation", { params: { slug }, body }));
      setClosed(false);
    });
  return (
    <>
      <p class="soft">{t.help}</p>
      {made !== null && closed ? <p class="soft">{t.made}</p> : null}
      <Wrong words={ask.failure === null ? null : failureWords(ask.failure)} />
      <p>
        <button type="button" class="btn" aria-disabled={ask.busy} onClick={invite}>
          {made === null ? t.go : t.again}
        </button>
      </p>
      {made === null || closed ? null : (
        <Made made={made} onClose={() => setClosed(true)}>
          {null}
        </Made>
      )}
    </>
  );
}
