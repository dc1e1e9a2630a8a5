import { cleanup } from "@testing-library/preact";
import { afterEach } from "vitest";

// What the page asks of a browser and the test's one lacks; none of it can be seen there anyway.
class NoResizes implements ResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}
globalThis.ResizeObserver ??= NoResizes;
globalThis.scrollTo = (): void => undefined;
globalThis.scrollBy = (): void => undefined;

afterEach(cleanup);
