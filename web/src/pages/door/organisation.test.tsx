import { act, fireEvent, screen, waitFor } from "@testing-library/preact";
import { afterEach, describe, expect, it } from "vitest";
import type { Role, VouchedLook } from "../../contract.gen";
import { go, ourLink, route } from "../../shell/location";
import { Shell } from "../../shell/Shell";
import { Refused } from "../../state";
import { faults } from "../../testing/axe";
import { draw, FakeApp } from "../../testing/fakes";
import { COMMUNITY, NOW_MS } from "../../testing/people";
import { OrganisationPart } from "../me/Organisation";
import { JoinVouched } from "./JoinVouched";
import { Landing } from "./Landing";
import { SignInRefused } from "./SignInRefused";

const NAME = "St Brannock’s";
const INTO = { community_slug: "through-my-eyes", room_slug: null, person: "W" };
const lookOf = (change: Partial<VouchedLook> = {}): VouchedLook => ({
  community: COMMUNITY,
  organisation: NAME,
  name: "Hana",
  roles: [],
  shared: false,
  ends_ms: NOW_MS,
  ...change,
});

function stranger(): FakeApp {
  const app = new FakeApp();
  act(() => {
    app.session.state.value = { is: "stranger", claimed: true };
    app.session.organisation.value = NAME;
  });
  return app;
}

const toProvider = (): HTMLElement => screen.getByRole("link", { name: `Sign in with ${NAME}` });

afterEach(() => go("/", { replace: true }));

describe("the way in by an organisation", () => {
  it("is a link of the browser's own, also from a shared device", async () => {
    const { container } = draw(<Landing />, stranger());
    expect(toProvider().getAttribute("href")).toBe("/oidc/start");
    fireEvent.click(screen.getByRole("checkbox", { name: "This device is shared" }));
    expect(toProvider().getAttribute("href")).toBe("/oidc/start?shared=1");
    const followed: (string | null)[] = [];
    const watch = (event: MouseEvent): void => {
      followed.push(ourLink(event));
      event.preventDefault();
    };
    document.addEventListener("click", watch);
    toProvider().click();
    document.removeEventListener("click", watch);
    expect(followed).toEqual([null]);
    expect(await faults(container)).toEqual([]);
  });
  it("is not shown where there is no organisation", () => {
    const app = stranger();
    app.session.organisation.value = null;
    draw(<Landing />, app);
    expect(screen.queryByRole("link", { name: /Sign in with/ })).toBeNull();
  });
  it("is offered to whoever opens a room and is not signed in, and leads back there", () => {
    go("/c/through-my-eyes/r/waiting-well", { replace: true });
    draw(<Shell app={stranger()} />);
    expect(toProvider().getAttribute("href")).toBe("/oidc/start?to=%2Fc%2Fthrough-my-eyes%2Fr%2Fwaiting-well");
  });
  it("is from a shared device as long as the one before said so", () => {
    const app = stranger();
    act(() => {
      app.session.state.value = { is: "ended", why: "quiet" };
      app.session.shared.value = true;
    });
    go("/c/through-my-eyes", { replace: true });
    draw(<Shell app={app} />);
    expect(toProvider().getAttribute("href")).toBe("/oidc/start?to=%2Fc%2Fthrough-my-eyes&shared=1");
  });
});

describe("somebody whom the organisation has signed in", () => {
  it("finds the name it knows them by, and joins with another", async () => {
    const app = new FakeApp({ look_vouched: () => lookOf({ shared: true }), join_vouched: () => INTO });
    const { container } = draw(<JoinVouched />, app);
    const field = await screen.findByRole("textbox", { name: "What shall we call you?" });
    expect((field as HTMLInputElement).value).toBe("Hana");
    expect(container.textContent).toContain(`${NAME} has signed you in.`);
    expect(await faults(container)).toEqual([]);
    fireEvent.input(field, { target: { value: "Hana B." } });
    fireEvent.click(screen.getByRole("radio", { name: "volunteer" }));
    fireEvent.click(screen.getByRole("button", { name: "Just listen" }));
    await waitFor(() => expect(route.value).toEqual({ is: "home", slug: "through-my-eyes" }));
    expect(app.asked.at(-1)).toEqual({
      route: "join_vouched",
      ask: {
        body: {
          nonce: expect.stringMatching(/^[\w-]{22}$/),
          name: "Hana B.",
          standing: "volunteer",
          listen: true,
          shared: true,
        },
      },
    });
  });
  it.each([
    [["host"], "You come in as a host."],
    [["moderator", "keeper"], "You come in as a keeper."],
  ] as [Role[], string][])("is told what they are here by their groups (%s)", async (roles, said) => {
    draw(<JoinVouched />, new FakeApp({ look_vouched: () => lookOf({ roles }) }));
    await screen.findByText(said);
  });
  it("is told when that took too long", async () => {
    const app = new FakeApp({
      look_vouched: () => {
        throw new Refused("sign_in_again");
      },
    });
    draw(<JoinVouched />, app);
    await screen.findByText(/took too long/);
    expect(screen.getByRole("link", { name: "Sign in again" }).getAttribute("href")).toBe("/oidc/start");
  });
});

describe("a sign-in that let nobody in", () => {
  it.each([
    ["provider_away", /does not answer/, "Sign in again"],
    ["not_in_group", /no group you are in there/, "Sign in again"],
    ["connect_first", /connect this sign-in on your page/, "Go to your page"],
    ["removed_here", /taken out/, "Type a code instead"],
    ["<b>not a code</b>", /Something went wrong/, "Sign in again"],
  ])("says why and what to do (%s)", async (why, said, next) => {
    const { container } = draw(<SignInRefused why={why} />);
    screen.getByText(said);
    expect(screen.getAllByRole("link")[0]?.textContent).toBe(next);
    expect(await faults(container)).toEqual([]);
  });
});

describe("my organisation's sign-in", () => {
  it("is connected by leaving for the provider", async () => {
    const left: string[] = [];
    const app = new FakeApp({ connect_identity: () => ({ address: "https://login.example/authorize" }) });
    draw(<OrganisationPart name={NAME} connected={false} leave={(to) => left.push(to)} />, app);
    fireEvent.click(screen.getByRole("button", { name: `Connect ${NAME}` }));
    await waitFor(() => expect(left).toEqual(["https://login.example/authorize"]));
  });
  it("is disconnected after a question", async () => {
    const app = new FakeApp({ disconnect_identity: () => ({ done: true }) });
    const { container } = draw(<OrganisationPart name={NAME} connected />, app);
    expect(await faults(container)).toEqual([]);
    fireEvent.click(screen.getByRole("button", { name: "Disconnect" }));
    fireEvent.click(screen.getByRole("button", { name: "Keep it" }));
    expect(app.asked).toEqual([]);
    fireEvent.click(screen.getByRole("button", { name: "Disconnect" }));
    fireEvent.click(screen.getByRole("button", { name: "Yes, disconnect" }));
    await waitFor(() => expect(app.asked.map((one) => one.route)).toEqual(["disconnect_identity"]));
  });
});
