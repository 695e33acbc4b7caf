import type { Task } from '../../model/bundle/manifest.js';
import { PictureError } from '../../model/image/picture.js';
import type { TextAndPictures } from './graphs/pair-feeds.js';
import type { LoadedModel } from './loaded-model.js';

/** A PNG of one grey pixel. */
const GREY_PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVQImWNoaGgAAAMEAYEezv+mAAAAAElFTkSuQmCC',
  'base64',
);

/** What a task does with texts and pictures once they are encoded. */
const RUNS: Partial<Record<Task, (model: LoadedModel, pairs: TextAndPictures[]) => Promise<unknown>>> = {
  retrieval: (model, pairs) => model.match(pairs.map(({ images, text }) => ({ image: images[0]!, text }))),
  vqa: (model, pairs) =>
    model.run(
      'answerer',
      pairs.map((pair) => ({ ...pair, decoding: { beams: 1 } })),
    ),
  nlvr2: (model, pairs) =>
    model.run(
      'nlvr2_classifier',
      pairs.map(({ images, text }) => ({ images: [...images, ...images], text })),
    ),
  ve: (model, pairs) => model.run('ve_classifier', pairs),
  reconstruct: async (model, pairs) => {
    await model.run(
      'text_reconstructor',
      pairs.map((pair) => ({ ...pair, rows: [0] })),
    );
    await model.run('image_reconstructor', pairs);
  },
};

/** Runs every task of a model that takes the encoders, one input and several at a time; answers E, 0 without embeddings. */
export async function warmUp(model: LoadedModel): Promise<number> {
  const { tasks, graphs } = model.manifest;
  const runs = tasks.flatMap((task) => RUNS[task] ?? []);
  if (graphs.explainer) runs.push((_, pairs) => model.run('explainer', pairs));
  if (runs.length === 0) return 0;
  const [text] = await model.textTokens(['warm-up']);
  const [picture] = await model.imageTokens([GREY_PICTURE]);
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
