import type { Attributes, SceneObject } from '../../../../training/data/scenes/scene.js';

/** What each word says, written down apart from the generator's own words. */
const WORDS: Record<string, Partial<Attributes>> = {
  small: { size: 'small' },
  little: { size: 'small' },
  large: { size: 'large' },
  big: { size: 'large' },
  shiny: { material: 'metal' },
  metal: { material: 'metal' },
  metallic: { material: 'metal' },
  matte: { material: 'rubber' },
  rubber: { material: 'rubber' },
  cube: { shape: 'cube' },
  block: { shape: 'cube' },
  sphere: { shape: 'sphere' },
  ball: { shape: 'sphere' },
  cylinder: { shape: 'cylinder' },
  cone: { shape: 'cone' },
  object: {},
  thing: {},
};

/** What a noun phrase without its article says, in the singular or the plural. */
export function read(phrase: string): Partial<Attributes> {
  return Object.assign(
    {},
    ...phrase
      .split(' ')
      .map((word) => WORDS[word] ?? WORDS[word.replace(/s$/, '')] ?? { color: word as Attributes['color'] }),
  );
}

export const fits = (object: SceneObject, said: Partial<Attributes>) =>
  Object.entries(said).every(([name, word]) => object[name as keyof Attributes] === word);

export const GEOMETRY: Record<string, (a: SceneObject, b: SceneObject) => boolean> = {
  'left of': (a, b) => a.x < b.x && a.foot[0] < b.foot[0],
  'right of': (a, b) => a.x > b.x && a.foot[0] > b.foot[0],
  'in front of': (a, b) => a.y < b.y,
  behind: (a, b) => a.y > b.y,
};

/** A noun phrase without its article, for use in a pattern: "red metal cubes". */
export const THING =
  '((?:(?!(?:the|to|in|of|left|right|behind) )[a-z]+ )*?(?:cube|block|ball|sphere|cylinder|cone|object|thing)s?)';
