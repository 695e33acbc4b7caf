/** What a hypothesis is to a picture in visual entailment, in the order of the logits. */
export const ENTAILMENT_LABELS = ['entailment', 'neutral', 'contradiction'] as const;
export type EntailmentLabel = (typeof ENTAILMENT_LABELS)[number];
