/**
 * Probability, 0 to 1, that a text describes a picture, by the ITM head (section 3.2, Equation 3): the softmax over its two classes, of which
 * 1 is a match. `margin` is the logit of a match less that of no match.
 */
export function matchProbability(margin: number): number {
  return 1 / (1 + Math.exp(-margin));
}
