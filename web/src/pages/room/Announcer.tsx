import { useEffect, useRef, useState } from "preact/hooks";
import { reading } from "../../reading/settings";
import { words } from "../../words";
import { nameOf } from "./author";
import { matters } from "./calm";
import { saidSince } from "./fresh";
import { useHere } from "./here";

// Long enough for a burst to end, short enough to feel live.
const GATHER_MS = 1200;

/** Reads new messages out, each once; several at a time as their number. Nothing of one's own, nothing of before. */
export function Announcer() {
  const { store } = useHere();
  const screen = store.screen.value;
  const [said, setSaid] = useState({ words: "", id: 0 });
  const tell = useRef((line: string) => setSaid((before) => ({ words: line, id: before.id + 1 }))).current;
  const told = useRef<number | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => {
    if (screen === null) return;
    if (told.current === null) {
      told.current = screen.seq;
      return;
    }
    if (screen.seq <= told.current || timer.current !== null) return;
    timer.current = setTimeout(() => {
      timer.current = null;
      const now = store.screen.peek();
      if (now === null || told.current === null) return;
      // Whoever reads in calm is not called to what they chose to leave for later.
      const fresh = saidSince(now, told.current).filter((message) => !reading.peek().calm || matters(message));
      told.current = now.seq;
      const t = words.peek();
      const [only] = fresh;
      if (fresh.length === 1 && only !== undefined) {
        tell(t.room.announceOne(nameOf(only.author, t), only.text ?? ""));
      } else if (fresh.length > 1) tell(t.room.announceMany(fresh.length));
    }, GATHER_MS);
  }, [screen, store, tell]);
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
    },
    [],
  );
  return (
    <p class="sr" aria-live="polite">
      {/* A new piece of the page each time, so that the same words said twice are read twice. */}
      <span key={said.id}>{said.words}</span>
    </p>
  );
}
