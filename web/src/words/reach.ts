import { part } from "./index";
import { reach } from "./reach.en";

export const reachWords = part(reach, { pl: () => import("./reach.pl").then((m) => m.reach) });
