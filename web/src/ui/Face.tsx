import { colourOf, initials } from "./face";
import { Icon } from "./Icon";

export interface FaceProps {
  /** Null: the name is hidden, and so is everything that could lead to it. */
  readonly person: string | null;
  readonly name: string;
  readonly host?: boolean;
  readonly small?: boolean;
}

/** The disc beside a name. It says no more than the name, so its letters are drawn, neither read out nor copied. */
export function Face({ person, name, host = false, small = false }: FaceProps) {
  const size = small ? " s" : "";
  if (person === null) {
    return (
      <span class={`face anon${size}`} aria-hidden="true">
        <Icon name="hidden" />
      </span>
    );
  }
  return (
    <span
      class={`face ${host ? "host" : `f${colourOf(person)}`}${size}`}
      data-letters={initials(name)}
      aria-hidden="true"
    />
  );
}
