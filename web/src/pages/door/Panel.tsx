import type { ComponentChildren } from "preact";
import { Icon } from "../../ui/Icon";
import { words } from "../../words";
import { Circle } from "./Circle";
import "../../styles/door.css";

export interface PanelProps {
  readonly title: string;
  readonly purpose: string;
  readonly children: ComponentChildren;
}

/** The door: the hearth on one side, what there is to do on the other. */
export function Panel({ title, purpose, children }: PanelProps) {
  return (
    <main class="join-in" id="main" tabIndex={-1}>
      <section class="hearth join-why" aria-labelledby="door-title">
        <p class="mark">
          <Icon name="hearth" />
          {words.value.shell.hearth}
        </p>
        <div>
          <h1 id="door-title" dir="auto">
            {title}
          </h1>
          {purpose === "" ? null : (
            <p class="purpose" dir="auto">
              {purpose}
            </p>
          )}
        </div>
        <Circle />
      </section>
      <div class="join-form">{children}</div>
    </main>
  );
}
