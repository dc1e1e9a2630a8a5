import { pageWords } from "../../words/pages";

/** Head and shoulders of everyone in the circle, as they get smaller towards the back: x, y, r of the head. */
const SEATS: readonly (readonly [number, number, number])[] = [
  [147, 192, 9.4],
  [75, 163, 9],
  [41, 123, 8.4],
  [53, 81, 7.8],
  [107, 45, 7.3],
  [192, 25, 7],
  [288, 25, 7],
  [373, 45, 7.3],
  [427, 81, 7.8],
  [439, 123, 8.4],
  [405, 163, 9],
  [333, 192, 9.4],
];

function Seat({ x, y, r }: { x: number; y: number; r: number }) {
  const half = r * 2;
  return (
    <>
      <circle class="head" cx={x} cy={y} r={r} />
      <path class="seat" d={`M${x - half} ${y + r * 3.5}a${half} ${r * 2.1} 0 0 1 ${half * 2} 0`} />
    </>
  );
}

/** People round a fire, with one seat kept. Wide screens only. */
export function Circle() {
  return (
    <svg class="circle" viewBox="0 0 480 250" role="img" aria-label={pageWords.value.join.picture}>
      <defs>
        <radialGradient id="glow">
          <stop offset="0" stop-color="#FFCB61" stop-opacity=".85" />
          <stop offset=".35" stop-color="#E07A35" stop-opacity=".5" />
          <stop offset="1" stop-color="#E07A35" stop-opacity="0" />
        </radialGradient>
      </defs>
      <ellipse cx="240" cy="128" rx="170" ry="82" fill="url(#glow)" />
      <path d="M240 92c3 15 21 22 21 42a21 21 0 0 1-42 1c0-10 5-15 9-20 1 7 4 10 8 12-2-12-1-25 4-35z" fill="#FFCB61" />
      <circle class="youh" cx="240" cy="202" r="9.5" />
      <path class="seat you" d="M221 236a19 20 0 0 1 38 0" />
      {SEATS.map(([x, y, r]) => (
        <Seat key={x} x={x} y={y} r={r} />
      ))}
    </svg>
  );
}
