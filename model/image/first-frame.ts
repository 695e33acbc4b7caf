// Decoders go through all frames and pages to know how many there are, in a WebP even through all earlier ones for each: with a file of a
// few megabytes that takes minutes. Only the first one is ever asked for, so the others are taken out beforehand.
import type { PictureFormat } from './picture-format.js';

/** The bytes of a picture without the frames or pages after the first; those that have only one as they are. */
export function firstFrame(bytes: Uint8Array, format: PictureFormat): Uint8Array {
  if (format === 'webp') return firstWebpFrame(bytes);
  return format === 'tiff' ? firstTiffPage(bytes) : bytes;
}

/** Four letters as the little-endian number that they are read as. */
const letters = (name: string): number => Buffer.from(name, 'latin1').readUInt32LE();

const EXTENDED = letters('VP8X');
const FRAME = letters('ANMF');
const ANIMATED = 2;

/** A WebP is "RIFF", a size, "WEBP" and chunks of four letters, a size and an even number of bytes; the first one has the flags. */
function firstWebpFrame(bytes: Uint8Array): Uint8Array {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const animated = file.length > 30 && file.readUInt32LE(12) === EXTENDED && (file[20]! & ANIMATED) !== 0;
  if (!animated) return bytes;
  const cut = Buffer.alloc(file.length);
  let length = 0;
  let copied = 0;
  let frames = 0;
  for (let at = 12, end = 0; at + 8 <= file.length; at = end) {
    const size = file.readUInt32LE(at + 4);
    end = at + 8 + size + (size % 2);
    const isFrame = file.readUInt32LE(at) === FRAME;
    // One that goes past the end stays: the decoder shall see that the file is not whole.
    if (!isFrame || end > file.length || ++frames === 1) continue;
    length += file.copy(cut, length, copied, at);
    copied = end;
  }
  length += file.copy(cut, length, copied);
  cut.writeUInt32LE(Math.max(0, file.readUInt32LE(4) - (file.length - length)), 4);
  return cut.subarray(0, length);
}

/** Where in a TIFF or BigTIFF the offset of the second directory is, and how many bytes it has; undefined in a damaged file. */
function secondDirectory(file: DataView): { at: number; size: number } | undefined {
  const little = file.getUint8(0) === 0x49;
  const big = file.getUint16(2, little) === 43;
  const size = big ? 8 : 4;
  const offset = (at: number): number => (big ? Number(file.getBigUint64(at, little)) : file.getUint32(at, little));
  const first = offset(size);
  const countSize = big ? 8 : 2;
  if (first + countSize > file.byteLength) return undefined;
  const count = big ? offset(first) : file.getUint16(first, little);
  const at = first + countSize + count * (big ? 20 : 12);
  return at + size <= file.byteLength ? { at, size } : undefined;
}

/** The directories of a TIFF are a linked list: it ends where an offset is zero. */
function firstTiffPage(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 16) return bytes;
  const next = secondDirectory(new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
  if (!next || bytes.subarray(next.at, next.at + next.size).every((byte) => byte === 0)) return bytes;
  return Uint8Array.from(bytes).fill(0, next.at, next.at + next.size);
}
