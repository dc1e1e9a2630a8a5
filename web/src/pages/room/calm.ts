/**
 * The calm view: the team, what is mine or names me, and what rises, with the talk between them in one line each.
 * Nothing is lost by it: a line opens, and what it stands for is read as everything else is.
 */

import type { Row, Screen, Shown } from "../../state";

// Signs and answers together. One friend's nod is kind, three are a sign that others should see it.
const RISES = 3;
// So many in one line at most, so that a line opens as much as can be read.
const TOGETHER = 20;

const byTheTeam = ({ author: { role = null } }: Shown): boolean => role !== null && role !== "member";

function rises({ counts, replies }: Shown): boolean {
  const signs = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return signs + replies.filter(({ text }) => text !== null).length >= RISES;
}

/** Whether the calm view shows a message by itself. */
export function matters(message: Shown): boolean {
  if (message.own || message.mentionsMe) return true;
  if (message.text !== null && (byTheTeam(message) || rises(message))) return true;
  return message.replies.some(matters);
}

const firsts = new WeakMap<Shown, Row>();

/** The same row each time, as it is drawn anew only when it is another one. */
function named(message: Shown): Row {
  const row = firsts.get(message) ?? { is: "message", key: message.key, message, first: true };
  firsts.set(message, row);
  return row;
}

/** The rows of the calm view. `opened` are the keys of messages that were asked for all the same. */
export function calmed(rows: readonly Row[], opened: ReadonlySet<string>): readonly Row[] {
  const kept: Row[] = [];
  let others: Shown[] = [];
  const close = (): void => {
    const [first] = others;
    if (first !== undefined) kept.push({ is: "others", key: `others ${first.key}`, messages: others });
    others = [];
  };
  const asked = (message: Shown): boolean =>
    opened.has(message.key) || message.replies.some(({ key }) => opened.has(key));
  for (const row of rows) {
    if (row.is === "message" && !matters(row.message) && !asked(row.message)) {
      // Of what was removed there is nothing to show.
      if (row.message.text === null && row.message.replies.length === 0) continue;
      if (others.length === TOGETHER) close();
      others.push(row.message);
      continue;
    }
    const apart = others.length > 0;
    close();
    kept.push(apart && row.is === "message" ? named(row.message) : row);
  }
  close();
  return kept;
}

/** The screen as it is read: whole, or calm. */
export const screenRead = (screen: Screen, calm: boolean, opened: ReadonlySet<string>): Screen =>
  calm ? { ...screen, rows: calmed(screen.rows, opened) } : screen;
