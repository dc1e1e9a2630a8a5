import { useState } from "preact/hooks";
import type { CommunityView } from "../../contract.gen";
import { useApp } from "../../shell/context";
import { failureWords, useAsk } from "../../ui/ask";
import { Field, Wrong } from "../../ui/Field";
import { say } from "../../ui/say";
import { linesOf, VALUES_MOST } from "../../ui/statement";
import { keepWords } from "../../words/keep";

/** What the community states, to be said anew. */
export function Statement({ community }: { community: CommunityView }) {
  const app = useApp();
  const ask = useAsk();
  const [form, setForm] = useState({
    name: community.name,
    purpose: community.purpose,
    values: community.values.join("\n"),
    runs_it: community.runs_it,
    contact: community.contact,
  });
  const t = keepWords.value.statement;
  const values = linesOf(form.values);
  const missing = (value: string): string | null => (value.trim() === "" ? t.missing : null);
  const wrong = [form.name, form.purpose, form.runs_it, form.contact].some((value) => missing(value) !== null);
  const tooMany = values.length > VALUES_MOST ? t.tooMany(VALUES_MOST) : null;
  const set = (name: keyof typeof form) => (value: string) => setForm({ ...form, [name]: value });
  const save = (event: Event): void => {
    event.preventDefault();
    if (wrong || tooMany !== null) return;
    void ask.run(async () => {
      await app.api("change_community", { params: { slug: community.slug }, body: { ...form, values } });
      await app.community(community.slug).reload();
      say(keepWords.value.saved);
    });
  };
  return (
    <section class="part" aria-labelledby="part-title">
      <h2 id="part-title">{keepWords.value.parts.statement}</h2>
      <p class="sub">{t.help}</p>
      <form class="card stack-l" onSubmit={save} noValidate>
        <Field label={t.name} value={form.name} onInput={set("name")} wrong={missing(form.name)} maxLength={80} />
        <Field
          label={t.purpose}
          value={form.purpose}
          onInput={set("purpose")}
          wrong={missing(form.purpose)}
          lines={2}
          maxLength={400}
        />
        <Field label={t.values} value={form.values} onInput={set("values")} wrong={tooMany} lines={4} />
        <Field
          label={t.runsIt}
          value={form.runs_it}
          onInput={set("runs_it")}
          wrong={missing(form.runs_it)}
          maxLength={120}
        />
        <Field
          label={t.contact}
          value={form.contact}
          onInput={set("contact")}
          wrong={missing(form.contact)}
          maxLength={120}
        />
        <Wrong words={ask.failure === null ? null : failureWords(ask.failure)} />
        <button type="submit" class="btn main" aria-disabled={ask.busy || wrong || tooMany !== null}>
          {t.save}
        </button>
      </form>
    </section>
  );
}
