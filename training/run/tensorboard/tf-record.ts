import { crc32c } from './crc32c.js';

/**
 * One record of a TFRecord file, all little-endian: length of the data (8 bytes), masked CRC-32C of those 8 bytes, the data, masked
 * CRC-32C of the data. https://www.tensorflow.org/tutorials/load_data/tfrecord
 */
export function tfRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(data.length + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(crc32c(record.subarray(0, 8))), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, masked(crc32c(data)), true);
  return record;
}

/** Turned right by 15 bits and shifted, so that a checksum inside checked data does no harm. */
const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
