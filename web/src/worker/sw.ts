/**
 * Keeps the shell, so that Hearth opens without a connection and can say so. It keeps the build's own files and
 * nothing else: no answer of the server, no words of anybody.
 */

interface WorkerEvent extends Event {
  waitUntil(done: Promise<unknown>): void;
}
interface FetchEvent extends WorkerEvent {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Worker {
  addEventListener(name: "install" | "activate", heard: (event: WorkerEvent) => void): void;
  addEventListener(name: "fetch", heard: (event: FetchEvent) => void): void;
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
}

const worker = self as unknown as Worker;

// The build puts its list of files here; a new build is a new list, and so a new store.
const SHELL = JSON.parse("__SHELL__") as { readonly store: string; readonly files: readonly string[] };
const FILES = SHELL.files;
const STORE = `hearth-shell-${SHELL.store}`;

// A hospital's Wi-Fi may hold a request for ever; the kept page is better than a blank one.
const PATIENCE_MS = 5000;

worker.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(STORE)
      .then((store) => store.addAll([...FILES]))
      .then(() => worker.skipWaiting()),
  );
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== STORE).map((name) => caches.delete(name))))
      .then(() => worker.clients.claim()),
  );
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  // The way to another place and back is the browser's own: the shell can't stand in for it, and it may take its time.
  if (address.pathname === "/oidc/start" || address.pathname === "/oidc/back") return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (FILES.includes(address.pathname)) event.respondWith(kept(request, address.pathname));
});

/** Pages come from the server; only when it can't be reached, the kept shell opens in their place. */
async function page(request: Request): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), PATIENCE_MS);
  try {
    return await fetch(request, { signal: late.signal });
  } catch {
    const shell = await caches.match("/");
    return shell ?? Response.error();
  } finally {
    clearTimeout(timer);
  }
}

/** The build's files never change under one name. */
async function kept(request: Request, path: string): Promise<Response> {
  return (await caches.match(path)) ?? fetch(request);
}
