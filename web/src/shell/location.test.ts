import { afterEach, describe, expect, it } from "vitest";
import { followLinks, go, moves, ourLink, route } from "./location";

function press(html: string, how: MouseEventInit = {}): string | null {
  document.body.innerHTML = html;
  const event = new MouseEvent("click", { bubbles: true, cancelable: true, ...how });
  let to: string | null = null;
  const heard = (e: Event): void => {
    to = ourLink(e as MouseEvent);
    e.preventDefault();
  };
  // Heard at once: the test's browser would be on its way before the press came up to the document.
  const pressed = document.querySelector("b");
  pressed?.addEventListener("click", heard);
  pressed?.dispatchEvent(event);
  return to;
}

afterEach(() => {
  document.body.innerHTML = "";
  go("/", { replace: true });
});

describe("a link", () => {
  it("of ours is followed without loading the page", () => {
    expect(press('<a href="/c/eyes?x=1#y"><b>in</b></a>')).toBe("/c/eyes?x=1#y");
  });
  it.each([
    ["to another site", '<a href="https://example.org/c/eyes"><b>x</b></a>'],
    ["that opens elsewhere", '<a href="/c/eyes" target="_blank"><b>x</b></a>'],
    ["to a place on this page", '<a href="#say"><b>x</b></a>'],
    ["that downloads", '<a href="/c/eyes" download><b>x</b></a>'],
    ["that leads nowhere", "<a><b>x</b></a>"],
  ])("%s is the browser's", (_what, html) => {
    expect(press(html)).toBeNull();
  });
  it.each(["metaKey", "ctrlKey", "shiftKey"])("pressed with %s is the browser's", (held) => {
    expect(press('<a href="/c/eyes"><b>x</b></a>', { [held]: true })).toBeNull();
  });
});

describe("going", () => {
  it("changes the page, and says so", () => {
    const before = moves.value;
    go("/c/eyes");
    expect(route.value).toEqual({ is: "home", slug: "eyes" });
    expect(moves.value).toBe(before + 1);
  });
  it("to a part of the page is not going", () => {
    go("/c/eyes/keep#members");
    const before = moves.value;
    go("/c/eyes/keep#rooms");
    expect(route.value).toMatchObject({ part: "rooms" });
    expect(moves.value).toBe(before);
  });
  it("leaves a secret out of the history when asked to", () => {
    const length = history.length;
    go("/join/secret");
    go("/c/eyes", { replace: true });
    expect(history.length).toBe(length + 1);
  });
  it("follows pressed links until it is told to stop", () => {
    document.body.innerHTML = '<a href="/c/eyes"><b>x</b></a>';
    const stop = followLinks();
    document.querySelector("b")?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
    stop();
    expect(route.value).toEqual({ is: "home", slug: "eyes" });
  });
});
