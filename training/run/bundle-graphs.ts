import type { BundleRole } from '../../model/bundle/bundle-role.js';
import type { Task } from '../../model/bundle/manifest.js';
import { ExpectationError, expect } from '../../model/errors.js';
import type { Graph } from '../../model/graph/graph.js';
import type { ParameterSource } from '../../model/layers/scope.js';
import { GRAPH_ROLES, type GraphRole, inferenceGraph } from '../../model/maskvlm/inference-graphs.js';
import {
  type ReconstructionRole,
  reconstructionGraph,
  reconstructionRoles,
} from '../../model/maskvlm/reconstruction-graphs.js';
import { RECORDS_OF_TASK } from '../data/formats.js';
import { canExplain, EXPLAINER, explainerGraph } from '../explain/explainer-graph.js';
import type { RunFolder } from './run-folder.js';

type Run = Pick<RunFolder, 'config' | 'recipe'>;

/** Whether the run learned to restore masked words and masked patches. */
export const reconstructs = ({ recipe: { task, losses } }: Pick<Run, 'recipe'>): boolean =>
  task === 'pretrain' && losses.mlm && losses.mim;

const comparesPairs = (task: Run['recipe']['task']): task is 'pretrain' | 'retrieval' =>
  RECORDS_OF_TASK[task] === 'pairs';

/** Whether the run learned to match. */
const matches = ({ recipe: { task, losses } }: Pick<Run, 'recipe'>): boolean => comparesPairs(task) && losses.itm;

/** Whether the run learned to match, in a model whose matches can be explained word by word. */
export const explains = (run: Run): boolean => matches(run) && canExplain(run.config);

/** The graphs of a run's bundle: those that it trained. */
export const bundleRoles = (run: Run): BundleRole[] => [
  ...new Set<BundleRole>([
    ...GRAPH_ROLES[run.recipe.task],
    ...(reconstructs(run) ? reconstructionRoles : []),
    ...(explains(run) ? [EXPLAINER] : []),
  ]),
];

/**
 * One of the graphs of a run's bundle. Where the run learned to restore, its image encoder knows the mask token. Throws, naming the role,
 * where the run did not train for it.
 */
export function bundleGraph(run: Run, role: BundleRole, source: ParameterSource): Graph {
  const roles = bundleRoles(run);
  if (!roles.includes(role)) throw new ExpectationError('graph', `one of ${roles.join(', ')}`, role);
  if (role === EXPLAINER) return explainerGraph(run.config, source);
  if (reconstructs(run) && reconstructionRoles.includes(role as ReconstructionRole))
    return reconstructionGraph(role as ReconstructionRole, run.config, source);
  return inferenceGraph(role as GraphRole, run.config, source, run.recipe.task);
}

/**
 * What a run's bundle is for. Candidates are found by ITC, and classes as texts are (appendix A.5). Throws where its losses train for
 * nothing that a bundle does.
 */
export function bundleTasks(run: Pick<Run, 'recipe'>): Task[] {
  const { task, losses } = run.recipe;
  if (!comparesPairs(task)) return [task];
  const tasks: Task[] = [];
  if (losses.itc) tasks.push('retrieval', 'classify');
  if (reconstructs(run)) tasks.push('reconstruct');
  const trained = Object.entries(losses).flatMap(([loss, on]) => (on ? [loss] : []));
  expect(tasks.length > 0, 'losses of a run to export', 'itc, or mlm and mim', trained.join(', '));
  return tasks;
}

/** How many candidates a search re-ranks where nobody says; none where no ITM was trained to order them. */
export const rerankCandidates = (run: Pick<Run, 'recipe'>): number => (matches(run) ? 64 : 0);
