import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { App } from "../state";

export const AppContext = createContext<App | null>(null);

/** The state of the page. */
export function useApp(): App {
  const app = useContext(AppContext);
  if (app === null) throw new Error("a page was drawn outside the shell");
  return app;
}
