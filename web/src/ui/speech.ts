import { signal } from "@preact/signals";

/** What is being read aloud by the device's own voice, if anything. */
export const speaking = signal<string | null>(null);

export const canSpeak = (): boolean =>
  typeof speechSynthesis === "object" && typeof SpeechSynthesisUtterance === "function";

/** Reads `text` aloud; asked again for the same thing, it stops. */
export function speak(id: string, text: string, locale: string): void {
  const stop = speaking.peek() === id;
  speechSynthesis.cancel();
  speaking.value = null;
  if (stop) return;
  const voice = new SpeechSynthesisUtterance(text);
  voice.lang = locale;
  const over = (): void => {
    if (speaking.peek() === id) speaking.value = null;
  };
  voice.addEventListener("end", over);
  voice.addEventListener("error", over);
  speaking.value = id;
  speechSynthesis.speak(voice);
}

export function hush(): void {
  if (canSpeak()) speechSynthesis.cancel();
  speaking.value = null;
}
