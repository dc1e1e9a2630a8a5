import type { App } from "./surface";

export function openApp(): App {
  throw new Error("not built yet");
}
