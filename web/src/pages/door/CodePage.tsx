import { useTitle } from "../../ui/title";
import { backWords } from "../../words/back";
import { pageWords } from "../../words/pages";
import { CodeForm } from "./CodeForm";
import { Panel } from "./Panel";
import { WithOrganisation } from "./WithOrganisation";

export function CodePage() {
  const t = pageWords.value;
  useTitle(t.code.label);
  return (
    <Panel title={t.landing.title} purpose={t.landing.what}>
      <CodeForm />
      <WithOrganisation />
      <p>
        {backWords.value.been} <a href="/back">{backWords.value.byWords}</a>
      </p>
    </Panel>
  );
}
