import { useEffect, useRef, useState } from "preact/hooks";
import { useApp } from "../../shell/context";
import { Refused, type Refusal } from "../../state";
import { Icon } from "../../ui/Icon";
import { say } from "../../ui/say";
import { words } from "../../words";
import { useHere } from "./here";

/** Who just listens sees what they would say yes to, and the one press that does it. */
export function Listener() {
  const app = useApp();
  const { slug } = useHere();
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const home = app.community(slug).home.value;
  const pressed = useRef(false);
  // The button goes when the box comes: whoever pressed it writes next.
  useEffect(
    () => () => {
      if (pressed.current) queueMicrotask(() => document.getElementById("say")?.focus({ preventScroll: true }));
    },
    [],
  );
  const t = words.value;
  const values = home.is === "loaded" ? home.value.community.values : [];
  const join = async (): Promise<void> => {
    setBusy(true);
    setRefusal(null);
    // Before the answer: my own stream may bring the box sooner.
    pressed.current = true;
    try {
      await app.api("accept_values", { params: { slug } });
      await app.session.refresh();
      say(t.composer.joined);
    } catch (failure) {
      pressed.current = false;
      const refused = failure instanceof Refused;
      setRefusal(refused ? { code: failure.code, params: failure.params } : { code: "unavailable", params: {} });
    }
    setBusy(false);
  };
  return (
    <div class="listener">
      <div>
        <p>
          <b>{t.composer.listening}</b> {t.composer.listeningHelp}
        </p>
        <ul>
          {values.map((value) => (
            <li key={value}>{value}</li>
          ))}
        </ul>
        {refusal === null ? null : (
          <p class="wrong" role="alert">
            {t.refusals[refusal.code](refusal.params)}
          </p>
        )}
      </div>
      <button type="button" class="btn main" aria-disabled={busy} onClick={() => (busy ? undefined : void join())}>
        <Icon name="talk" />
        {t.composer.joinIn}
      </button>
    </div>
  );
}
