import { part } from "./index";
import { rights } from "./rights.en";

export const rightsWords = part(rights, { pl: () => import("./rights.pl").then((m) => m.rights) });
