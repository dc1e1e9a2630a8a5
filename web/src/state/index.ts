/** The state of the page: what `openApp` gives is all that the pages use. */

export type * from "./surface";
export { Refused, Unreachable, type Api } from "../link/api";
export { openApp } from "./app";
