const SHORTEST_MS = 300;
const LONGEST_MS = 10_000;

/**
 * How long to wait before trying again, after `tries` in a row that failed. The longest wait doubles; where in it is
 * chance, so that a thousand browsers don't come back in one second.
 */
export function pauseFor(tries: number, random: number): number {
  const longest = Math.min(LONGEST_MS, 900 * 2 ** Math.min(tries, 10));
  return Math.round(SHORTEST_MS + random * (longest - SHORTEST_MS));
}
