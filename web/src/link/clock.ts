/** Time, chance and the page's own state come in by these doors, so that tests can hold them. */

export type Cancel = () => void;

export interface Clock {
  /** Milliseconds that only go forward. Order and pauses use nothing else. */
  now(): number;
  /** The device's idea of the date: right enough to show, never to decide an order by. */
  wall(): number;
  random(): number;
  later(ms: number, then: () => void): Cancel;
  /** Before the next painting; in a tab that isn't painted, soon. */
  frame(then: () => void): Cancel;
}

export const realClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  random: () => Math.random(),
  later(ms, then) {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
  frame(then) {
    // A hidden tab gets no frames; its title and unread count should go on all the same.
    if (document.hidden) return realClock.later(250, then);
    const frame = requestAnimationFrame(then);
    return () => cancelAnimationFrame(frame);
  },
};

/** `active`: the person touched, typed or scrolled. `leaving`: last chance to store something. */
export type PageNews = "visible" | "hidden" | "online" | "offline" | "active" | "leaving";

export interface Page {
  visible(): boolean;
  online(): boolean;
  on(tell: (news: PageNews) => void): Cancel;
}

const NEWS: Readonly<Record<string, PageNews>> = {
  online: "online",
  offline: "offline",
  pagehide: "leaving",
  // Back from the browser's page cache: the sockets of before are dead and nothing else says so.
  pageshow: "visible",
  keydown: "active",
  pointerdown: "active",
  wheel: "active",
  touchmove: "active",
};

export const realPage: Page = {
  visible: () => !document.hidden,
  online: () => navigator.onLine,
  on(tell) {
    const stop = new AbortController();
    const how = { signal: stop.signal, passive: true, capture: true };
    for (const [type, news] of Object.entries(NEWS)) addEventListener(type, () => tell(news), how);
    document.addEventListener("visibilitychange", () => tell(document.hidden ? "hidden" : "visible"), how);
    return () => stop.abort();
  },
};
