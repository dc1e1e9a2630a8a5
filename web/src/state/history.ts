/** Pages of older messages: what is asked for, and how that goes. */

import { Refused, type Api } from "../link/api";
import type { HistoryPage, MessageId, RoomId } from "../contract.gen";
import type { PageAs } from "./stretch";
import type { Edge, Refusal } from "./surface";
import type { Beyond, View } from "./view";

export type Side = "earlier" | "later";

export interface HistoryHow {
  readonly api: Api;
  readonly room: RoomId;
  readonly view: () => View | null;
  /** The page has come. */
  readonly came: (page: HistoryPage, how: PageAs) => void;
  readonly changed: () => void;
}

export class History {
  readonly #how: HistoryHow;
  #edges: Record<Side, Edge | null> = { earlier: null, later: null };
  /** Goes up when what is shown is another stretch than the pages under way were asked for. */
  #turn = 0;

  constructor(how: HistoryHow) {
    this.#how = how;
  }

  /** What is beyond that side: how a page under way goes, else what the stretch says. */
  edge(side: Side, beyond: Beyond): Edge {
    return this.#edges[side] ?? (beyond.is === "end" ? { is: "end" } : { is: "more" });
  }

  /** Pages under way are for nothing: the stretch they belong to is gone. */
  reset(): void {
    this.#turn++;
    this.#edges = { earlier: null, later: null };
  }

  async more(side: Side): Promise<void> {
    const view = this.#how.view();
    const shown = view?.away ?? view?.live;
    if (view === null || shown === undefined || this.#edges[side]?.is === "loading") return;
    const query = queryOf(side, shown[side], side === "earlier" ? shown.ids[0] : shown.ids.at(-1));
    if (query === null) return;
    const turn = this.#turn;
    this.#set(side, { is: "loading" });
    const answer = await this.#ask(query);
    if (turn !== this.#turn) return;
    if (answer.is === "failed") return this.#set(side, answer);
    this.#edges[side] = null;
    this.#how.came(answer.page, { as: side, rev: view.rev });
  }

  async around(message: MessageId): Promise<"there" | "not_found" | "unreachable"> {
    this.reset();
    const turn = this.#turn;
    const rev = this.#how.view()?.rev ?? 0;
    const answer = await this.#ask({ around: message });
    if (answer.is === "failed") return answer.refusal === null ? "unreachable" : "not_found";
    if (turn === this.#turn) this.#how.came(answer.page, { as: "away", rev });
    return "there";
  }

  async #ask(query: Query): Promise<Answer> {
    const { api, room } = this.#how;
    try {
      return { is: "page", page: await api("messages", { params: { room }, query }) };
    } catch (failure) {
      return { is: "failed", refusal: refusalOf(failure) };
    }
  }

  #set(side: Side, edge: Edge): void {
    this.#edges[side] = edge;
    this.#how.changed();
  }
}

type Answer =
  { readonly is: "page"; readonly page: HistoryPage } | { readonly is: "failed"; readonly refusal: Refusal | null };

interface Query {
  readonly before?: string;
  readonly after?: string;
  readonly around?: MessageId;
}

function queryOf(side: Side, beyond: Beyond, last: MessageId | undefined): Query | null {
  switch (beyond.is) {
    case "end":
      return null;
    case "cursor":
      return side === "earlier" ? { before: beyond.cursor } : { after: beyond.cursor };
    case "around":
      return last === undefined ? null : { around: last };
  }
  return beyond satisfies never;
}

/** Null when the server could not be asked. */
export function refusalOf(failure: unknown): Refusal | null {
  return failure instanceof Refused ? { code: failure.code, params: failure.params } : null;
}
