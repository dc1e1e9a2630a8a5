/** What a person's file says, column by column: each has its words in both languages. */
export const COLUMNS = [
  "community",
  "name",
  "standing",
  "shows_standing",
  "joined_ms",
  "accepted_ms",
  "here_ms",
  "left_ms",
  "removed_ms",
  "invitation",
  "id",
  "room",
  "at_ms",
  "text",
  "hidden",
  "reply_to",
  "edited_ms",
  "removed",
  "message",
  "erase_ms",
  "kind",
  "seq",
  "role",
  "since_ms",
  "shared",
  "made_ms",
  "seen_ms",
  "ends_ms",
  "used_ms",
  "label",
  "uses",
  "used",
  "reason",
  "what",
] as const;

export type Column = (typeof COLUMNS)[number];

/** Columns that say yes or no. */
export const FLAGS: ReadonlySet<string> = new Set<Column>(["shows_standing", "hidden", "shared"]);
