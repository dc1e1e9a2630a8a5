import type { ComponentChildren } from "preact";
import type { Home } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { keepPath } from "../../shell/routes";
import { failureWords, useAsk } from "../../ui/ask";
import { Wrong } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { setupWords } from "../../words/setup";
import { FirstInvitation } from "./FirstInvitation";
import { FirstRooms } from "./FirstRooms";
import { keeperComes, KeeperLink, SecondKeeper } from "./SecondKeeper";

/** The room that a community begins with, and one more that its keeper chose. */
const ROOMS_ENOUGH = 2;

/** For keepers of a new community: what there is to do, all seen at once. Later only a second keeper is asked for. */
export function SetUp({ home }: { home: Home }) {
  const app = useApp();
  const ask = useAsk();
  const t = setupWords.value;
  const { setting_up } = home;
  if (setting_up === null) return <SecondKeeper home={home} />;
  const { slug, lead, commitments } = home.community;
  const done = {
    what: lead !== "",
    rooms: home.rooms.length >= ROOMS_ENOUGH,
    invited: setting_up.invited,
    keeper: !home.alone,
  };
  const all = done.what && done.rooms && done.invited && done.keeper;
  const finish = (): void =>
    void ask.run(async () => {
      await app.api("finish_setup", { params: { slug } });
      await app.community(slug).reload();
      document.getElementById("main")?.focus({ preventScroll: true });
    });
  return (
    <section class="card stack asking set-up" aria-labelledby="set-up-title">
      <h2 id="set-up-title">{t.title}</h2>
      <p class="soft">{all ? t.allDone : t.help}</p>
      <ol class="steps">
        <Step title={t.what} done={done.what}>
          <p class="soft">{done.what ? t.whatDone : t.whatLead}</p>
          {commitments.length === 0 ? <p class="soft">{t.whatPromise}</p> : null}
          <p>
            <a class={done.what ? undefined : "btn"} href={keepPath(slug, "statement")}>
              {done.what ? t.see : t.whatGo}
            </a>
          </p>
        </Step>
        <Step title={t.rooms} done={done.rooms}>
          {done.rooms ? <p class="soft">{t.roomsDone}</p> : <FirstRooms slug={slug} rooms={home.rooms} />}
          <p>
            <a href={keepPath(slug, "rooms")}>{t.roomsOwn}</a>
          </p>
        </Step>
        <Step title={t.invite} done={done.invited}>
          <FirstInvitation community={home.community} rooms={home.rooms} invited={done.invited} />
        </Step>
        <Step title={t.keeper} done={done.keeper}>
          {done.keeper ? (
            <p class="soft">{t.keeperDone}</p>
          ) : keeperComes(home) ? (
            <p class="soft">{t.keeperComes}</p>
          ) : (
            <KeeperLink slug={slug} />
          )}
        </Step>
      </ol>
      <Wrong words={ask.failure === null ? null : failureWords(ask.failure)} />
      {all ? null : <p class="help">{t.laterHelp}</p>}
      <p>
        <button type="button" class={all ? "btn main" : "btn plain"} aria-disabled={ask.busy} onClick={finish}>
          {t.finish}
        </button>
      </p>
    </section>
  );
}

interface StepProps {
  readonly title: string;
  readonly done: boolean;
  readonly children: ComponentChildren;
}

function Step({ title, done, children }: StepProps) {
  const t = setupWords.value;
  return (
    <li class={done ? "done" : undefined}>
      <h3>
        {title}
        <span class={done ? "chip good" : "chip"}>
          {done ? <Icon name="check" size="s" /> : null}
          {done ? t.done : t.toDo}
        </span>
      </h3>
      {children}
    </li>
  );
}
