import { fireEvent, screen, waitFor } from "@testing-library/preact";
import { afterEach, describe, expect, it } from "vitest";
import { go, route } from "../../shell/location";
import { routeOf } from "../../shell/routes";
import { Refused, Unreachable } from "../../state";
import { faults } from "../../testing/axe";
import { draw, FakeApp } from "../../testing/fakes";
import { Back } from "./Back";

const INTO = { community_slug: "eyes", room_slug: null, person: "R" };
const NONCE: unknown = expect.stringMatching(/^[\w-]{22}$/);

const bodies = (app: FakeApp): readonly unknown[] => app.asked.map((one) => (one.ask as { body: unknown }).body);
const type = (words: string): void => {
  fireEvent.input(screen.getByRole("textbox"), { target: { value: words } });
  fireEvent.click(screen.getByRole("button", { name: "Come back in" }));
};

afterEach(() => go("/", { replace: true }));

describe("coming back by words", () => {
  it("takes four of them, and goes home", async () => {
    const app = new FakeApp({ come_back: () => INTO });
    const { container } = draw(<Back secret={null} />, app);
    expect(await faults(container)).toEqual([]);
    fireEvent.click(screen.getByRole("checkbox", { name: "This device is shared" }));
    type("Otter, lemon quiet-harbour");
    await waitFor(() => expect(route.value).toEqual({ is: "home", slug: "eyes" }));
    expect(bodies(app)).toEqual([{ nonce: NONCE, words: "Otter, lemon quiet-harbour", shared: true }]);
  });
  it("says beside the field what is missing, and asks nobody", async () => {
    const app = new FakeApp();
    draw(<Back secret={null} />, app);
    type("otter lemon quiet");
    await screen.findByText(/should be four words/);
    expect(app.asked).toEqual([]);
  });
  it("says which word is none", async () => {
    const app = new FakeApp({
      come_back: () => {
        throw new Refused("words_unknown", { number: 2 });
      },
    });
    draw(<Back secret={null} />, app);
    type("otter lemmon quiet harbour");
    await screen.findByText(/Word 2 is not one of ours/);
  });
  it("is the same request again when the answer was lost", async () => {
    let lost = true;
    const app = new FakeApp({
      come_back: () => {
        if (lost) throw new Unreachable();
        return INTO;
      },
    });
    draw(<Back secret={null} />, app);
    type("otter lemon quiet harbour");
    await screen.findByText(/can’t reach the server/);
    lost = false;
    fireEvent.click(screen.getByRole("button", { name: "Come back in" }));
    await waitFor(() => expect(route.value).toMatchObject({ is: "home" }));
    const [first, second] = bodies(app);
    expect(second).toEqual(first);
  });
});

describe("coming back by the link", () => {
  it("uses nothing up by being opened, and one press comes in", async () => {
    const app = new FakeApp({ come_back: () => INTO });
    draw(<Back secret="s3cret" />, app);
    expect(app.asked).toEqual([]);
    fireEvent.click(screen.getByRole("button", { name: "Come back in" }));
    await waitFor(() => expect(route.value).toEqual({ is: "home", slug: "eyes" }));
    expect(bodies(app)).toEqual([{ nonce: NONCE, link: "s3cret", shared: false }]);
  });
  it("has two addresses", () => {
    expect(routeOf("/back")).toEqual({ is: "back" });
    expect(routeOf("/back/s3cret")).toEqual({ is: "back_by_link", secret: "s3cret" });
  });
});
