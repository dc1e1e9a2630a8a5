import type { Code } from "../../contract.gen";
import { Notice } from "../../shell/Notice";
import { homePath } from "../../shell/routes";
import { words } from "../../words";

/** The room is not there, or not for this person; which of both is nobody's business. */
export function Gone({ slug, code }: { slug: string; code: Code }) {
  const t = words.value;
  const missing = code === "not_found";
  return (
    <Notice
      icon="talk"
      title={missing ? t.room.gone : t.refusals[code]({})}
      {...(missing ? { help: t.room.goneHelp } : {})}
    >
      <a class="btn main" href={homePath(slug)}>
        {t.room.otherRooms}
      </a>
    </Notice>
  );
}
