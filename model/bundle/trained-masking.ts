import { z } from 'zod';
import type { Manifest } from './manifest.js';

/** How inputs are masked: shares in [0, 1], and the side of a masking unit of pictures in patches. */
export interface Masking {
  image: { ratio: number; unit: number };
  text: { ratio: number };
}

/** The paper's (sections 3.1, 4.2), for a bundle that does not say how its model was trained. */
const PAPER: Masking = { image: { ratio: 0.6, unit: 2 }, text: { ratio: 0.3 } };

const share = z.number().min(0).max(1);
const recipe = z.object({
  masking: z.object({
    image: z.object({ ratio: share, unit: z.int().min(1) }),
    text: z.object({ ratio: share }),
  }),
});

/** How the model of a bundle was masked in training: what its reconstructions are best at. */
export function trainedMasking({ provenance }: Pick<Manifest, 'provenance'>): Masking {
  const parsed = recipe.safeParse(provenance.recipe);
  return parsed.success ? parsed.data.masking : PAPER;
}
