import { access, open, readFile } from 'node:fs/promises';
import { expect } from '../../model/errors.js';

/** Where the bytes of a picture lie: in a file of its own, or in a stretch of one that holds many, such as a tar shard. */
export interface ImageSource {
  /** Absolute path. */
  file: string;
  /** Without it, the whole file is the picture. */
  member?: { name: string; offset: number; length: number };
}

/** Whether a file is a picture, by its name. */
export const isPicture = (name: string): boolean => /\.(?:jpe?g|png|webp|gif|avif|tiff?)$/i.test(name);

/** The picture's name in messages; different for different pictures. */
export const imageName = ({ file, member }: ImageSource): string => (member ? `${file}/${member.name}` : file);

/** Reads the bytes of a picture. Throws what reading the file throws, and an ExpectationError where the file is too short by now. */
export async function readImage(image: ImageSource): Promise<Uint8Array> {
  const { file, member } = image;
  if (!member) return readFile(file);
  const { offset, length } = member;
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, offset);
    expect(
      bytesRead === length,
      `picture ${imageName(image)}`,
      `${length} bytes`,
      `${bytesRead} to the end of the file`,
    );
    return buffer;
  } finally {
    await handle.close();
  }
}

/** Why the file of a picture cannot be read; undefined where it is there. */
export const whyAbsent = ({ file }: ImageSource): Promise<string | undefined> =>
  access(file).then(() => undefined, describeAbsence);

/** `missing` where there is no such file, else what the system says. What would lie inside of a file, as in a shard, is missing too. */
export const describeAbsence = ({ code, message }: NodeJS.ErrnoException): string =>
  code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : message;
