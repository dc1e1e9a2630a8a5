import { act, fireEvent, render, screen } from "@testing-library/preact";
import { afterEach, describe, expect, it, vi } from "vitest";
import { faults } from "../testing/axe";
import { draw, FakeApp } from "../testing/fakes";
import { WREN } from "../testing/people";
import { Boundary } from "./Boundary";
import { lazy } from "./lazy";
import { go } from "./location";
import { Shell } from "./Shell";
import { Quiet, Stale } from "./Warnings";

afterEach(() => {
  go("/", { replace: true });
  vi.restoreAllMocks();
});

describe("the shell", () => {
  it("says that there is nothing where there is nothing", async () => {
    go("/no/such/page");
    const { container } = render(<Shell app={new FakeApp()} />);
    screen.getByRole("heading", { name: "There is nothing at this address." });
    expect(await faults(container)).toEqual([]);
  });
  it.each([
    [{ is: "stranger", claimed: true } as const, /open the link you were given/],
    [{ is: "ended", why: "quiet" } as const, /so we signed you out/],
    [{ is: "ended", why: "server" } as const, /open the link you were given/],
  ])("tells whoever is not signed in how to come in again (%o)", (state, said) => {
    const app = new FakeApp();
    act(() => {
      app.session.state.value = state;
    });
    go("/me");
    render(<Shell app={app} />);
    screen.getByRole("heading", { name: "You are signed out" });
    screen.getByText(said);
  });
  it("offers to try again where the server can't be asked", () => {
    const app = new FakeApp();
    act(() => {
      app.session.state.value = { is: "unreachable" };
    });
    go("/me");
    render(<Shell app={app} />);
    screen.getByRole("button", { name: "Try again" });
  });
});

describe("a page older than the server", () => {
  it("offers to load again, and says that nothing is lost by it", () => {
    const app = new FakeApp();
    app.stale.value = true;
    draw(<Stale />, app);
    screen.getByText(/What you wrote is kept/);
    screen.getByRole("button", { name: "Load the page again" });
  });
  it("says on a shared device that it keeps nothing", () => {
    const app = new FakeApp();
    app.stale.value = true;
    const me = {
      person: WREN.person,
      communities: [],
      shared_idle_s: 900,
      claimed: true,
      way_back: null,
      came_back: [],
      organisation: null,
      connected: false,
      proof: null,
      idle: null,
    };
    app.session.state.value = { is: "in", person: WREN.person, me };
    draw(<Stale />, app);
    screen.getByText(/this device keeps nothing/);
  });
});

describe("the last quiet minute of a shared device", () => {
  it("asks, and either stays or signs out", () => {
    const app = new FakeApp();
    draw(<Quiet />, app);
    expect(screen.queryByRole("dialog")).toBeNull();
    act(() => {
      app.session.quietLeft_s.value = 42;
    });
    screen.getByText(/in 42 seconds/);
    fireEvent.click(screen.getByRole("button", { name: "I am still here" }));
    fireEvent.click(screen.getByRole("button", { name: "Sign out now" }));
    expect(app.ended).toEqual(["stay", "sign out"]);
  });
});

describe("a page that is fetched", () => {
  it("is shown when it has come", async () => {
    const Page = lazy(() => Promise.resolve(() => <p>The page</p>));
    render(<Page />);
    await screen.findByText("The page");
  });
  it("that can't be fetched offers to load the newer one", async () => {
    const Page = lazy(() => Promise.reject(new Error("gone")));
    render(<Page />);
    await screen.findByRole("button", { name: "Load the page again" });
  });
});

describe("a page that breaks", () => {
  it("leaves words and a way on", () => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    const Broken = (): never => {
      throw new Error("broken");
    };
    render(
      <Boundary>
        <Broken />
      </Boundary>,
    );
    screen.getByRole("heading", { name: "Something on this page broke." });
    screen.getByRole("button", { name: "Load the page again" });
  });
});
