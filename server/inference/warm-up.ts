import type { Task } from '../../model/bundle/manifest.js';
import { PictureError } from '../../model/image/picture.js';
import type { TextAndPictures } from './graphs/pair-feeds.js';
import type { EncodeOptions, LoadedModel } from './loaded-model.js';
import type { Tokens } from './tokens.js';

/** A PNG of one grey pixel. */
const GREY_PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVQImWNoaGgAAAMEAYEezv+mAAAAAElFTkSuQmCC',
  'base64',
);

type Run = (model: LoadedModel, pairs: TextAndPictures[]) => Promise<unknown>;

/** A queue for people may have less room than one batch has. */
const OPTIONS: EncodeOptions = { priority: 'import' };

/** What a task does with texts and pictures once they are encoded. */
const RUNS: Partial<Record<Task, Run>> = {
  async retrieval(model, pairs) {
    const encoded = pairs.map(({ images, text }) => ({ image: images[0] as Tokens, text }));
    await model.match(encoded, OPTIONS);
    const prepared = await model.prepareImages(
      encoded.map(({ image }) => image),
      OPTIONS,
    );
    await model.match(
      encoded.map(({ text }, i) => ({ image: { prepared: prepared[i]! }, text })),
      OPTIONS,
    );
  },
  async vqa(model, pairs) {
    await model.run(
      'answerer',
      pairs.map((pair) => ({ ...pair, wanted: 1 })),
      OPTIONS,
    );
    await model.run(
      'answer_ranker',
      pairs.map((pair) => ({ ...pair, wanted: ['yes', 'no'] })),
      OPTIONS,
    );
  },
  nlvr2: (model, pairs) =>
    model.run(
      'nlvr2_classifier',
      pairs.map(({ images, text }) => ({ images: [...images, ...images], text })),
      OPTIONS,
    ),
  ve: (model, pairs) => model.run('ve_classifier', pairs, OPTIONS),
  async reconstruct(model, pairs) {
    await model.run(
      'text_reconstructor',
      pairs.map((pair) => ({ ...pair, rows: [0] })),
      OPTIONS,
    );
    await model.run('image_reconstructor', pairs, OPTIONS);
  },
};

/** Runs every task of a model that takes the encoders, one input and several at a time; answers E, 0 without embeddings. */
export async function warmUp(model: LoadedModel): Promise<number> {
  const { tasks, graphs } = model.manifest;
  const runs = tasks.flatMap((task) => RUNS[task] ?? []);
  if (graphs.explainer) runs.push((_, pairs) => model.run('explainer', pairs, OPTIONS));
  if (runs.length === 0) return 0;
  const [text] = await model.textTokens(['warm-up'], OPTIONS);
  const [picture] = await model.imageTokens([GREY_PICTURE], OPTIONS);
  if (picture instanceof PictureError) throw picture;
  for (const count of [1, 4]) {
    for (const run of runs) {
      await run(
        model,
        Array.from({ length: count }, () => ({ images: [picture!], text: text! })),
      );
    }
  }
  return text!.embedding?.length ?? 0;
}
