import { part } from "./index";
import { setup } from "./setup.en";

export const setupWords = part(setup, { pl: () => import("./setup.pl").then((m) => m.setup) });
