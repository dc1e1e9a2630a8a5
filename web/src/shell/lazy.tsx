import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { words, wordsReady } from "../words";
import { Notice } from "./Notice";

type Loaded<P> =
  { readonly is: "loading" } | { readonly is: "there"; readonly page: ComponentType<P> } | { readonly is: "failed" };

/** A page whose code is fetched when somebody opens it. Failing to fetch mostly means that the server is newer. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let kept: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const [state, setState] = useState<Loaded<P>>(kept === null ? { is: "loading" } : { is: "there", page: kept });
    useEffect(() => {
      if (kept !== null) return;
      load()
        .then(async (page) => {
          await wordsReady();
          kept = page;
          setState({ is: "there", page });
        })
        .catch(() => setState({ is: "failed" }));
    }, []);
    switch (state.is) {
      case "loading":
        return <Waiting />;
      case "failed":
        return <NotFetched />;
      case "there": {
        const Page = state.page;
        return <Page {...props} />;
      }
    }
  };
}

/** Nothing at first: most pages are there at once, and a word that flashes is worse than none. Then why, if known. */
export function Waiting({ why }: { why?: string | null }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 400);
    return () => clearTimeout(timer);
  }, []);
  const t = words.value.shell;
  return (
    <main class="notice" tabIndex={-1} aria-busy="true">
      {late ? <p class="soft">{why ?? (navigator.onLine ? t.loading : t.offlineShell)}</p> : null}
    </main>
  );
}

function NotFetched() {
  const t = words.value.shell;
  return (
    <Notice icon="again" title={navigator.onLine ? t.stale : t.offlineShell} help={navigator.onLine ? t.staleHelp : ""}>
      <button type="button" class="btn main" onClick={() => location.reload()}>
        {navigator.onLine ? t.reload : t.tryAgain}
      </button>
    </Notice>
  );
}
