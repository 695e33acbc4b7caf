/**
 * Groups of parameters that a recipe may give a learning rate of their own, in the order in which the flat buffer holds them. A
 * parameter's group is the first part of its name; the two ITC projections and the temperature are one group.
 */
export const PARAMETER_GROUPS = [
  'image_encoder',
  'text_encoder',
  'image_cross_encoder',
  'text_cross_encoder',
  'image_decoder',
  'token_classifier',
  'projections',
  'itm_head',
  'fusion_encoder',
  'answer_decoder',
  'nlvr2_classifier',
  've_classifier',
] as const;
export type ParameterGroup = (typeof PARAMETER_GROUPS)[number];

/** A number for every group: its own, or else the default. */
export type NumberByGroup = { readonly default: number } & { readonly [group in ParameterGroup]?: number | undefined };
export const numberOfGroup = (numbers: NumberByGroup, group: ParameterGroup): number =>
  numbers[group] ?? numbers.default;
