import type { Bundle } from '../../model/bundle/read-bundle.js';
import { type ModelConfig, modelConfigSchema } from '../../model/maskvlm/config.js';
import { openRetrievalModel, type RetrievalModel, type RetrievalModelOptions } from './retrieval-model.js';

/** The size of a bundle's model. */
export const bundleConfig = ({ manifest }: Bundle): ModelConfig => modelConfigSchema.parse(manifest.config);

/** Encoders and matcher of a bundle, loaded. Throws where it lacks one of them. */
export function openBundleModel(bundle: Bundle, options: RetrievalModelOptions): Promise<RetrievalModel> {
  const graphs = {
    image_encoder: bundle.graphFile('image_encoder'),
    text_encoder: bundle.graphFile('text_encoder'),
    matcher: bundle.graphFile('matcher'),
  };
  return openRetrievalModel(graphs, bundleConfig(bundle), options);
}
