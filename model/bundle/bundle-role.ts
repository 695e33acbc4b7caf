import type { GraphRole } from '../maskvlm/inference-graphs.js';
import type { ReconstructionRole } from '../maskvlm/reconstruction-graphs.js';

/** The graphs that a bundle may hold. */
export type BundleRole = GraphRole | ReconstructionRole | 'explainer';
