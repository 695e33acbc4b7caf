// A worker thread that decodes pictures, so that they neither block the event loop nor wait for a model.
import { workerData } from 'node:worker_threads';
import {
  type ImageSettings,
  type PictureInfo,
  type PictureLimits,
  preparePixels,
  readPictureInfo,
} from '../../model/image/picture.js';
import { makeThumbnail } from '../pictures/make-thumbnail.js';
import { type Answer, answerRequests } from './worker-side.js';

/** Requests by the name of their queue. */
export interface PictureRequests {
  /** Pixels as the image encoder takes them. */
  picture: { bytes: Uint8Array; settings: ImageSettings };
  thumbnail: { bytes: Uint8Array; size: number };
}

export interface PictureReplies {
  picture: PictureInfo & { pixels: Float32Array };
  thumbnail: Uint8Array;
}

export type PictureQueue = keyof PictureRequests;

const limits = workerData as PictureLimits;

const tasks: { [Q in PictureQueue]: (request: PictureRequests[Q]) => Promise<Answer> } = {
  async picture({ bytes, settings }) {
    const pixels = await preparePixels(bytes, settings, limits);
    const info = await readPictureInfo(bytes, limits);
    return { value: { ...info, pixels }, transfer: [pixels.buffer as ArrayBuffer] };
  },
  async thumbnail({ bytes, size }) {
    const thumbnail = await makeThumbnail(bytes, size, limits);
    return { value: thumbnail, transfer: [thumbnail.buffer as ArrayBuffer] };
  },
};

await answerRequests(async () => ({
  info: undefined,
  answer: (message) => {
    const { queue, request } = message as { queue: PictureQueue; request: never };
    return tasks[queue](request);
  },
}));
