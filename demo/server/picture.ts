const SIZE = 40
const FULL_CIRCLE_DEGREES = 360
/** Far from the colours of both doors. */
const FIRST_HUE_DEGREES = 200
/** So that neighbours in a directory get colours that are far apart. */
const GOLDEN_ANGLE_DEGREES = 137.5

/** Somebody's initials on a ground of their own colour, as an SVG. */
export function drawPicture(name: string, objectId: string): string {
  const turns = Number.parseInt(objectId.slice(-4), 16)
  const hue = Math.round((FIRST_HUE_DEGREES + turns * GOLDEN_ANGLE_DEGREES) % FULL_CIRCLE_DEGREES)
  const middle = SIZE / 2
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE} ${SIZE}">
  <rect width="${SIZE}" height="${SIZE}" fill="oklch(0.5 0.11 ${hue})"/>
  <text x="${middle}" y="${middle}" dy=".35em" text-anchor="middle" font-family="system-ui, 'Segoe UI', sans-serif" font-size="14" font-weight="650" fill="#fff">${initialsOf(name)}</text>
</svg>`
}

/** Letters only, so that no name can become markup. */
function initialsOf(name: string): string {
  const initials = name.split(' ').map((word) => word.charAt(0))
  return initials
    .filter((initial) => /\p{L}/u.test(initial))
    .join('')
    .slice(0, 2)
}
