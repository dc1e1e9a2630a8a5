import type { HoldReason, RoomId } from "../../contract.gen";

/** Where words are kept: in the whole community (`room` null), or in one room. */
export interface Place {
  readonly room: RoomId | null;
  readonly title: string;
  /** What it says by itself; null for a room that goes by the community. */
  readonly own: number | null;
  readonly days: number;
  readonly due: number;
  readonly hold: HoldReason | null;
  readonly since_ms: number | null;
}
