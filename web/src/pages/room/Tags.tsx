import type { Role } from "../../contract.gen";
import { Icon } from "../../ui/Icon";
import { words } from "../../words";
import { isStaff, roleWord } from "./author";

/** Host and staff have a tag, moderators and keepers a quiet word. */
export function Tags({ role, standing }: { role: Role | null | undefined; standing: string | null | undefined }) {
  const t = words.value;
  const word = roleWord(role, t);
  return (
    <>
      {role === "host" ? (
        <span class="tag host">
          <Icon name="flame" />
          {t.people.host}
        </span>
      ) : null}
      {isStaff(standing) ? <span class="tag staff">{t.people.staff}</span> : null}
      {word === null ? null : (
        <span class="role withicon">
          <Icon name="shield" size="s" />
          {word}
        </span>
      )}
    </>
  );
}
