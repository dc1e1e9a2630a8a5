/** A server in the same process: sockets, polls and REST in front of a house, and the ways in which a line can fail. */

import {
  CONTRACT,
  type Ask,
  type Code,
  type Follow,
  type Happened,
  type LiveCommand,
  type PersonId,
  type Poll,
  type ServerItem,
  type StreamId,
} from "../../contract.gen";
import type { Fetch } from "../api";
import type { MakeSocket, SocketEars } from "../socket";
import type { FakeClock } from "./clock";
import { ADA, COMMUNITY, House, ROOM } from "./house";

const DELAY_MS = 5;

interface Refusing {
  readonly t: LiveCommand["t"];
  readonly code: Code;
  readonly retry_ms: number | null;
  times: number;
}

export class FakeServer {
  readonly house = new House();
  readonly #clock: FakeClock;
  readonly sockets = new Set<FakeLine>();
  /** Whose cookie the browser has; null when signed out. */
  person: PersonId | null = ADA;
  shared_idle_s: number | null = null;
  organisation: string | null = null;
  idle: { readonly desk_s: number; readonly elsewhere_s: number } | null = null;
  contract = CONTRACT;
  /** Nothing gets through in either direction. */
  reachable = true;
  /** A firewall lets no socket through. */
  socketsAllowed = true;
  /** The line is up and silent: what is sent is swallowed. */
  silent = false;
  /** Do what is asked and lose the line before the answer. */
  loseAnswers = 0;
  /** Events go out before the receipt of what caused them. */
  eventFirst = false;
  /** Answers to commands take so much longer than what else is sent. */
  answersLate_ms = 0;
  /** Totals are merged and told so much later. */
  talliesLate_ms = 0;
  /** Events that are stored and, by a fault, not sent. */
  skipEvents = 0;
  refusing: Refusing | null = null;
  /** Everything that was asked, in order. */
  readonly asked: LiveCommand[] = [];
  readonly requests: string[] = [];
  opened = 0;
  #holding: (() => void)[] | null = null;

  constructor(clock: FakeClock) {
    this.#clock = clock;
    this.house.at_ms = () => clock.wall();
    this.house.happened = (item) => this.#tell(item);
    this.house.tallied = (since, tallies) => {
      const { rev } = this.house;
      const signal = { t: "tally.changed", since, rev, tallies } as const;
      clock.later(this.talliesLate_ms, () => this.signal(`room:${ROOM}`, signal));
    };
  }

  readonly makeSocket: MakeSocket = (_protocol, ears) => {
    const line = new FakeLine(this, this.#clock, ears);
    return { send: line.frame, close: line.close };
  };

  readonly fetcher: Fetch = async (path, init) => {
    this.requests.push(`${init.method ?? "GET"} ${path}`);
    if (!this.reachable) throw new TypeError("no network");
    if (path === "/live/poll") return this.#poll(JSON.parse(String(init.body)) as Poll, init.signal ?? null);
    if (this.#holding !== null) await new Promise<void>((go) => this.#holding?.push(go));
    return this.#rest(path);
  };

  /** REST answers wait until the function returned is called; they are made when they are let go. */
  holdRest(): () => void {
    const held: (() => void)[] = [];
    this.#holding = held;
    return () => {
      this.#holding = null;
      for (const go of held) go();
    };
  }

  refuse(t: LiveCommand["t"], code: Code, { retry_ms = null as number | null, times = 1 } = {}): void {
    this.refusing = { t, code, retry_ms, times };
  }

  /** All lines break, without a word; `away`: and no new one can be had. */
  cut({ away = true } = {}): void {
    this.reachable = !away;
    for (const line of this.sockets) line.end(1006);
  }

  mend(): void {
    this.reachable = true;
  }

  closeAll(code: number): void {
    for (const line of this.sockets) line.end(code);
  }

  send(item: ServerItem): void {
    for (const line of this.sockets) line.send([item]);
  }

  signal(stream: StreamId, signal: Extract<ServerItem, { t: "signal" }>["signal"]): void {
    for (const line of this.sockets) if (line.follows(stream)) line.send([{ t: "signal", stream, signal }]);
  }

  answer(person: PersonId, { ref, do: command }: Ask): ServerItem {
    this.asked.push(command);
    const no = this.refusing;
    if (no !== null && no.t === command.t && no.times-- > 0) {
      return { t: "refusal", ref, code: no.code, ...(no.retry_ms === null ? {} : { retry_ms: no.retry_ms }) };
    }
    switch (command.t) {
      case "message.post":
      case "message.edit":
      case "message.remove":
      case "reaction.set":
        return { t: "receipt", ref, ...this.house.do(person, command) };
      case "place.mark":
        this.house.places.set(person, Math.max(command.seq, this.house.places.get(person) ?? 0));
        return { t: "receipt", ref, seq: command.seq };
      case "stream.follow":
        return this.house.following(command.stream, person, { ref, ...command });
      case "typing.tell":
      case "stream.unfollow":
        return { t: "receipt", ref };
    }
    return command satisfies never;
  }

  #tell(item: Happened): void {
    if (this.skipEvents > 0) {
      this.skipEvents--;
      return;
    }
    for (const line of this.sockets) if (line.follows(item.stream)) line.send([item]);
  }

  hello(): ServerItem {
    return { t: "hello", contract: this.contract, person: this.person ?? "", now_ms: this.#clock.wall(), tab: "T" };
  }

  async #poll(poll: Poll, signal: AbortSignal | null): Promise<Response> {
    if (this.person === null) return reply(401, { code: "signed_out", params: {} });
    const person = this.person;
    const items: ServerItem[] = [this.hello(), ...(poll.asks ?? []).map((ask) => this.answer(person, ask))];
    const news = (): ServerItem[] =>
      poll.streams.flatMap(({ stream, epoch = null, after = 0 }) => {
        const follow = this.house.following(stream, person, { ref: -1, epoch, after });
        return [follow, ...(follow.resumed ? this.house.stream(stream).events.slice(after) : [])];
      });
    for (let waited = 0; waited < (poll.wait_s ?? 25) * 1000 && items.length === 1; waited += 100) {
      if (news().length > poll.streams.length || poll.streams.some(({ epoch }) => epoch === undefined)) break;
      // oxlint-disable-next-line no-await-in-loop -- it waits for news
      await new Promise<void>((go) => this.#clock.later(100, go));
      if (signal?.aborted === true || !this.reachable) throw new TypeError("gone");
    }
    return reply(200, [...items, ...news()]);
  }

  #rest(path: string): Response {
    const { pathname, searchParams } = new URL(path, "http://hearth.test");
    const query = Object.fromEntries(searchParams);
    if (pathname === "/api/me") return reply(200, this.#me());
    if (this.person === null) return reply(401, { code: "signed_out", params: {} });
    if (pathname === `/api/rooms/${ROOM}/messages`) {
      const known = query["around"] === undefined || this.house.messages.has(query["around"]);
      const page = this.house.page(query);
      const answer = { ...page, mine: this.house.pageMine(this.person, page) };
      return known ? reply(200, answer) : reply(404, { code: "not_found", params: {} });
    }
    if (pathname === `/api/rooms/${ROOM}/tallies`) {
      return reply(200, { rev: this.house.rev, tallies: this.house.talliesSince(Number(query["since"])) });
    }
    if (pathname === "/api/communities/here") return reply(200, this.#home());
    if (pathname === "/api/sign-out") this.person = null;
    return reply(200, { done: true });
  }

  #membership(): object {
    const { name, roles, accepted } = this.house.members.get(this.person ?? "") ?? {
      name: "",
      roles: [],
      accepted: false,
    };
    const who = { shown_name: name, standing: null, roles, accepted, asked: [], dormant: [] };
    return { community: COMMUNITY, slug: "here", name: "Here", ...who };
  }

  #me(): object {
    const communities = this.person === null ? [] : [this.#membership()];
    const { shared_idle_s, organisation, idle } = this;
    return { person: this.person, communities, shared_idle_s, claimed: true, organisation, idle };
  }

  #home(): object {
    const unread = this.house.unread(this.person ?? "", this.house.places.get(this.person ?? "") ?? 0);
    const room = { ...this.house.room, unread, mentions: 0, here: 1, last_ms: null };
    return {
      community: { community: COMMUNITY, slug: "here" },
      me: this.#membership(),
      rooms: [room],
      last_here_ms: null,
      waiting: [],
      alone: false,
    };
  }
}

/** What `link/api` reads of a response. */
export function reply(status: number, body: unknown): Response {
  const text = async (): Promise<string> => JSON.stringify(body);
  return { ok: status < 400, status, text } as unknown as Response;
}

/** One socket, both ends of it. */
export class FakeLine {
  readonly #server: FakeServer;
  readonly #clock: FakeClock;
  readonly #ears: SocketEars;
  readonly #followed = new Set<StreamId>();
  readonly #person: PersonId;
  #over = false;

  constructor(server: FakeServer, clock: FakeClock, ears: SocketEars) {
    [this.#server, this.#clock, this.#ears, this.#person] = [server, clock, ears, server.person ?? ""];
    clock.later(DELAY_MS, () => {
      if (!server.reachable || !server.socketsAllowed || server.person === null) return this.end(1006);
      if (this.#over || server.silent) return;
      server.sockets.add(this);
      server.opened++;
      this.send([server.hello()]);
    });
  }

  follows(stream: StreamId): boolean {
    return this.#followed.has(stream);
  }

  send(items: readonly ServerItem[]): void {
    if (this.#server.silent) return;
    const frame = JSON.stringify(items);
    this.#clock.later(DELAY_MS, () => this.#over || this.#ears.message(frame));
  }

  /** From the browser: a frame. */
  readonly frame = (text: string): void => {
    if (this.#over || this.#server.silent) return;
    this.#clock.later(DELAY_MS, () => this.#asked(JSON.parse(text) as Ask));
  };

  readonly close = (): void => {
    this.#over = true;
    this.#server.sockets.delete(this);
  };

  end(code: number): void {
    if (this.#over) return;
    this.close();
    this.#clock.later(0, () => this.#ears.closed(code));
  }

  #asked(ask: Ask): void {
    const server = this.#server;
    if (this.#over || server.silent) return;
    const late: Happened[] = [];
    const tell = server.house.happened;
    // What the command itself causes can be sent before or behind its answer.
    server.house.happened = (item) => (server.eventFirst ? tell(item) : void late.push(item));
    const answer = server.answer(this.#person, ask);
    server.house.happened = tell;
    const lost = answer.t === "receipt" && ask.do.t.startsWith("message.") && server.loseAnswers > 0;
    if (lost) {
      server.loseAnswers--;
      for (const item of late) tell(item);
      return this.end(1006);
    }
    if (ask.do.t === "stream.unfollow") this.#followed.delete(ask.do.stream);
    const follows = ask.do.t === "stream.follow" && answer.t === "following";
    const items = follows ? this.#follow(ask.do, answer) : [answer];
    this.#clock.later(answer.t === "receipt" ? server.answersLate_ms : 0, () => this.send(items));
    for (const item of late) tell(item);
  }

  #follow({ stream, after = 0 }: Follow, answer: Extract<ServerItem, { t: "following" }>): readonly ServerItem[] {
    this.#followed.add(stream);
    return [answer, ...(answer.resumed ? this.#server.house.stream(stream).events.slice(after) : [])];
  }
}
