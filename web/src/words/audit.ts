import { part } from "./index";
import { audit } from "./audit.en";

export const auditWords = part(audit, { pl: () => import("./audit.pl").then((m) => m.audit) });
