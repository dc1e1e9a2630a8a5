import { fireEvent, screen, waitFor } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import type { Reach } from "../../contract.gen";
import { faults } from "../../testing/axe";
import { draw, FakeApp } from "../../testing/fakes";
import { MailLink } from "../door/MailLink";
import { ReachPart } from "./Reach";
import { asMinute } from "./QuietHours";

const NONE: Reach = {
  mail: true,
  address: null,
  confirmed: false,
  failed: false,
  ticked: [],
  quiet_from_min: 21 * 60,
  quiet_to_min: 8 * 60,
  zone: "UTC",
};

function show(reach: Partial<Reach> = {}) {
  const app = new FakeApp({
    reach: () => ({ ...NONE, ...reach }),
    give_address: () => ({ ...NONE, ...reach }),
    forget_address: () => ({ done: true }),
    set_quiet: () => ({ done: true }),
    confirm_address: () => ({ done: true }),
    stop_mails: () => ({ done: true }),
  });
  return { app, ...draw(<ReachPart />, app) };
}

const asks = (app: FakeApp, route: string): readonly unknown[] =>
  app.asked.filter((one) => one.route === route).map((one) => one.ask);

describe("how we may reach you", () => {
  it("asks for nothing before something is ticked, then sends the address with what it is for", async () => {
    const { app, container } = show();
    fireEvent.input(await screen.findByRole("textbox", { name: "Your mail address" }), {
      target: { value: "ada@example.org" },
    });
    fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await screen.findByText("Tick at least one thing first.");
    expect(asks(app, "give_address")).toEqual([]);
    fireEvent.click(screen.getByRole("checkbox", { name: /^The next conversation/ }));
    fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() =>
      expect(asks(app, "give_address")).toEqual([
        { body: { ticked: ["next_talk"], address: "ada@example.org", language: "en" } },
      ]),
    );
    expect(await faults(container)).toEqual([]);
  });
  it("keeps the address when only the ticks change, and says when nobody is there", async () => {
    const { app } = show({ address: "a…@example.org", confirmed: true, ticked: ["next_talk"] });
    await screen.findByText("We may write to a…@example.org.");
    expect(screen.queryByRole("textbox")).toBeNull();
    fireEvent.click(screen.getByRole("checkbox", { name: /^My words/ }));
    fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() =>
      expect(asks(app, "give_address")).toEqual([
        { body: { ticked: ["next_talk", "my_words"], address: null, language: "en" } },
      ]),
    );
    fireEvent.click(screen.getByRole("button", { name: "Remove my address" }));
    await waitFor(() => expect(asks(app, "forget_address")).toHaveLength(1));
  });
  it("asks for another address when mails could not be delivered", async () => {
    show({ address: "a…@example.org", confirmed: true, failed: true, ticked: ["changes"] });
    await screen.findByText(/^We could not reach you at a…@example.org/);
    expect(screen.getByRole("textbox", { name: "Your mail address" })).toBeTruthy();
  });
  it("offers nothing that this server can't do", async () => {
    show({ mail: false });
    await screen.findByText(/^Mail is not set up here/);
    expect(screen.queryByRole("button")).toBeNull();
  });
  it("keeps quiet hours in the zone of this device", async () => {
    const { app } = show();
    fireEvent.input(await screen.findByLabelText("From"), { target: { value: "20:30" } });
    fireEvent.click(screen.getByRole("button", { name: "Save: Quiet hours" }));
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    await waitFor(() =>
      expect(asks(app, "set_quiet")).toEqual([{ body: { from_min: 20 * 60 + 30, to_min: 480, zone } }]),
    );
    expect(asMinute("")).toBeNull();
  });
});

describe("a link in a mail", () => {
  it.each([
    ["confirm", "confirm_address", "Yes, it is mine"],
    ["stop", "stop_mails", "Stop all mails"],
  ] as const)("that is to %s does nothing until its button is pressed", async (does, route, button) => {
    const app = new FakeApp({ [route]: () => ({ done: true }) });
    draw(<MailLink secret="abc" does={does} />, app);
    expect(app.asked).toEqual([]);
    fireEvent.click(screen.getByRole("button", { name: button }));
    await screen.findByRole("status");
    expect(asks(app, route)).toEqual([{ body: { secret: "abc" } }]);
  });
});
