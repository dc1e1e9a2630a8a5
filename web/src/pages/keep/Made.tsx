import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { InvitationMade } from "../../contract.gen";
import { copy } from "../../ui/copy";
import { Dialog } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import { pictureOf } from "../../ui/picture";
import { keepWords } from "../../words/keep";

interface MadeProps {
  readonly made: InvitationMade;
  readonly onClose: () => void;
  /** What goes on paper; nothing when this is no invitation for a wall. */
  readonly children: ComponentChildren;
}

/** A new invitation, shown this once: letters to read out, a link to send, a square to hold up, a poster to print. */
export function Made({ made, onClose, children }: MadeProps) {
  const [told, setTold] = useState("");
  const t = keepWords.value.invitations;
  const link = new URL(made.path, location.origin).href;
  const take = async (): Promise<void> => setTold((await copy(link)) ? t.copied : t.copyByHand);
  return (
    <Dialog title={t.made} onClose={onClose}>
      <div class="stack made">
        <p class="soft">{t.onceOnly}</p>
        {made.code === null ? null : (
          <div>
            <h3 class="label">{t.theCode}</h3>
            <p class="letters" aria-hidden="true">
              {made.code}
            </p>
            <p class="sr">{t.letters([...made.code].join(" "))}</p>
            <p class="quiet">{t.codeAt(`${location.host}/j`)}</p>
          </div>
        )}
        <img class="qr" src={pictureOf(made.qr)} alt={t.qr} width="240" height="240" />
        <div>
          <label class="label" for="made-link">
            {t.theLink}
          </label>
          <input
            class="field"
            id="made-link"
            readOnly
            value={link}
            dir="ltr"
            onFocus={(event) => event.currentTarget.select()}
          />
        </div>
        <div class="row">
          <button type="button" class="btn main" onClick={() => void take()}>
            <Icon name="link" />
            {t.copy}
          </button>
          {children === null ? null : (
            <button type="button" class="btn" onClick={() => print()}>
              <Icon name="print" />
              {keepWords.value.poster.print}
            </button>
          )}
          <button type="button" class="btn" onClick={onClose}>
            {t.done}
          </button>
          <span role="status">{told}</span>
        </div>
      </div>
      {children}
    </Dialog>
  );
}
