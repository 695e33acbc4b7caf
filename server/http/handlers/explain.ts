import { noTimes } from '../../inference/loaded-model.js';
import { explain as lookWhere } from '../../tasks/explain.js';
import type { Handler } from '../handler.js';
import { measured } from '../measured.js';
import { readPicture } from '../read-picture.js';
import { usableText } from '../usable-text.js';

export const explain: Handler<'explain'> = async ({ body, signal }, core) => {
  const model = core.inference.modelWith(body.model, 'explainer');
  const text = usableText(body.text, 'text', core.limits.textCharacters);
  const bytes = await readPicture(body.image, 'image', core);
  const times = noTimes();
  const answer = await lookWhere(bytes, text, model, { signal, times });
  return { status: 200, json: { ...answer, model: model.manifest.name }, headers: measured(core, 'explain', times) };
};
