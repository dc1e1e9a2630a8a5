import { describe, expect, it } from "vitest";
import { onwardOf } from "./routes";

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
