import type { Admits, CommunityView, DoorLine } from "../../contract.gen";
import { linesOf, VALUES_MOST } from "../../ui/statement";
import { pageWords } from "../../words/pages";

/** What a community states while it is being written: one text for each field, lists with one thing on each line. */
export interface Draft {
  readonly name: string;
  readonly purpose: string;
  readonly values: string;
  readonly commitments: string;
  readonly runs_it: string;
  readonly contact: string;
  readonly lead: string;
  readonly lead_contact: string;
  readonly standings: string;
  readonly admits: Admits;
  readonly door: Readonly<Partial<Record<DoorLine, string>>>;
}

/** The fields with one text. */
export type Text = Exclude<keyof Draft, "admits" | "door">;

const NEEDED: readonly Text[] = ["name", "purpose", "runs_it", "contact"];
export const LISTS = ["values", "commitments", "standings"] as const;

export function draftOf(community: CommunityView): Draft {
  const { name, purpose, runs_it, contact, lead, lead_contact, admits, door } = community;
  const [values, commitments, standings] = LISTS.map((list) => community[list].join("\n")) as [string, string, string];
  return { name, purpose, values, commitments, runs_it, contact, lead, lead_contact, standings, admits, door };
}

/** What the server is sent. */
export function bodyOf(draft: Draft) {
  const lists = { values: linesOf(draft.values), commitments: linesOf(draft.commitments) };
  return { ...draft, ...lists, standings: linesOf(draft.standings) };
}

/** The community as it would be, with whatever is in the fields just now. */
export function viewOf(community: CommunityView, draft: Draft): CommunityView {
  const said = Object.entries(draft.door).filter(([, text]) => text.trim() !== "");
  return { ...community, ...bodyOf(draft), door: Object.fromEntries(said) };
}

export const isMissing = (draft: Draft, text: Text): boolean => NEEDED.includes(text) && draft[text].trim() === "";

export const isTooMany = (draft: Draft, list: (typeof LISTS)[number]): boolean =>
  linesOf(draft[list]).length > VALUES_MOST;

/** A lead who can't be reached, or nobody to be reached. */
export const leadIsHalf = ({ lead, lead_contact }: Draft): boolean =>
  (lead.trim() === "") !== (lead_contact.trim() === "");

export const isWrong = (draft: Draft): boolean =>
  NEEDED.some((text) => isMissing(draft, text)) || LISTS.some((list) => isTooMany(draft, list)) || leadIsHalf(draft);

/** The lines at the door in their order, each with what stands there when the community has not written its own. */
export function doorLines(community: CommunityView): readonly (readonly [DoorLine, string])[] {
  const t = pageWords.value.join;
  return [
    ["invites", t.invites],
    ["ask", t.ask],
    ["ask_help", t.askHelp],
    ["come", t.come],
    ["sees", t.seesWho(community.members)],
    ["limit", t.limit],
    ["not_for", t.notFor],
    ["values", t.values],
    ["yes", t.yes],
  ];
}
