/** The live connection over a WebSocket. */

import { CLOSE, SUBPROTOCOL_JSON, type Code, type ServerItem } from "../contract.gen";
import type { Clock } from "./clock";
import type { End, Listener, Transport } from "./transport";

/** The part of the browser's WebSocket that is used. */
export interface SocketLike {
  send(text: string): void;
  close(): void;
}

export interface SocketEars {
  message(data: unknown): void;
  closed(code: number): void;
}

/** Begins to open a socket; says nothing before it has returned. */
export type MakeSocket = (protocol: string, ears: SocketEars) => SocketLike;

export const browserSocket: MakeSocket = (protocol, ears) => {
  const address = new URL("/live", location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address, protocol);
  socket.addEventListener("message", ({ data }) => ears.message(data));
  socket.addEventListener("close", ({ code }) => ears.closed(code));
  return socket;
};

// A phone on a crowded hall's Wi-Fi needs some seconds; a firewall that swallows the upgrade never answers.
const OPENING_MS = 8000;

/** Opens a socket. It counts as open when the first frame, the greeting, has come. */
export function openSocket(make: MakeSocket, clock: Clock, listener: Listener): Transport {
  let over = false;
  const end = (why: End): void => {
    if (over) return;
    drop();
    listener.closed(why);
  };
  const drop = (): void => {
    over = true;
    opening();
    socket.close();
  };
  const opening = clock.later(OPENING_MS, () => end({ is: "lost" }));
  const socket = make(SUBPROTOCOL_JSON, {
    message(data) {
      if (over) return;
      opening();
      const items = decode(data);
      if (items === null) end({ is: "lost" });
      else listener.items(items);
    },
    closed: (code) => end(endOf(code)),
  });
  return {
    by: "socket",
    ask: (ask) => socket.send(JSON.stringify(ask)),
    restart: () => {},
    close: () => {
      if (!over) drop();
    },
  };
}

/** Half a frame, or a frame that isn't ours, means a broken line; a new one brings everything again. */
function decode(data: unknown): readonly ServerItem[] | null {
  if (typeof data !== "string") return null;
  try {
    const items: unknown = JSON.parse(data);
    return Array.isArray(items) ? (items as readonly ServerItem[]) : null;
  } catch {
    return null;
  }
}

/** The ranges are the whole rule: 4400 to 4499 stay away, everything else comes back. */
export function endOf(code: number): End {
  if (code < 4400 || code > 4499) return { is: "lost" };
  const poisoned = code === CLOSE.MALFORMED || code === CLOSE.TOO_LARGE;
  return { is: "stopped", code: reasonOf(code), poisoned };
}

function reasonOf(code: number): Code {
  switch (code) {
    case CLOSE.SIGNED_OUT:
      return "signed_out";
    case CLOSE.NOT_FOUND:
      return "not_found";
    default:
      return "malformed";
  }
}
