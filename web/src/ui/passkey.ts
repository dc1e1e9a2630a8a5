/** What the browser does about passkeys: it asks the person, and signs what the server wants signed. */

/** `stopped`: the person said no, took too long, or the device has none. `already`: it has one of theirs. */
export type Signed =
  | { readonly is: "signed"; readonly credential: string }
  | { readonly is: "stopped" }
  | { readonly is: "already" }
  | { readonly is: "cannot" };

/** Have a passkey made; `options` as the server gives them. */
export const makePasskey = (options: string): Promise<Signed> =>
  signedBy(options, (asked) =>
    navigator.credentials.create({
      publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(
        asked as unknown as PublicKeyCredentialCreationOptionsJSON,
      ),
    }),
  );

/** Have the person choose a passkey and sign by it; `options` as the server gives them. */
export const showPasskey = (options: string): Promise<Signed> =>
  signedBy(options, (asked) =>
    navigator.credentials.get({
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(
        asked as unknown as PublicKeyCredentialRequestOptionsJSON,
      ),
    }),
  );

/** Whether this browser knows passkeys, and how to read what the server says of them. */
const able = (): boolean =>
  typeof PublicKeyCredential !== "undefined" && "parseCreationOptionsFromJSON" in PublicKeyCredential;

async function signedBy(options: string, ask: (asked: unknown) => Promise<Credential | null>): Promise<Signed> {
  if (!able()) return { is: "cannot" };
  try {
    const credential = await ask(JSON.parse(options));
    if (!(credential instanceof PublicKeyCredential)) return { is: "stopped" };
    return { is: "signed", credential: JSON.stringify(credential.toJSON()) };
  } catch (failure) {
    // Browsers say little on purpose: a page must not learn which passkeys a device has.
    if (!(failure instanceof DOMException)) throw failure;
    if (failure.name === "InvalidStateError") return { is: "already" };
    return failure.name === "NotSupportedError" ? { is: "cannot" } : { is: "stopped" };
  }
}
