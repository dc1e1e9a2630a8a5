import type { MessageId } from "../contract.gen";

/** Where the reader is: one of these for every address there is. */
export type Route =
  | { readonly is: "landing" }
  | { readonly is: "code" }
  | { readonly is: "join"; readonly secret: string }
  | { readonly is: "sign_in"; readonly secret: string }
  | { readonly is: "back" }
  | { readonly is: "back_by_link"; readonly secret: string }
  | { readonly is: "vouched" }
  | { readonly is: "sign_in_refused"; readonly why: string }
  | { readonly is: "confirm_mail"; readonly secret: string }
  | { readonly is: "stop_mail"; readonly secret: string }
  | { readonly is: "claim"; readonly secret: string }
  | { readonly is: "home"; readonly slug: string }
  | { readonly is: "room"; readonly slug: string; readonly room: string; readonly message: MessageId | null }
  | { readonly is: "keep"; readonly slug: string; readonly part: string }
  | { readonly is: "me" }
  | { readonly is: "erased"; readonly secret: string }
  | { readonly is: "nowhere" };

const MESSAGE = /^#([0-9A-Z]{26})$/;

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The route of an address; `hash` names a message in a room, or a part of the keepers' page. */
export function routeOf(path: string, hash = ""): Route {
  const parts = path.split("/").filter(Boolean).map(decoded);
  const [first, second, third, fourth] = parts;
  const length = parts.length;
  if (length === 0) return { is: "landing" };
  if (length === 1 && first === "j") return { is: "code" };
  if (length === 1 && first === "me") return { is: "me" };
  // Behind the hash it is sent to nobody.
  if (length === 1 && first === "erased") return { is: "erased", secret: hash.slice(1) };
  if (length === 1 && first === "back") return { is: "back" };
  if (second === undefined) return { is: "nowhere" };
  if (length === 2 && first === "join") return { is: "join", secret: second };
  if (length === 2 && first === "back") return { is: "back_by_link", secret: second };
  if (length === 2 && first === "reach") return { is: "confirm_mail", secret: second };
  if (length === 2 && first === "stop") return { is: "stop_mail", secret: second };
  if (length === 2 && first === "in") return { is: "sign_in", secret: second };
  if (length === 2 && first === "oidc" && second === "join") return { is: "vouched" };
  if (length === 2 && first === "oidc" && second === "refused") return { is: "sign_in_refused", why: hash.slice(1) };
  if (length === 2 && first === "claim") return { is: "claim", secret: second };
  if (first !== "c") return { is: "nowhere" };
  if (length === 2) return { is: "home", slug: second };
  if (length === 3 && third === "keep") return { is: "keep", slug: second, part: hash.slice(1) };
  if (length === 4 && third === "r" && fourth !== undefined) {
    return { is: "room", slug: second, room: fourth, message: MESSAGE.exec(hash)?.[1] ?? null };
  }
  return { is: "nowhere" };
}

// Letters that addresses of communities and rooms are made of: nothing in it can lead to another site.
const ONWARD = /^#(\/c\/[a-z0-9-]+(?:\/r\/[a-z0-9-]+)?)$/;

/** Where a sign-in link says to go on to; null when it doesn't, or names no place of ours. */
export const onwardOf = (hash: string): string | null => ONWARD.exec(hash)?.[1] ?? null;

const enc = encodeURIComponent;

/** Where the organisation's own sign-in begins; `to` is a place of ours to go on to. The server answers, not this page. */
export function signInPath(how: { readonly to?: string; readonly shared?: boolean } = {}): string {
  const asked = new URLSearchParams();
  if (how.to !== undefined && how.to !== "") asked.set("to", how.to);
  if (how.shared === true) asked.set("shared", "1");
  return asked.size === 0 ? "/oidc/start" : `/oidc/start?${asked.toString()}`;
}

export const homePath = (slug: string): string => `/c/${enc(slug)}`;
export const roomPath = (slug: string, room: string): string => `/c/${enc(slug)}/r/${enc(room)}`;
export const messagePath = (slug: string, room: string, message: MessageId): string =>
  `${roomPath(slug, room)}#${message}`;
export const keepPath = (slug: string, part = ""): string => `/c/${enc(slug)}/keep${part === "" ? "" : `#${part}`}`;
export const receiptPath = (secret: string): string => `/erased#${secret}`;
export const joinPath = (secret: string): string => `/join/${enc(secret)}`;
