/** The formats that are decoded: what sharp calls them, and their media types. */
export const PICTURE_FORMATS = {
  jpeg: { decoder: 'jpeg', mediaType: 'image/jpeg' },
  png: { decoder: 'png', mediaType: 'image/png' },
  webp: { decoder: 'webp', mediaType: 'image/webp' },
  gif: { decoder: 'gif', mediaType: 'image/gif' },
  avif: { decoder: 'heif', mediaType: 'image/avif' },
  tiff: { decoder: 'tiff', mediaType: 'image/tiff' },
} as const;

export type PictureFormat = keyof typeof PICTURE_FORMATS;

/** What the first 64 bytes, as Latin-1 text, begin with. Nothing else reaches a decoder, whatever the library could open. */
const BEGINNINGS: [string, PictureFormat][] = [
  ['\xff\xd8\xff', 'jpeg'],
  ['\x89PNG\r\n\x1a\n', 'png'],
  ['GIF87a', 'gif'],
  ['GIF89a', 'gif'],
  ['II*\0', 'tiff'],
  ['II+\0', 'tiff'],
  ['MM\0*', 'tiff'],
  ['MM\0+', 'tiff'],
];

/** Frequent visitors, for an error message that says what came instead. */
const REFUSED: [string, string][] = [
  ['%PDF-', 'a PDF file'],
  ['BM', 'BMP'],
  ['\xff\x0a', 'JPEG XL'],
  ['\0\0\0\x0cJXL ', 'JPEG XL'],
  ['\0\0\0\x0cjP ', 'JPEG 2000'],
  ['8BPS', 'a Photoshop file'],
  ['PK\x03\x04', 'a ZIP file'],
];

/** The brands in the first box of an ISO media file ("ftyp"): the main one, a version that is no brand, those it is compatible with. */
function isoBrands(start: string): string[] {
  if (start.slice(4, 8) !== 'ftyp') return [];
  return (start.slice(8, start.charCodeAt(3)).match(/.{4}/gs) ?? []).filter((_, i) => i !== 1);
}

/** Tells a picture's format from its first bytes, never from a name; `got` says in words what it is where it is none of ours. */
export function sniffPictureFormat(bytes: Uint8Array): { format: PictureFormat } | { got: string } {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 64)).toString('latin1');
  const known = BEGINNINGS.find(([beginning]) => start.startsWith(beginning));
  if (known) return { format: known[1] };
  if (start.startsWith('RIFF') && start.slice(8, 12) === 'WEBP') return { format: 'webp' };
  const brands = isoBrands(start);
  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return { format: 'avif' };
  return { got: describeUnknown(start, brands) };
}

function describeUnknown(start: string, brands: string[]): string {
  const refused = REFUSED.find(([beginning]) => start.startsWith(beginning));
  if (refused) return refused[1];
  if (start === '') return 'no bytes';
  if (brands.some((brand) => /^he[iv]|^mif1/.test(brand))) return 'HEIC';
  if (/^(?:\xef\xbb\xbf)?\s*<(?:svg|\?xml|!)/i.test(start)) return 'SVG or other markup';
  return /^[\t\n\r\x20-\x7e]+$/.test(start) ? 'text' : 'an unknown format';
}
