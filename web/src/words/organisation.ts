import { part } from "./index";
import { organisation } from "./organisation.en";

export const organisationWords = part(organisation, {
  pl: () => import("./organisation.pl").then((m) => m.organisation),
});
