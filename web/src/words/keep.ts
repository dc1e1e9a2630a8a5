import { part } from "./index";
import { keep } from "./keep.en";

export const keepWords = part(keep, { pl: () => import("./keep.pl").then((m) => m.keep) });
