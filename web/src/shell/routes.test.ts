import { describe, expect, it } from "vitest";
import { homePath, joinPath, keepPath, messagePath, onwardOf, roomPath, routeOf, signInPath } from "./routes";

const MESSAGE = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

describe("addresses", () => {
  it.each([
    ["/", { is: "landing" }],
    ["/j", { is: "code" }],
    ["/me", { is: "me" }],
    ["/join/abc", { is: "join", secret: "abc" }],
    ["/in/abc", { is: "sign_in", secret: "abc" }],
    ["/oidc/join", { is: "vouched" }],
    ["/oidc/refused", { is: "sign_in_refused", why: "" }],
    ["/oidc/else", { is: "nowhere" }],
    ["/claim/abc", { is: "claim", secret: "abc" }],
    ["/c/eyes", { is: "home", slug: "eyes" }],
    ["/c/eyes/r/tea", { is: "room", slug: "eyes", room: "tea", message: null }],
    ["/c/eyes/keep", { is: "keep", slug: "eyes", part: "" }],
    ["/c/eyes/keep/more", { is: "nowhere" }],
    ["/c", { is: "nowhere" }],
    ["/x/y", { is: "nowhere" }],
    ["/c/%E0%A4%A", { is: "home", slug: "%E0%A4%A" }],
  ])("%s", (path, route) => {
    expect(routeOf(path)).toEqual(route);
  });
  it("may name a message, and nothing else", () => {
    expect(routeOf("/c/eyes/r/tea", `#${MESSAGE}`)).toMatchObject({ message: MESSAGE });
    expect(routeOf("/c/eyes/r/tea", "#write")).toMatchObject({ message: null });
  });
  it("say why the organisation's sign-in let nobody in", () => {
    expect(routeOf("/oidc/refused", "#removed_here")).toEqual({ is: "sign_in_refused", why: "removed_here" });
  });
  it("of the organisation's sign-in tell the server where to go on to", () => {
    expect(signInPath()).toBe("/oidc/start");
    expect(signInPath({ to: "/c/eyes", shared: true })).toBe("/oidc/start?to=%2Fc%2Feyes&shared=1");
  });
  it("are read back as they were written", () => {
    expect(routeOf(homePath("eyes"))).toEqual({ is: "home", slug: "eyes" });
    expect(routeOf(roomPath("eyes", "tea"))).toMatchObject({ room: "tea" });
    expect(routeOf(joinPath("a/b"))).toEqual({ is: "join", secret: "a/b" });
    expect(keepPath("eyes", "rooms")).toBe("/c/eyes/keep#rooms");
    expect(messagePath("eyes", "tea", MESSAGE)).toBe(`/c/eyes/r/tea#${MESSAGE}`);
  });
});

describe("where a sign-in link goes on to", () => {
  it("is a community or a room of ours", () => {
    expect(onwardOf("#/c/eyes")).toBe("/c/eyes");
    expect(onwardOf("#/c/eyes/r/waiting-well")).toBe("/c/eyes/r/waiting-well");
  });

  it("is nowhere else", () => {
    for (const hash of [
      "",
      "#",
      "#/me",
      "#//elsewhere.example",
      "#/c/../me",
      "#/c/eyes//r/x",
      "#https://elsewhere.example",
    ]) {
      expect(onwardOf(hash)).toBeNull();
    }
  });
});
