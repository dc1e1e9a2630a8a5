import type { ComponentChild } from "preact";
import { pieces } from "../words";

/** A sentence of the catalogue with something drawn in its places: `<Rich text={t.invites} name={<b>Ruth</b>} />`. */
export function Rich({ text, ...things }: { text: string } & { readonly [place: string]: ComponentChild }) {
  return <>{pieces<ComponentChild>(text, things)}</>;
}
