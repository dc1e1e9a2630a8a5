/** Remembers on the server how far I have read: once a second at most, and only what was really in view. */

import type { RoomId } from "../contract.gen";
import type { Cancel, Clock, Page, PageNews } from "../link/clock";
import type { Link } from "../link/link";

const APART_MS = 1000;

export interface ReadingHow {
  readonly link: Link;
  readonly clock: Clock;
  readonly page: Page;
  readonly room: RoomId;
  /** It is so on this device, whatever the line does. */
  readonly read: (seq: number) => void;
}

export class Reading {
  readonly #how: ReadingHow;
  readonly #stops: readonly Cancel[];
  #saw = 0;
  /** So much of it while the page was in view. */
  #read = 0;
  #told = 0;
  #telling = false;
  #cancelPause: Cancel | null = null;

  constructor(how: ReadingHow) {
    this.#how = how;
    const { page, link } = how;
    const heard = (news: PageNews): void => {
      if (news === "visible") this.#mark();
      // What was seen in the last second would else be new again on the next device.
      else if (news === "hidden" || news === "leaving") this.#tell();
    };
    this.#stops = [page.on(heard), link.onOpen(() => this.#mark())];
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.#cancelPause?.();
  }

  /** `told`: the server knows of so much. */
  knows(seq: number): void {
    this.#told = Math.max(this.#told, seq);
  }

  saw(seq: number): void {
    this.#saw = Math.max(this.#saw, seq);
    this.#mark();
  }

  #mark(): void {
    const { page, link, read, clock } = this.#how;
    if (this.#saw <= this.#told || !page.visible()) return;
    this.#read = this.#saw;
    read(this.#saw);
    if (this.#cancelPause !== null || this.#telling || !link.isLive) return;
    this.#cancelPause = clock.later(APART_MS, () => {
      this.#cancelPause = null;
      this.#mark();
    });
    this.#tell();
  }

  #tell(): void {
    const { link, room } = this.#how;
    const seq = this.#read;
    if (seq <= this.#told || !link.isLive) return;
    this.#telling = true;
    link.ask({ t: "place.mark", room, seq }, (answer) => {
      this.#telling = false;
      // Refused or lost: the next sight or the next opening marks it again.
      if (answer.t === "receipt") this.knows(seq);
    });
  }
}
