import axe from "axe-core";

/** What axe finds wrong on the page, in words. Colours need a real browser and are tested from their values. */
export async function faults(page: Element): Promise<readonly string[]> {
  const found = await axe.run(page, {
    // A frame is looked at from within, in a real browser.
    iframes: false,
    rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
  });
  return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(" | ")}`);
}
