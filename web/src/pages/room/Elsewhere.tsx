import { useApp } from "../../shell/context";
import type { Screen } from "../../state";
import { Icon } from "../../ui/Icon";
import { say } from "../../ui/say";
import { words } from "../../words";
import { open, useHere, type Here } from "./here";

/** Shows a message, wherever in the room's past it stands. */
export async function showMessage(here: Here, message: string): Promise<void> {
  open(here, [message]);
  here.reader.want(message);
  const rows = here.store.screen.peek()?.rows ?? [];
  const near = rows.some(
    (row) =>
      row.is === "message" &&
      (row.message.message === message || row.message.replies.some((reply) => reply.message === message)),
  );
  if (near) return;
  const found = await here.store.loadAround(message);
  if (found === "there") return;
  here.reader.want(null);
  say(found === "not_found" ? words.value.refusals.not_found({}) : words.value.shell.offlineShell);
}

/** Somebody answered a message that is further back than what is loaded. */
export function Elsewhere({ screen }: { screen: Screen }) {
  const here = useHere();
  const app = useApp();
  const [one] = screen.elsewhere;
  if (one === undefined || app.connection.value.is === "offline") return null;
  const t = words.value.room;
  const show = (): void => {
    here.thread.value = one.parent;
    void showMessage(here, one.parent);
  };
  return (
    <p class="line info" role="status">
      <Icon name="reply" turns />
      <span>{t.elsewhere(one.count)}</span>
      <button type="button" class="btn small" onClick={show}>
        {t.show}
      </button>
    </p>
  );
}
