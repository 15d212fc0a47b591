const linear = (c: number) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
const gamma = (c: number) => (c <= 0.0031308 ? 12.92 * c : 1.055 * Math.max(0, c) ** (1 / 2.4) - 0.055)

/** Turns a colour's hue by degrees in OKLCH, where equal turns look equal, and scales its lightness and chroma. */
export function shift(hex: string, degrees: number, lighter = 0, chroma = 1): string {
  const n = Number.parseInt(hex.slice(1), 16)
  const [R, G, B] = [linear((n >> 16) / 255), linear(((n >> 8) & 255) / 255), linear((n & 255) / 255)]
  const l = Math.cbrt(0.4122214708 * R + 0.5363325363 * G + 0.0514459929 * B)
  const m = Math.cbrt(0.2119034982 * R + 0.6806995451 * G + 0.1073969566 * B)
  const s = Math.cbrt(0.0883024619 * R + 0.2817188376 * G + 0.6299787005 * B)
  const L = Math.min(1, Math.max(0, 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s + lighter))
  const a = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s
  const b = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s
  const C = Math.hypot(a, b) * chroma
  const h = Math.atan2(b, a) + (degrees * Math.PI) / 180
  const [A, Bb] = [C * Math.cos(h), C * Math.sin(h)]
  const l3 = (L + 0.3963377774 * A + 0.2158037573 * Bb) ** 3
  const m3 = (L - 0.1055613458 * A - 0.0638541728 * Bb) ** 3
  const s3 = (L - 0.0894841775 * A - 1.291485548 * Bb) ** 3
  const out = [
    4.0767416621 * l3 - 3.3077115913 * m3 + 0.2309699292 * s3,
    -1.2684380046 * l3 + 2.6097574011 * m3 - 0.3413193965 * s3,
    -0.0041960863 * l3 - 0.7034186147 * m3 + 1.707614701 * s3,
  ]
  const channel = (c: number) =>
    Math.round(255 * Math.min(1, Math.max(0, gamma(c))))
      .toString(16)
      .padStart(2, '0')
  return `#${out.map(channel).join('')}`
}
