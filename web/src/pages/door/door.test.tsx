import { act, fireEvent, screen, waitFor } from "@testing-library/preact";
import { afterEach, describe, expect, it } from "vitest";
import { go, route } from "../../shell/location";
import { Refused } from "../../state";
import { faults } from "../../testing/axe";
import { draw, FakeApp } from "../../testing/fakes";
import { lookOf } from "../../testing/people";
import { Claim } from "./Claim";
import { CodePage } from "./CodePage";
import { lettersOf } from "./CodeForm";
import { Landing } from "./Landing";
import { SignIn } from "./SignIn";

const INTO = { community_slug: "eyes", room_slug: null, person: "R" };

afterEach(() => go("/", { replace: true }));

describe("the landing page", () => {
  it("takes a member to their community", async () => {
    draw(<Landing />);
    await waitFor(() => expect(route.value).toEqual({ is: "home", slug: "through-my-eyes" }));
  });
  it("tells a stranger what this is, and takes a code", async () => {
    const app = new FakeApp();
    act(() => {
      app.session.state.value = { is: "stranger", claimed: true };
    });
    const { container } = draw(<Landing />, app);
    screen.getByRole("textbox", { name: "Your code" });
    expect(screen.queryByText(/first keeper/)).toBeNull();
    expect(await faults(container)).toEqual([]);
  });
  it("says what to do with a new server", () => {
    const app = new FakeApp();
    act(() => {
      app.session.state.value = { is: "stranger", claimed: false };
    });
    draw(<Landing />, app);
    screen.getByText(/first keeper/);
  });
});

describe("a code", () => {
  it("is its letters, however it was typed", () => {
    expect(lettersOf(" dt-n qcj ")).toBe("DTNQCJ");
  });
  it("leads to the join screen", async () => {
    draw(<CodePage />, new FakeApp({ look_invitation: () => lookOf() }));
    fireEvent.input(screen.getByRole("textbox"), { target: { value: "dtn qcj" } });
    fireEvent.click(screen.getByRole("button", { name: "Come in" }));
    await waitFor(() => expect(route.value).toEqual({ is: "join", secret: "DTNQCJ" }));
  });
  it("that is too short is not sent anywhere", async () => {
    const app = new FakeApp();
    draw(<CodePage />, app);
    fireEvent.input(screen.getByRole("textbox"), { target: { value: "DTN" } });
    fireEvent.click(screen.getByRole("button", { name: "Come in" }));
    await screen.findByText(/six letters\. Please look again/);
    expect(app.asked).toEqual([]);
  });
  it("that nobody knows is said beside the field", async () => {
    const app = new FakeApp({
      look_invitation: () => {
        throw new Refused("invitation_unknown");
      },
    });
    draw(<CodePage />, app);
    fireEvent.input(screen.getByRole("textbox"), { target: { value: "AAAAAA" } });
    fireEvent.click(screen.getByRole("button", { name: "Come in" }));
    await screen.findByText(/We don’t know this invitation/);
  });
});

describe("a sign-in link", () => {
  it("is used up by the button alone", async () => {
    const app = new FakeApp({ sign_in: () => INTO });
    const { container } = draw(<SignIn secret="once" />, app);
    expect(app.asked).toEqual([]);
    expect(await faults(container)).toEqual([]);
    fireEvent.click(screen.getByRole("button", { name: "Sign in here" }));
    await waitFor(() => expect(route.value).toEqual({ is: "home", slug: "eyes" }));
    expect(app.asked).toEqual([{ route: "sign_in", ask: { body: { secret: "once" } } }]);
  });
  it("that was used says so", async () => {
    const app = new FakeApp({
      sign_in: () => {
        throw new Refused("link_used");
      },
    });
    draw(<SignIn secret="once" />, app);
    fireEvent.click(screen.getByRole("button", { name: "Sign in here" }));
    await screen.findByText(/has been used/);
  });
});

describe("the first keeper", () => {
  const fill = (label: RegExp, value: string): void => {
    fireEvent.input(screen.getByLabelText(label), { target: { value } });
  };
  it("begins a community, its address made from its name", async () => {
    const app = new FakeApp({ claim: () => INTO });
    const { container } = draw(<Claim secret="first" />, app);
    expect(await faults(container)).toEqual([]);
    fill(/Your name here/, "Ruth");
    fill(/What is the community called/, "Through My Eyes");
    fill(/Why do you come together/, "To make each visit kinder.");
    fill(/Who runs it/, "Outpatients");
    fill(/How can people reach them/, "01234");
    fireEvent.click(screen.getByRole("button", { name: "Begin" }));
    await waitFor(() => expect(route.value).toEqual({ is: "home", slug: "eyes" }));
    expect(app.asked[0]?.ask).toMatchObject({ body: { secret: "first", slug: "through-my-eyes", your_name: "Ruth" } });
  });
  it("goes on to a passkey where a keeper needs one", async () => {
    const app = new FakeApp({ claim: () => INTO });
    const state = app.session.state.peek();
    if (state.is === "in") {
      const me = { ...state.me, proof: { passkeys: 0, required: true } };
      act(() => {
        app.session.state.value = { ...state, me };
      });
    }
    draw(<Claim secret="first" />, app);
    fill(/Your name here/, "Ruth");
    fill(/What is the community called/, "Through My Eyes");
    fill(/Why do you come together/, "To make each visit kinder.");
    fill(/Who runs it/, "Outpatients");
    fill(/How can people reach them/, "01234");
    fireEvent.click(screen.getByRole("button", { name: "Begin" }));
    await waitFor(() => expect(route.value).toEqual({ is: "me" }));
  });
  it("hears beside each field what is missing", async () => {
    const app = new FakeApp();
    draw(<Claim secret="first" />, app);
    fireEvent.click(screen.getByRole("button", { name: "Begin" }));
    expect((await screen.findAllByText("Please fill this in.")).length).toBe(6);
    expect(app.asked).toEqual([]);
  });
});
