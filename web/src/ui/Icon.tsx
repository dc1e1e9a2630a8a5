/** The drawings that pages use; each is a symbol in `icons.svg`, which the build puts into the page. */
export type IconName =
  | "addreact"
  | "again"
  | "back"
  | "book"
  | "check"
  | "clock"
  | "cross"
  | "down"
  | "eye"
  | "flame"
  | "heart"
  | "hearth"
  | "hidden"
  | "idea"
  | "leave"
  | "link"
  | "lock"
  | "metoo"
  | "more"
  | "next"
  | "offline"
  | "pen"
  | "people"
  | "person"
  | "plus"
  | "print"
  | "quiet"
  | "reply"
  | "bin"
  | "right"
  | "screen"
  | "send"
  | "shield"
  | "talk"
  | "tellmore"
  | "text"
  | "thanks"
  | "undo"
  | "waiting"
  | "bell"
  | "film";

/** `turns`: an arrow that points the other way where people read from the right. */
export function Icon({ name, size, turns = false }: { name: IconName; size?: "s" | "l"; turns?: boolean }) {
  const classes = ["icon", size, turns ? "turns" : undefined].filter(Boolean).join(" ");
  return (
    <svg class={classes} viewBox="0 0 24 24" aria-hidden="true">
      <use href={`#i-${name}`} />
    </svg>
  );
}
