import sharp from 'sharp';

/** A picture of one colour. */
export function plainPicture(color: string, format: 'png' | 'jpeg' = 'png', size = 48): Promise<Buffer> {
  return sharp({ create: { width: size, height: size, channels: 3, background: color } })
    [format]()
    .toBuffer();
}

/** A picture with a bright half on one side, so that turning it changes it. */
export function halfPicture(side: 'left' | 'top', size = 64): Promise<Buffer> {
  const [width, height] = side === 'left' ? [size / 2, size] : [size, size / 2];
  const half = { create: { width, height, channels: 3 as const, background: '#ffe066' } };
  return sharp({ create: { width: size, height: size, channels: 3, background: '#102040' } })
    .composite([{ input: half, left: 0, top: 0 }])
    .png()
    .toBuffer();
}

/** A PNG whose header promises many pixels; there is hardly anything behind it. */
export async function pngThatClaims(width: number, height: number): Promise<Buffer> {
  const png = await plainPicture('#808080', 'png', 8);
  const claimed = Buffer.from(png);
  claimed.writeUInt32BE(width, 16);
  claimed.writeUInt32BE(height, 20);
  claimed.writeUInt32BE(crc32(claimed.subarray(12, 29)), 29);
  return claimed;
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

export const dataUrl = (bytes: Uint8Array, type = 'image/png'): string =>
  `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
