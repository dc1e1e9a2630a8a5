import { computed, signal } from "@preact/signals";
import { routeOf } from "./routes";

const here = signal({ path: location.pathname, hash: location.hash });

export const route = computed(() => routeOf(here.value.path, here.value.hash));

/** Goes up with every change of page that a person made, so that focus and title can follow. */
export const moves = signal(0);

function arrived(): void {
  const before = here.peek().path;
  here.value = { path: location.pathname, hash: location.hash };
  if (location.pathname !== before) moves.value++;
}

/** Shows another page. `replace`: the present one, and a secret in its address, leaves the history. */
export function go(to: string, how: { readonly replace?: boolean } = {}): void {
  if (how.replace === true) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  const before = here.peek().path;
  arrived();
  if (here.peek().path !== before) scrollTo(0, 0);
}

/** A link of ours, pressed plainly: null when the browser should do what it always does. */
export function ourLink(event: MouseEvent): string | null {
  if (event.defaultPrevented || event.button !== 0) return null;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (link === null || link.target !== "" || link.hasAttribute("download") || !link.hasAttribute("href")) return null;
  const to = new URL(link.href, location.href);
  if (to.origin !== location.origin) return null;
  // "#write": the browser itself goes to a place on this page.
  if (to.pathname === location.pathname && link.getAttribute("href")?.startsWith("#") === true) return null;
  return to.pathname + to.search + to.hash;
}

/** Listens for links and for the browser's back and forward. */
export function followLinks(): () => void {
  const pressed = (event: MouseEvent): void => {
    const to = ourLink(event);
    if (to === null) return;
    event.preventDefault();
    go(to);
  };
  document.addEventListener("click", pressed);
  addEventListener("popstate", arrived);
  return () => {
    document.removeEventListener("click", pressed);
    removeEventListener("popstate", arrived);
  };
}
