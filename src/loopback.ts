/** Which hosts are this machine. */

/** Whether `host`, a name or an address as a URL has it or without its brackets, is one that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || /^(?:::1|\[::1\]|127(?:\.\d{1,3}){3})$/.test(host);
}
