/** Who may do what in a room: the server's rules over the server's table, so that buttons and refusals agree. */

import { RIGHTS, TEAM, type Code, type Deed, type Role, type Visibility } from "../contract.gen";

/** What is known of me where I act. */
export interface Standing {
  readonly roles: readonly Role[];
  readonly admitted: boolean;
  readonly accepted: boolean;
  readonly muted_until_ms: number;
}

export interface Place {
  readonly visibility: Visibility;
  readonly closed: boolean;
}

const some = (mine: readonly Role[], wanted: readonly Role[]): boolean => mine.some((role) => wanted.includes(role));

export function mayRead(who: Standing, place: Place): boolean {
  switch (place.visibility) {
    case "community":
      return true;
    case "invited":
      return who.admitted || who.roles.includes("keeper");
    case "team":
      return some(who.roles, TEAM);
  }
  return place.visibility satisfies never;
}

export interface Doing {
  readonly place: Place | null;
  readonly now_ms: number;
  readonly own?: boolean;
}

/** What is known of me in the community at large. */
export interface Member {
  readonly roles: readonly Role[];
  readonly accepted: boolean;
}

/** Whether a member may do `deed` in the community, outside any room. */
export function allowed({ roles, accepted }: Member, deed: Deed): boolean {
  const who = { roles, accepted, admitted: false, muted_until_ms: 0 };
  return may(who, deed, { place: null, now_ms: 0 }) === null;
}

/** Why `who` may not do `deed` just now; null when they may. */
export function may(who: Standing, deed: Deed, { place, now_ms, own = false }: Doing): Code | null {
  const rule = RIGHTS[deed];
  if (rule.in_room && (place === null || !mayRead(who, place))) return "not_found";
  if (!some(who.roles, own ? [...rule.roles, ...rule.own] : rule.roles)) return "not_allowed";
  if (rule.accepted && !who.accepted) return "values_first";
  if (rule.open && place?.closed === true) return "room_closed";
  if (rule.unmuted && who.muted_until_ms > now_ms) return "muted";
  return null;
}
