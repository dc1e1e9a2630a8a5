import type {
  AuditLine,
  InvitationLine,
  InvitationMade,
  MemberLine,
  Role,
  RoomLine,
  WaitingLine,
} from "../contract.gen";
import { Keep } from "../pages/keep/Keep";
import { draw, FakeApp, FakeCommunity, FakeRoom } from "./fakes";
import { homeOf, MEMBERSHIP, NOW_MS, roomLine } from "./people";

/** A square picture, as the server draws it. */
export const QR = '<svg viewBox="0 0 9 9" class="segno"><path d="M0 0h9"/></svg>';
export const MADE: InvitationMade = { invitation: "I1", code: "DTNQCJ", path: "/join/s3cret", qr: QR };

/** An invitation in the list. */
export const line = (change: Partial<InvitationLine> = {}): InvitationLine => ({
  invitation: "I1",
  kind: "link",
  role: "member",
  room: null,
  staff: false,
  label: "Poster",
  uses: 0,
  used: 3,
  ends_ms: NOW_MS + 86_400_000,
  revoked: false,
  made_ms: NOW_MS,
  made_by: "Ruth",
  waits: false,
  ...change,
});

/** A member in the list. */
export const memberOf = (name: string, roles: readonly Role[] = ["member"]): MemberLine => ({
  person: name,
  name,
  standing: null,
  roles,
  room_roles: [],
  passkey: null,
  accepted: true,
  joined_ms: NOW_MS,
  seen_ms: null,
});

/** An act in the audit. */
export const act = (change: Partial<AuditLine> = {}): AuditLine => ({
  number: 1,
  at_ms: NOW_MS,
  what: "roles.set",
  by: { person: "R", name: "Ruth" },
  person: { person: "D", name: "Dorothy" },
  room: null,
  details: { role: "host", held: true, answers: false },
  ...change,
});

/** The keepers' page at one of its parts. */
export function show(
  part: string,
  answers: ConstructorParameters<typeof FakeApp>[0] = {},
  roles: readonly Role[] = ["keeper"],
  waiting: readonly WaitingLine[] = [],
  rooms: readonly RoomLine[] = [roomLine(), roomLine({ room: "R2", title: "Carers’ corner", visibility: "invited" })],
) {
  const home = homeOf({
    waiting,
    me: { ...MEMBERSHIP, roles },
    rooms,
  });
  const app = new FakeApp(
    {
      members: () => ({ members: [memberOf("Dorothy"), memberOf("Ruth", ["keeper"])], next: null }),
      invitations: () => ({ invitations: [line()] }),
      make_invitation: () => MADE,
      set_role: () => ({ done: true }),
      change_room: () => ({ done: true }),
      change_community: () => home.community,
      revoke_invitation: () => ({ done: true }),
      people: () => ({ people: [{ person: "D", name: "Dorothy", standing: null, role: null }] }),
      admit: () => ({ done: true }),
      end_sessions: () => ({ done: true }),
      audit: () => ({ lines: [act()], next: null, chain: { count: 1, looked: 1, checked_ms: null, fault: null } }),
      health: () => ({
        version: "0.1.0",
        checks: [
          { name: "database", ok: true, says: "It answers.", do: "" },
          { name: "backup", ok: false, says: "There is none.", do: "Make one every day." },
        ],
        sockets: 1,
        people_here: 2,
        posted_today: 14,
        storage: { database_bytes: 3_210_000_000, free_bytes: 52_000_000_000, messages: 12_345, events: null },
        backup_ms: NOW_MS - 5 * 3_600_000,
      }),
      ...answers,
    },
    new FakeRoom(),
    new FakeCommunity(home),
  );
  return { app, ...draw(<Keep slug="through-my-eyes" part={part} />, app) };
}

/** What was asked of a route. */
export const asks = (app: FakeApp, route: string): readonly unknown[] =>
  app.asked.filter((one) => one.route === route).map((one) => one.ask);
