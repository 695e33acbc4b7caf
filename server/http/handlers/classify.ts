import { noTimes } from '../../inference/loaded-model.js';
import { classify as choose } from '../../tasks/classify.js';
import type { Handler } from '../handler.js';
import { measured } from '../measured.js';
import { readLabels } from '../read-labels.js';
import { readPicture } from '../read-picture.js';

export const classify: Handler<'classify'> = async ({ body, signal }, core) => {
  const model = core.inference.model(body.model, 'classify');
  const { image, method = 'itm' } = body;
  const question = { ...readLabels(body, core.limits), method, bytes: await readPicture(image, 'image', core) };
  const times = noTimes();
  const answer = await choose(question, model, { signal, times });
  return { status: 200, json: { ...answer, model: model.manifest.name }, headers: measured(core, 'classify', times) };
};
