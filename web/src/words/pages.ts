import { part } from "./index";
import { pages } from "./pages.en";

export const pageWords = part(pages, { pl: () => import("./pages.pl").then((m) => m.pages) });
