import { CODES, type Code } from "../../contract.gen";
import { Notice } from "../../shell/Notice";
import { signInPath } from "../../shell/routes";
import { useTitle } from "../../ui/title";
import { words } from "../../words";
import { organisationWords } from "../../words/organisation";
import { pageWords } from "../../words/pages";

// Whoever is signed in has something to do on their own page first.
const ON_MY_PAGE: ReadonlySet<string> = new Set(["connect_first", "identity_taken", "identity_other"]);
// Signing in once more could only end in the same way.
const FOR_GOOD: ReadonlySet<string> = new Set(["removed_here", "not_found"]);

const isCode = (said: string): said is Code => (CODES as readonly string[]).includes(said);

/** Why the organisation's sign-in let nobody in, and what to do. */
export function SignInRefused({ why }: { why: string }) {
  const code = isCode(why) ? why : "internal";
  return <NextSteps words={words.value.refusals[code]({})} code={code} />;
}

export function NextSteps({ words: said, code }: { words: string; code: string | null }) {
  const t = organisationWords.value;
  useTitle(pageWords.value.join.notIn);
  return (
    <Notice icon="link" title={pageWords.value.join.notIn} help={said}>
      {code !== null && ON_MY_PAGE.has(code) ? (
        <a class="btn main" href="/me">
          {t.toMe}
        </a>
      ) : code !== null && FOR_GOOD.has(code) ? null : (
        <a class="btn main" href={signInPath()} target="_self">
          {t.again}
        </a>
      )}
      <a class="btn" href="/j">
        {pageWords.value.join.tryCode}
      </a>
    </Notice>
  );
}
