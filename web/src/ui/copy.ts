/** Copies where the page may; without a secure address the old way, which needs a selection. False: show it instead. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const back = document.activeElement;
  const box = document.createElement("textarea");
  box.value = text;
  box.readOnly = true;
  box.className = "sr";
  // Inside an open dialog, the rest of the page can't be selected.
  (document.querySelector("dialog[open]") ?? document.body).append(box);
  box.select();
  let done = false;
  try {
    done = document.execCommand("copy");
  } catch {
    done = false;
  }
  box.remove();
  if (back instanceof HTMLElement) back.focus();
  return done;
}
