import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "../ui/Icon";

export interface NoticeProps {
  readonly icon: IconName;
  readonly title: string;
  readonly help?: string;
  readonly children?: ComponentChildren;
}

/** A page that says one thing and offers the next step. */
export function Notice({ icon, title, help, children }: NoticeProps) {
  return (
    <main class="notice" id="main" tabIndex={-1}>
      <Icon name={icon} />
      <h1 class="h-screen">{title}</h1>
      {help === undefined || help === "" ? null : <p class="soft">{help}</p>}
      {children === undefined ? null : <div class="row">{children}</div>}
    </main>
  );
}
