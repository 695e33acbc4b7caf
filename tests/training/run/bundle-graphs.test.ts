// What a run's bundle holds follows from what its losses trained.
import { describe, expect, test } from 'vitest';
import { resolveModelConfig } from '../../../model/maskvlm/config.js';
import { constantParameters } from '../../../model/maskvlm/inference-graphs.js';
import type { Recipe } from '../../../training/recipe/recipe.js';
import { bundleGraph, bundleRoles, bundleTasks, rerankCandidates } from '../../../training/run/bundle-graphs.js';
import { parameterMap } from '../../../training/run/parameter-map.js';
import { layoutOf, SMALL, trainedParameters } from '../../fixtures/small-pretraining.js';

const ALL: Recipe['losses'] = { itc: true, itm: true, mlm: true, mim: true };
const search = ['image_encoder', 'image_preparer', 'matcher', 'prepared_matcher', 'text_encoder'];
const restoring = ['image_reconstructor', 'text_reconstructor'];

describe('a run that learned', () => {
  test.each<[string, Partial<Recipe['losses']>, number, string[], string[]]>([
    ['everything', {}, 2, ['retrieval', 'classify', 'reconstruct'], ['explainer', ...search, ...restoring]],
    ['everything in a single cross block', {}, 1, ['retrieval', 'classify', 'reconstruct'], [...search, ...restoring]],
    ['no masked pictures', { mim: false }, 2, ['retrieval', 'classify'], ['explainer', ...search]],
    ['no masked words', { mlm: false }, 2, ['retrieval', 'classify'], ['explainer', ...search]],
    ['no matching', { itm: false }, 2, ['retrieval', 'classify', 'reconstruct'], [...search, ...restoring]],
    ['no comparing', { itc: false }, 2, ['reconstruct'], ['explainer', ...search, ...restoring]],
  ])('%s', (_, losses, crossDepth, tasks, roles) => {
    const config = resolveModelConfig({ ...SMALL, crossDepth });
    const layout = layoutOf(config);
    const source = constantParameters(parameterMap(trainedParameters(layout), layout));
    const run = { config, recipe: { task: 'pretrain', losses: { ...ALL, ...losses } } as Recipe };
    expect(bundleRoles(run).sort()).toEqual(roles.sort());
    expect(bundleTasks(run)).toEqual(tasks);
    expect(rerankCandidates(run) > 0).toBe(run.recipe.losses.itm);
    for (const role of bundleRoles(run)) expect(bundleGraph(run, role, source).outputs.length).toBeGreaterThan(0);
    const masks = bundleGraph(run, 'image_encoder', source).constants.some(
      ({ name }) => name === 'image_encoder.mask_token',
    );
    expect(masks).toBe(tasks.includes('reconstruct'));
  });
});

test('a run whose losses are for no task of a bundle is refused', () => {
  const recipe = { task: 'pretrain', losses: { itc: false, itm: true, mlm: true, mim: false } } as Recipe;
  expect(() => bundleTasks({ recipe })).toThrow(
    'losses of a run to export: expected itc, or mlm and mim, got itm, mlm',
  );
});
