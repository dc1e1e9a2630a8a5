/** Lets the shell open without a connection, where the browser allows it (a secure address, no tests). */
export function keepShell(): void {
  if (!import.meta.env.PROD || !isSecureContext || !("serviceWorker" in navigator)) return;
  // Failing costs nothing but the page without a connection.
  navigator.serviceWorker.register("/sw.js").catch(() => undefined);
}
