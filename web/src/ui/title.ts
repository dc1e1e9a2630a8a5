import { useEffect } from "preact/hooks";
import { words } from "../words";

/** Names the tab while a page is shown. */
export function useTitle(title: string | null): void {
  const hearth = words.value.shell.hearth;
  useEffect(() => {
    document.title = title === null || title === "" ? hearth : `${title} · ${hearth}`;
  }, [title, hearth]);
}
