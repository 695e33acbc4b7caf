import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readBundle } from '../../model/bundle/read-bundle.js';
import { modelConfigSchema } from '../../model/maskvlm/config.js';
import type { Inheritance } from '../recipe/inherit-recipe.js';
import { openRun } from './run-folder.js';

/** Reads how the model of a run or bundle is made and fed; its paths are absolute, as those of a read recipe. Throws what is wrong with it. */
export async function readInheritance(path: string): Promise<Inheritance> {
  const source = resolve(path);
  const isBundle = await access(join(source, 'manifest.json')).then(
    () => true,
    () => false,
  );
  if (!isBundle) {
    const { config, recipe, tokenizerFile } = await openRun(source);
    return { model: config, tokenizer: tokenizerFile, image: recipe.image, maxLength: recipe.text.maxLength };
  }
  const { manifest, tokenizerFile } = await readBundle(source);
  return {
    model: modelConfigSchema.parse(manifest.config),
    tokenizer: tokenizerFile,
    image: manifest.image,
    maxLength: manifest.text.maxLength,
  };
}
