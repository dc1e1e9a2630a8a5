import { part } from "./index";
import { passkeys } from "./passkeys.en";

export const passkeyWords = part(passkeys, { pl: () => import("./passkeys.pl").then((m) => m.passkeys) });
