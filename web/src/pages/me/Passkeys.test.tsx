import { fireEvent, screen, waitFor } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Passkeys } from "../../contract.gen";
import { faults } from "../../testing/axe";
import { draw, FakeApp } from "../../testing/fakes";
import { NOW_MS } from "../../testing/people";
import { PasskeySignIn } from "../door/PasskeySignIn";
import { PasskeysPart } from "./Passkeys";

/** A browser's credential, as far as the page looks at it. */
class FakeCredential {
  static parseCreationOptionsFromJSON = (asked: unknown): unknown => asked;
  static parseRequestOptionsFromJSON = (asked: unknown): unknown => asked;
  toJSON(): object {
    return { id: "made" };
  }
}

const create = vi.fn<(asked: unknown) => Promise<unknown>>();
const get = vi.fn<(asked: unknown) => Promise<unknown>>();

beforeEach(() => {
  vi.stubGlobal("PublicKeyCredential", FakeCredential);
  vi.stubGlobal("navigator", { ...navigator, languages: ["en"], credentials: { create, get } });
  create.mockResolvedValue(new FakeCredential());
  get.mockResolvedValue(new FakeCredential());
});

afterEach(() => {
  vi.unstubAllGlobals();
});

const ONE = { passkey: "K1", made_ms: NOW_MS, used_ms: null };

function show(before: Passkeys) {
  const app = new FakeApp({
    passkeys: () => before,
    begin_passkey: () => ({ options: '{"challenge":"c"}' }),
    add_passkey: () => before,
    remove_passkey: () => before,
  });
  return { app, ...draw(<PasskeysPart slug="through-my-eyes" />, app) };
}

const asks = (app: FakeApp, route: string): readonly unknown[] =>
  app.asked.filter((one) => one.route === route).map((one) => one.ask);

describe("my passkeys", () => {
  it("adds the one that the browser has made", async () => {
    const { app, container } = show({ passkeys: [], allowed: true, required: true });
    await screen.findByText("You have none yet.");
    fireEvent.click(screen.getByRole("button", { name: "Add a passkey" }));
    await waitFor(() => expect(asks(app, "add_passkey")).toEqual([{ body: { credential: '{"id":"made"}' } }]));
    expect(create).toHaveBeenCalledWith({ publicKey: { challenge: "c" } });
    expect(await faults(container)).toEqual([]);
  });
  it.each([
    ["NotAllowedError", "It was stopped."],
    ["InvalidStateError", "This device has a passkey for you already."],
    ["NotSupportedError", "This browser can’t use passkeys."],
  ])("says what came of it when the device says %s", async (name, told) => {
    create.mockRejectedValue(new DOMException("no", name));
    const { app } = show({ passkeys: [], allowed: true, required: false });
    fireEvent.click(await screen.findByRole("button", { name: "Add a passkey" }));
    await screen.findByText(new RegExp(told));
    expect(asks(app, "add_passkey")).toEqual([]);
  });
  it("says so where a browser knows none", async () => {
    vi.stubGlobal("PublicKeyCredential", undefined);
    show({ passkeys: [], allowed: true, required: false });
    fireEvent.click(await screen.findByRole("button", { name: "Add a passkey" }));
    await screen.findByText(/This browser can’t use passkeys/);
  });
  it.each([
    [true, "Your role on the team stops until you add another."],
    [false, "You can’t come in with it any more."],
  ])("asks before it removes one (required: %s)", async (required, told) => {
    const { app } = show({ passkeys: [ONE], allowed: true, required });
    fireEvent.click(await screen.findByRole("button", { name: /^Remove the passkey added/ }));
    expect(screen.getByText(new RegExp(told))).toBeTruthy();
    expect(asks(app, "remove_passkey")).toEqual([]);
    const [, yes] = screen.getAllByRole("button", { name: "Remove" });
    fireEvent.click(yes ?? screen.getByRole("button", { name: "Remove" }));
    await waitFor(() => expect(asks(app, "remove_passkey")).toEqual([{ params: { passkey: "K1" } }]));
  });
});

describe("signing in with a passkey", () => {
  it("sends what the browser signed, and asks for no name", async () => {
    const app = new FakeApp({
      begin_passkey_sign_in: () => ({ options: '{"challenge":"d"}' }),
      sign_in_by_passkey: () => ({ community_slug: "through-my-eyes", room_slug: null, person: "P" }),
    });
    draw(<PasskeySignIn shared />, app);
    fireEvent.click(screen.getByRole("button", { name: "Sign in with your passkey" }));
    await waitFor(() =>
      expect(asks(app, "sign_in_by_passkey")).toEqual([{ body: { credential: '{"id":"made"}', shared: true } }]),
    );
    expect(get).toHaveBeenCalledWith({ publicKey: { challenge: "d" } });
  });
});
