import type { Home, WaitingLine } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { failureWords, useAsk } from "../../ui/ask";
import { Face } from "../../ui/Face";
import { Wrong } from "../../ui/Field";
import { say } from "../../ui/say";
import { pageWords } from "../../words/pages";
import { fromNow } from "../../words/when";

const keyOf = ({ person, role, room }: WaitingLine): string => `${person} ${role} ${room ?? ""}`;

/** Who came by a link to a role: a keeper says whether it is the one who was meant. */
export function WaitingRoles({ home }: { home: Home }) {
  const app = useApp();
  const ask = useAsk();
  const t = pageWords.value.home.waiting;
  if (home.waiting.length === 0) return null;
  const decide = (line: WaitingLine, held: boolean): void => {
    void ask.run(async () => {
      const { slug } = home.community;
      const { person, name, role, room } = line;
      await app.api("set_role", { params: { slug, person }, body: { role, held, room } });
      say(held ? t.saidYes(name, role) : t.saidNo(name));
      await app.community(slug).reload();
      // The button that was pressed is gone, and the next to be pressed is somebody else's.
      document.getElementById("main")?.focus({ preventScroll: true });
    });
  };
  return (
    <section class="card stack asking" aria-labelledby="waiting-title">
      <h2 id="waiting-title">{t.title}</h2>
      <p class="soft">{t.help}</p>
      <ul class="lines">
        {home.waiting.map((line) => (
          <li key={keyOf(line)}>
            <Face person={line.person} name={line.name} small />
            <span class="grow">
              <b dir="auto">{line.name}</b>
              <span class="quiet">{cameWords(line, home, fromNow(line.at_ms, app.now()))}</span>
            </span>
            <span class="row tight ends">
              <button
                type="button"
                class="btn small main"
                aria-label={t.yesTo(line.name, line.role)}
                aria-disabled={ask.busy}
                onClick={() => decide(line, true)}
              >
                {t.yes}
              </button>
              <button
                type="button"
                class="btn small"
                aria-label={t.noTo(line.name, line.role)}
                aria-disabled={ask.busy}
                onClick={() => decide(line, false)}
              >
                {t.no}
              </button>
            </span>
          </li>
        ))}
      </ul>
      <Wrong words={ask.failure === null ? null : failureWords(ask.failure)} />
    </section>
  );
}

function cameWords({ role, room }: WaitingLine, home: Home, ago: string): string {
  const t = pageWords.value.home.waiting;
  const there = home.rooms.find((one) => one.room === room);
  return there === undefined ? t.came(role, ago) : t.cameTo(role, there.title, ago);
}
