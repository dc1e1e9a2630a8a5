import { back } from "./back.en";
import { part } from "./index";

export const backWords = part(back, { pl: () => import("./back.pl").then((m) => m.back) });
