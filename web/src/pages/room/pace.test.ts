import { describe, expect, it } from "vitest";
import { Pace } from "./pace";

describe("the pace of new messages", () => {
  it("is too fast when more come in two seconds than anyone reads", () => {
    const pace = new Pace();
    pace.arrive(6, 1000);
    expect(pace.tooFast(1000)).toBe(false);
    pace.arrive(1, 2500);
    expect(pace.tooFast(2500)).toBe(true);
    expect(pace.tooFast(3500)).toBe(false);
  });
  it("is nobody's hindrance who asked to be taken along", () => {
    const pace = new Pace();
    pace.arrive(30, 1000);
    pace.forget();
    expect(pace.tooFast(1000)).toBe(false);
  });
});
