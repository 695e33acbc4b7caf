import { describe, expect, test } from 'vitest';
import { captionScenes, drawCrowd } from '../../../../training/data/scenes/caption-scenes.js';
import { sampleSceneOf } from '../../../../training/data/scenes/sample-scene.js';
import type { Scene, Split } from '../../../../training/data/scenes/scene.js';
import { holds } from '../../../../training/data/scenes/semantics.js';
import { fits, GEOMETRY, read } from './reading.js';
import { objectOf, sceneOf } from './test-scenes.js';

const keyed = (split: Split, count: number) =>
  Array.from({ length: count }, (_, index) => {
    const key = { seed: 5, split, index, attempt: 0 };
    return { key, scene: sampleSceneOf(key) };
  });

const scenesOf = (list: readonly { scene: Scene }[]) => list.map(({ scene }) => scene);

/** Whether "a <thing> <relation> a <thing>" is true of a scene; undefined for other sentences. */
function judge(text: string, { objects }: Scene): boolean | undefined {
  const sentence = text.match(
    /^(?:there is )?an? ([\w ]+?) (?:is )?(?:to the )?(left of|right of|in front of|behind) an? ([\w ]+)$/,
  );
  if (!sentence || /\b(and|with|which)\b/.test(text)) return undefined;
  const [, subject, relation, object] = sentence as unknown as [string, string, string, string];
  return objects.some((a) =>
    objects.some((b) => a !== b && fits(a, read(subject)) && fits(b, read(object)) && GEOMETRY[relation]!(a, b)),
  );
}

describe('captionScenes', () => {
  const train = keyed('train', 150);
  const crowd = drawCrowd(5);
  const { captions, scarce } = captionScenes(train, crowd);

  test('gives five different captions a scene, of at most 24 plain words', () => {
    expect(scarce.length).toBeLessThan(25);
    for (const [place, list] of captions.entries()) {
      const texts = new Set(list.map(({ text }) => text));
      expect(texts.size).toBe(list.length);
      expect(texts.size === 5).toBe(!scarce.includes(place));
      for (const { text } of list) {
        expect(text).toMatch(/^[a-z]+(:|,)?( [a-z]+[,:]?)*[a-z]$/);
        expect(text.split(' ').length).toBeLessThanOrEqual(24);
      }
    }
  });

  test('the same scenes get the same captions, whatever other scenes there are', () => {
    expect(captionScenes(train.slice(0, 20), crowd).captions).toEqual(captions.slice(0, 20));
  });

  test('sentences about two objects agree with where these stand', () => {
    const judged = captions.flatMap((list, i) => list.map(({ text }) => [text, judge(text, train[i]!.scene)] as const));
    expect(judged.filter(([, truth]) => truth === false)).toEqual([]);
    expect(judged.filter(([, truth]) => truth === true).length).toBeGreaterThan(100);
  });

  test('sentences vary: relations, chains, lists, counts', () => {
    const all = captions.flat().map(({ text }) => text);
    for (const part of [' left of ', ' right of ', ' in front of ', ' behind ', ' which is ', ' are both ', ' with ']) {
      expect(all.filter((text) => text.includes(part)).length, part).toBeGreaterThan(10);
    }
    for (const start of ['a picture of ', 'there is ', 'two ', 'three ']) {
      expect(all.filter((text) => text.startsWith(start)).length, start).toBeGreaterThan(10);
    }
  });

  test('unique captions are true of their scene and of no other, by meaning and by words', () => {
    const val = keyed('val', 70);
    const unique = captionScenes(val, scenesOf(val));
    expect(unique.scarce.length).toBeLessThan(20);
    unique.captions.forEach((list, i) => {
      for (const { text, meaning } of list) {
        expect(val.flatMap(({ scene }, j) => (holds(meaning, scene, 'possibly') ? [j] : []))).toEqual([i]);
        const truths = val.flatMap(({ scene }, j) => (judge(text, scene) ? [j] : []));
        if (judge(text, val[i]!.scene) !== undefined) expect(truths).toEqual([i]);
      }
    });
  });

  test('captions of train could pass for hardly another picture of train', () => {
    const shareTrue = (split: typeof captions) => {
      const pairs = split.flatMap((list, i) =>
        list.flatMap(({ meaning }) => train.map(({ scene }, j) => i !== j && holds(meaning, scene, 'possibly'))),
      );
      return pairs.filter(Boolean).length / pairs.length;
    };
    expect(shareTrue(captionScenes(train, []).captions)).toBeGreaterThan(1 / 1200);
    expect(shareTrue(captions)).toBeLessThan(1 / 4000);
  });

  test('scenes that look alike are scarce', () => {
    const scene = sceneOf(objectOf('small red metal cube', -1, 0), objectOf('large blue rubber cone', 1, 0));
    const alike = [0, 1].map((index) => ({
      key: { seed: 1, split: 'val' as const, index, attempt: 0 },
      scene: { ...scene },
    }));
    expect(captionScenes(alike, scenesOf(alike)).scarce).toEqual([0, 1]);
  });
});
