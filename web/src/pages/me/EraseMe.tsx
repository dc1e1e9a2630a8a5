import { useRef, useState } from "preact/hooks";
import type { Kept } from "../../contract.gen";
import { newNonce } from "../../link/nonce";
import { useApp } from "../../shell/context";
import { go } from "../../shell/location";
import { receiptPath } from "../../shell/routes";
import { failureWords, useAsk } from "../../ui/ask";
import { Dialog } from "../../ui/Dialog";
import { Wrong } from "../../ui/Field";
import { rightsWords } from "../../words/rights";
import { KeptLines } from "./KeptLines";

/** The way to have everything about me erased: says what goes and what stays, asks, and shows the receipt. */
export function EraseMe({ kept }: { kept: Kept }) {
  const [open, setOpen] = useState(false);
  const t = rightsWords.value.erase;
  return (
    <section class="part stack" aria-labelledby="erase">
      <h2 id="erase">{t.title}</h2>
      <p class="soft">{t.intro}</p>
      <div class="row">
        <button type="button" class="btn bad" onClick={() => setOpen(true)}>
          {t.open}
        </button>
      </div>
      {open ? <EraseSheet kept={kept} onClose={() => setOpen(false)} /> : null}
    </section>
  );
}

function EraseSheet({ kept, onClose }: { kept: Kept; onClose: () => void }) {
  const { session } = useApp();
  const ask = useAsk();
  const [sure, setSure] = useState(false);
  // The same for each try: an answer that was lost is found again by it.
  const secret = useRef(newNonce()).current;
  const t = rightsWords.value.erase;
  const erase = (): void => {
    if (!sure) return;
    void ask.run(async () => {
      await session.erase(secret);
      go(receiptPath(secret), { replace: true });
    });
  };
  return (
    <Dialog title={t.ask} onClose={onClose} question>
      <div class="stack rights-sheet">
        <h3 class="label">{t.goes}</h3>
        <KeptLines lines={kept.kept} rooms={kept.rooms} />
        <h3 class="label">{t.stays}</h3>
        <ul class="facts">
          <li>{t.staysAnswers}</li>
          <li>{t.staysPlaces}</li>
          <li>{t.staysActs}</li>
          <li>{t.staysBackups}</li>
          {kept.holds.length === 0 ? null : <li>{t.staysHold}</li>}
        </ul>
        <p>{t.out}</p>
        <label class="tick">
          <input type="checkbox" checked={sure} onChange={(event) => setSure(event.currentTarget.checked)} />
          <span>{t.tick}</span>
        </label>
        <Wrong words={ask.failure === null ? null : failureWords(ask.failure)} />
        <div class="dos">
          <button type="button" class="btn" onClick={onClose}>
            {t.no}
          </button>
          <button type="button" class="btn bad" aria-disabled={!sure || ask.busy} onClick={erase}>
            {ask.busy ? t.doing : t.yes}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
