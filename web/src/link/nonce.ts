/** Makes the id by which a command is known however often it is sent: 128 random bits, 22 characters of base64url. */
export function newNonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes))
    .slice(0, 22)
    .replace(/\+/g, "-")
    .replace(/\//g, "_");
}
