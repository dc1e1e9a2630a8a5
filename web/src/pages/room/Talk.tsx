import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { Edge, Row, Screen, Shown } from "../../state";
import { Icon } from "../../ui/Icon";
import { words } from "../../words";
import { dayTitle } from "../../words/when";
import { useApp } from "../../shell/context";
import { reading } from "../../reading/settings";
import { screenRead } from "./calm";
import { open, useHere } from "./here";
import { Message } from "./Message";
import type { Reader } from "./reader";
import { WHOLE } from "./windowing";

export interface TalkProps {
  readonly screen: Screen;
  readonly reader: Reader;
}

/** The conversation: the rows that are near what is read, and room for those that are not. */
export function Talk({ screen: whole, reader }: TalkProps) {
  const here = useHere();
  const { store } = here;
  const { calm } = reading.value;
  const opened = here.opened.value;
  const screen = useMemo(() => screenRead(whole, calm, opened), [whole, calm, opened]);
  reader.byHand = calm;
  const list = useRef<HTMLOListElement>(null);
  // Read, so that a change of what is to be drawn draws this anew.
  const turned = reader.turned.value;
  const drawn = reader.draw(screen);
  useLayoutEffect(() => {
    if (list.current !== null) reader.drawn(list.current, screen);
  }, [reader, screen, turned]);
  useEffect(() => (list.current === null ? undefined : reader.watch(list.current)), [reader]);
  const t = words.value.room;
  const { rows } = screen;
  const long = rows.length > WHOLE;
  return (
    <div role="log" aria-live="off" aria-label={t.conversation} class="talk">
      <EdgeLine
        edge={screen.earlier}
        coming={t.earlier}
        ask={calm ? t.showEarlier : null}
        again={() => void store.loadEarlier()}
        end={rows.length > 0 ? t.beginning : null}
      />
      {rows.length === 0 && screen.earlier.is === "end" ? (
        <p class="empty">{here.may.post.value ? t.empty : t.emptyListening}</p>
      ) : null}
      <ol class={long ? "rows long" : "rows"} ref={list}>
        <Spacer px={drawn.before_px} place="before" />
        {rows.slice(drawn.from, drawn.to).map((row) => (
          <KeptRow key={row.key} row={row} />
        ))}
        <Spacer px={drawn.after_px} place="after" />
      </ol>
      <EdgeLine
        edge={screen.later}
        coming={t.later}
        ask={calm ? t.showLater : null}
        again={() => void store.loadLater()}
        end={null}
      />
    </div>
  );
}

/** A row is drawn anew only when it is another row; what changes inside it are signals of its own. */
function KeptRow({ row }: { row: Row }): VNode {
  const kept = useRef<{ row: Row; drawn: VNode } | null>(null);
  if (kept.current?.row !== row) kept.current = { row, drawn: drawRow(row) };
  return kept.current.drawn;
}

function drawRow(row: Row): VNode {
  return (
    <li data-key={row.key} data-line={row.is === "message" ? undefined : ""}>
      <RowBody row={row} />
    </li>
  );
}

function RowBody({ row }: { row: Row }) {
  const app = useApp();
  const here = useHere();
  switch (row.is) {
    case "day":
      return <p class="divide">{dayTitle(row.at_ms, app.now())}</p>;
    case "new":
      return here.reader.newcomer ? null : <p class="divide new">{words.value.room.newSince}</p>;
    case "message":
      return <Message message={row.message} first={row.first} />;
    case "others":
      return <Others messages={row.messages} />;
  }
}

/** A stretch of talk that the calm view leaves out, until it is asked for. */
function Others({ messages }: { messages: readonly Shown[] }) {
  const here = useHere();
  const show = (): void => {
    open(
      here,
      messages.map(({ key }) => key),
    );
    // Whoever came here by the keyboard goes on at the first of them.
    const first = messages[0]?.message ?? null;
    requestAnimationFrame(() => first !== null && document.getElementById(first)?.focus({ preventScroll: true }));
  };
  return (
    <button type="button" class="others" onClick={show}>
      <Icon name="down" size="s" />
      {words.value.room.others(messages.length)}
    </button>
  );
}

/** Keeps the place of rows that are not drawn, so that the page is as long as the talk. */
function Spacer({ px, place }: { px: number; place: "before" | "after" }) {
  return px === 0 ? null : (
    <li aria-hidden="true" key={place} ref={(line) => line?.style.setProperty("block-size", `${px}px`)} />
  );
}

interface EdgeLineProps {
  readonly edge: Edge;
  /** Said while more is fetched. */
  readonly coming: string;
  /** The words to press for more, where it isn't fetched by itself. */
  readonly ask: string | null;
  readonly again: () => void;
  readonly end: string | null;
}

/** What is beyond the first or the last row. */
function EdgeLine({ edge, coming, ask, again, end }: EdgeLineProps) {
  const t = words.value;
  switch (edge.is) {
    case "end":
      return end === null ? null : <p class="edge quiet">{end}</p>;
    case "more":
      if (ask !== null) {
        return (
          <p class="edge quiet">
            <button type="button" class="btn small" onClick={again}>
              {ask}
            </button>
          </p>
        );
      }
      return <p class="edge quiet">{coming}</p>;
    case "loading":
      return <p class="edge quiet">{coming}</p>;
    case "failed":
      return (
        <p class="edge quiet">
          {edge.refusal === null ? t.shell.offlineShell : t.refusals[edge.refusal.code](edge.refusal.params)}
          <button type="button" class="btn small" onClick={again}>
            <Icon name="again" size="s" />
            {t.shell.tryAgain}
          </button>
        </p>
      );
  }
}
