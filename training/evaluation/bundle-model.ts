import type { Bundle } from '../../model/bundle/read-bundle.js';
import { expect } from '../../model/errors.js';
import { modelConfigSchema } from '../../model/maskvlm/config.js';
import { loadTokenizer } from '../../model/tokenizer/tokenizer.js';
import type { MeasuredModel } from './measured-model.js';

/** The model of a bundle. Asking for a graph that the bundle lacks throws, naming both. */
export function bundleModel(bundle: Bundle): MeasuredModel {
  const { manifest } = bundle;
  return {
    config: modelConfigSchema.parse(manifest.config),
    tokenizer: loadTokenizer(bundle.tokenizerFile),
    image: manifest.image,
    maxLength: manifest.text.maxLength,
    graph(role) {
      const roles = Object.keys(manifest.graphs);
      expect(roles.includes(role), `bundle ${manifest.name}`, `a model with the graph ${role}`, roles.join(', '));
      return bundle.graphFile(role);
    },
  };
}
