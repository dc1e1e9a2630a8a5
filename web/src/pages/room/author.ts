import type { Author, Role } from "../../contract.gen";
import type { Shown } from "../../state";
import type { Core } from "../../words/en";

export const isStaff = (standing: string | null | undefined): boolean => standing === "staff";

export const isHidden = (author: Author): boolean => (author.person ?? null) === null;

/** The name others see; "Someone here" when it is hidden. */
export const nameOf = (author: Author, t: Core): string => author.name ?? t.message.someone;

/** The name to call a message by: "You" for one's own. */
export const calledOf = (message: Shown, t: Core): string => (message.own ? t.message.you : nameOf(message.author, t));

/** The small words after the name: how somebody comes here, or that the name is hidden. */
export function asideOf(message: Shown, myName: string, t: Core): string | null {
  const { author } = message;
  const standing = isStaff(author.standing) ? null : (author.standing ?? null);
  if (message.own) {
    return isHidden(author) ? t.message.youWithout : [myName, standing].filter(Boolean).join(", ");
  }
  return isHidden(author) ? t.message.nameHidden : standing;
}

/** The words for a role worth showing; a host has a tag of their own. */
export function roleWord(role: Role | null | undefined, t: Core): string | null {
  switch (role) {
    case "moderator":
      return t.people.moderator;
    case "keeper":
      return t.people.keeper;
    case "host":
    case "member":
    case null:
    case undefined:
      return null;
  }
}
