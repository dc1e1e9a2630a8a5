/** The REST routes, typed by the generated table: what a route takes, what it gives, and how it refuses. */

import { ROUTES, type Code, type RouteAnswer, type RouteArgs, type RouteName, type RouteParts } from "../contract.gen";
import type { Clock } from "./clock";

/** The server said no: a stable code, and what its words are made with. */
export class Refused extends Error {
  constructor(
    readonly code: Code,
    readonly params: Readonly<Record<string, string | number>> = {},
    readonly retry_ms: number | null = null,
  ) {
    super(code);
  }
}

/** No answer came: no network, no server, or it took too long. Whether the request was done is not known. */
export class Unreachable extends Error {}

/** `await api("home", { params: { slug } })`; throws `Refused` or `Unreachable`, nothing else. */
export type Api = <N extends RouteName>(name: N, ...args: RouteArgs<N>) => Promise<RouteAnswer<N>>;

export type Fetch = (path: string, init: RequestInit) => Promise<Response>;

// Longer than the server takes to give up on its database, shorter than a person's patience.
const DEADLINE_MS = 10_000;
// A GET changes nothing, so it may be asked again; twice covers a hand-over between two base stations.
const PAUSES_MS = [400, 1500];

export interface ApiHow {
  readonly fetcher: Fetch;
  readonly clock: Clock;
}

export function openApi({ fetcher, clock }: ApiHow): Api {
  return async (name, ...args) => {
    const parts: RouteParts = args[0] ?? {};
    const { method, path } = ROUTES[name];
    const address = addressOf(path, parts);
    const init = initOf(method, parts.body);
    const ask = async (tries: number): Promise<unknown> => {
      const pause_ms = method === "GET" ? PAUSES_MS[tries] : undefined;
      try {
        return await request({ fetcher, clock, deadline_ms: DEADLINE_MS }, address, init);
      } catch (failure) {
        if (!(failure instanceof Unreachable) || pause_ms === undefined) throw failure;
      }
      await new Promise<void>((done) => clock.later(pause_ms, done));
      return ask(tries + 1);
    };
    return (await ask(0)) as RouteAnswer<typeof name>;
  };
}

function addressOf(path: string, parts: RouteParts): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, part: string) => encodeURIComponent(parts.params?.[part] ?? ""));
  const query = Object.entries(parts.query ?? {}).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  return query.length > 0 ? `${filled}?${query.join("&")}` : filled;
}

function initOf(method: string, body: object | undefined): RequestInit {
  const headers: Record<string, string> = { Accept: "application/json" };
  // Another site's form can't set this header, so it proves that the request is ours.
  if (method !== "GET") headers["X-Hearth"] = "1";
  if (body !== undefined) headers["Content-Type"] = "application/json";
  return { method, headers, credentials: "same-origin", ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
}

export interface RequestHow extends ApiHow {
  readonly deadline_ms: number;
}

/** One request with a deadline over headers and body alike. */
export async function request(how: RequestHow, address: string, init: RequestInit): Promise<unknown> {
  const giveUp = new AbortController();
  const cancel = how.clock.later(how.deadline_ms, () => giveUp.abort());
  init.signal?.addEventListener("abort", () => giveUp.abort());
  let answer: Response, said: unknown;
  try {
    answer = await how.fetcher(address, { ...init, signal: giveUp.signal });
    said = await bodyOf(answer);
  } catch {
    throw new Unreachable();
  } finally {
    cancel();
  }
  if (answer.ok) return said;
  throw problemOf(answer.status, said);
}

/** A page of HTML from a hotel's sign-in wall, or half an answer, is no answer at all. */
async function bodyOf(answer: Response): Promise<unknown> {
  if (answer.status === 204) return null;
  const text = await answer.text();
  if (answer.ok) return JSON.parse(text);
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function problemOf(status: number, said: unknown): Refused | Unreachable {
  if (isProblem(said)) return new Refused(said.code, said.params ?? {}, said.retry_ms ?? null);
  if (status === 401) return new Refused("signed_out");
  if (status === 404) return new Refused("not_found");
  if (status === 429) return new Refused("too_fast");
  // A proxy in front speaks for a server that is not there.
  if (status >= 500) return new Unreachable();
  return new Refused("malformed");
}

interface Said {
  readonly code: Code;
  readonly params?: Readonly<Record<string, string | number>>;
  readonly retry_ms?: number | null;
}

function isProblem(said: unknown): said is Said {
  return typeof said === "object" && said !== null && "code" in said && typeof said.code === "string";
}
