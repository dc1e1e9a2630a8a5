import { useEffect, useState } from "preact/hooks";
import { failureOf, type Failure } from "./ask";

export type Fetched<T> =
  | { readonly is: "loading" }
  | { readonly is: "there"; readonly value: T }
  | { readonly is: "failed"; readonly failure: Failure };

/** Something asked for when the page opens, and again whenever `when` is another; what is shown stays meanwhile. */
export function useFetched<T>(ask: () => Promise<T>, when: string): readonly [Fetched<T>, () => void] {
  const [state, setState] = useState<Fetched<T>>({ is: "loading" });
  const [again, setAgain] = useState(0);
  useEffect(() => {
    let over = false;
    ask().then(
      (value) => over || setState({ is: "there", value }),
      (thrown: unknown) => over || setState({ is: "failed", failure: failureOf(thrown) }),
    );
    return () => {
      over = true;
    };
    // `ask` is made anew at each drawing; `when` says when it asks for something else.
  }, [when, again]);
  return [state, () => setAgain((n) => n + 1)];
}
