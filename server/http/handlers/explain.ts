import { noTimes } from '../../inference/stage-times.js';
import { pictureBytes } from '../../pictures/picture-bytes.js';
import { explain as lookWhere } from '../../tasks/explain.js';
import type { Handler } from '../handler.js';
import { measured } from '../measured.js';
import { usableText } from '../usable-text.js';

export const explain: Handler<'explain'> = async ({ body, signal, expireAfter }, core) => {
  const model = core.inference.modelWith(body.model, 'explainer');
  const text = usableText(body.text, 'text', core.limits.textCharacters);
  const times = noTimes();
  expireAfter(body.timeoutMs);
  const bytes = await pictureBytes(body.image, 'image', core, signal);
  const answer = await lookWhere(bytes, text, model, { signal, times });
  return { status: 200, json: { ...answer, model: model.manifest.name }, headers: measured(core, 'explain', times) };
};
