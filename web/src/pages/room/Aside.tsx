/** The small words after a name. */
export function Aside({ words: aside }: { words: string | null }) {
  return aside === null || aside === "" ? null : (
    <span class="role" dir="auto">
      {aside}
    </span>
  );
}
