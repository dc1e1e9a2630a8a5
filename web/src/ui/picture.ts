/** The server's drawing as a picture: a picture runs nothing and reads nothing of the page. */
export function pictureOf(svg: string): string {
  // A drawing on its own has to say what language it is in.
  const whole = /^<svg[^>]* xmlns=/.test(svg) ? svg : svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"');
  return `data:image/svg+xml,${encodeURIComponent(whole)}`;
}
