import { noTimes } from '../../inference/stage-times.js';
import { pictureBytes } from '../../pictures/picture-bytes.js';
import { reconstruct as restore } from '../../tasks/reconstruct.js';
import type { Handler } from '../handler.js';
import { measured } from '../measured.js';
import { readMasks } from '../read-masks.js';
import { usableText } from '../usable-text.js';

export const reconstruct: Handler<'reconstruct'> = async ({ body, signal, expireAfter }, core) => {
  const model = core.inference.model(body.model, 'reconstruct');
  const text = usableText(body.text, 'text', core.limits.textCharacters);
  const masks = readMasks(body, model);
  const times = noTimes();
  expireAfter(body.timeoutMs);
  const bytes = await pictureBytes(body.image, 'image', core, signal);
  const restored = await restore({ bytes, text, ...masks }, model, { signal, times });
  const { tokens, image, maskedImage, truncated } = restored;
  const pictures = { image: { dataUrl: image }, maskedImage: { dataUrl: maskedImage } };
  const json = { tokens, ...pictures, truncated, model: model.manifest.name };
  return { status: 200, json, headers: measured(core, 'reconstruct', times) };
};
