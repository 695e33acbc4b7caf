import { noTimes } from '../../inference/loaded-model.js';
import { reconstruct as restore } from '../../tasks/reconstruct.js';
import type { Handler } from '../handler.js';
import { measured } from '../measured.js';
import { readMasks } from '../read-masks.js';
import { readPicture } from '../read-picture.js';
import { usableText } from '../usable-text.js';

export const reconstruct: Handler<'reconstruct'> = async ({ body, signal }, core) => {
  const model = core.inference.model(body.model, 'reconstruct');
  const text = usableText(body.text, 'text', core.limits.textCharacters);
  const masks = readMasks(body, model);
  const bytes = await readPicture(body.image, 'image', core);
  const times = noTimes();
  const { tokens, image, maskedImage, truncated } = await restore({ bytes, text, ...masks }, model, { signal, times });
  const pictures = { image: { dataUrl: image }, maskedImage: { dataUrl: maskedImage } };
  const json = { tokens, ...pictures, truncated, model: model.manifest.name };
  return { status: 200, json, headers: measured(core, 'reconstruct', times) };
};
