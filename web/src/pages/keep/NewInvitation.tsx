import { useState } from "preact/hooks";
import type { InvitationKind, InvitationMade, Role, RoomId, RoomLine } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { failureWords, useAsk } from "../../ui/ask";
import { Choices } from "../../ui/Choices";
import { Field, Wrong } from "../../ui/Field";
import { words } from "../../words";
import { keepWords } from "../../words/keep";

const HOUR_S = 3600;
/** How long an invitation may work, in seconds. */
export const ENDINGS = {
  hour: HOUR_S,
  day: 24 * HOUR_S,
  days: 72 * HOUR_S,
  fortnight: 14 * 24 * HOUR_S,
  quarter: 91 * 24 * HOUR_S,
  year: 365 * 24 * HOUR_S,
} as const;
type Ending = keyof typeof ENDINGS;
const FOR_MEMBERS: readonly Ending[] = ["hour", "day", "fortnight", "quarter", "year"];
/** A link to a role is for one person, who comes soon. */
const FOR_A_ROLE: readonly Ending[] = ["hour", "day", "days"];
const ALL = "";
const ROLES: readonly Role[] = ["member", "moderator", "host", "keeper"];

/** How many may come in by it: nothing typed is no limit. Null: not a number that the server takes. */
export function usesFrom(typed: string): number | null {
  const text = typed.trim();
  if (text === "") return 0;
  const uses = Number(text);
  return Number.isInteger(uses) && uses >= 1 && uses <= 10_000 ? uses : null;
}

export interface NewInvitationProps {
  readonly slug: string;
  readonly rooms: readonly RoomLine[];
  /** Rooms with a code that works: another one ends it. */
  readonly haveCodes: readonly (RoomId | null)[];
  readonly onMade: (made: InvitationMade, asked: AskedFor) => void;
}

/** What was asked for, as far as a poster wants to know it. */
export interface AskedFor {
  /** Whether everybody who passes may use it. */
  readonly forWall: boolean;
  readonly room: RoomLine | undefined;
  readonly ends_ms: number;
}

export function NewInvitation({ slug, rooms, haveCodes, onMade }: NewInvitationProps) {
  const app = useApp();
  const ask = useAsk();
  const [kind, setKind] = useState<InvitationKind>("link");
  const [role, setRole] = useState<Role>("member");
  const [room, setRoom] = useState(ALL);
  const [staff, setStaff] = useState(false);
  const [label, setLabel] = useState("");
  const [uses, setUses] = useState("");
  const [missing, setMissing] = useState(false);
  const [ends, setEnds] = useState<Ending>("fortnight");
  const t = keepWords.value.invitations;
  const team = role !== "member";
  const many = team ? 1 : usesFrom(uses);
  const how: InvitationKind = team ? "link" : kind;
  const code = how === "code";
  // A code is read out for what happens in one room.
  const places = code ? rooms.filter((one) => !one.closed && one.visibility !== "team") : rooms;
  const place = places.find((one) => one.room === room);
  const nowhere = code && place === undefined;
  const whereWrong = nowhere && (missing || places.length === 0);
  const endings = team ? FOR_A_ROLE : FOR_MEMBERS;
  const ending = endings.includes(ends) ? ends : team ? "days" : "fortnight";
  const make = (event: Event): void => {
    event.preventDefault();
    setMissing(nowhere);
    if (many === null || nowhere) return;
    void ask.run(async () => {
      const body = { kind: how, role, staff, label: label.trim(), uses: many, ends_in_s: ENDINGS[ending] };
      onMade(await app.api("make_invitation", { params: { slug }, body: { ...body, room: place?.room ?? null } }), {
        forWall: !team && !staff && many !== 1,
        room: place,
        ends_ms: app.now() + ENDINGS[ending] * 1000,
      });
      setLabel("");
    });
  };
  return (
    <form class="card stack-l" onSubmit={make} noValidate>
      {team ? null : (
        <Choices<InvitationKind>
          legend={t.kind}
          of={[
            { value: "link", words: t.kinds.link },
            { value: "code", words: t.kinds.code },
          ]}
          value={kind}
          onChoose={setKind}
        />
      )}
      <p class="help">{team ? t.forOne : t.kindHelp[kind]}</p>
      <div class="pair">
        <label class="label select">
          {t.role}
          <select
            class="field"
            value={role}
            onChange={(event) => setRole(ROLES.find((one) => one === event.currentTarget.value) ?? "member")}
          >
            {ROLES.map((one) => (
              <option key={one} value={one}>
                {keepWords.value.roles[one]}
              </option>
            ))}
          </select>
        </label>
        <label class="label select">
          {t.to}
          <select class="field" value={place?.room ?? ALL} onChange={(event) => setRoom(event.currentTarget.value)}>
            <option value={ALL}>{code ? t.chooseRoom : t.toAll}</option>
            {places.map((one) => (
              <option key={one.room} value={one.room}>
                {one.title}
              </option>
            ))}
          </select>
        </label>
      </div>
      <label class="tick">
        <input type="checkbox" checked={staff} onChange={(event) => setStaff(event.currentTarget.checked)} />
        <span>{t.staff}</span>
      </label>
      <Choices<Ending>
        legend={t.ends}
        of={endings.map((value) => ({ value, words: t.endings[value] }))}
        value={ending}
        onChoose={setEnds}
      />
      <div class="pair">
        {team ? null : (
          <Field
            label={t.uses}
            help={t.usesHelp}
            value={uses}
            onInput={setUses}
            inputMode="numeric"
            wrong={many === null ? t.usesWrong : null}
          />
        )}
        <Field label={t.label} help={t.labelHelp} value={label} onInput={setLabel} maxLength={80} />
      </div>
      {code && place !== undefined && haveCodes.includes(place.room) ? <p class="help">{t.endsCode}</p> : null}
      <Wrong
        words={whereWrong ? (places.length === 0 ? t.noRoomForCode : words.value.refusals.code_needs_room({})) : null}
      />
      <Wrong words={ask.failure === null ? null : failureWords(ask.failure)} />
      <button type="submit" class="btn main" aria-disabled={ask.busy || many === null}>
        {t.go}
      </button>
    </form>
  );
}
