import { resolve } from 'node:path';
import { stringify } from 'yaml';
import { ExpectationError } from '../../model/errors.js';
import { MODEL_TASKS, type ModelTask } from '../../model/maskvlm/parameters.js';
import { type Inheritance, inheritRecipe } from './inherit-recipe.js';
import { readRecipe } from './read-recipe.js';
import { parseRecipe, type Recipe } from './recipe.js';
import { applyOverrides, parseOverride } from './recipe-overrides.js';
import { anchorPath, expandPath, mapPaths } from './recipe-paths.js';

/** Where a recipe comes from besides its file. */
export interface RecipeSurroundings {
  /** `--set` arguments, `key.path=value`, applied in order. */
  set?: readonly string[];
  /** Folder that relative paths in `set` start from; default the current one. Those in the file start from the file's folder. */
  cwd?: string;
  /** Holds MASKVLM_DATA; default process.env. */
  environment?: NodeJS.ProcessEnv;
  /** The task that the command line asks for; the recipe's own must be the same. */
  task?: ModelTask;
  /** What the recipe need not say because the model that it starts from says it. */
  inherited?: Inheritance | undefined;
  /** Whether the data will be read; default true. If not, paths with an unset `${MASKVLM_DATA}` stay as they are written. */
  readsData?: boolean;
}

export interface LoadedRecipe {
  /** All defaults filled in, all paths absolute. */
  recipe: Recipe;
  /** The same recipe as YAML, for RUN/recipe.yaml: it loads back to the same `recipe`, and keeps `${MASKVLM_DATA}` unexpanded. */
  yaml: string;
}

/**
 * Reads a recipe file, and those that it extends. Throws an ExpectationError for a file that is missing or not YAML, an unknown key, a wrong
 * value, a wrong `--set`, or a path that names `${MASKVLM_DATA}` while it is unset.
 */
export async function loadRecipe(file: string, surroundings: RecipeSurroundings = {}): Promise<LoadedRecipe> {
  const { set = [], cwd = process.cwd(), environment = process.env, readsData = true, task, inherited } = surroundings;
  const document = await readRecipe(resolve(cwd, file));
  const overrides = set.map(parseOverride).map((override) => ({
    ...override,
    value: mapPaths(override.value, (value) => anchorPath(value, cwd), override.path),
  }));
  const asked = withTask(applyOverrides(document, overrides), task);
  const portable = parseRecipe(inherited ? inheritRecipe(asked, inherited) : asked);
  const expands = readsData || Boolean(environment.MASKVLM_DATA);
  const recipe = expands ? mapPaths(portable, (value) => expandPath(value, environment)) : portable;
  return { recipe, yaml: stringify(portable, { lineWidth: 0 }) };
}

/** Adds the task that was asked for to a recipe that says none. Throws where it says another. */
function withTask(document: unknown, task: ModelTask | undefined): unknown {
  if (task === undefined || typeof document !== 'object' || document === null) return document;
  const own = (document as { task?: unknown }).task ?? task;
  // A value that is no task at all is parseRecipe's to refuse.
  if (own !== task && MODEL_TASKS.includes(own as ModelTask))
    throw new ExpectationError('recipe task', `${task}, what is to be trained`, String(own));
  return { ...document, task: own };
}
