import type { Home, NewsLine } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { roomPath } from "../../shell/routes";
import { failureWords, useAsk } from "../../ui/ask";
import { Wrong } from "../../ui/Field";
import { reachWords } from "../../words/reach";
import { fromNow } from "../../words/when";

/** What I am told, until I put it away. */
export function News({ home }: { home: Home }) {
  const app = useApp();
  const ask = useAsk();
  const t = reachWords.value;
  const { slug } = home.community;
  if (home.news.length === 0) return null;
  const putAway = (news: string): void => {
    void ask.run(async () => {
      await app.api("seen_news", { params: { slug, news } });
      await app.community(slug).reload();
      document.getElementById("main")?.focus({ preventScroll: true });
    });
  };
  const roomOf = (line: NewsLine) => home.rooms.find((room) => room.room === line.room);
  return (
    <section class="card stack asking" aria-labelledby="news-title">
      <h2 id="news-title">{t.news}</h2>
      <Wrong words={ask.failure === null ? null : failureWords(ask.failure)} />
      <ul class="lines news">
        {home.news.map((line) => {
          const room = roomOf(line);
          return (
            <li key={line.news}>
              <span class="grow">
                <b>{t.newsKind[line.kind]}</b>
                {line.says === "" ? null : <span dir="auto">{line.says}</span>}
                {line.when === "" ? null : <span dir="auto">{line.when}</span>}
                <span class="quiet">{fromNow(line.at_ms, app.now())}</span>
              </span>
              <span class="row tight ends">
                {room === undefined ? null : (
                  <a class="btn small" href={roomPath(slug, room.slug)}>
                    <bdi>{t.openRoom(room.title)}</bdi>
                  </a>
                )}
                <button
                  type="button"
                  class="btn small"
                  aria-label={t.putAwayOf(line.says || t.newsKind[line.kind])}
                  aria-disabled={ask.busy}
                  onClick={() => putAway(line.news)}
                >
                  {t.putAway}
                </button>
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
