// A worker thread that decodes pictures, and encodes those that a model made, so that they neither block the event loop nor wait for a model.
import { workerData } from 'node:worker_threads';
import {
  type ImageSettings,
  type PictureInfo,
  type PictureLimits,
  preparePixels,
  readPictureInfo,
} from '../../model/image/picture.js';
import { pixelsToRaster } from '../../model/image/pixels-to-raster.js';
import { greyPatches, maskPixels, pastePatches } from '../../model/maskvlm/patch-pixels.js';
import { makeThumbnail } from '../pictures/make-thumbnail.js';
import { pngUrl } from '../pictures/png-url.js';
import { type Answer, answerRequests } from './worker-side.js';

/** Requests by the name of their queue. */
export interface PictureRequests {
  /** Pixels as the image encoder takes them. */
  picture: { bytes: Uint8Array; settings: ImageSettings };
  thumbnail: { bytes: Uint8Array; size: number };
  /** Pixels with some patches masked; `mask` [N-1], 1 = masked, `patch` is P. */
  masked_picture: { bytes: Uint8Array; settings: ImageSettings; patch: number; mask: Float32Array };
  /** Pixels with the masked patches taken from `patches` [N-1,3*P*P], where there are any. */
  restored_picture: {
    pixels: Float32Array;
    settings: ImageSettings;
    patch: number;
    mask: Float32Array;
    patches?: Float32Array;
  };
}

export interface PictureReplies {
  picture: PictureInfo & { pixels: Float32Array };
  thumbnail: Uint8Array;
  /** `masked` for the image encoder, `dataUrl` with grey patches for people. */
  masked_picture: { pixels: Float32Array; masked: Float32Array; dataUrl: string };
  /** A data URL. */
  restored_picture: string;
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
  async masked_picture({ bytes, settings, patch, mask }) {
    const pixels = await preparePixels(bytes, settings, limits);
    const masked = maskPixels(pixels, mask, patch);
    const dataUrl = await pngUrl(pixelsToRaster(greyPatches(pixels, mask, patch, settings), settings));
    const transfer = [pixels, masked].map(({ buffer }) => buffer as ArrayBuffer);
    return { value: { pixels, masked, dataUrl } satisfies PictureReplies['masked_picture'], transfer };
  },
  async restored_picture({ pixels, settings, patch, mask, patches }) {
    const restored = patches ? pastePatches(pixels, patches, mask, patch) : pixels;
    return { value: await pngUrl(pixelsToRaster(restored, settings)), transfer: [] };
  },
};

await answerRequests(async () => ({
  info: undefined,
  answer: (message) => {
    const { queue, request } = message as { queue: PictureQueue; request: never };
    return tasks[queue](request);
  },
}));
