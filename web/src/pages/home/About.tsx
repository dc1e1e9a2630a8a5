import type { CommunityView } from "../../contract.gen";
import { pageWords } from "../../words/pages";

/** What the community states, for all to see. */
export function About({ community }: { community: CommunityView }) {
  const t = pageWords.value.home;
  return (
    <section class="part card about" aria-labelledby="about">
      <h2 id="about">{t.about}</h2>
      {community.values.length === 0 ? null : (
        <>
          <h3 class="label">{t.statement}</h3>
          <ul class="dots">
            {community.values.map((value) => (
              <li key={value} dir="auto">
                {value}
              </li>
            ))}
          </ul>
        </>
      )}
      {community.commitments.length === 0 ? null : (
        <>
          <h3 class="label">{t.commitments}</h3>
          <ul class="dots">
            {community.commitments.map((commitment) => (
              <li key={commitment} dir="auto">
                {commitment}
              </li>
            ))}
          </ul>
        </>
      )}
      <dl>
        <dt class="label">{t.runs}</dt>
        <dd dir="auto">{community.runs_it}</dd>
        <dt class="label">{t.reach}</dt>
        <dd dir="auto">{community.contact}</dd>
        {community.lead === "" ? null : (
          <>
            <dt class="label">{t.lead}</dt>
            <dd>
              <bdi>{community.lead}</bdi>: <bdi>{community.lead_contact}</bdi>
            </dd>
          </>
        )}
      </dl>
      <p class="quiet">
        {t.keptDays(community.kept_days)} {t.notFor}
      </p>
    </section>
  );
}
