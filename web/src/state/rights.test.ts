import { describe, expect, test } from "vitest";

import { RIGHTS, type Deed } from "../contract.gen";
import { may, mayRead, type Standing } from "./rights";

const MEMBER: Standing = { roles: ["member"], admitted: false, accepted: true, muted_until_ms: 0 };
const OPEN = { visibility: "community", closed: false } as const;
const at = { place: OPEN, now_ms: 1000 };

describe("what may be done", () => {
  test("a member speaks, and changes only what is their own", () => {
    expect(may(MEMBER, "message.post", at)).toBeNull();
    expect(may(MEMBER, "message.edit", at)).toBe("not_allowed");
    expect(may(MEMBER, "message.edit", { ...at, own: true })).toBeNull();
    expect(may(MEMBER, "message.remove", at)).toBe("not_allowed");
    expect(may({ ...MEMBER, roles: ["moderator"] }, "message.remove", at)).toBeNull();
  });

  test("who has not said yes to the values only listens", () => {
    expect(may({ ...MEMBER, accepted: false }, "message.post", at)).toBe("values_first");
    expect(may({ ...MEMBER, accepted: false }, "place.mark", at)).toBeNull();
  });

  test("a mute ends by itself", () => {
    const muted = { ...MEMBER, muted_until_ms: 2000 };
    expect(may(muted, "message.post", at)).toBe("muted");
    expect(may(muted, "message.remove", { ...at, own: true })).toBeNull();
    expect(may(muted, "message.post", { ...at, now_ms: 2000 })).toBeNull();
  });

  test("a closed room is only read", () => {
    const closed = { ...at, place: { ...OPEN, closed: true } };
    expect(may(MEMBER, "message.post", closed)).toBe("room_closed");
    expect(may(MEMBER, "room.read", closed)).toBeNull();
  });

  test("what can't be read is not there", () => {
    const team = { visibility: "team", closed: false } as const;
    const invited = { visibility: "invited", closed: false } as const;
    expect(may(MEMBER, "message.post", { ...at, place: team })).toBe("not_found");
    expect(mayRead({ ...MEMBER, roles: ["host"] }, team)).toBe(true);
    expect(mayRead(MEMBER, invited)).toBe(false);
    expect(mayRead({ ...MEMBER, admitted: true }, invited)).toBe(true);
    expect(mayRead({ ...MEMBER, roles: ["keeper"] }, invited)).toBe(true);
    expect(may(MEMBER, "message.post", { ...at, place: null })).toBe("not_found");
  });

  test("every deed has its rule", () => {
    const deeds = Object.keys(RIGHTS) as Deed[];
    expect(deeds.length).toBeGreaterThan(20);
    for (const deed of deeds) {
      const all: Standing = { ...MEMBER, roles: ["member", "moderator", "host", "keeper"], admitted: true };
      expect(may(all, deed, { ...at, own: true })).toBeNull();
      expect(may({ ...all, roles: [] }, deed, at)).not.toBeNull();
    }
  });
});
