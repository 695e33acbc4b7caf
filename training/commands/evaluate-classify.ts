import { readFile } from 'node:fs/promises';
import { checkTemplates, DEFAULT_TEMPLATES } from '../../model/classification/prompts.js';
import { ExpectationError } from '../../model/errors.js';
import { loadTokenizer } from '../../model/tokenizer/tokenizer.js';
import { type LabelledPicture, readImageFolder } from '../data/image-folder.js';
import { openBundleModel } from '../evaluation/bundle-model.js';
import { evaluateClassification } from '../evaluation/classification.js';
import { showProgress } from '../run/progress.js';
import type { MeasureTask } from './evaluate.js';

/** Zero-shot classification of a folder of classes. Throws when folder, templates or flags are unusable. */
export const classifyPictures: MeasureTask = async (bundle, options) => {
  const { format, images, limit, score: method, threads } = options;
  if (format !== 'imagefolder') throw new ExpectationError('--format', 'imagefolder for the task classify', format);
  if (method === 'itm+itc') throw new ExpectationError('--score', 'itc or itm for the task classify', method);
  const templates = await readTemplates(options.templates);
  const all = await readImageFolder(images);
  const pictures = inTurn(all).slice(0, limit);
  const model = await openBundleModel(bundle, { threads });
  const progress = showProgress('classify', 0, pictures.length);
  try {
    const { image, text } = bundle.manifest;
    return await evaluateClassification(model, pictures, {
      labels: [...new Set(all.map(({ label }) => label))],
      tokenizer: loadTokenizer(bundle.tokenizerFile),
      image,
      maxLength: text.maxLength,
      templates,
      method,
      onProgress: (done) => progress.update(done, 'pictures'),
    });
  } finally {
    progress.stop();
    await model.release();
  }
};

/** The first pictures of all classes, then the second ones, and so on: the beginning of the list is a fair share of every class. */
function inTurn(pictures: readonly LabelledPicture[]): LabelledPicture[] {
  const seen = new Map<string, number>();
  const numbered = pictures.map((picture) => {
    const number = seen.get(picture.label) ?? 0;
    seen.set(picture.label, number + 1);
    return { picture, number };
  });
  return numbered.sort((a, b) => a.number - b.number).map(({ picture }) => picture);
}

/** Templates of a file, one a line, empty lines left out; the usual ones without a file. Throws, naming file and line. */
async function readTemplates(file: string | undefined): Promise<readonly string[]> {
  if (file === undefined) return DEFAULT_TEMPLATES;
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ExpectationError('--templates', 'a readable file', `${file} (${error.code})`);
  });
  try {
    return checkTemplates(
      text
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean),
    );
  } catch (error) {
    if (!(error instanceof ExpectationError)) throw error;
    throw new ExpectationError(`${error.what} of ${file}`, error.expected, error.got);
  }
}
