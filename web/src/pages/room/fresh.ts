import type { Row, Screen, Shown } from "../../state";

export const messagesOf = (rows: readonly Row[]): readonly Shown[] =>
  rows.flatMap((row) => (row.is === "message" ? [row.message] : []));

const isNews = (message: Shown, after: number): boolean =>
  !message.own && message.text !== null && message.seq !== null && message.seq > after;

/** What others said, answers too, since the event number `after`; in the order of the page. */
export function saidSince(screen: Screen, after: number): readonly Shown[] {
  return messagesOf(screen.rows).flatMap((message) =>
    [message, ...message.replies].filter((one) => isNews(one, after)),
  );
}

/** How many messages by others stand at the end of the list after the number `after`. */
export function newAtEnd(rows: readonly Row[], after: number): number {
  let count = 0;
  for (let i = rows.length - 1; i >= 0; i--) {
    const row = rows[i];
    if (row?.is !== "message") continue;
    if (row.message.seq !== null && row.message.seq <= after) break;
    if (isNews(row.message, after)) count++;
  }
  return count;
}

/** The row that a message, or the message it answers, stands in. */
export function rowOf(rows: readonly Row[], message: string): Row | undefined {
  return rows.find(
    (row) =>
      row.is === "message" &&
      (row.message.message === message || row.message.replies.some((reply) => reply.message === message)),
  );
}

/** What a reader has seen when the row `key` was in view to its end. */
export function seqOf(rows: readonly Row[], key: string | null): number | null {
  const row = key === null ? undefined : rows.find((each) => each.key === key);
  const messages = row?.is === "message" ? [row.message] : row?.is === "others" ? row.messages : [];
  return messages
    .flatMap((message) => [message].concat(message.replies))
    .reduce<number | null>((most, { seq }) => (seq === null ? most : Math.max(most ?? 0, seq)), null);
}
