import { useState } from "preact/hooks";
import { useApp } from "../../shell/context";
import { go } from "../../shell/location";
import { homePath } from "../../shell/routes";
import { codeOf, failureWords, useAsk } from "../../ui/ask";
import { Field, Wrong } from "../../ui/Field";
import { useTitle } from "../../ui/title";
import { pageWords } from "../../words/pages";
import { Panel } from "./Panel";
import { linesOf, slugOf, VALUES_MOST } from "../../ui/statement";

type FieldName = "your_name" | "community_name" | "slug" | "purpose" | "values" | "runs_it" | "contact";

/** The first keeper says what the community is for. */
export function Claim({ secret }: { secret: string }) {
  const app = useApp();
  const ask = useAsk();
  const t = pageWords.value.claim;
  useTitle(t.title);
  const [form, setForm] = useState<Readonly<Record<FieldName, string>>>({
    your_name: "",
    community_name: "",
    slug: "",
    purpose: "",
    values: t.valuesStart.join("\n"),
    runs_it: "",
    contact: "",
  });
  const [looked, setLooked] = useState(false);
  const [ownSlug, setOwnSlug] = useState(false);
  const values = linesOf(form.values);
  const missing = (name: FieldName): string | null => (looked && form[name].trim() === "" ? t.missing : null);
  const code = codeOf(ask.failure);
  const said = (...codes: readonly (string | null)[]): string | null =>
    code !== null && ask.failure !== null && codes.includes(code) ? failureWords(ask.failure) : null;
  const set = (name: FieldName) => (value: string) => {
    ask.clear();
    const change: Partial<Record<FieldName, string>> = { [name]: value };
    if (name === "community_name" && !ownSlug) change.slug = slugOf(value);
    if (name === "slug") setOwnSlug(true);
    setForm({ ...form, ...change });
  };
  const begin = (event: Event): void => {
    event.preventDefault();
    setLooked(true);
    const empty = Object.values(form).some((value) => value.trim() === "");
    if (empty || values.length > VALUES_MOST) return;
    void ask.run(async () => {
      const to = await app.api("claim", { body: { ...form, values, secret, slug: form.slug.trim() } });
      await app.session.refresh();
      const now = app.session.state.peek();
      // Where a keeper needs a passkey, that is the first thing there is to do.
      const first = now.is === "in" && now.me.proof?.required === true && now.me.proof.passkeys === 0;
      go(first ? "/me" : homePath(to.community_slug), { replace: true });
    });
  };
  const known = ["name_bad", "name_reserved", "name_looks_full", "name_taken", "slug_taken"];
  return (
    <Panel title={t.title} purpose={t.intro}>
      <form class="stack-l" onSubmit={begin} noValidate>
        <Field
          label={t.yourName}
          help={t.yourNameHelp}
          value={form.your_name}
          onInput={set("your_name")}
          wrong={missing("your_name") ?? said("name_bad", "name_reserved", "name_looks_full", "name_taken")}
          autocomplete="nickname"
          maxLength={80}
        />
        <Field
          label={t.communityName}
          value={form.community_name}
          onInput={set("community_name")}
          wrong={missing("community_name")}
          maxLength={80}
        />
        <Field
          label={t.slug}
          help={`${t.slugHelp} ${location.host}${form.slug === "" ? "/c/…" : homePath(form.slug)}`}
          value={form.slug}
          onInput={set("slug")}
          wrong={missing("slug") ?? said("slug_taken")}
          spellcheck={false}
          maxLength={40}
        />
        <Field
          label={t.purpose}
          help={t.purposeHelp}
          value={form.purpose}
          onInput={set("purpose")}
          wrong={missing("purpose")}
          lines={2}
          maxLength={400}
        />
        <Field
          label={t.values}
          help={t.valuesHelp}
          value={form.values}
          onInput={set("values")}
          wrong={missing("values") ?? (values.length > VALUES_MOST ? t.tooManyValues(VALUES_MOST) : null)}
          lines={4}
        />
        <Field
          label={t.runsIt}
          help={t.runsItHelp}
          value={form.runs_it}
          onInput={set("runs_it")}
          wrong={missing("runs_it")}
          maxLength={120}
        />
        <Field
          label={t.contact}
          help={t.contactHelp}
          value={form.contact}
          onInput={set("contact")}
          wrong={missing("contact")}
          maxLength={120}
        />
        {ask.failure !== null && !known.includes(code ?? "") ? <Wrong words={failureWords(ask.failure)} /> : null}
        <button type="submit" class="btn main big" aria-disabled={ask.busy}>
          {t.go}
        </button>
      </form>
    </Panel>
  );
}
