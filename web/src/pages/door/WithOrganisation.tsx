import { useState } from "preact/hooks";
import { useApp } from "../../shell/context";
import { signInPath } from "../../shell/routes";
import { Icon } from "../../ui/Icon";
import { words } from "../../words";
import { pageWords } from "../../words/pages";

/** The way in by an organisation's own sign-in, for strangers, where there is one. `to`: where to go on to. */
export function WithOrganisation({ to = "" }: { to?: string }) {
  const { session } = useApp();
  const name = session.organisation.value;
  // Whoever was here until now has said it of this device, and the next one need not know.
  const [shared, setShared] = useState(session.shared.value);
  if (name === null || session.state.value.is === "in") return null;
  return (
    <div class="stack">
      <Go name={name} to={signInPath({ to, shared })} />
      <label class="tick">
        <input type="checkbox" checked={shared} onChange={(event) => setShared(event.currentTarget.checked)} />
        <span>{pageWords.value.join.shared}</span>
      </label>
    </div>
  );
}

/** The page leaves for the provider's: the link is the browser's own to follow, which is what its target says. */
function Go({ name, to }: { name: string; to: string }) {
  return (
    <a class="btn big" href={to} target="_self">
      <Icon name="person" />
      {words.value.shell.signInWith(name)}
    </a>
  );
}
