import { isMatcher } from '../../../model/bundle/manifest.js';
import { noTimes } from '../../inference/stage-times.js';
import { pictureBytes } from '../../pictures/picture-bytes.js';
import { classify as choose } from '../../tasks/classify.js';
import type { Handler } from '../handler.js';
import { measured } from '../measured.js';
import { readLabels } from '../read-labels.js';

export const classify: Handler<'classify'> = async ({ body, signal, expireAfter }, core) => {
  const model = core.inference.model(body.model, 'classify');
  const { image, method = isMatcher(model.manifest) ? 'itm' : 'itc', timeoutMs } = body;
  if (method === 'itm') core.inference.matchingModel(model.manifest.name);
  const asked = { ...readLabels(body, core.limits), method };
  const times = noTimes();
  expireAfter(timeoutMs);
  const bytes = await pictureBytes(image, 'image', core, signal);
  const answer = await choose({ ...asked, bytes }, model, { signal, times });
  return { status: 200, json: { ...answer, model: model.manifest.name }, headers: measured(core, 'classify', times) };
};
