import { z } from 'zod';
import type { Manifest } from './manifest.js';

/** Where ITC's temperature begins unless a recipe says otherwise; ALBEF's and CLIP's too. */
const INITIAL = 0.07;

const recipe = z.object({ itc: z.object({ temperature: z.object({ init: z.number().positive() }) }) });

/**
 * What makes cosines of a bundle's model comparable as logits: they are divided by it. The one that was learned, or, in bundles that do not
 * tell, the one that training began with.
 */
export function trainedTemperature({ itc, provenance }: Pick<Manifest, 'itc' | 'provenance'>): number {
  if (itc) return itc.temperature;
  const parsed = recipe.safeParse(provenance.recipe);
  return parsed.success ? parsed.data.itc.temperature.init : INITIAL;
}
