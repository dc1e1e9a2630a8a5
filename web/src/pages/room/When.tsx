import { words } from "../../words";
import { exactly, time } from "../../words/when";

/** The time of a message; its full date and zone on demand. */
export function When({ at_ms, edited }: { at_ms: number; edited: boolean }) {
  return (
    <>
      <time dateTime={new Date(at_ms).toISOString()} title={exactly(at_ms)}>
        {time(at_ms)}
      </time>
      {edited ? <span class="state"> {words.value.message.edited}</span> : null}
    </>
  );
}
