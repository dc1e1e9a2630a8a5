import { useEffect, useRef, useState } from "preact/hooks";
import type { Home, WaitingLine } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { codeOf, failureWords, useAsk } from "../../ui/ask";
import { Question } from "../../ui/Dialog";
import { Face } from "../../ui/Face";
import { say } from "../../ui/say";
import { words } from "../../words";
import { pageWords } from "../../words/pages";
import { fromNow } from "../../words/when";
import { titleOf } from "./Rooms";

const keyOf = ({ person, role, room }: WaitingLine): string => `${person} ${role} ${room ?? ""}`;

/** Who came by a link to a role: a keeper says whether it is the one who was meant. */
export function WaitingRoles({ home }: { home: Home }) {
  const app = useApp();
  const ask = useAsk();
  const [asking, setAsking] = useState<{ readonly line: WaitingLine; readonly held: boolean } | null>(null);
  const title = useRef<HTMLHeadingElement>(null);
  const answered = useRef(false);
  const t = pageWords.value.home.waiting;
  const { waiting } = home;
  // The button that was pressed is gone: whoever pressed it goes on where the others wait, or at the page's beginning.
  useEffect(() => {
    if (answered.current) (title.current ?? document.getElementById("main"))?.focus({ preventScroll: true });
    answered.current = false;
  }, [waiting]);
  const as = ({ role, room, staff }: WaitingLine): string => {
    const given = t.as(role, titleOf(home, room) ?? null);
    return staff ? t.andStaff(given) : given;
  };
  const decide = (line: WaitingLine, held: boolean): void => {
    setAsking(null);
    void ask.run(async () => {
      const { slug } = home.community;
      const { person, name, role, room } = line;
      try {
        await app.api("set_role", { params: { slug, person }, body: { role, held, room, answers: true } });
        say(held ? t.saidYes(name, as(line)) : t.saidNo(name));
      } finally {
        // Also after a refusal: somebody else may have answered, or they have gone.
        answered.current = true;
        const store = app.community(slug);
        await store.reload();
        const now = store.home.peek();
        // Nothing new has come, and what comes later is not this answer's: nobody is moved by it.
        if (now.is !== "loaded" || now.value.waiting === waiting) answered.current = false;
      }
    });
  };
  const late = codeOf(ask.failure) === "conflict";
  const failed = ask.failure === null ? null : late ? t.late : failureWords(ask.failure);
  // Said where it is seen also when the line that it is about has gone.
  useEffect(() => {
    if (failed !== null) say(failed);
  }, [failed]);
  return (
    <>
      <p class="sr" role="status">
        {waiting.length === 0 ? "" : t.news(waiting.length)}
      </p>
      {waiting.length === 0 ? null : (
        <section class="card stack asking" aria-labelledby="waiting-title">
          <h2 id="waiting-title" ref={title} tabIndex={-1}>
            {t.title}
          </h2>
          <p class="soft">{t.help}</p>
          <ul class="lines">
            {waiting.map((line) => (
              <li key={keyOf(line)}>
                <Face person={line.person} name={line.name} small />
                <span class="grow">
                  <b dir="auto">{line.name}</b>
                  <span class="quiet">{t.came(as(line), fromNow(line.at_ms, app.now()))}</span>
                  <span class="quiet">{t.link(line.made_by, line.label)}</span>
                </span>
                <span class="row tight ends">
                  {[true, false].map((held) => (
                    <button
                      key={held}
                      type="button"
                      class={held ? "btn small main" : "btn small"}
                      aria-label={(held ? t.yesTo : t.noTo)(line.name, as(line))}
                      aria-disabled={ask.busy}
                      onClick={() => setAsking({ line, held })}
                    >
                      {held ? t.yes : t.no}
                    </button>
                  ))}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {asking === null ? null : (
        <Question
          title={asking.held ? t.ask(asking.line.name, as(asking.line)) : t.askNo(asking.line.name)}
          help={asking.held ? t.askHelp : t.askNoHelp}
          yes={asking.held ? t.yes : t.sayNo}
          no={words.value.shell.cancel}
          gives={asking.held}
          onYes={() => decide(asking.line, asking.held)}
          onNo={() => setAsking(null)}
        />
      )}
    </>
  );
}
