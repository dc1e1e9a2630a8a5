import { readFileSync } from "node:fs";
import { act, fireEvent, render, screen } from "@testing-library/preact";
import { useRef, useState } from "preact/hooks";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ReadingDialog } from "../reading/ReadingHelp";
import { reading, setReading } from "../reading/settings";
import { faults } from "../testing/axe";
import { copy } from "./copy";
import { Question } from "./Dialog";
import { colourOf, initials } from "./face";
import { place, Popup } from "./Popup";
import { say } from "./say";
import { slugOf } from "./statement";
import { Toast } from "./Toast";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  document.documentElement.dir = "ltr";
});

describe("the disc beside a name", () => {
  it.each([
    ["Dorothy", "D"],
    ["Bilal’s mum", "BM"],
    ["ruth adeyemi jones", "RJ"],
    ["Łukasz", "Ł"],
    ["👩‍👩‍👧 Kim", "K"],
    ["…", ""],
  ])("of %s has the letters %s", (name, letters) => {
    expect(initials(name)).toBe(letters);
  });
  it("has one of six colours, always the same, and all of them", () => {
    const people = Array.from({ length: 300 }, (_, i) => `01ARZ3NDEKTSV4RRFFQ69G${i}`);
    expect(people.map(colourOf)).toEqual(people.map(colourOf));
    expect([...new Set(people.map(colourOf))].sort()).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe("drawings", () => {
  const sources = import.meta.glob<string>("../**/*.tsx", { query: "?raw", import: "default", eager: true });
  const svg = readFileSync("src/ui/icons.svg", "utf8");
  const used = new Set(
    Object.values(sources).flatMap((code) =>
      [...code.matchAll(/(?:name|icon)[=:]\s*\{?"([a-z]+)"/g)].map((m) => m[1] ?? ""),
    ),
  );

  it("that pages ask for are there", () => {
    const kept = Object.entries(sources).find(([name]) => name.endsWith("Icon.tsx"))?.[1] ?? "";
    const named = [...kept.matchAll(/\| "([a-z]{2,})"/g)].map((m) => m[1] ?? "");
    expect(named.length).toBeGreaterThan(30);
    for (const name of named) expect(svg, name).toContain(`id="i-${name}"`);
    expect(used.size).toBeGreaterThan(15);
  });
});

describe("a question", () => {
  it("has the focus on the safe answer, and is right for assistive technology", async () => {
    const [yes, no] = [vi.fn<() => void>(), vi.fn<() => void>()];
    const { container } = render(
      <Question title="Remove?" help="It is gone then." yes="Remove it" no="Leave it" onYes={yes} onNo={no} />,
    );
    expect(document.activeElement?.textContent).toBe("Leave it");
    expect(await faults(container)).toEqual([]);
    fireEvent.click(screen.getByRole("button", { name: "Leave it" }));
    expect(no).toHaveBeenCalledOnce();
    expect(yes).not.toHaveBeenCalled();
  });
  it("gives the focus back", () => {
    function Page() {
      const [open, setOpen] = useState(false);
      return (
        <>
          <button type="button" onClick={() => setOpen(true)}>
            Open
          </button>
          {open ? (
            <Question title="?" help="h" yes="y" no="n" onYes={() => undefined} onNo={() => setOpen(false)} />
          ) : null}
        </>
      );
    }
    render(<Page />);
    const button = screen.getByRole("button", { name: "Open" });
    button.focus();
    fireEvent.click(button);
    fireEvent.click(screen.getByRole("button", { name: "n" }));
    return vi.waitFor(() => expect(document.activeElement).toBe(button));
  });
});

describe("a sheet of buttons", () => {
  function Page({ onClose }: { onClose: () => void }) {
    const anchor = useRef<HTMLButtonElement>(null);
    const [there, setThere] = useState(false);
    return (
      <>
        <button type="button" ref={anchor} onClick={() => setThere(true)}>
          More
        </button>
        {there ? (
          <Popup anchor={anchor} label="More" kind="menu" onClose={onClose}>
            <button type="button">One</button>
            <button type="button">Two</button>
          </Popup>
        ) : null}
        <p>Elsewhere</p>
      </>
    );
  }

  it("is walked through by arrow keys and closed by Esc, which gives the focus back", () => {
    const closed = vi.fn<() => void>();
    render(<Page onClose={closed} />);
    const button = screen.getByRole("button", { name: "More" });
    fireEvent.click(button);
    const sheet = screen.getByRole("group", { name: "More" });
    expect(document.activeElement?.textContent).toBe("One");
    fireEvent.keyDown(sheet, { key: "ArrowDown" });
    expect(document.activeElement?.textContent).toBe("Two");
    fireEvent.keyDown(sheet, { key: "ArrowDown" });
    expect(document.activeElement?.textContent).toBe("One");
    fireEvent.keyDown(sheet, { key: "Escape" });
    expect(closed).toHaveBeenCalled();
    expect(document.activeElement).toBe(button);
  });
  it("is closed by a press elsewhere", async () => {
    const closed = vi.fn<() => void>();
    render(<Page onClose={closed} />);
    fireEvent.click(screen.getByRole("button", { name: "More" }));
    await act(() => Promise.resolve());
    await vi.waitFor(() => {
      fireEvent.pointerDown(screen.getByText("Elsewhere"));
      expect(closed).toHaveBeenCalled();
    });
  });
  it("opens towards the start where people read from the right", () => {
    const [sheet, anchor] = [document.createElement("div"), document.createElement("button")];
    vi.spyOn(anchor, "getBoundingClientRect").mockReturnValue(new DOMRect(500, 100, 44, 44));
    vi.spyOn(sheet, "getBoundingClientRect").mockReturnValue(new DOMRect(0, 0, 200, 150));
    place(sheet, anchor);
    expect(sheet.style.getPropertyValue("left")).toBe("344px");
    document.documentElement.dir = "rtl";
    place(sheet, anchor);
    expect(sheet.style.getPropertyValue("left")).toBe("500px");
  });
});

describe("a question", () => {
  function Page() {
    const [open, setOpen] = useState(false);
    const no = (): void => setOpen(false);
    return (
      <>
        <button type="button" onClick={() => setOpen(true)}>
          Ask
        </button>
        <button type="button">Next</button>
        {open ? <Question title="Sure?" help="It is gone then." yes="Yes" no="No" onYes={no} onNo={no} /> : null}
      </>
    );
  }
  function asked(): HTMLElement {
    const button = screen.getByRole("button", { name: "Ask" });
    button.focus();
    fireEvent.click(button);
    return button;
  }

  it("gives the focus back when it is answered", async () => {
    render(<Page />);
    const button = asked();
    await vi.waitFor(() => expect(document.activeElement?.textContent).toBe("No"));
    fireEvent.click(screen.getByRole("button", { name: "No" }));
    await vi.waitFor(() => expect(document.activeElement).toBe(button));
  });
  it("takes it from nobody who has gone on since it was closed", async () => {
    render(<Page />);
    asked();
    await vi.waitFor(() => expect(document.activeElement?.textContent).toBe("No"));
    const dialog = screen.getByRole("dialog");
    const next = screen.getByRole("button", { name: "Next", hidden: true });
    // Esc: closed at once, and told a moment later.
    dialog.removeAttribute("open");
    next.focus();
    fireEvent(dialog, new Event("close"));
    await vi.waitFor(() => expect(screen.queryByRole("dialog", { hidden: true })).toBeNull());
    expect(document.activeElement).toBe(next);
  });
});

describe("reading help", () => {
  it("sets what is chosen, and is right for assistive technology", async () => {
    const { container } = render(<ReadingDialog onClose={() => undefined} />);
    fireEvent.click(screen.getByRole("radio", { name: "Very large" }));
    fireEvent.click(screen.getByRole("radio", { name: "Dark" }));
    expect(reading.value).toMatchObject({ text: 3, theme: "dark" });
    expect(screen.getByText("Polski").getAttribute("lang")).toBe("pl");
    expect(await faults(container)).toEqual([]);
    setReading({ text: 0, theme: "device" });
  });
});

describe("copying", () => {
  it("works without a secure address, by a selection", async () => {
    vi.stubGlobal("navigator", {});
    const done = vi.fn<(command: string) => boolean>(() => true);
    Object.assign(document, { execCommand: done });
    expect(await copy("https://example.org")).toBe(true);
    expect(done).toHaveBeenCalledWith("copy");
    expect(document.querySelector("textarea")).toBeNull();
    vi.unstubAllGlobals();
  });
  it("says so where nothing works", async () => {
    vi.stubGlobal("navigator", {});
    Object.assign(document, { execCommand: () => false });
    expect(await copy("x")).toBe(false);
    vi.unstubAllGlobals();
  });
});

describe("a short word to everyone", () => {
  it("is shown for a while, and read out again when it is said again", () => {
    vi.useFakeTimers();
    render(<Toast />);
    act(() => say("The link is copied."));
    const first = screen.getByText("The link is copied.");
    act(() => say("The link is copied."));
    expect(screen.getByText("The link is copied.")).not.toBe(first);
    act(() => void vi.advanceTimersByTime(5100));
    expect(screen.queryByText("The link is copied.")).toBeNull();
  });
});

describe("an address", () => {
  it.each([
    ["Through My Eyes", "through-my-eyes"],
    ["Carers’ corner!", "carers-corner"],
    ["Łódź & Kraków", "lodz-krakow"],
    ["---", ""],
    ["x".repeat(60), "x".repeat(40)],
  ])("made of %s is %s", (name, slug) => {
    expect(slugOf(name)).toBe(slug);
  });
});
