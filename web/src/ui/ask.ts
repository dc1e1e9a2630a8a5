import { useState } from "preact/hooks";
import type { Code } from "../contract.gen";
import { Refused, Unreachable, type Refusal } from "../state";
import { words } from "../words";

/** What went wrong with a request, in the shape that words are made of. */
export type Failure = { readonly is: "refused"; readonly refusal: Refusal } | { readonly is: "unreachable" };

export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof Refused) return { is: "refused", refusal: { code: thrown.code, params: thrown.params } };
  if (thrown instanceof Unreachable) return { is: "unreachable" };
  throw thrown;
}

export function failureWords(failure: Failure): string {
  const t = words.value;
  return failure.is === "refused" ? t.refusals[failure.refusal.code](failure.refusal.params) : t.shell.unreachable;
}

export const codeOf = (failure: Failure | null): Code | null =>
  failure?.is === "refused" ? failure.refusal.code : null;

export interface Asking {
  readonly busy: boolean;
  readonly failure: Failure | null;
  /** Does it unless it is being done already; what it throws becomes the failure. */
  run(deed: () => Promise<void>): Promise<void>;
  clear(): void;
}

/** One thing at a time: a button pressed twice does it once. */
export function useAsk(): Asking {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  return {
    busy,
    failure,
    clear: () => setFailure(null),
    async run(deed) {
      if (busy) return;
      setBusy(true);
      setFailure(null);
      try {
        await deed();
      } catch (thrown) {
        setFailure(failureOf(thrown));
      } finally {
        setBusy(false);
      }
    },
  };
}
