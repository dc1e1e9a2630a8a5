import { REACTIONS, type Reaction } from "../../contract.gen";
import { Icon } from "../../ui/Icon";

/** The small, kind set that has drawings of its own and stands first. */
type Drawn = "heart" | "thanks" | "metoo" | "tellmore" | "idea";

/** All others are letters of the device's own; each is named for who cannot see it. */
const GLYPHS: Readonly<Record<Exclude<Reaction, Drawn>, string>> = {
  clap: "👏",
  smile: "🙂",
  laugh: "😄",
  hug: "🤗",
  tear: "😢",
  wow: "😮",
  strong: "💪",
  hope: "🙏",
  yes: "👍",
  look: "👀",
  party: "🎉",
  sun: "☀️",
  flower: "🌷",
  tea: "☕",
  rainbow: "🌈",
  candle: "🕯️",
  luck: "🍀",
  star: "⭐",
  peace: "🕊️",
};

const isDrawn = (reaction: Reaction): reaction is Drawn => !(reaction in GLYPHS);

export const FIRST: readonly Reaction[] = REACTIONS.filter(isDrawn);
export const MORE: readonly Reaction[] = REACTIONS.filter((reaction) => !isDrawn(reaction));

/** What a reaction looks like; its name stands beside it or in a label. */
export function Sign({ reaction }: { reaction: Reaction }) {
  return isDrawn(reaction) ? (
    <Icon name={reaction} />
  ) : (
    <span class="glyph" aria-hidden="true">
      {GLYPHS[reaction]}
    </span>
  );
}
