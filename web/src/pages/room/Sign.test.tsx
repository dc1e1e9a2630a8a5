import { render } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { REACTIONS } from "../../contract.gen";
import { en } from "../../words/en";
import { FIRST, MORE, Sign } from "./Sign";

describe("the signs", () => {
  it("begin with the small, kind set, and all have a place", () => {
    expect(FIRST).toEqual(["heart", "thanks", "metoo", "tellmore", "idea"]);
    expect([...FIRST, ...MORE]).toEqual(REACTIONS);
    expect(MORE.length).toBeGreaterThan(10);
  });
  it.each(REACTIONS)("%s has a look and a name of its own", (reaction) => {
    const { container } = render(<Sign reaction={reaction} />);
    expect(container.querySelector("svg") ?? container.textContent?.trim()).toBeTruthy();
    const names = Object.values(en.message.reactions);
    expect(names.filter((name) => name === en.message.reactions[reaction])).toHaveLength(1);
  });
});
