import { said } from "./say";

export function Toast() {
  const now = said.value;
  return (
    <div role="status" aria-live="polite">
      {now === null ? null : (
        <p class="toast" key={now.id}>
          {now.words}
        </p>
      )}
    </div>
  );
}
