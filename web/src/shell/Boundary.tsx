import { Component, type ComponentChildren } from "preact";
import { words } from "../words";
import { Notice } from "./Notice";

/** Catches what a page did not expect, so that the reader sees words and a way on instead of nothing. */
export class Boundary extends Component<{ children: ComponentChildren }, { broken: boolean }> {
  override state = { broken: false };

  static override getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override componentDidCatch(error: unknown): void {
    console.error(error);
  }

  override render(): ComponentChildren {
    if (!this.state.broken) return this.props.children;
    const t = words.value.shell;
    return (
      <Notice icon="again" title={t.broken} help={t.brokenHelp}>
        <button type="button" class="btn main" onClick={() => location.reload()}>
          {t.reload}
        </button>
      </Notice>
    );
  }
}
