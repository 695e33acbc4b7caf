import { MessageWriter } from '../../../model/onnx/protobuf.js';

// Field numbers of tensorflow/core/util/event.proto and tensorflow/core/framework/summary.proto.
const WALL_TIME = 1;
const STEP = 2;
const FILE_VERSION = 3;
const SUMMARY = 5;
const SESSION_LOG = 7;
const SESSION_START = 1;

/** The first event of every file. */
export const versionEvent = (wallTime: number): Uint8Array =>
  bytesOf(event(wallTime).string(FILE_VERSION, 'brain.Event:2'));

/** Says that steps from `step` on follow: TensorBoard forgets those that earlier files have from there on. */
export const startEvent = (wallTime: number, step: number): Uint8Array =>
  bytesOf(event(wallTime, step).message(SESSION_LOG, new MessageWriter().int(1, SESSION_START)));

/** Values of one step by tag, as float32; the part of a tag before its slash is its section. `wallTime` in seconds since 1970. */
export function scalarsEvent(wallTime: number, step: number, scalars: Readonly<Record<string, number>>): Uint8Array {
  const summary = new MessageWriter();
  for (const [tag, value] of Object.entries(scalars)) {
    summary.message(1, new MessageWriter().string(1, tag).float(2, value));
  }
  return bytesOf(event(wallTime, step).message(SUMMARY, summary));
}

function event(wallTime: number, step?: number): MessageWriter {
  const writer = new MessageWriter().double(WALL_TIME, wallTime);
  return step === undefined ? writer : writer.int(STEP, step);
}

const bytesOf = ({ chunks }: MessageWriter): Uint8Array => Buffer.concat(chunks);
